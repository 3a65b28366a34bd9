# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents, tasks, roles and the one framework as Mesos' HTTP endpoints (/state, /slaves, /tasks, ...) show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from . import MESOS_VERSION
from .agents import Agent, Used, used_by
from .engine import Engine
from .ids import segments
from .mesos_resources import amounts, attribute, quantities, ranges, typed
from .model import RUNNING, UNREACHABLE, Status, Task

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
#: The states that /state-summary counts, in its order.
SUMMED_STATES = (
    *("TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_FINISHED"),
    *("TASK_KILLED", "TASK_FAILED", "TASK_LOST", "TASK_ERROR", "TASK_UNREACHABLE"),
)
FRAMEWORK_NAME = "marathon"
FRAMEWORK_CAPABILITIES = ("TASK_KILLING_STATE", "PARTITION_AWARE", "REGION_AWARE", "MULTI_ROLE")
FAILOVER_TIMEOUT = 604800.0
ROLE = "*"
_DOCKER_NETWORKS = {"host": "HOST", "container/bridge": "BRIDGE", "container": "USER"}


class Cast:
    """Who is on the stage, as both faces of Mesos see it."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def agents(self) -> list[Agent]:
        """The agents that the master lists."""
        return self.engine.state.present

    def active(self, agent: Agent) -> bool:
        return True

    def unreachable_agents(self) -> int:
        return len(self.engine.state.away)

    def reregistered(self, agent: Agent) -> float | None:
        """When the agent came back, if it was away."""
        return self.engine.state.returned.get(agent.id)

    def tasks(self) -> list[Task]:
        """Also those that Marathon has given up and that are not gone yet."""
        return [task for task in self._held() if not task.unreachable]

    def unreachable_tasks(self) -> list[Task]:
        return [task for task in self._held() if task.unreachable] if self.engine.state.away else []

    def _held(self) -> list[Task]:
        return [*self.engine.state.tasks.values(), *self.engine.state.orphans.values()]

    def completed_tasks(self) -> list[Task]:
        return list(self.engine.state.finished)

    def everything(self) -> list[Task]:
        return [*self.tasks(), *self.unreachable_tasks(), *self.completed_tasks()]

    def used(self, agent: Agent) -> Used:
        """What the tasks of this agent hold."""
        return self.engine.state.used.get(agent.id) or Used()

    def roles(self) -> list[str]:
        """What the framework is subscribed to: the roles of its apps and of their tasks."""
        state = self.engine.state
        return sorted({ROLE} | {app["role"] for app in state.apps.values()} | {task.definition["role"] for task in self.tasks()})

    def shares(self, agent: Agent | None = None) -> list[tuple[str, Used]]:
        """What the tasks of each role hold, of one agent or of all."""
        if agent is not None and self.roles() == [ROLE]:
            return [(ROLE, self.used(agent))]
        found: dict[str, Used] = {}
        for task in self.tasks():
            if agent is None or task.agent_id == agent.id:
                found.setdefault(task.definition["role"], Used()).add(task)
        return sorted(found.items())

    def allocated(self, agent: Agent | None = None) -> list[dict[str, Any]]:
        """The same as typed resources."""
        return [
            resource
            for role, used in self.shares(agent)
            for resource in typed(
                used.cpus, used.mem, used.disk, ranges(sorted(used.ports)), {"role": ROLE, "allocation_info": {"role": role}}
            )
        ]

    def agent_pid(self, agent: Agent) -> str:
        return f"slave({agent.port - 5050})@{self.engine.config.host}:{agent.port}"

    def container_status(self, task: Task) -> dict[str, Any]:
        (own,) = self.engine.tasks.addresses(task)
        address = {"protocol": own["protocol"], "ip_address": own["ipAddress"]}
        return {"container_id": {"value": task.container_id}, "network_infos": [{"ip_addresses": [address]}]}


class MesosViews:
    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._engine = cast.engine

    def agent_counts(self) -> dict[str, float]:
        active = [self._cast.active(agent) for agent in self._cast.agents()]
        return {
            "activated_slaves": float(sum(active)),
            "deactivated_slaves": 0.0,
            "unreachable_slaves": float(self._cast.unreachable_agents()),
        }

    def slave(self, agent: Agent, *, full: bool) -> dict[str, Any]:
        used = self._cast.used(agent)
        total = amounts(agent.cpus, agent.mem, agent.disk, agent.ports)
        taken = ranges(sorted(used.ports))
        shown = {
            "id": agent.id,
            "hostname": agent.hostname,
            "port": agent.port,
            "attributes": {name: attribute(value) for name, value in agent.attributes.items()},
            "pid": self._cast.agent_pid(agent),
            "registered_time": self._engine.started_at,
            "resources": total,
            "used_resources": amounts(used.cpus, used.mem, used.disk, taken),
            "offered_resources": amounts(0.0, 0.0, 0.0),
            "reserved_resources": {},
            "unreserved_resources": dict(total),
            "active": self._cast.active(agent),
            "deactivated": False,
            "version": MESOS_VERSION,
            "capabilities": list(AGENT_CAPABILITIES),
        }
        if (back := self._cast.reregistered(agent)) is not None:
            shown["reregistered_time"] = back
        if full:
            shown |= {
                "reserved_resources_full": {},
                "unreserved_resources_full": typed(agent.cpus, agent.mem, agent.disk, agent.ports, {"role": ROLE}),
                "used_resources_full": self._cast.allocated(agent),
                "offered_resources_full": [],
            }
        return shown

    def task(self, task: Task) -> dict[str, Any]:
        definition = task.definition
        shown = {
            "id": task.task_id,
            "name": task_name(task),
            "framework_id": self._engine.state.framework_id,
            "executor_id": "",
            "slave_id": task.agent_id,
            "state": task.state,
            "resources": amounts(definition["cpus"], definition["mem"], definition["disk"], ranges(task.ports)),
            "role": definition["role"],
            "statuses": [self._status(task, one) for one in task.statuses],
        }
        if definition["labels"]:
            shown["labels"] = label_list(definition)
        return shown | extras(task)

    def _status(self, task: Task, status: Status) -> dict[str, Any]:
        if status.state == UNREACHABLE:  # the master's own word: it knows nothing of the container
            return {"state": status.state, "timestamp": status.timestamp}
        shown: dict[str, Any] = {
            "state": status.state,
            "timestamp": status.timestamp,
            "container_status": self._cast.container_status(task),
        }
        if status.state == RUNNING and task.healthy is not None:
            shown["healthy"] = task.healthy
        return shown

    def framework(self) -> dict[str, Any]:
        config, cast = self._engine.config, self._cast
        head = self._framework_head()
        return head | {
            "user": config.default_user,
            "failover_timeout": FAILOVER_TIMEOUT,
            "checkpoint": True,
            "registered_time": self._engine.started_at,
            "unregistered_time": 0.0,
            "resources": dict(head["used_resources"]),
            "roles": cast.roles(),
            "tasks": [self.task(task) for task in cast.tasks()],
            "unreachable_tasks": [self.task(task) for task in cast.unreachable_tasks()],
            "completed_tasks": [self.task(task) for task in cast.completed_tasks()],
            "offers": [],
            "executors": [],
            "offer_constraints": {},
        }

    def _framework_head(self) -> dict[str, Any]:
        config, state = self._engine.config, self._engine.state
        used = used_by(self._cast.tasks())
        return {
            "id": state.framework_id,
            "name": FRAMEWORK_NAME,
            "used_resources": amounts(used.cpus, used.mem, used.disk, ranges(sorted(used.ports))),
            "offered_resources": amounts(0.0, 0.0, 0.0),
            "capabilities": list(FRAMEWORK_CAPABILITIES),
            "hostname": config.address,
            "webui_url": f"http://{config.host}:{config.marathon_port}",
            "active": True,
            "connected": True,
            "recovered": False,
        }

    def summary(self) -> dict[str, Any]:
        """/state-summary: agents and frameworks with numbers of tasks instead of the tasks."""
        config, state, everything = self._engine.config, self._engine.state, self._cast.everything()
        by_agent: dict[str, list[Task]] = {}
        for task in everything:
            by_agent.setdefault(task.agent_id, []).append(task)
        slaves = []
        for agent in self._cast.agents():
            here = by_agent.get(agent.id, [])
            slaves.append(
                self.slave(agent, full=False) | _counts(here) | {"framework_ids": [state.framework_id] if here else []},
            )
        framework = self._framework_head() | _counts(everything) | {"slave_ids": sorted(by_agent)}
        return {"hostname": config.address, "cluster": config.cluster, "slaves": slaves, "frameworks": [framework]}

    def roles(self) -> list[dict[str, Any]]:
        shares = dict(self._cast.shares())
        return [self._role(role, shares.get(role) or Used()) for role in self._cast.roles()]

    def _role(self, role: str, used: Used) -> dict[str, Any]:
        held = quantities(used.cpus, used.mem, used.disk)
        return {
            "name": role,
            "weight": 1.0,
            "quota": {"role": role, "guarantee": {}, "limit": {}, "consumed": held},
            "resources": held,
            "allocated": held,
            "offered": {},
            "reserved": {},
            "frameworks": [self._engine.state.framework_id],
        }


def task_name(task: Task) -> str:
    """Marathon names a task so that it can be a host name: the app's path, backwards."""
    return ".".join(reversed(segments(task.app_id)))


def label_list(definition: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in definition["labels"].items()]


def extras(task: Task) -> dict[str, Any]:
    """What both faces write alike, and only where there is something to say: the container and how to find the task."""
    shown: dict[str, Any] = {}
    container = _container(task)
    if container is not None:
        shown["container"] = container
    return shown


def _container(task: Task) -> dict[str, Any] | None:
    """Mesos' ContainerInfo of a Docker task; None for a plain process."""
    raw = task.definition.get("container") or {}
    if raw.get("type") != "DOCKER":
        return None
    docker, networks = raw["docker"], task.definition.get("networks") or [{"mode": "host"}]
    found: dict[str, Any] = {"image": docker["image"], "network": _DOCKER_NETWORKS[networks[0]["mode"]]}
    mappings = zip(raw.get("portMappings") or (), task.ports, strict=False)
    if ports := [
        {"host_port": port, "container_port": one.get("containerPort") or port, "protocol": one.get("protocol", "tcp")}
        for one, port in mappings
    ]:
        found["port_mappings"] = ports
    found["privileged"] = bool(docker.get("privileged", False))
    if docker.get("parameters"):
        found["parameters"] = docker["parameters"]
    found["force_pull_image"] = bool(docker.get("forcePullImage", False))
    shown: dict[str, Any] = {"type": "DOCKER", "docker": found}
    if volumes := [
        {"container_path": one["containerPath"], "host_path": one["hostPath"], "mode": one.get("mode", "RW")}
        for one in raw.get("volumes") or ()
        if one.get("hostPath")
    ]:
        shown["volumes"] = volumes
    return shown


def _counts(tasks: Iterable[Task]) -> dict[str, int]:
    states = Counter(task.state for task in tasks)
    return {state: states[state] for state in SUMMED_STATES}
