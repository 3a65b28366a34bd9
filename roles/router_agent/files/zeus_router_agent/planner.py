# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One thread that turns what is known into the plan: coalescing, and always on disk before anybody is given it."""

from __future__ import annotations

import ipaddress
import logging
import socket
import time
from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Plan, Problem, compare_plans
from ansible_collections.zeus.paas.plugins.module_utils._routing_build import Inputs, build_plan
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import Fleet
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import GrayBook
from zeus_router_agent.disk import Disk
from zeus_router_agent.world import State, World

log = logging.getLogger(__name__)


class Planner:
    def __init__(self, world: World, disk: Disk, vcluster: str, regions: Mapping[str, Any], reserved: Collection[int]) -> None:
        self._world = world
        self._disk = disk
        self._vcluster = vcluster
        self._reserved = frozenset(reserved)
        self._book = GrayBook(regions)
        self._names = Names()
        self._seen = -1
        self._last: tuple[Any, ...] = ()
        self._gray_for: tuple[Mapping[str, Entry] | None, dict[str, Any], list[Problem]] = (None, {}, [])

    def turn(self) -> None:
        """Wait for news (at most a second, for drain marks that end) and plan."""
        self._seen = self._world.wait(self._seen, 1.0)
        if not self._world.stopping.is_set():
            self.plan_now()

    def plan_now(self) -> None:
        state = self._expire(self._world.state)
        if not state.ready and not state.marathon.synced:
            return
        relevant = (state.fleet, state.entries, state.drains, state.installed)
        if state.ready and len(self._last) == len(relevant) and all(a is b for a, b in zip(self._last, relevant, strict=True)):
            return
        gray, problems = self._gray(state)
        addresses = self._names.resolve(state.fleet)
        if addresses != state.addresses:
            self._world.change(lambda now: replace(now, addresses=addresses))
        inputs = Inputs(
            vcluster=self._vcluster,
            fleet=state.fleet,
            gray=gray,
            snippets=state.installed,
            draining=state.drains.keys(),
            addresses=addresses,
            reserved_ports=self._reserved,
        )
        built = build_plan(inputs, state.plan)
        if built.plan is not state.plan or not state.ready:
            self._disk.save_plan(built.plan)
            self._report(state.plan, built.plan)
            self._world.change(lambda now: replace(now, plan=built.plan, ready=True))
        self._last = relevant
        self._world.set_problems("plan", [*built.problems, *problems])

    def _gray(self, state: State) -> tuple[dict[str, Any], list[Problem]]:
        if self._gray_for[0] is not state.entries:
            gray, problems = self._book.resolve(state.entries, state.plan)
            self._gray_for = (state.entries, gray, problems)
        return self._gray_for[1], self._gray_for[2]

    def _expire(self, state: State) -> State:
        now = time.time()
        if all(until > now for until in state.drains.values()):
            return state

        def drop(current: State) -> State:
            left = {task: until for task, until in current.drains.items() if until > now}
            self._disk.save_drains(left)
            return replace(current, drains=left)

        return self._world.change(drop)

    def _report(self, before: Plan, after: Plan) -> None:
        change = compare_plans(before, after)
        for verb, keys in (("new", change.added), ("changed", change.changed), ("gone", change.removed)):
            for key in keys:
                entry = after.apps.get(key)
                peers = "" if entry is None else ": " + ", ".join(f"{name} {len(v.peers)}" for name, v in entry.variants.items())
                log.info("plan %s: %s %s%s", after.digest[:12], verb, key, peers)


class Names:
    """Addresses of agents that call themselves by a name; asked again every minute, an old answer is better than none."""

    def __init__(self, fresh: float = 60.0) -> None:
        self._fresh = fresh
        self._known: dict[str, tuple[float, str | None]] = {}

    def resolve(self, fleet: Fleet) -> dict[str, str]:
        hosts = {task.host for app in fleet.apps.values() if app.route for task in app.tasks.values()}
        found: dict[str, str] = {}
        for host in hosts:
            address = host if _is_address(host) else self._lookup(host)
            if address is not None:
                found[host] = address
        return found

    def _lookup(self, host: str) -> str | None:
        now = time.monotonic()
        asked, address = self._known.get(host, (-self._fresh, None))
        if now - asked >= self._fresh:
            try:
                address = str(socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)[0][4][0])
            except (OSError, UnicodeError) as exc:
                log.warning("the agent's host name %r does not resolve: %s", host, exc)
            self._known[host] = (now, address)
        return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
