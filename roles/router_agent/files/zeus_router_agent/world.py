# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All that the agent knows, under one lock. Followers change it, the planner and the drivers wait for changes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Plan, Problem
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import Fleet


@dataclass(frozen=True)
class MarathonState:
    """``holding``: why the last answer was not used; empty while all is well. ``synced``: a plausible answer was used since the start."""

    connected: bool = False
    holding: str = "not asked yet"
    leader: str | None = None
    synced: bool = False


@dataclass(frozen=True)
class State:
    """One consistent view. ``installed``: app key → digest of the snippet that nginx has loaded; ``drains``: task id → end (epoch seconds);
    ``addresses``: host name of a Mesos agent → its address.

    ``ready``: there is a plan worth giving to nginx and HAProxy (read from disk, or made from a plausible answer). Before that they
    keep what they have.
    """

    fleet: Fleet = field(default_factory=Fleet)
    entries: Mapping[str, Entry] = field(default_factory=dict)
    drains: Mapping[str, float] = field(default_factory=dict)
    installed: Mapping[str, str] = field(default_factory=dict)
    plan: Plan = field(default_factory=Plan)
    ready: bool = False
    addresses: Mapping[str, str] = field(default_factory=dict)
    marathon: MarathonState = field(default_factory=MarathonState)
    store_connected: bool = False
    problems: Mapping[str, Sequence[Problem]] = field(default_factory=dict)

    @property
    def stamp(self) -> tuple[int, int]:
        """The highest (epoch, counter) taken from the policy store."""
        return max((entry.stamp for entry in self.entries.values()), default=(0, 0))

    def all_problems(self) -> list[Problem]:
        return sorted({problem for group in self.problems.values() for problem in group})


class World:
    """``state`` may be read at any time without a lock: it is replaced, never changed."""

    def __init__(self, state: State | None = None) -> None:
        self._condition = threading.Condition()
        self._version = 0
        self.state = state or State()
        self.stopping = threading.Event()

    def change(self, function: Callable[[State], State]) -> State:
        with self._condition:
            changed = function(self.state)
            if changed is not self.state:
                self.state = changed
                self._version += 1
                self._condition.notify_all()
            return changed

    def set_problems(self, source: str, problems: Sequence[Problem]) -> None:
        def update(state: State) -> State:
            if list(state.problems.get(source, ())) == list(problems):
                return state
            return replace(state, problems={**state.problems, source: tuple(problems)})

        self.change(update)

    def wait(self, seen: int, timeout: float) -> int:
        """Wait until there is a change after ``seen``, or ``timeout`` seconds; the version that is there now."""
        with self._condition:
            self._condition.wait_for(lambda: self._version != seen or self.stopping.is_set(), timeout)
            return self._version

    def stop(self) -> None:
        self.stopping.set()
        with self._condition:
            self._condition.notify_all()
