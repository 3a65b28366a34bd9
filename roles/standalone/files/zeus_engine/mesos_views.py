# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents, tasks and the one framework in Mesos' own shapes."""

from __future__ import annotations

import base64
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from . import MESOS_VERSION
from .agents import Agent, used_by
from .engine import Engine
from .ids import segments
from .model import RUNNING, Status, Task

AGENT_CAPABILITIES = (
    "MULTI_ROLE",
    "HIERARCHICAL_ROLE",
    "RESERVATION_REFINEMENT",
    "RESOURCE_PROVIDER",
    "RESIZE_VOLUME",
    "AGENT_OPERATION_FEEDBACK",
    "AGENT_DRAINING",
    "TASK_RESOURCE_LIMITS",
)
TASK_STATES = (
    *("staging", "starting", "running", "killing", "finished", "failed", "killed", "error", "lost"),
    *("dropped", "gone", "gone_by_operator", "unreachable"),
)
FRAMEWORK_CAPABILITIES = ("TASK_KILLING_STATE", "PARTITION_AWARE", "REGION_AWARE", "MULTI_ROLE")


def ranges(ports: Sequence[int] | Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ports or ranges as sorted inclusive ranges."""
    pairs = sorted((one, one) if isinstance(one, int) else one for one in ports)
    merged: list[tuple[int, int]] = []
    for first, last in pairs:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def _shown(pairs: Iterable[tuple[int, int]]) -> str:
    return "[" + ", ".join(f"{first}-{last}" for first, last in pairs) + "]"


def _amounts(cpus: float, mem: float, disk: float, ports: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """Resources as /state writes them: no key for no ports."""
    amounts: dict[str, Any] = {"disk": disk, "mem": mem, "gpus": 0.0, "cpus": cpus}
    if ports:
        amounts["ports"] = _shown(ports)
    return amounts


def _typed(cpus: float, mem: float, disk: float, ports: Sequence[tuple[int, int]], extra: dict[str, Any]) -> list[dict[str, Any]]:
    """Resources as protobuf JSON; scalars of 0 are left out."""
    found: list[dict[str, Any]] = [
        {"name": name, "type": "SCALAR", "scalar": {"value": value}}
        for name, value in (("cpus", cpus), ("mem", mem), ("disk", disk))
        if value
    ]
    if ports:
        found.append({"name": "ports", "type": "RANGES", "ranges": {"range": [{"begin": first, "end": last} for first, last in ports]}})
    return [one | extra for one in found]


class MesosViews:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def everything(self) -> list[Task]:
        return [*self._engine.state.tasks.values(), *self._engine.state.finished]

    def _on(self, agent: Agent) -> list[Task]:
        return [task for task in self._engine.state.tasks.values() if task.agent_id == agent.id]

    def slave(self, agent: Agent, *, full: bool) -> dict[str, Any]:
        used = used_by(self._on(agent))
        total = _amounts(agent.cpus, agent.mem, agent.disk, agent.ports)
        shown = {
            "id": agent.id,
            "hostname": agent.hostname,
            "port": agent.port,
            "attributes": {name: _attribute(value) for name, value in agent.attributes.items()},
            "pid": f"slave({agent.port - 5050})@{self._engine.config.host}:{agent.port}",
            "registered_time": self._engine.started_at,
            "resources": total,
            "used_resources": _amounts(used.cpus, used.mem, used.disk, ranges(sorted(used.ports))),
            "offered_resources": _amounts(0.0, 0.0, 0.0),
            "reserved_resources": {},
            "unreserved_resources": dict(total),
            "active": True,
            "deactivated": False,
            "version": MESOS_VERSION,
            "capabilities": list(AGENT_CAPABILITIES),
        }
        if full:
            role = {"role": "*"}
            shown |= {
                "reserved_resources_full": {},
                "unreserved_resources_full": _typed(agent.cpus, agent.mem, agent.disk, agent.ports, role),
                "used_resources_full": _typed(
                    used.cpus, used.mem, used.disk, ranges(sorted(used.ports)), role | {"allocation_info": {"role": "*"}}
                ),
                "offered_resources_full": [],
            }
        return shown

    def agent_v1(self, agent: Agent) -> dict[str, Any]:
        used = used_by(self._on(agent))
        allocation = {"role": "*", "allocation_info": {"role": "*"}}
        return {
            "agent_info": {
                "hostname": agent.hostname,
                "port": agent.port,
                "resources": _typed(agent.cpus, agent.mem, agent.disk, agent.ports, {}),
                "attributes": [_attribute_v1(name, value) for name, value in agent.attributes.items()],
                "id": {"value": agent.id},
                "checkpoint": True,
            },
            "active": True,
            "deactivated": False,
            "version": MESOS_VERSION,
            "pid": f"slave({agent.port - 5050})@{self._engine.config.host}:{agent.port}",
            "registered_time": {"nanoseconds": int(self._engine.started_at * 1e9)},
            "total_resources": _typed(agent.cpus, agent.mem, agent.disk, agent.ports, {"role": "*"}),
            "allocated_resources": _typed(used.cpus, used.mem, used.disk, ranges(sorted(used.ports)), allocation),
            "capabilities": [{"type": one} for one in AGENT_CAPABILITIES],
        }

    def task(self, task: Task) -> dict[str, Any]:
        shown = {
            "id": task.task_id,
            "name": _name(task),
            "framework_id": self._engine.state.framework_id,
            "executor_id": "",
            "slave_id": task.agent_id,
            "state": task.state,
            "resources": _amounts(task.definition["cpus"], task.definition["mem"], task.definition["disk"], ranges(task.ports)),
            "role": "*",
            "statuses": [self._status(task, one) for one in task.statuses],
        }
        labels = task.definition["labels"]
        if labels:
            shown["labels"] = [{"key": key, "value": value} for key, value in labels.items()]
        return shown

    def _container(self, task: Task) -> dict[str, Any]:
        address = {"protocol": self._engine.config.protocol, "ip_address": self._engine.config.address}
        return {"container_id": {"value": task.container_id}, "network_infos": [{"ip_addresses": [address]}]}

    def _status(self, task: Task, status: Status) -> dict[str, Any]:
        shown: dict[str, Any] = {"state": status.state, "timestamp": status.timestamp, "container_status": self._container(task)}
        if status.state == RUNNING and task.healthy is not None:
            shown["healthy"] = task.healthy
        return shown

    def task_v1(self, task: Task) -> dict[str, Any]:
        definition = task.definition
        allocation = {"allocation_info": {"role": "*"}}
        shown: dict[str, Any] = {
            "name": _name(task),
            "task_id": {"value": task.task_id},
            "framework_id": {"value": self._engine.state.framework_id},
            "agent_id": {"value": task.agent_id},
            "state": task.state,
            "resources": _typed(definition["cpus"], definition["mem"], definition["disk"], ranges(task.ports), allocation),
            "statuses": [self._status_v1(task, one) for one in task.statuses],
            "status_update_state": task.state,
        }
        if task.statuses:
            shown["status_update_uuid"] = _uuid(task.statuses[-1])
        if definition["labels"]:
            shown["labels"] = {"labels": [{"key": key, "value": value} for key, value in definition["labels"].items()]}
        return shown

    def _status_v1(self, task: Task, status: Status) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "task_id": {"value": task.task_id},
            "state": status.state,
            "source": "SOURCE_EXECUTOR",
            "agent_id": {"value": task.agent_id},
            "executor_id": {"value": task.task_id},
            "timestamp": status.timestamp,
            "uuid": _uuid(status),
            "container_status": self._container(task),
        }
        if task.pid is not None:
            shown["container_status"]["executor_pid"] = task.pid  # v1 only: /state leaves it out
        if status.message:
            shown["message"] = status.message
        if status.state == RUNNING and task.healthy is not None:
            shown["healthy"] = task.healthy
        return shown

    def framework(self) -> dict[str, Any]:
        config, state = self._engine.config, self._engine.state
        used = used_by(state.tasks.values())
        amounts = _amounts(used.cpus, used.mem, used.disk, ranges(sorted(used.ports)))
        return {
            "id": state.framework_id,
            "name": "marathon",
            "used_resources": amounts,
            "offered_resources": _amounts(0.0, 0.0, 0.0),
            "capabilities": list(FRAMEWORK_CAPABILITIES),
            "hostname": config.address,
            "webui_url": f"http://{config.host}:{config.marathon_port}",
            "active": True,
            "connected": True,
            "recovered": False,
            "user": config.default_user,
            "failover_timeout": 604800.0,
            "checkpoint": True,
            "registered_time": self._engine.started_at,
            "unregistered_time": 0.0,
            "resources": dict(amounts),
            "roles": ["*"],
            "tasks": [self.task(task) for task in state.tasks.values()],
            "unreachable_tasks": [],
            "completed_tasks": [self.task(task) for task in state.finished],
            "offers": [],
            "executors": [],
            "offer_constraints": {},
        }

    def metrics(self) -> dict[str, float]:
        state = self._engine.state
        used = used_by(state.tasks.values())
        states = Counter(task.state for task in self.everything())
        found: dict[str, float] = {
            "master/elected": 1.0,
            "master/uptime_secs": time.time() - self._engine.started_at,
            "registrar/log/recovered": 1.0,
            "master/frameworks_active": 1.0,
            "master/frameworks_connected": 1.0,
            "master/frameworks_disconnected": 0.0,
            "master/frameworks_inactive": 0.0,
            "master/slaves_active": float(len(state.agents)),
            "master/slaves_connected": float(len(state.agents)),
            "master/slaves_disconnected": 0.0,
            "master/slaves_inactive": 0.0,
            "master/slaves_unreachable": 0.0,
        }
        for name, taken in (("cpus", used.cpus), ("mem", used.mem), ("disk", used.disk)):
            total = sum(getattr(agent, name) for agent in state.agents)
            found |= {
                f"master/{name}_total": total,
                f"master/{name}_used": taken,
                f"master/{name}_percent": taken / total if total else 0.0,
            }
        for one in TASK_STATES:
            found[f"master/tasks_{one}"] = float(states[f"TASK_{one.upper()}"])
        return found


def _name(task: Task) -> str:
    return ".".join(reversed(segments(task.app_id)))


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _attribute(value: str) -> Any:
    """/slaves shows scalars as numbers, all else as text."""
    number = _number(value)
    return value if number is None else number


def _attribute_v1(name: str, value: str) -> dict[str, Any]:
    number = _number(value)
    if number is None:
        return {"name": name, "type": "TEXT", "text": {"value": value}}
    return {"name": name, "type": "SCALAR", "scalar": {"value": number}}


def _uuid(status: Status) -> str:
    return base64.b64encode(uuid.UUID(status.uuid).bytes).decode()
