# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The metrics of /metrics/snapshot and GET_METRICS.

Only what is true of this engine: numbers it has, and zeros where Mesos would count something that never happens here (messages of
agents and schedulers, operations on resources, revocable and GPU resources). Timings of parts it does not have are left out, not invented.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from pathlib import Path
from typing import Any

from .agents import used_by
from .mesos_views import FRAMEWORK_NAME, ROLE, Cast
from .model import UNREACHABLE, Task

_ACTIVE = ("staging", "starting", "running", "killing")
_TERMINAL = ("finished", "failed", "killed", "error", "lost", "dropped", "gone", "gone_by_operator")
_OPERATIONS = ("create", "create_disk", "destroy", "destroy_disk", "grow_volume", "reserve", "shrink_volume", "unreserve")
_OUTCOMES = ("dropped", "error", "failed", "finished", "gone_by_operator", "pending", "recovering", "total", "unreachable")
_MESSAGES = (
    *("authenticate", "deactivate_framework", "decline_offers", "executor_to_framework", "exited_executor", "framework_to_executor"),
    *("kill_task", "launch_tasks", "operation_status_update", "operation_status_update_acknowledgement", "reconcile_operations"),
    *("reconcile_tasks", "register_framework", "register_slave", "reregister_framework", "reregister_slave", "resource_request"),
    *("revive_offers", "status_update", "status_update_acknowledgement", "suppress_offers", "unregister_framework"),
    *("unregister_slave", "update_slave"),
)
_JUDGED = (
    *("executor_to_framework_messages", "framework_to_executor_messages", "operation_status_update_acknowledgements"),
    *("operation_status_updates", "status_update_acknowledgements", "status_updates"),
)
#: What a master counts of agents that register, leave and time out; virtual agents do none of it.
_NEVER = (
    *("master/dropped_messages", "master/http_cache_hits", "master/operator_event_stream_subscribers", "master/outstanding_offers"),
    *("master/event_queue_dispatches", "master/event_queue_http_requests", "master/event_queue_messages"),
    *("master/recovery_slave_removals", "master/slave_removals", "master/slave_removals/reason_registered"),
    *("master/slave_removals/reason_unhealthy", "master/slave_removals/reason_unregistered"),
    *("master/slave_shutdowns_canceled", "master/slave_shutdowns_completed", "master/slave_shutdowns_scheduled"),
    "master/slave_unreachable_canceled",
    *("registrar/queued_operations", "allocator/event_queue_dispatches", "allocator/mesos/event_queue_dispatches"),
)


def metrics(cast: Cast) -> dict[str, float]:
    """Every metric by its name; all values are floating point numbers."""
    engine, agents = cast.engine, cast.agents()
    active = float(sum(cast.active(agent) for agent in agents))
    used = used_by(cast.tasks())
    found: dict[str, float] = {
        "master/elected": 1.0,
        "master/uptime_secs": time.time() - engine.started_at,
        "registrar/log/recovered": 1.0,
        "registrar/log/ensemble_size": 1.0,
        "registrar/registry_size_bytes": float(_size(engine.config.state_dir / "engine.db")),
        "master/frameworks_active": 1.0,
        "master/frameworks_connected": 1.0,
        "master/frameworks_disconnected": 0.0,
        "master/frameworks_inactive": 0.0,
        "master/slaves_active": active,
        "master/slaves_connected": active,
        "master/slaves_disconnected": len(agents) - active,
        "master/slaves_inactive": len(agents) - active,
        "master/slaves_unreachable": float(cast.unreachable_agents()),
        "master/slave_registrations": float(len(engine.state.agents)),
        "master/slave_reregistrations": float(engine.reachability.returns),
        "master/slave_unreachable_scheduled": float(engine.reachability.departures),
        "master/slave_unreachable_completed": float(engine.reachability.departures),
    }
    if lost := sum(one.state == UNREACHABLE for task in cast.everything() for one in task.statuses):
        found["master/task_unreachable/source_master/reason_slave_removed"] = float(lost)
    shares: list[float] = []
    for name, taken in (("cpus", used.cpus), ("mem", used.mem), ("disk", used.disk), ("gpus", 0.0)):
        total = float(sum(getattr(agent, name, 0.0) for agent in agents))
        found |= _resource(f"master/{name}", total, float(taken)) | _resource(f"master/{name}_revocable", 0.0, 0.0)
        if name != "gpus":
            shares.append(taken / total if total else 0.0)
            if taken:
                found[f"allocator/mesos/quota/roles/{ROLE}/resources/{name}/consumed"] = float(taken)
            found[f"allocator/mesos/resources/{name}/total"] = total
            found[f"allocator/mesos/resources/{name}/offered_or_allocated"] = float(taken)
    found[f"allocator/mesos/roles/{ROLE}/shares/dominant"] = max(shares)
    found |= _tasks(cast.everything(), f"master/frameworks/{FRAMEWORK_NAME}/{engine.state.framework_id}/tasks")
    zeros = [*_NEVER, *(f"master/messages_{one}" for one in _MESSAGES)]
    zeros += [f"master/{kind}_{one}" for kind in ("valid", "invalid") for one in _JUDGED]
    zeros += [f"master/operations/{one}" for one in _OUTCOMES]
    zeros += [f"master/operations/{kind}/{one}" for kind in _OPERATIONS for one in _OUTCOMES]
    return found | dict.fromkeys(zeros, 0.0) | _system()


def as_list(values: dict[str, float]) -> list[dict[str, Any]]:
    """GET_METRICS writes them as a list, by name."""
    return [{"name": name, "value": values[name]} for name in sorted(values)]


def system_stats() -> dict[str, Any]:
    """/system/stats.json: of the machine, not of the engine."""
    numbers = _system()
    return {
        "avg_load_15min": numbers["system/load_15min"],
        "avg_load_1min": numbers["system/load_1min"],
        "avg_load_5min": numbers["system/load_5min"],
        "cpus_total": int(numbers["system/cpus_total"]),
        "mem_free_bytes": int(numbers["system/mem_free_bytes"]),
        "mem_total_bytes": int(numbers["system/mem_total_bytes"]),
    }


def _resource(prefix: str, total: float, taken: float) -> dict[str, float]:
    return {f"{prefix}_total": total, f"{prefix}_used": taken, f"{prefix}_percent": taken / total if total else 0.0}


def _tasks(tasks: list[Task], own: str) -> dict[str, float]:
    states = Counter(task.state.removeprefix("TASK_").lower() for task in tasks)
    found = {f"master/tasks_{one}": float(states[one]) for one in (*_ACTIVE, "unreachable", *_TERMINAL)}
    found |= {f"{own}/active/task_{one}": float(states[one]) for one in (*_ACTIVE, "unreachable", "unknown")}
    return found | {f"{own}/terminal/task_{one}": float(states[one]) for one in _TERMINAL}


def _system() -> dict[str, float]:
    one, five, fifteen = os.getloadavg()
    page = os.sysconf("SC_PAGE_SIZE")
    return {
        "system/cpus_total": float(os.cpu_count() or 1),
        "system/load_1min": one,
        "system/load_5min": five,
        "system/load_15min": fifteen,
        "system/mem_free_bytes": float(os.sysconf("SC_AVPHYS_PAGES") * page),
        "system/mem_total_bytes": float(os.sysconf("SC_PHYS_PAGES") * page),
    }


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
