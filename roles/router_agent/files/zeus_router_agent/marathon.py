# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows Marathon: its events for what must be quick, complete answers for what must be right."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._http import Event
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import (
    Fleet,
    ImplausibleError,
    apply_app_terminated,
    apply_health,
    apply_status,
    merge_answer,
    merge_one,
    parse_app,
    parse_apps,
)
from zeus_router_agent.world import MarathonState, State, World

log = logging.getLogger(__name__)

EVENT_TYPES = (
    "status_update_event",
    "app_terminated_event",
    "health_status_changed_event",
    "instance_health_changed_event",
    "instance_changed_event",
    "unknown_instance_terminated_event",
    "unhealthy_instance_kill_event",
    "api_post_event",
    "deployment_info",
    "deployment_step_success",
    "deployment_success",
    "deployment_failed",
    "group_change_success",
)
# Marathon without a sign of life for this long (seconds): the connection may be dead, open a new one and read all again.
SILENCE = 60.0
# Several apps at once are read one by one up to this many; more cost less as one complete answer.
SINGLE_LIMIT = 4
# What was absent once is asked for again after this (seconds), not after a whole resync interval.
RECHECK = 1.0


class MarathonFollower:
    def __init__(self, world: World, events: Marathon, reader: Marathon, resync: float) -> None:
        self._world = world
        self._events = events
        self._reader = reader
        self._resync = resync
        self._wanted = threading.Condition()
        self._dirty: set[str] = set()
        self._full = True
        self._asked = 0
        self._answered = 0
        self._failed = 0
        self.on_open: Callable[[], None] = lambda: None

    # -- events -------------------------------------------------------------------------------------------------------------------

    def follow(self) -> None:
        """One connection to the event stream, until it ends; then all is read, for events may have been missed."""
        try:
            for event in self._events.events(EVENT_TYPES, read_timeout=SILENCE, on_open=self._opened):
                if self._world.stopping.is_set():
                    return
                self.handle(event)
        finally:
            self._status(connected=False)
            self.ask(full=True)

    def handle(self, event: Event) -> None:
        """Ends of tasks and apps, and tasks that became healthy, count at once, and every event says which app to read again.

        An end, too: an answer from before that was under way may bring an app back, and no other event need come that ends it.
        """
        data = event.data
        if event.type == "status_update_event":
            app_id, task_id, state = (str(data.get(name) or "") for name in ("appId", "taskId", "taskStatus"))
            self._fleet(lambda fleet: apply_status(fleet, app_id, task_id, state))
        elif event.type == "health_status_changed_event":
            app_id, instance_id = (str(data.get("appId") or ""), str(data.get("instanceId") or data.get("taskId") or ""))
            self._fleet(lambda fleet: apply_health(fleet, app_id, instance_id, data.get("alive")))
        elif event.type == "instance_health_changed_event":
            app_id, instance_id = (str(data.get("runSpecId") or ""), str(data.get("instanceId") or ""))
            self._fleet(lambda fleet: apply_health(fleet, app_id, instance_id, data.get("healthy")))
        elif event.type == "app_terminated_event":
            self._fleet(lambda fleet: apply_app_terminated(fleet, str(data.get("appId") or "")))
        apps = apps_of(data)
        self.ask(apps, full=not apps)

    def _opened(self) -> None:
        log.info("Marathon's event stream is open")
        self._status(connected=True)
        self.ask(full=True)
        self.on_open()

    # -- answers ------------------------------------------------------------------------------------------------------------------

    def ask(self, apps: frozenset[str] = frozenset(), *, full: bool = False) -> int:
        """Have these apps, or everything, read soon; a ticket for :meth:`wait_answered`."""
        with self._wanted:
            self._dirty |= apps
            self._full = self._full or full
            self._asked += 1
            self._wanted.notify_all()
            return self._asked

    def wait_answered(self, ticket: int, timeout: float) -> bool:
        with self._wanted:
            self._wanted.wait_for(lambda: max(self._answered, self._failed) >= ticket, timeout)
            return self._answered >= ticket

    def read(self) -> None:
        """Wait until there is something to read, or the resync interval has passed, and read it."""
        timeout = RECHECK if self._world.state.fleet.has_missing else self._resync
        with self._wanted:
            asked = self._wanted.wait_for(lambda: bool(self._dirty or self._full or self._world.stopping.is_set()), timeout)
            if self._world.stopping.is_set():
                return
            apps, full, ticket = frozenset(self._dirty), self._full or not asked, self._asked
            self._dirty.clear()
            self._full = False
        try:
            if full or len(apps) > SINGLE_LIMIT:
                self._read_all()
            else:
                for app_id in sorted(apps):
                    self._read_one(app_id)
        except (ZeusError, ImplausibleError) as exc:
            self._hold(str(exc))
            with self._wanted:
                self._full = True
                self._failed = max(self._failed, ticket)
                self._wanted.notify_all()
            raise
        with self._wanted:
            self._answered = max(self._answered, ticket)
            self._wanted.notify_all()

    def _read_all(self) -> None:
        started = time.monotonic()
        leader = self._reader.leader()
        if leader is None:
            raise ImplausibleError("Marathon has no leader")
        apps = parse_apps(self._reader.apps(embed=("apps.tasks", "apps.counts", "apps.deployments")))

        def update(state: State) -> State:
            fleet = merge_answer(state.fleet, apps, peers=len(state.plan.tasks))
            marathon = replace(state.marathon, holding="", leader=leader, synced=True)
            return replace(state, fleet=fleet, marathon=marathon)

        self._world.change(update)
        log.debug("read %d apps in %.0f ms", len(apps), (time.monotonic() - started) * 1000)

    def _read_one(self, app_id: str) -> None:
        answer = self._reader.app(app_id)
        app = None if answer is None else parse_app(answer)
        self._fleet(lambda fleet: merge_one(fleet, app_id, app))

    # -- state --------------------------------------------------------------------------------------------------------------------

    def _fleet(self, function: Any) -> None:
        def update(state: State) -> State:
            fleet: Fleet = function(state.fleet)
            return state if fleet is state.fleet else replace(state, fleet=fleet)

        self._world.change(update)

    def _status(self, **values: Any) -> None:
        def update(state: State) -> State:
            marathon: MarathonState = replace(state.marathon, **values)
            return state if marathon == state.marathon else replace(state, marathon=marathon)

        self._world.change(update)

    def _hold(self, reason: str) -> None:
        self._status(holding=reason)


def apps_of(data: Mapping[str, Any]) -> frozenset[str]:
    """The apps that an event is about, wherever its type puts them."""
    found: set[str] = set()
    for key in ("appId", "runSpecId"):
        if isinstance(data.get(key), str):
            found.add(data[key])
    definition = data.get("appDefinition")
    if isinstance(definition, Mapping) and isinstance(definition.get("id"), str):
        found.add(definition["id"])
    plan = data.get("plan")
    steps = plan.get("steps") if isinstance(plan, Mapping) else None
    for step in steps if isinstance(steps, list) else ():
        for action in step.get("actions") or () if isinstance(step, Mapping) else ():
            if isinstance(action, Mapping) and isinstance(action.get("app"), str):
                found.add(action["app"])
    return frozenset(found)
