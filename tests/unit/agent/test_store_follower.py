# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent takes from the policy store while others of its threads read it, too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from zeus_router_agent.disk import Disk
from zeus_router_agent.store import StoreFollower
from zeus_router_agent.world import State, World

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, policy_key

KEY, OTHER = policy_key("testers"), policy_key("other")


def entry(key: str, counter: int) -> Entry:
    body = {"counter": counter}
    return Entry(key, 7, counter, digest_of(body), body)


class StandInStore:
    """A policy store that has these values."""

    def __init__(self, *entries: Entry) -> None:
        self._entries = entries

    def stamp(self) -> tuple[int, int]:
        return max(entry.stamp for entry in self._entries)

    def scan_raw(self) -> dict[str, bytes]:
        return {entry.key: entry.to_text().encode() for entry in self._entries}


class InterruptedWorld(World):
    """Somebody else changes it just before the next change."""

    somebody: Callable[[], None] | None = None

    def change(self, function: Callable[[State], State]) -> State:
        somebody, self.somebody = self.somebody, None
        if somebody is not None:
            somebody()
        return super().change(function)


class StandInNotifier(StandInStore):
    """One that tells of a change, and whose stamp says nothing of it: only who listens hears of it."""

    scans = 0

    def __init__(self, before: Entry, after: Entry) -> None:
        super().__init__(before)
        self._after = after

    def scan_raw(self) -> dict[str, bytes]:
        self.scans += 1
        return super().scan_raw()

    def get_raw(self, key: str) -> bytes | None:
        return self._after.to_text().encode() if key == self._after.key else None

    def listen(self, *, on_open: Callable[[], None]) -> Iterator[str]:
        on_open()
        yield ""
        yield self._after.key
        yield "zeus:policy:gone"


def test_a_change_is_heard_of_without_a_look_at_everything(tmp_path: Path) -> None:
    world = World()
    store: Any = StandInNotifier(entry(KEY, 1), entry(KEY, 2))
    StoreFollower(world, Disk(str(tmp_path)), store).follow()
    assert world.state.entries[KEY].counter == 2
    assert store.scans == 1


def test_what_was_read_earlier_replaces_nothing_newer(tmp_path: Path) -> None:
    """A sync reads the store beside the thread that follows it."""
    world, disk = InterruptedWorld(), Disk(str(tmp_path))

    def follower(*entries: Entry) -> StoreFollower:
        store: Any = StandInStore(*entries)
        return StoreFollower(world, disk, store)

    world.somebody = follower(entry(KEY, 2)).scan
    follower(entry(KEY, 1), entry(OTHER, 1)).scan()
    assert {key: one.counter for key, one in world.state.entries.items()} == {KEY: 2, OTHER: 1}
    assert {key: one.counter for key, one in disk.load_entries().items()} == {KEY: 2, OTHER: 1}
    assert world.state.all_problems() == []


def test_what_is_older_in_the_store_is_told(tmp_path: Path) -> None:
    """As after a restore: the value in use stays."""
    world, disk = World(State(entries={KEY: entry(KEY, 2)})), Disk(str(tmp_path))
    store: Any = StandInStore(entry(KEY, 1))
    StoreFollower(world, disk, store).scan()
    assert world.state.entries[KEY].counter == 2
    assert [problem.message for problem in world.state.all_problems()] == [
        "the value is older (epoch 7, counter 1) than what is in use (epoch 7, counter 2)"
    ]
