# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Agents whose tasks run elsewhere, by whatever way this Mesos knows: the resource behind the module mesos_drain.

Drained is an agent when no task is left there and everything that was there is healthy elsewhere: only then may the next one go.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.zeus.paas.plugins.module_utils._agent_capacity import cluster_of, lacking
from ansible_collections.zeus.paas.plugins.module_utils._agent_choice import choose, find
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._drain_apps import Moving
from ansible_collections.zeus.paas.plugins.module_utils._drain_plan import (
    CONSTRAINT,
    DRAINING,
    MAINTENANCE,
    bound,
    keeps_off,
    kept_off,
    method_for,
    on_agents,
    short,
    tasks_on,
    unknown,
    waiting,
)
from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError, RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._maintenance_plan import window_of
from ansible_collections.zeus.paas.plugins.module_utils._marathon import EMBED, Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import definition_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Task
from ansible_collections.zeus.paas.plugins.module_utils._mesos_agents import ensure_agents, state_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos_machines import ensure_machines
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import NANO, Machine, Operator
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import RouterSet, Site

POLL = 1.0
#: How long instances that wait for an offer before anything is drained may do so: somebody may just be deploying.
PATIENCE = 120.0


def ensure_drained(
    operator: Operator,
    marathon: Marathon,
    names: Sequence[str],
    wish: str,
    *,
    check_mode: bool,
    wait_timeout: float,
    leaving: Sequence[str] = (),
    method: str = "auto",
    grace: float | None = None,
    force: bool = False,
    routers: RouterSet | None = None,
    progress: Progress = unheard,
) -> dict[str, Any]:
    """The agents named (by id, host name or address), ``drained`` or ``reactivated``.

    ``leaving``: all that are to be drained before any comes back, those named included or not. Names that are not registered are told
    and left alone: nothing of theirs can be moved. ``routers`` let go of what is to be killed, before it is.
    """
    registered = operator.agents()
    unknown = [name for name in names if not find(registered, name)]
    chosen = choose(registered, [name for name in names if name not in unknown])
    all_leaving = {agent.id for name in (*names, *leaving) for agent in find(registered, name)}
    apps = marathon.apps(embed=()) if wish == "reactivated" else []
    ways = {agent.id: way_for(agent, apps) if method == "auto" else method for agent in chosen}
    site = Site(marathon, routers, progress)
    resource = Drains(operator, site, Deadline(wait_timeout), ways=ways, leaving=all_leaving, grace=grace, force=force)
    state = "drained" if wish == "drained" else "active"
    wanted: dict[str, Definition | None] = {agent.id: resource.shown(agent, state) for agent in chosen}
    careful = bool(chosen) and wish == "drained" and not check_mode and not force
    if careful:
        resource.begin(chosen)
    result = reconcile(resource, wanted, check_mode=check_mode).result()
    if careful:
        resource.settle(chosen)
    return {**result, "unregistered": unknown}


class Drains(Resource):
    """``wanted``: agent id → ``{"id", "hostname", "ip", "method", "state": "drained" | "active"}``. ``ways``: agent id → method."""

    kind: ClassVar[str] = "agents"

    def __init__(
        self,
        operator: Operator,
        site: Site,
        deadline: Deadline,
        *,
        ways: Mapping[str, str],
        leaving: Collection[str],
        grace: float | None = None,
        force: bool = False,
    ) -> None:
        self._operator = operator
        self._site = site
        self._marathon = site.marathon
        self._deadline = deadline
        self._ways = ways
        self._leaving = leaving
        self._grace = grace
        self._force = force
        self._progress = site.progress
        self._agents: dict[str, Agent] = {}
        self._all: tuple[Agent, ...] = ()
        self._tasks: list[Task] = []
        self._before: dict[str, int] = {}

    def shown(self, agent: Agent, state: str) -> Definition:
        return {"id": agent.id, "hostname": agent.hostname, "ip": agent.address, "method": self._ways[agent.id], "state": state}

    # What stands around the change.

    def begin(self, agents: Sequence[Agent]) -> None:
        """Nothing waits for room in the clusters of these agents; and what runs on them is remembered."""
        clusters = {cluster_of(agent) for agent in agents}
        try:
            self._until(lambda: not self._waiting(clusters), self._deadline.within(PATIENCE))
        except DeadlineError:
            raise RefusedError(
                f"{', '.join(self._waiting(clusters))}: instances wait for an offer, so {', '.join(sorted(clusters))} has no room for "
                "what it should run already. Nothing was changed. Make room, or scale down, or say force: true"
            ) from None
        ids = {agent.id for agent in agents}
        with suppress(DeadlineError):  # after that, what is not known to be healthy is not
            self._until(lambda: not unknown(self._apps(), ids), self._deadline.within(PATIENCE))
        self._before = on_agents(self._apps(), ids)

    def settle(self, agents: Sequence[Agent]) -> None:
        """Wait until what was on these agents is as healthy elsewhere, also when an earlier run was cut off before."""
        ids, clusters = {agent.id for agent in agents}, {cluster_of(agent) for agent in agents}

        def lacks() -> list[str]:
            apps, queue = self._apps(), self._marathon.queue()
            return short(apps, queue, self._before, ids) + [f"{id_} waits for an offer" for id_ in waiting(apps, queue, clusters)]

        try:
            self._until(lambda: not lacks())
        except DeadlineError:
            raise DeadlineError(
                f"drained, but not everything runs elsewhere within {self._deadline.seconds:g} s: {'; '.join(lacks())}. Nothing is taken "
                "back: the agents stay drained. Look at these apps and run this again, or bring the agents back (state: reactivated)",
                agents=sorted(ids),
            ) from None

    # The resource.

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        self._all = self._operator.agents()
        self._agents = {agent.id: agent for agent in self._all if agent.id in set(ids)}
        self._tasks = [task for task in self._operator.tasks() if task.active]
        schedule = self._operator.schedule() if MAINTENANCE in self._ways.values() else ()
        apps = self._apps() if CONSTRAINT in self._ways.values() else []
        found = {}
        for id_, agent in self._agents.items():
            way = self._ways[id_]
            if way == DRAINING:
                state = state_of(agent)
            elif way == MAINTENANCE:
                window = window_of(schedule, Machine(agent.hostname, agent.address))
                state = self._left(agent, window is not None and window.start <= time.time() * NANO)
            else:
                state = self._left(agent, any(keeps_off(app, agent.hostname) for app in apps))
            found[id_] = self.shown(agent, state)
        return found

    def _left(self, agent: Agent, kept: bool) -> str:
        if not kept:
            return "active" if agent.active else "disconnected"
        return "draining" if self._busy([agent.id]) else "drained"

    def _busy(self, ids: Collection[str]) -> list[str]:
        return sorted(task.id for task in self._tasks if task.agent_id in ids)

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        have = (current or {}).get("state")
        if definition["state"] == "active" and have == "disconnected":
            return {**definition, "state": have}  # nobody took it out of service; it comes back by itself or not at all
        if definition["state"] == "drained" and self._ways[definition["id"]] == CONSTRAINT and not self._busy([definition["id"]]):
            return {**definition, "state": have}  # no app is there that a constraint could keep off
        return definition

    def check(self, changes: Sequence[Change]) -> None:
        drained = [change for change in changes if _wanted(change) == "drained"]
        if not drained or self._force:
            return
        apps = self._apps()
        if stuck := bound(apps, {change.id for change in drained}):
            raise RefusedError(
                f"{', '.join(stuck)}: has persistent volumes on these agents, and its tasks run where those are or not at all. Nothing was "
                "changed. Suspend it (instances: 0), move its data, or say force: true"
            )
        problems = lacking(self._all, self._tasks, apps, self._leaving)
        if problems:
            raise RefusedError(
                f"the agents that would stay cannot carry what runs: {'; '.join(problems)}. Nothing was changed. Drain fewer at a time, "
                "make room, or say force: true"
            )

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        for way, act in ((DRAINING, self._drain), (MAINTENANCE, self._plan), (CONSTRAINT, self._keep_off)):
            for state in ("drained", "active"):
                agents = [self._agents[one.id] for one in changes if self._ways[one.id] == way and _wanted(one) == state]
                if agents:
                    act(agents, state == "drained")
        return {}

    def _drain(self, agents: Sequence[Agent], out: bool) -> None:
        # Mesos kills everything on an agent at once, so what it drains has to be nobody's last instance by then.
        if out and not self._force:
            self._ensure(agents, "deactivated")
            self._move(agents, lambda: True)
        self._ensure(agents, "drained" if out else "reactivated")

    def _ensure(self, agents: Sequence[Agent], wish: str) -> None:
        ensure_agents(
            self._operator,
            [agent.id for agent in agents],
            {},
            wish,
            check_mode=False,
            wait_timeout=self._deadline.left(),
            grace=self._grace,
            progress=self._progress,
        )

    def _plan(self, agents: Sequence[Agent], out: bool) -> None:
        machines = [{"hostname": agent.hostname, "ip": agent.address} for agent in agents]
        state = "scheduled" if out else "unscheduled"
        self._progress(f"{_names(agents)}: {'a maintenance window keeps new tasks away' if out else 'the maintenance window ends'}")
        start = str(int(time.time())) if out else None
        ensure_machines(self._operator, (), machines, state, start=start, wait_timeout=self._deadline.left(), check_mode=False)
        if not out:
            return
        if self._force:
            self._until_empty(agents, self._kill_all)
        else:
            self._move(agents, lambda: self._empty(agents))

    def _move(self, agents: Sequence[Agent], done: Callable[[], bool]) -> None:
        """Until no app has a task on these agents, and then ``done``; looked at together, since a new task may come back to them."""
        moving = Moving(self._site, {agent.id for agent in agents}, self._before, self._deadline)
        try:
            self._until(lambda: moving.step() and done())
        except DeadlineError:
            if not moving.left:
                raise self._late(agents) from None
            told = moving.why()
            moving.take_back()
            raise DeadlineError(
                f"{_names(agents)}: apps still have tasks there after {self._deadline.seconds:g} s: {told}. Nothing else is taken "
                "back: run this again to go on, or with state: reactivated to undo it",
                apps=moving.left,
            ) from None
        except ZeusError:
            with suppress(ZeusError):  # what went wrong is told, and not that this went wrong, too
                moving.take_back()
            raise

    def _kill_all(self, agents: Sequence[Agent]) -> None:
        if victims := tasks_on(self._apps(), {agent.id for agent in agents}):
            self._marathon.kill_tasks(victims, scale=False)

    def _keep_off(self, agents: Sequence[Agent], out: bool) -> None:
        names, ids = {agent.hostname for agent in agents}, {agent.id for agent in agents}
        apps = self._apps()
        if out:
            affected = [app for app in apps if str(app["id"]) in on_agents(apps, ids)]
        else:
            affected = [app for app in apps if any(keeps_off(app, name) for name in names)]
        if affected:
            told = ", ".join(str(app["id"]) for app in affected)
            self._progress(f"{told}: deployed anew, {'kept off' if out else 'no longer kept off'} {', '.join(sorted(names))}")
            deployment = self._marathon.put_apps([kept_off(definition_of(app), names, now=out) for app in affected])
            self._until(lambda: all(one.get("id") != deployment for one in self._marathon.deployments()))
        if out:
            self._until_empty(agents)

    # Looking again.

    def _until_empty(self, agents: Sequence[Agent], meanwhile: Callable[[Sequence[Agent]], None] = lambda agents: None) -> None:
        def done() -> bool:
            meanwhile(agents)
            return self._empty(agents)

        try:
            self._until(done)
        except DeadlineError:
            raise self._late(agents) from None

    def _empty(self, agents: Sequence[Agent]) -> bool:
        self._tasks = [task for task in self._operator.tasks() if task.active]
        return not self._busy({agent.id for agent in agents})

    def _late(self, agents: Sequence[Agent]) -> DeadlineError:
        left = self._busy({agent.id for agent in agents})
        return DeadlineError(
            f"{_names(agents)}: tasks are still there after {self._deadline.seconds:g} s: {', '.join(left[:5])}. Nothing is taken "
            "back: run this again to go on, or with state: reactivated to undo it. Tasks of no app of this Marathon have to end by "
            "themselves",
            tasks=left,
        )

    def _until(self, condition: Callable[[], bool], deadline: Deadline | None = None) -> None:
        (deadline or self._deadline).wait(condition, every=POLL)

    def _waiting(self, clusters: Collection[str]) -> list[str]:
        return waiting(self._apps(), self._marathon.queue(), clusters)

    def _apps(self) -> list[dict[str, Any]]:
        return self._marathon.apps(embed=EMBED)


def way_for(agent: Agent, apps: Sequence[Mapping[str, Any]]) -> str:
    """The way in which it is to be drained, or in which it was: our constraints (on one of ``apps``) say so themselves."""
    return CONSTRAINT if any(keeps_off(app, agent.hostname) for app in apps) else method_for(agent)


def _wanted(change: Change) -> str:
    return str((change.after or {})["state"])


def _names(agents: Sequence[Agent]) -> str:
    return ", ".join(sorted(agent.hostname for agent in agents))
