# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Follows the policy store: notifications, a look at its counter every second, all of it after each connect and every half minute."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import replace

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import (
    BrokenValueError,
    Entry,
    accept,
    checked_key,
    parse_entry,
)
from ansible_collections.zeus.paas.plugins.module_utils._routing import Problem
from zeus_router_agent.disk import Disk
from zeus_router_agent.world import State, World

log = logging.getLogger(__name__)

FULL_SCAN_EVERY = 30.0


class StoreFollower:
    def __init__(self, world: World, disk: Disk, store: PolicyStore) -> None:
        self._world = world
        self._disk = disk
        self._store = store
        self._broken: dict[str, str] = {}
        self._stamp: tuple[int, int] | None = None
        self._scanned = float("-inf")

    def follow(self) -> None:
        """One subscription, until it breaks."""
        try:
            for key in self._store.listen(on_open=self._opened):
                if self._world.stopping.is_set():
                    return
                self._heard(key)
        finally:
            self._connected(False)

    def scan(self) -> None:
        """Read everything that is there. What is *not* there says nothing: an emptied store must not take policies away."""
        known = self._world.state.entries
        self._stamp = self._store.stamp()
        self._take(self._store.scan_raw(), known)
        self._scanned = time.monotonic()

    def _opened(self) -> None:
        self.scan()
        self._connected(True)
        log.info("following the policy store")

    def _heard(self, key: str) -> None:
        if key:
            known = self._world.state.entries
            raw = self._store.get_raw(key)
            if raw is not None:
                self._take({key: raw}, known)
        elif time.monotonic() - self._scanned > FULL_SCAN_EVERY or self._store.stamp() != self._stamp:
            self.scan()

    def _take(self, values: Mapping[str, bytes], known: Mapping[str, Entry]) -> None:
        """``known``: what was in use before the values were read. Who else reads the store (a sync) may have taken newer ones since."""
        wrong: dict[str, str] = {}
        offered: dict[str, Entry] = {}
        for key, raw in values.items():
            try:
                offered[key] = parse_entry(checked_key(key), raw)
            except (BrokenValueError, InputError) as exc:
                wrong[key] = str(exc)
        taken: dict[str, Entry] = {}

        def update(state: State) -> State:
            """Compared, saved and replaced under one lock."""
            for key, entry in offered.items():
                accepted, problem = accept(state.entries.get(key), entry)
                if problem:
                    wrong[key] = problem
                elif accepted is not state.entries.get(key):
                    taken[key] = accepted
            for key in [key for key in wrong if state.entries.get(key) is not known.get(key)]:
                del wrong[key]
            if not taken:
                return state
            entries = {**state.entries, **taken}
            self._disk.save_entries(entries)
            return replace(state, entries=entries)

        self._world.change(update)
        for key, entry in taken.items():
            log.info("policy store: %s is now %d/%d%s", key, *entry.stamp, " (deleted)" if entry.body is None else "")
        for key in values:
            if key in wrong:
                self._note(key, wrong[key])
            else:
                self._broken.pop(key, None)
        self._world.set_problems("store", [Problem("store", key, f"the value {text}") for key, text in sorted(self._broken.items())])

    def _note(self, key: str, problem: str) -> None:
        if self._broken.get(key) != problem:
            log.warning("policy store: %s is not used: it %s", key, problem)
        self._broken[key] = problem

    def _connected(self, connected: bool) -> None:
        def update(state: State) -> State:
            return state if state.store_connected == connected else replace(state, store_connected=connected)

        self._world.change(update)
