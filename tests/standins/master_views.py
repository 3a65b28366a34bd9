# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The master's answers, in the shapes recorded from a real 1.11.0."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable, Mapping
from typing import Any

from zeus_engine.mesos_master import BUILD as REAL_BUILD
from zeus_engine.mesos_resources import amounts, ranges, typed

from . import agent_info, version
from .cluster import ACTIVE, Agent, Cluster, Framework

CAPABILITIES = ("MULTI_ROLE", "HIERARCHICAL_ROLE", "RESERVATION_REFINEMENT", "RESOURCE_PROVIDER", "RESIZE_VOLUME")
CAPABILITIES += ("AGENT_OPERATION_FEEDBACK", "AGENT_DRAINING", "TASK_RESOURCE_LIMITS")
STATES = ("STAGING", "STARTING", "RUNNING", "KILLING", "FINISHED", "KILLED", "FAILED", "LOST", "ERROR", "UNREACHABLE")
NOTHING = amounts(0.0, 0.0, 0.0)
Json = dict[str, Any]


def build() -> Json:
    return dict(REAL_BUILD) | {"version": version(), "git_tag": version()}


def _pairs(info: Mapping[str, Any]) -> list[tuple[int, int]]:
    return list(map(tuple, info["resources"]["ports"]))


def _used(tasks: Iterable[Json]) -> tuple[float, float, float, list[int]]:
    tasks = list(tasks)
    total = [sum(task["launch"]["definition"][name] for task in tasks) for name in ("cpus", "mem", "disk")]
    return total[0], total[1], total[2], [port for task in tasks for port in task["launch"]["ports"]]


def _amounts(tasks: Iterable[Json]) -> Json:
    cpus, mem, disk, ports = _used(tasks)
    return amounts(float(cpus), float(mem), float(disk), ranges(ports))


def task_name(task: Json) -> str:
    return ".".join(reversed(task["launch"]["definition"]["id"].strip("/").split("/")))


class Views:
    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    # Agents.

    def agents(self) -> list[Agent]:
        return list(self._cluster.agents.values())

    def _active(self, agent: Agent) -> bool:
        return agent.connected and not self._cluster.deactivated(agent.id)

    def agent(self, agent: Agent, *, full: bool) -> Json:
        """One of /slaves (`full`) or /state."""
        own = agent.info["resources"]
        total = amounts(own["cpus"], own["mem"], own["disk"], _pairs(agent.info))
        shown: Json = {"id": agent.id, "hostname": agent.info["hostname"], "port": agent.info["port"]}
        shown["attributes"] = {name: float(value) if kind == "SCALAR" else value for name, kind, value in agent.info["attributes"]}
        shown |= {"pid": self._pid(agent), "registered_time": agent.registered}
        if agent.reregistered is not None:
            shown["reregistered_time"] = agent.reregistered
        shown |= {
            "resources": total,
            "used_resources": _amounts(agent.active_tasks()),
            "offered_resources": NOTHING,
            "reserved_resources": {},
        }
        shown |= {"unreserved_resources": total, "active": self._active(agent), "deactivated": self._cluster.deactivated(agent.id)}
        shown |= {"version": agent.version, "capabilities": list(CAPABILITIES)}
        if drain := self._cluster.registry["draining"].get(agent.id):
            shown["drain_info"] = {"state": drain["state"], "config": drain["config"]}
            shown["estimated_drain_start_time_seconds"] = drain["started"]
        if full:
            shown |= {"reserved_resources_full": {}, "unreserved_resources_full": self._typed(agent), "offered_resources_full": []}
            shown["used_resources_full"] = self._typed_used(agent)
        return shown

    def agent_v1(self, agent: Agent) -> Json:
        own = agent.info["resources"]
        info: Json = {"hostname": agent.info["hostname"], "port": agent.info["port"]}
        info["resources"] = typed(own["cpus"], own["mem"], own["disk"], _pairs(agent.info), {})
        info["attributes"] = [agent_info.attribute_json((name, kind, value)) for name, kind, value in agent.info["attributes"]]
        info |= {"id": {"value": agent.id}, "checkpoint": True}
        shown: Json = {"agent_info": info, "active": self._active(agent), "deactivated": self._cluster.deactivated(agent.id)}
        shown |= {"version": agent.version, "pid": self._pid(agent), "registered_time": _time(agent.registered)}
        if agent.reregistered is not None:
            shown["reregistered_time"] = _time(agent.reregistered)
        shown["total_resources"] = self._typed(agent)
        if used := self._typed_used(agent):
            shown["allocated_resources"] = used
        shown["capabilities"] = [{"type": one} for one in CAPABILITIES]
        if drain := self._cluster.registry["draining"].get(agent.id):
            shown["drain_info"] = {"state": drain["state"], "config": drain["config"]}
            shown["estimated_drain_start_time"] = {"nanoseconds": int(drain["started"]) * 1_000_000_000}
        return shown

    @staticmethod
    def _pid(agent: Agent) -> str:
        return f"slave(1)@{agent.info['ip']}:{agent.info['port']}"

    @staticmethod
    def _typed(agent: Agent) -> list[Json]:
        own = agent.info["resources"]
        return typed(own["cpus"], own["mem"], own["disk"], _pairs(agent.info), {"role": "*"})

    @staticmethod
    def _typed_used(agent: Agent) -> list[Json]:
        cpus, mem, disk, ports = _used(agent.active_tasks())
        return typed(float(cpus), float(mem), float(disk), ranges(ports), {"role": "*", "allocation_info": {"role": "*"}})

    def recovered(self) -> list[Json]:
        """Agents of the registry that have not come back to this leader."""
        entries = self._cluster.registry["agents"].items()
        return [
            {"id": one, "hostname": entry["info"]["hostname"], "port": entry["info"]["port"]}
            for one, entry in entries
            if one not in self._cluster.agents
        ]

    # Tasks.

    def tasks_of(self, framework: Framework | None = None) -> list[tuple[Agent, Json]]:
        """Active ones, with their agents."""
        return [
            (agent, task)
            for agent in self.agents()
            for task in agent.active_tasks()
            if framework is None or task["framework_id"] == framework.id
        ]

    def task(self, task: Json, agent_id: str) -> Json:
        definition = task["launch"]["definition"]
        shown: Json = {"id": task["task_id"], "name": task_name(task), "framework_id": task["framework_id"], "executor_id": ""}
        shown |= {"slave_id": agent_id, "state": task["state"], "resources": _amounts([task]), "role": definition.get("role", "*")}
        shown["statuses"] = [self._status(task, one) for one in task["statuses"]]
        if definition.get("labels"):
            shown["labels"] = [{"key": key, "value": value} for key, value in sorted(definition["labels"].items())]
        if docker := definition.get("container", {}).get("docker"):
            shown["container"] = {"type": "DOCKER", "docker": {"image": docker["image"]}}
        return shown

    @staticmethod
    def _status(task: Json, one: Json) -> Json:
        address = [{"ip_addresses": [{"protocol": "IPv4", "ip_address": task["address"]}]}]
        container = {"container_id": {"value": task["launch"]["container_id"]}, "network_infos": address}
        return {"state": one["state"], "timestamp": one["timestamp"], "container_status": container}

    def task_v1(self, task: Json, agent_id: str) -> Json:
        definition = task["launch"]["definition"]
        cpus, mem, disk, ports = _used([task])
        allocation = {"allocation_info": {"role": definition.get("role", "*")}}
        shown: Json = {"name": task_name(task), "task_id": {"value": task["task_id"]}, "framework_id": {"value": task["framework_id"]}}
        shown |= {"agent_id": {"value": agent_id}, "state": task["state"]}
        shown["resources"] = typed(float(cpus), float(mem), float(disk), ranges(ports), allocation)
        shown["statuses"] = [self._status(task, one) | self._status_v1(task, one, agent_id) for one in task["statuses"]]
        shown["status_update_state"] = task["statuses"][-1]["state"] if task["statuses"] else task["state"]
        if definition.get("labels"):
            shown["labels"] = {"labels": [{"key": key, "value": value} for key, value in sorted(definition["labels"].items())]}
        return shown

    @staticmethod
    def _status_v1(task: Json, one: Json, agent_id: str) -> Json:
        found: Json = {"task_id": {"value": task["task_id"]}, "source": "SOURCE_EXECUTOR", "agent_id": {"value": agent_id}}
        found |= {
            "executor_id": {"value": task["task_id"]},
            "uuid": base64.b64encode(f"{one['timestamp']}{task['task_id']}".encode()[:16]).decode(),
        }
        if one.get("message"):
            found["message"] = one["message"]
        if one.get("reason"):
            found["reason"] = one["reason"]
        return found

    # Frameworks and the whole.

    def framework(self, framework: Framework) -> Json:
        mine = self.tasks_of(framework)
        used = _amounts(task for _agent, task in mine)
        info = framework.info
        shown: Json = {"id": framework.id, "name": info["name"], "pid": "", "used_resources": used, "offered_resources": NOTHING}
        shown |= {"capabilities": ["TASK_KILLING_STATE", "PARTITION_AWARE"], "hostname": info["hostname"], "webui_url": info["webui_url"]}
        shown |= {"active": framework.wire.open, "connected": framework.wire.open, "recovered": False, "user": info["user"]}
        shown |= {"failover_timeout": info["failover_timeout"], "checkpoint": True, "registered_time": framework.registered}
        shown |= {"unregistered_time": 0.0, "resources": used, "roles": ["*"], "offers": [], "executors": [], "offer_constraints": {}}
        if info.get("principal"):
            shown["principal"] = info["principal"]
        shown |= {"tasks": [self.task(task, agent.id) for agent, task in mine], "unreachable_tasks": []}
        return shown | {"completed_tasks": [self.task(task, task["agent_id"]) for task in framework.completed]}

    def framework_v1(self, framework: Framework) -> Json:
        info = framework.info
        described: Json = {"user": info["user"], "name": info["name"], "id": {"value": framework.id}, "checkpoint": True}
        described |= {
            "failover_timeout": info["failover_timeout"],
            "hostname": info["hostname"],
            "webui_url": info["webui_url"],
            "roles": ["*"],
        }
        return {
            "framework_info": described,
            "active": framework.wire.open,
            "connected": framework.wire.open,
            "recovered": False,
            "registered_time": _time(framework.registered),
            "offer_constraints": {},
        }

    def counts(self) -> Json:
        active = sum(self._active(agent) for agent in self.agents())
        return {
            "activated_slaves": float(active),
            "deactivated_slaves": float(len(self.agents()) - active),
            "unreachable_slaves": float(len(self._cluster.registry["unreachable"])),
        }

    def states(self, tasks: Iterable[Json]) -> Json:
        found = {f"TASK_{one}": 0 for one in STATES}
        for task in tasks:
            found[task["state"]] = found.get(task["state"], 0) + 1
        return found

    def metrics(self, *, elected: bool, started: float) -> dict[str, float]:
        cluster = self._cluster
        counts, agents = self.counts(), self.agents()
        connected = float(sum(agent.connected for agent in agents))
        found = {
            "master/elected": float(elected),
            "master/uptime_secs": time.time() - started,
            "registrar/log/recovered": float(cluster.registrar.recovered),
            "registrar/log/ensemble_size": float(len(cluster.registrar.peers) + 1),
            "registrar/queued_operations": 0.0,
            "master/slaves_active": counts["activated_slaves"],
            "master/slaves_connected": connected,
            "master/slaves_disconnected": len(agents) - connected,
            "master/slaves_inactive": counts["deactivated_slaves"],
            "master/slaves_unreachable": counts["unreachable_slaves"],
            "master/slave_registrations": float(cluster.counters.get("registrations", 0)),
            "master/slave_reregistrations": float(cluster.counters.get("reregistrations", 0)),
            "master/slave_unreachable_completed": float(cluster.counters.get("unreachable", 0)),
            "master/slave_removals/reason_registered": float(cluster.counters.get("removals_registered", 0)),
            "master/slave_removals/reason_unregistered": float(cluster.counters.get("removals_unregistered", 0)),
            "master/frameworks_active": float(sum(one.wire.open for one in cluster.frameworks.values())),
            "master/frameworks_connected": float(sum(one.wire.open for one in cluster.frameworks.values())),
        }
        cpus, mem, disk, _ports = _used(task for agent in agents for task in agent.active_tasks())
        for name, used in (("cpus", cpus), ("mem", mem), ("disk", disk)):
            total = float(sum(agent.info["resources"][name] for agent in agents))
            found |= {
                f"master/{name}_total": total,
                f"master/{name}_used": float(used),
                f"master/{name}_percent": used / total if total else 0.0,
            }
        every = [task for agent in agents for task in agent.tasks.values()]
        states = self.states(every)
        return found | {f"master/tasks_{one.lower()}": float(states[f"TASK_{one}"]) for one in STATES}

    def is_active(self, task: Json) -> bool:
        return task["state"] in ACTIVE


def _time(seconds: float) -> Json:
    return {"nanoseconds": int(seconds * 1e9)}
