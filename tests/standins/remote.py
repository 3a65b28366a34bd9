# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agents of a cluster, as the standalone engine sees them: what it knows as virtual agents and runs itself is elsewhere here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from zeus_engine import checks
from zeus_engine.agents import Agent
from zeus_engine.definitions import is_host, ports_of
from zeus_engine.engine import Engine
from zeus_engine.executor import Exit, Launch, Listener
from zeus_engine.health import HealthChecks
from zeus_engine.model import Task
from zeus_engine.tasks import Tasks

from .framework import Framework
from .wire import Message


class RemoteExecutor:
    """zeus_engine.executor.Executor through the leading master. `user` runs the tasks that name none."""

    def __init__(self, user: str) -> None:
        self._user = user
        self.framework: Framework
        self.engine: Engine
        self._listener: Listener
        self._waiting: dict[str, Launch] = {}

    def _agent_of(self, task_id: str) -> str:
        state = self.engine.state
        task = (
            state.tasks.get(task_id) or state.orphans.get(task_id) or next((one for one in state.finished if one.task_id == task_id), None)
        )
        return task.agent_id if task else ""

    async def launch(self, launch: Launch, listener: Listener) -> None:
        self._listener = listener
        # Who runs in a container is its image's business: the user need not be known in there.
        own = {} if launch.definition.get("container", {}).get("docker") else {"user": self._user}
        definition = own | dict(launch.definition)
        given = {"task_id": launch.task_id, "container_id": launch.container_id, "definition": definition, "env": dict(launch.env)}
        given["ports"] = list(launch.ports)
        if not self.framework.send("launch", self._agent_of(launch.task_id), launch=given):
            listener.lost(launch.task_id, "The master is away")

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        """How the tasks are is told when the master has taken the framework."""
        self._listener = listener

    def terminate(self, task_id: str) -> None:
        self.framework.send("terminate", self._agent_of(task_id), task_id=task_id)

    def kill(self, task_id: str) -> None:
        self.framework.send("kill", self._agent_of(task_id), task_id=task_id)

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        return await self.framework.check(self._agent_of(launch.task_id), launch.task_id, timeout, {"command": command})

    def network(self, task_id: str) -> Path | None:
        return None

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        self.framework.send("forget", self._agent_of(task_id), task_id=task_id, sandbox=sandbox)

    def close(self) -> None:
        """The tasks go on."""


class RemoteHealth(HealthChecks):
    """HTTP and TCP checks go to the task's agent; those beside the task are made by the agent."""

    def __init__(self, tasks: Tasks, cluster: RemoteCluster) -> None:
        super().__init__(tasks)
        self._cluster = cluster

    async def _probe(self, task: Task, check: Mapping[str, Any], beside: bool) -> str | None:
        timeout = float(check["timeoutSeconds"]) or 20.0
        protocol = check["protocol"].removeprefix("MESOS_")
        if protocol == "COMMAND":
            return await super()._probe(task, check, beside)
        path = f"/{check.get('path', '/').removeprefix('/')}"
        port = check.get("port") or self._port(task, check.get("portIndex", 0), beside)
        if beside:
            probe = {"protocol": protocol, "port": port, "path": path}
            return await self._cluster.framework.check(task.agent_id, task.task_id, timeout, probe)
        host = self._cluster.addresses.get(task.agent_id, task.hostname)
        if protocol == "TCP":
            return await checks.tcp(host, port, timeout)
        answer = await checks.http(self._http(), f"{protocol.lower()}://{host}:{port}{path}", timeout)
        if isinstance(answer, str):
            return answer
        return None if 200 <= answer.status < 400 else f"HTTP status {answer.status}"

    @staticmethod
    def _port(task: Task, index: int, beside: bool) -> int:
        """The host's port, or inside a container's network the container's."""
        if beside and not is_host(task.definition):
            return int(ports_of(task.definition)[index]["containerPort"]) or task.ports[index]
        return task.ports[index]


class RemoteCluster:
    """Keeps the engine's agents and tasks as the master tells them."""

    def __init__(self, engine: Engine, framework: Framework, executor: RemoteExecutor) -> None:
        self._engine, self.framework = engine, framework
        self.addresses: dict[str, str] = {}
        self._known: dict[str, Agent] = {}
        executor.framework, executor.engine = framework, engine
        engine.tasks.health = RemoteHealth(engine.tasks, self)
        # Ports are taken on other machines; that one of them is in use by somebody else shows when the task fails there, as with Mesos.
        engine.queue._free_port = lambda port: True

    def hear(self, kind: str, message: Message) -> None:
        if kind == "disconnected":  # no offers from nobody
            self._engine.state.agents = tuple(agent for agent in self._engine.state.agents if agent.id in self._engine.state.away)
        elif kind == "agents":
            self._agents(message["agents"])
        elif kind == "tasks":
            self._tasks(message["agent_id"], message["tasks"])
        elif kind == "task":
            self._task(message["task"])
        elif kind == "dropped":
            self._engine.tasks.lost(message["task_id"], message["message"])
        self._engine.wake()

    def _agents(self, told: list[dict[str, Any]]) -> None:
        """Only active agents get tasks; unreachable ones keep theirs as unreachableStrategy says; the tasks of all others are lost."""
        state = self._engine.state
        states = {one["id"]: one["state"] for one in told}
        for one in told:
            if one["info"] is not None:
                self._known[one["id"]] = _agent(one["id"], one["info"])
                self.addresses[one["id"]] = one["info"]["ip"]
        away = [agent for agent_id, agent in self._known.items() if states.get(agent_id) == "unreachable"]
        state.agents = (*(agent for agent_id, agent in self._known.items() if states.get(agent_id) == "active"), *away)
        for agent in away:
            self._engine.reachability.leave(agent)
        for agent_id in [one for one in state.away if states.get(one) in ("active", "inactive")]:
            self._engine.reachability.come_back(self._known[agent_id])
        for task in [*state.tasks.values(), *state.orphans.values()]:
            if task.agent_id not in states:
                state.away.pop(task.agent_id, None)
                self._engine.tasks.lost(task.task_id, "The agent is gone")
        self._engine.queue.resources_freed()

    def _tasks(self, agent_id: str, told: list[dict[str, Any]]) -> None:
        """All that an agent has of this framework: what it does not know was never started there, or is lost."""
        state = self._engine.state
        for task in told:
            self._task(task)
        names = {task["task_id"] for task in told}
        for known in [*state.tasks.values(), *state.orphans.values()]:
            if known.agent_id == agent_id and known.task_id not in names:
                self._engine.tasks.lost(known.task_id, "The agent does not know the task")

    def _task(self, told: dict[str, Any]) -> None:
        tasks, state = self._engine.tasks, self._engine.state
        task = state.tasks.get(told["task_id"]) or state.orphans.get(told["task_id"])
        if task is None:
            kind = "forget" if told["ended"] else "kill"
            extra = {"sandbox": False} if told["ended"] else {}
            self.framework.send(kind, self._agent_named(told), task_id=told["task_id"], **extra)
        elif told["ended"] and "lost" in told["ended"]:
            tasks.lost(task.task_id, told["ended"]["lost"])
        elif told["ended"]:
            tasks.ended(task.task_id, Exit(**told["ended"]))
        elif told["state"] == "TASK_KILLING" and told["reason"]:
            tasks.kill(task, "Draining the agent")
        elif told["pid"] is not None:
            tasks.started(task.task_id, told["pid"], told["address"])

    def _agent_named(self, told: dict[str, Any]) -> str:
        return next((agent_id for agent_id, address in self.addresses.items() if address == told["address"]), "")


def _agent(agent_id: str, info: dict[str, Any]) -> Agent:
    own = info["resources"]
    attributes = {name: value for name, _kind, value in info["attributes"]}
    ports = tuple((first, last) for first, last in own["ports"])
    return Agent(agent_id, info["hostname"], attributes, own["cpus"], own["mem"], own["disk"], ports, info["port"])
