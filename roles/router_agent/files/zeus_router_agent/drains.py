# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Drain marks: tasks that somebody is about to remove. They are no peers from now on; a mark ends by itself."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace

from ansible_collections.zeus.paas.plugins.module_utils._routing import Peer
from zeus_router_agent.disk import Disk
from zeus_router_agent.haproxy_config import place, server_name
from zeus_router_agent.world import State, World

LONGEST_TTL = 3600.0


class Drains:
    def __init__(
        self, world: World, disk: Disk, inflight: Callable[[], Mapping[str, int]], sessions: Callable[[], Mapping[str, int]]
    ) -> None:
        """``inflight``: nginx's open requests by ``address:port``; ``sessions``: HAProxy's by server name."""
        self._world = world
        self._disk = disk
        self._inflight = inflight
        self._sessions = sessions

    def mark(self, tasks: Collection[str], ttl: float) -> None:
        until = time.time() + min(ttl, LONGEST_TTL)

        def update(state: State) -> State:
            drains = {**state.drains, **dict.fromkeys(tasks, until)}
            self._disk.save_drains(drains)
            return replace(state, drains=drains)

        self._world.change(update)

    def unmark(self, tasks: Collection[str]) -> None:
        def update(state: State) -> State:
            drains = {task: until for task, until in state.drains.items() if task not in tasks}
            if drains == state.drains:
                return state
            self._disk.save_drains(drains)
            return replace(state, drains=drains)

        self._world.change(update)

    def open(self, tasks: Collection[str]) -> dict[str, dict[str, int]]:
        """Task → ``{"open": requests and connections that are not over}``."""
        state = self._world.state
        inflight, sessions = self._inflight(), self._sessions()
        return {task: {"open": _requests(state, task, inflight) + sessions.get(server_name(task), 0)} for task in tasks}


def _requests(state: State, task_id: str, inflight: Mapping[str, int]) -> int:
    task = state.fleet.find(task_id)
    if task is None or not task.ports:
        return 0
    return inflight.get(place(Peer(task_id, state.addresses.get(task.host, task.host), task.ports[0])), 0)
