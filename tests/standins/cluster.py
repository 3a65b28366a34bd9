# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The leading master's knowledge: agents, frameworks and their tasks, who may register, and what it tells whom."""

from __future__ import annotations

import asyncio
import copy
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import log
from .registrar import Registrar, RegistryError, Value
from .wire import Message, Wire

ACTIVE = ("TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING")
COMPLETED_KEPT = 1000


@dataclass
class Agent:
    """`info` is ``{hostname, port, ip, attributes, resources}`` as the agent checkpoints it, `tasks` are those it knows, by id."""

    id: str
    info: dict[str, Any]
    version: str
    wire: Wire
    registered: float
    reregistered: float | None = None
    missed: int = 0
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def connected(self) -> bool:
        return self.wire.open

    def active_tasks(self) -> list[dict[str, Any]]:
        return [task for task in self.tasks.values() if task["state"] in ACTIVE]


@dataclass
class Framework:
    id: str
    info: dict[str, Any]
    wire: Wire
    registered: float
    completed: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Access:
    """Credentials and ACLs. `allowed` knows what the roles write: principals of an action, first match decides, else `permissive`."""

    credentials: Mapping[str, str] | None
    acls: Mapping[str, Any]
    agents: bool
    frameworks: bool

    def authentic(self, principal: str | None, secret: str | None) -> bool:
        return self.credentials is not None and principal is not None and self.credentials.get(principal) == secret

    def allowed(self, action: str, principal: str | None) -> bool:
        for rule in self.acls.get(action, ()):
            subjects = rule.get("principals", {})
            if subjects.get("type") == "ANY" or principal in subjects.get("values", ()):
                return not any(isinstance(one, dict) and one.get("type") == "NONE" for name, one in rule.items() if name != "principals")
        return bool(self.acls.get("permissive", True))


class Cluster:
    """`change` edits a copy of the registry, which is stored before anything happens; one change after the other."""

    def __init__(self, master_id: str, address: str, registrar: Registrar, access: Access, ping: tuple[float, int]) -> None:
        self.master_id, self.address = master_id, address
        self.registrar, self.access = registrar, access
        self._ping_timeout, self._max_missed = ping
        self.agents: dict[str, Agent] = {}
        self.frameworks: dict[str, Framework] = {}
        self._next_agent = self._next_framework = 0
        self.counters: dict[str, int] = {}
        self._changing = asyncio.Lock()

    @property
    def registry(self) -> Value:
        return self.registrar.value

    async def change(self, edit: Callable[[Value], None]) -> None:
        # Agents register at the same moment: the later one's copy has to hold the earlier one.
        async with self._changing:
            value = copy.deepcopy(self.registry)
            edit(value)
            await self.registrar.store(value)

    def _count(self, name: str) -> None:
        self.counters[name] = self.counters.get(name, 0) + 1

    # Agents.

    async def from_agent(self, wire: Wire, message: Message) -> None:
        agent = next((one for one in self.agents.values() if one.wire is wire), None)
        if message["kind"] == "register":
            await self._register(wire, message)
        elif agent is None:
            return
        elif message["kind"] == "pong":
            agent.missed = 0
        elif message["kind"] == "task":
            self._task(agent, message["task"])
            await self.follow_drains()
        elif message["kind"] == "forgotten":
            agent.tasks.pop(message["task_id"], None)
        elif message["kind"] == "checked":
            self._to_framework(message["framework_id"], "checked", call=message["call"], problem=message["problem"])
        elif message["kind"] == "unregister":
            await self.remove(agent.id, "unregistered")

    async def _register(self, wire: Wire, message: Message) -> None:
        info, given = message["info"], message.get("id")
        where = f"slave(1)@{info['ip']}:{info['port']} ({info['hostname']})"
        if not self._admitted(wire, message, where):
            return
        if given in self.registry["gone"]:
            wire.send("shutdown", text="Agent has been marked gone")
            return
        if self.machine(info) in self.registry["down"]:
            wire.send("shutdown", text="Machine is `DOWN`")
            return
        for other in [one for one in self.agents.values() if one.info["ip"] == info["ip"] and one.info["port"] == info["port"]]:
            if other.id != given:
                await self.remove(other.id, "registered")
        known = given is not None and (given in self.registry["agents"] or given in self.registry["unreachable"])
        agent_id = given if given is not None and known else f"{self.master_id}-S{self._next_agent}"
        if agent_id != given:
            self._next_agent += 1
        before, now = self.agents.get(agent_id), time.time()
        registered = before.registered if before else float(self.registry["agents"].get(agent_id, {}).get("registered", now))

        def admit(value: Value) -> None:
            value["agents"][agent_id] = {"info": info, "registered": registered}
            value["unreachable"].pop(agent_id, None)

        try:
            await self.change(admit)
        except RegistryError as error:  # what a real zombie leader dies of
            log.abort("master.cpp:7231", f"Failed to admit agent {agent_id} at {where}: {error}")
        tasks = {task["task_id"]: task for task in message["tasks"]}
        self.agents[agent_id] = Agent(agent_id, info, message["version"], wire, registered, now if known else None, 0, tasks)
        self._count("reregistrations" if known else "registrations")
        log.info("master.cpp:6922", f"{'Re-registered' if known else 'Registered'} agent {agent_id} at {where}")
        wire.send("registered", id=agent_id, again=known, master=self.address)
        for framework in self.frameworks.values():
            mine = [task for task in tasks.values() if task["framework_id"] == framework.id]
            framework.wire.send("tasks", agent_id=agent_id, tasks=mine)
        self.tell_agents()
        if drain := self.registry["draining"].get(agent_id):
            if drain["state"] == "DRAINING":
                self._send_drain(self.agents[agent_id], drain)
            await self.follow_drains()

    def _admitted(self, wire: Wire, message: Message, where: str) -> bool:
        principal = message.get("principal")
        if principal is not None and not self.access.authentic(principal, message.get("secret")):
            wire.send("refused")
            return False
        if principal is None and self.access.agents:
            log.warning("master.cpp:6601", f"Refusing registration of agent at {where} because it is not authenticated")
            return False
        if not self.access.allowed("register_agents", principal):
            log.warning("master.cpp:6652", f"Refusing registration of agent at {where}: Not authorized to register agent")
            return False
        return True

    def agent_lost(self, wire: Wire) -> None:
        """Its connection broke: disconnected now, unreachable when it misses its pings."""
        if any(one.wire is wire for one in self.agents.values()):
            self.tell_agents()

    async def watch(self) -> None:
        """Ping the agents for ever."""
        while True:
            await asyncio.sleep(self._ping_timeout)
            for agent in list(self.agents.values()):
                agent.missed += 1
                agent.wire.send("ping")
                if agent.missed > self._max_missed:
                    await self._unreachable(agent)

    async def _unreachable(self, agent: Agent) -> None:
        log.warning("master.cpp:2046", f"Marking agent {agent.id} unreachable: health check timed out")

        def mark(value: Value) -> None:
            value["unreachable"][agent.id] = time.time()
            value["agents"].pop(agent.id, None)

        try:
            await self.change(mark)
        except RegistryError as error:
            log.warning("master.cpp:2081", str(error))
            return
        self._count("unreachable")
        if self.agents.get(agent.id) is agent:
            del self.agents[agent.id]
        await agent.wire.close()
        self.tell_agents()

    async def remove(self, agent_id: str, reason: str, *, gone: bool = False, keep: bool = False) -> None:
        """`gone`: for good; `keep`: in the registry it stays (its machine is down)."""

        def forget(value: Value) -> None:
            if not keep:
                value["agents"].pop(agent_id, None)
                value["draining"].pop(agent_id, None)
                value["deactivated"] = [one for one in value["deactivated"] if one != agent_id]
            if gone:
                value["gone"][agent_id] = time.time()
                value["unreachable"].pop(agent_id, None)

        await self.change(forget)
        self._count(f"removals_{reason}")
        agent = self.agents.pop(agent_id, None)
        if agent:
            agent.wire.send("shutdown", text="Agent has been marked gone" if gone else "Machine is `DOWN`") if gone or keep else None
        self.tell_agents()

    @staticmethod
    def machine(info: Mapping[str, Any]) -> dict[str, str]:
        return {"hostname": info["hostname"].lower(), "ip": info["ip"]}

    # Deactivating and draining.

    def deactivated(self, agent_id: str) -> bool:
        return agent_id in self.registry["deactivated"] or agent_id in self.registry["draining"]

    async def drain(self, agent_id: str, grace: float | None, mark_gone: bool) -> None:
        config = ({"max_grace_period": {"nanoseconds": int(grace * 1e9)}} if grace is not None else {}) | {"mark_gone": mark_gone}
        state = {"state": "DRAINING", "config": config, "started": time.time()}
        await self.change(lambda value: value["draining"].update({agent_id: state}))
        if agent := self.agents.get(agent_id):
            self._send_drain(agent, state)
        self.tell_agents()
        await self.follow_drains()

    @staticmethod
    def _send_drain(agent: Agent, drain: Mapping[str, Any]) -> None:
        grace = drain["config"].get("max_grace_period")
        agent.wire.send("drain", grace=grace["nanoseconds"] / 1e9 if grace else None)

    async def follow_drains(self) -> None:
        """DRAINING agents without tasks are DRAINED; those to be marked gone are gone."""
        for agent_id, drain in list(self.registry["draining"].items()):
            agent = self.agents.get(agent_id)
            if agent is None or agent.active_tasks():
                continue
            if drain["config"]["mark_gone"]:
                await self.remove(agent_id, "gone", gone=True)
            elif drain["state"] == "DRAINING":
                done = drain | {"state": "DRAINED"}
                await self.change(lambda value, agent_id=agent_id, done=done: value["draining"].update({agent_id: done}))

    # Tasks and frameworks.

    def _task(self, agent: Agent, task: dict[str, Any]) -> None:
        agent.tasks[task["task_id"]] = task
        framework = self.frameworks.get(task["framework_id"])
        if framework and task["state"] not in ACTIVE:
            framework.completed = [*framework.completed, task | {"agent_id": agent.id}][-COMPLETED_KEPT:]
        self._to_framework(task["framework_id"], "task", agent_id=agent.id, task=task)

    def _to_framework(self, framework_id: str, kind: str, **fields: Any) -> None:
        if framework := self.frameworks.get(framework_id):
            framework.wire.send(kind, **fields)

    async def from_framework(self, wire: Wire, message: Message) -> None:
        kind = message.pop("kind")
        if kind == "subscribe":
            self._subscribe(wire, message)
            return
        framework = next((one for one in self.frameworks.values() if one.wire is wire), None)
        if framework is None:
            return
        agent = self.agents.get(message.pop("agent_id"))
        if agent is not None and agent.connected:
            agent.wire.send(kind, framework_id=framework.id, **message)
        elif kind == "launch":
            wire.send("dropped", task_id=message["launch"]["task_id"], message="Agent is not connected")

    def _subscribe(self, wire: Wire, message: Message) -> None:
        info = message["framework"]
        principal = info.get("principal")
        if principal is not None and not self.access.authentic(principal, message.get("secret")):
            wire.send("error", message="Master refused authentication")
            return
        if principal is None and self.access.frameworks:
            log.warning("master.cpp:2471", f"Refusing subscription of framework '{info['name']}' because it is not authenticated")
            wire.send("error", message="Framework is not authenticated")
            return
        if not self.access.allowed("register_frameworks", principal):
            wire.send("error", message="Not authorized to use roles '{ * }'")
            return
        framework_id = info.get("id") or f"{self.master_id}-{self._next_framework:04d}"
        self._next_framework += 1
        before = self.frameworks.get(framework_id)
        registered = before.registered if before else time.time()
        self.frameworks[framework_id] = Framework(framework_id, info, wire, registered, before.completed if before else [])
        log.info("master.cpp:2910", f"Subscribing framework '{info['name']}' ({framework_id})")
        wire.send("subscribed", id=framework_id, master=self.address)
        wire.send("agents", agents=self._shown_agents())
        for agent in self.agents.values():
            wire.send("tasks", agent_id=agent.id, tasks=[task for task in agent.tasks.values() if task["framework_id"] == framework_id])

    def tell_agents(self) -> None:
        shown = self._shown_agents()
        for framework in self.frameworks.values():
            framework.wire.send("agents", agents=shown)

    def _shown_agents(self) -> list[dict[str, Any]]:
        found = []
        for agent in self.agents.values():
            active = agent.connected and not self.deactivated(agent.id)
            found.append({"id": agent.id, "info": agent.info, "state": "active" if active else "inactive"})
        for agent_id, entry in self.registry["agents"].items():
            if agent_id not in self.agents and self.machine(entry["info"]) not in self.registry["down"]:
                found.append({"id": agent_id, "info": entry["info"], "state": "inactive"})
        found += [{"id": agent_id, "info": None, "state": "unreachable"} for agent_id in self.registry["unreachable"]]
        return found
