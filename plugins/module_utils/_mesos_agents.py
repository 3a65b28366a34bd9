# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Agents of Mesos as objects that are in service, out of it, or gone: the resource behind the module mesos_agent.

Mesos's calls are not idempotent: to reactivate an active agent is refused, and so is one that is still draining. What is asked for is
compared with what is, so no such call is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.zeus.paas.plugins.module_utils._agent_choice import choose, find
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, DeadlineError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Task
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Operator
from ansible_collections.zeus.paas.plugins.module_utils._mesos_versions import features
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile

#: What each wish makes of an agent. None: it is listed no more.
WISHES: Mapping[str, str | None] = {"drained": "drained", "deactivated": "deactivated", "reactivated": "active", "gone": None}
POLL = 1.0


def ensure_agents(
    operator: Operator,
    names: Sequence[str],
    attributes: Mapping[str, str],
    wish: str,
    *,
    check_mode: bool,
    wait_timeout: float,
    wait: bool = True,
    grace: float | None = None,
    force: bool = False,
    progress: Progress = unheard,
) -> dict[str, Any]:
    """The agents named (by id, host name or address) or of these attributes, in the state of this wish.

    ``unregistered`` in the result: names of no registered agent. For ``gone`` that is no error, since it is how a gone agent looks.
    """
    registered = operator.agents()
    unknown = [name for name in names if not find(registered, name)] if wish == "gone" else []
    chosen = choose(registered, [name for name in names if name not in unknown], attributes if registered or wish != "gone" else None)
    state = WISHES[wish]
    wanted = {agent.id: None if state is None else _shown(agent, state) for agent in chosen}
    resource = Agents(operator, Deadline(wait_timeout), grace=grace, force=force, wait=wait, progress=progress)
    result = reconcile(resource, wanted, check_mode=check_mode, wait=wait).result()
    return {**result, "unregistered": unknown}


def state_of(agent: Agent) -> str:
    """``active``, ``disconnected``, ``deactivated``, ``draining`` or ``drained``."""
    if agent.drain:
        return agent.drain.lower()
    if agent.deactivated:
        return "deactivated"
    return "active" if agent.active else "disconnected"


class Agents(Resource):
    """``wanted``: agent id → ``{"id", "hostname", "ip", "state"}`` (a value of WISHES), or None for gone."""

    kind: ClassVar[str] = "agents"

    def __init__(
        self,
        operator: Operator,
        deadline: Deadline,
        *,
        grace: float | None = None,
        force: bool = False,
        wait: bool = True,
        progress: Progress = unheard,
    ) -> None:
        self._operator = operator
        self._deadline = deadline
        self._grace = grace
        self._force = force
        self._wait = wait
        self._progress = progress
        self._agents: dict[str, Agent] = {}

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        self._agents = {agent.id: agent for agent in self._operator.agents() if agent.id in set(ids)}
        return {id_: _shown(agent, state_of(agent)) for id_, agent in self._agents.items()}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        state = definition["state"]
        have = (current or {}).get("state")
        if state == "deactivated" and have in ("draining", "drained"):
            state = have  # out of service, and more
        if state == "active" and have == "disconnected":
            state = have  # nobody took it out of service; it comes back by itself or not at all
        return {"id": definition["id"], "hostname": definition["hostname"], "ip": definition["ip"], "state": state}

    def check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            agent = self._agents[change.id]
            wanted = _wanted(change)
            if wanted == "active" and agent.drain == "DRAINING" and not self._wait:
                raise RefusedError(
                    f"agent {agent.hostname} ({agent.id}) is still draining, and Mesos reactivates it only when that has ended. "
                    "Let the task wait (wait: true), or come back when it is drained"
                )
            old = _cannot_drain(agent)
            if old and wanted in ("drained", "deactivated"):
                raise RefusedError(
                    f"agent {agent.hostname} ({agent.id}) runs Mesos {agent.version}, which cannot be drained (Mesos 1.9 and later can). "
                    "Nothing was changed. Plan a maintenance window for it instead (module zeus.paas.mesos_maintenance, state scheduled): "
                    "frameworks that heed it move their tasks. The playbook zeus.paas.drain does this by itself, and says so"
                )
            if old and wanted is None and not self._force and (left := self._tasks([agent.id])):
                raise RefusedError(
                    f"agent {agent.hostname} ({agent.id}) runs Mesos {agent.version}, which cannot be drained, and {_told(left)}. They "
                    "would be lost. Move them first, or say force: true"
                )

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        for change in changes:
            agent = self._agents[change.id]
            wanted = _wanted(change)
            if wanted == "drained":
                if agent.drain != "DRAINING":
                    self._progress(f"agent {agent.hostname} is drained")
                    self._operator.drain(agent.id, self._grace)
            elif wanted == "deactivated":
                self._progress(f"agent {agent.hostname} gets no offers any more; its tasks go on")
                self._operator.deactivate(agent.id)
            elif wanted is None:
                self._end(agent)
            elif agent.drain != "DRAINING":
                self._reactivate(agent)
        return {}

    def wait(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        pending = {change.id: _wanted(change) for change in changes}
        shown = len(pending)

        def done() -> bool:
            nonlocal shown
            now = {agent.id: agent for agent in self._operator.agents()}
            for id_, wanted in list(pending.items()):
                if self._is(id_, wanted, now.get(id_)):
                    del pending[id_]
            if len(pending) != shown:
                shown = len(pending)
                self._progress(f"{len(changes) - shown} of {len(changes)} agents are as wanted")
            return not pending

        try:
            self._deadline.wait(done, every=POLL, what="the agents' state")
        except DeadlineError:
            raise self._late(pending) from None
        return {}

    def _is(self, id_: str, wanted: str | None, agent: Agent | None) -> bool:
        before = self._agents[id_]
        if wanted is None:
            return agent is None
        if agent is None:
            raise RefusedError(
                f"agent {before.hostname} ({id_}) is not registered any more, so nobody can say that it is {wanted}. Look whether its host "
                "answers. If it comes back it goes on with what it was asked to do"
            )
        if wanted == "active" and agent.drain == "DRAINED":
            # It was draining when this began; only now Mesos takes it back.
            self._reactivate(agent)
            return False
        return state_of(agent) == wanted or (wanted == "active" and state_of(agent) == "disconnected")

    def _end(self, agent: Agent) -> None:
        old = _cannot_drain(agent)
        if self._force or old:
            self._progress(f"agent {agent.hostname} is marked as gone, with its tasks")
            self._operator.mark_gone(agent.id)
        else:
            # On a drained agent this ends it at once, on any other when its tasks have ended.
            self._progress(f"agent {agent.hostname} is drained and then gone")
            self._operator.drain(agent.id, self._grace, mark_gone=True)

    def _reactivate(self, agent: Agent) -> None:
        self._progress(f"agent {agent.hostname} gets offers again")
        try:
            self._operator.reactivate(agent.id)
        except ApiError as error:
            # Somebody else was first: that is what was wanted.
            if error.status != 400 or "is not deactivated" not in error.message:
                raise

    def _tasks(self, ids: Sequence[str]) -> list[Task]:
        return [task for task in self._operator.tasks() if task.active and task.agent_id in set(ids)]

    def _late(self, pending: Mapping[str, str | None]) -> DeadlineError:
        left = self._tasks(list(pending))
        hosts = ", ".join(sorted(self._agents[id_].hostname for id_ in pending))
        hint = ""
        if left and self._grace is not None:
            hint = (
                ". Plain commands keep their own kill grace period: Mesos heeds max_grace_period for them only if the agent runs with "
                "--http_command_executor"
            )
        return DeadlineError(
            f"not as wanted within {self._deadline.seconds:g} s: {hosts}; {_told(left)}{hint}. Nothing is taken back: run the task "
            "again to go on waiting, or with state: reactivated to undo it",
            agents=sorted(pending),
            tasks=sorted(task.id for task in left),
        )


def _cannot_drain(agent: Agent) -> bool:
    return not features(agent.version, f"agent {agent.hostname}")["draining"] or "AGENT_DRAINING" not in agent.capabilities


def _shown(agent: Agent, state: str) -> dict[str, str]:
    return {"id": agent.id, "hostname": agent.hostname, "ip": agent.address, "state": state}


def _wanted(change: Change) -> str | None:
    return None if change.after is None else str(change.after["state"])


def _told(tasks: Sequence[Task], limit: int = 5) -> str:
    if not tasks:
        return "no task runs there"
    names = ", ".join(task.id for task in tasks[:limit]) + (f" and {len(tasks) - limit} more" if len(tasks) > limit else "")
    return f"{len(tasks)} task{'s' if len(tasks) > 1 else ''} there: {names}"
