# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents, tasks, roles and the one framework as the v1 operator API shows them: protobuf as JSON, what is empty left out."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from . import MESOS_VERSION
from .agents import Agent, Used
from .mesos_resources import attribute_v1, ranges, typed
from .mesos_views import (
    AGENT_CAPABILITIES,
    FAILOVER_TIMEOUT,
    FRAMEWORK_CAPABILITIES,
    FRAMEWORK_NAME,
    ROLE,
    Cast,
    extras,
    label_list,
    task_name,
)
from .model import RUNNING, UNREACHABLE, Status, Task


class MesosViewsV1:
    def __init__(self, cast: Cast) -> None:
        self._cast = cast
        self._engine = cast.engine

    def get_agents(self) -> dict[str, Any]:
        return {"agents": [self._agent(agent) for agent in self._cast.agents()], "recovered_agents": []}

    def get_tasks(self) -> dict[str, Any]:
        cast = self._cast
        return {
            "tasks": [self._task(task) for task in cast.tasks()],
            "unreachable_tasks": [self._task(task) for task in cast.unreachable_tasks()],
            "completed_tasks": [self._task(task) for task in cast.completed_tasks()],
        }

    def get_executors(self) -> dict[str, Any]:
        """Tasks bring no executors of their own, and Mesos does not list those that it makes for commands."""
        return {"executors": []}

    def get_frameworks(self) -> dict[str, Any]:
        return {"frameworks": [self._framework()], "completed_frameworks": []}

    def get_state(self) -> dict[str, Any]:
        return {
            "get_tasks": self.get_tasks(),
            "get_executors": self.get_executors(),
            "get_frameworks": self.get_frameworks(),
            "get_agents": self.get_agents(),
        }

    def get_roles(self) -> dict[str, Any]:
        shares = dict(self._cast.shares())
        roles: list[dict[str, Any]] = []
        for name in self._cast.roles():
            role: dict[str, Any] = {"name": name, "weight": 1.0, "frameworks": [{"value": self._engine.state.framework_id}]}
            used = shares.get(name) or Used()
            if resources := typed(used.cpus, used.mem, used.disk, (), {}):
                role["resources"] = resources
            roles.append(role)
        return {"roles": roles}

    def _agent(self, agent: Agent) -> dict[str, Any]:
        shown = {
            "agent_info": {
                "hostname": agent.hostname,
                "port": agent.port,
                "resources": typed(agent.cpus, agent.mem, agent.disk, agent.ports, {}),
                "attributes": [attribute_v1(name, value) for name, value in agent.attributes.items()],
                "id": {"value": agent.id},
                "checkpoint": True,
            },
            "active": self._cast.active(agent),
            "deactivated": False,
            "version": MESOS_VERSION,
            "pid": self._cast.agent_pid(agent),
            "registered_time": _time(self._engine.started_at),
            "total_resources": typed(agent.cpus, agent.mem, agent.disk, agent.ports, {"role": ROLE}),
        }
        if (back := self._cast.reregistered(agent)) is not None:
            shown["reregistered_time"] = _time(back)
        if allocated := self._cast.allocated(agent):
            shown["allocated_resources"] = allocated
        return shown | {"capabilities": [{"type": one} for one in AGENT_CAPABILITIES]}

    def _task(self, task: Task) -> dict[str, Any]:
        definition = task.definition
        allocation = {"allocation_info": {"role": definition["role"]}}
        shown: dict[str, Any] = {
            "name": task_name(task),
            "task_id": {"value": task.task_id},
            "framework_id": {"value": self._engine.state.framework_id},
            "agent_id": {"value": task.agent_id},
            "state": task.state,
            "resources": typed(definition["cpus"], definition["mem"], definition["disk"], ranges(task.ports), allocation),
            "statuses": [self._status(task, one) for one in task.statuses],
        }
        if updates := [one for one in task.statuses if one.state != UNREACHABLE]:
            shown |= {"status_update_state": updates[-1].state, "status_update_uuid": _uuid(updates[-1])}
        if definition["labels"]:
            shown["labels"] = {"labels": label_list(definition)}
        return shown | extras(task)

    def _status(self, task: Task, status: Status) -> dict[str, Any]:
        if status.state == UNREACHABLE:
            return {
                "task_id": {"value": task.task_id},
                "state": status.state,
                "message": status.message,
                "source": "SOURCE_MASTER",
                "reason": "REASON_AGENT_REMOVED",
                "agent_id": {"value": task.agent_id},
                "timestamp": status.timestamp,
                "unreachable_time": _time(status.timestamp),
            }
        shown: dict[str, Any] = {
            "task_id": {"value": task.task_id},
            "state": status.state,
            "source": "SOURCE_EXECUTOR",
            "agent_id": {"value": task.agent_id},
            "executor_id": {"value": task.task_id},
            "timestamp": status.timestamp,
            "uuid": _uuid(status),
            "container_status": self._cast.container_status(task),
        }
        if task.pid is not None:
            shown["container_status"]["executor_pid"] = task.pid  # v1 only: /state leaves it out
        if status.message:
            shown["message"] = status.message
        if status.state == RUNNING and task.healthy is not None:
            shown["healthy"] = task.healthy
        return shown

    def _framework(self) -> dict[str, Any]:
        config, started = self._engine.config, _time(self._engine.started_at)
        shown: dict[str, Any] = {
            "framework_info": {
                "user": config.default_user,
                "name": FRAMEWORK_NAME,
                "id": {"value": self._engine.state.framework_id},
                "failover_timeout": FAILOVER_TIMEOUT,
                "checkpoint": True,
                "roles": self._cast.roles(),
                "hostname": config.address,
                "webui_url": f"http://{config.host}:{config.marathon_port}",
                "capabilities": [{"type": one} for one in FRAMEWORK_CAPABILITIES],
            },
            "active": True,
            "connected": True,
            "recovered": False,
            "registered_time": started,
            "reregistered_time": started,
        }
        if allocated := self._cast.allocated():
            shown["allocated_resources"] = allocated
        return shown | {"offer_constraints": {}}


def _time(seconds: float) -> dict[str, int]:
    return {"nanoseconds": int(seconds * 1e9)}


def _uuid(status: Status) -> str:
    return base64.b64encode(uuid.UUID(status.uuid).bytes).decode()
