# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a waiting run may say that the holder of a lease is alive."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils import _lease
from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._lease import SECONDS, Lease

NAME = "project:production:shop"


class StandInStore:
    """One lease of somebody who is dead, valid until ``ends``; an answer is ``slow`` seconds on its way."""

    def __init__(self, ends: float, slow: float) -> None:
        self.now = 0.0
        self._ends = ends
        self._slow = slow
        self.released = False

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def claim(self, name: str, text: str, seconds: float, ours: Callable[[str], bool]) -> str | None:
        free = self.now >= self._ends
        self.now += self._slow
        return None if free else json.dumps({"owner": "x", "who": "bob@ci", "pid": 7})

    def release(self, name: str, ours: Callable[[str], bool]) -> None:
        self.released = True


def taken(store: StandInStore, monkeypatch: pytest.MonkeyPatch) -> Lease:
    given: Any = store
    monkeypatch.setattr(_lease.time, "monotonic", lambda: store.now)
    monkeypatch.setattr(_lease.time, "sleep", store.sleep)
    lease = Lease(given, NAME, "project shop in production", "deploy 1.1")
    lease._take()
    return lease


@pytest.mark.parametrize("slow", [0.0, 0.35, 4.0])
def test_a_dead_holders_lease_is_waited_for_however_slow_the_answers(slow: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits asks again as long as the lease may be one that was renewed just before the first answer."""
    store = StandInStore(ends=SECONDS, slow=slow)
    taken(store, monkeypatch)
    assert SECONDS <= store.now < SECONDS + 2 * (slow + _lease.LOOK) + slow


def test_a_lease_that_outlives_its_seconds_is_somebodys_who_is_alive(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(RefusedError, match=r"being changed by bob@ci \(process 7: None\)"):
        taken(StandInStore(ends=10 * SECONDS, slow=0.0), monkeypatch)


def test_an_ended_lease_lets_nobody_write(monkeypatch: pytest.MonkeyPatch) -> None:
    """It would have to be taken again."""
    store = StandInStore(ends=0.0, slow=0.0)
    given: Any = store
    with Lease(given, NAME, "project shop in production", "deploy 1.1") as lease:
        lease.check()
    assert store.released
    store._ends = float("inf")
    with pytest.raises(RefusedError, match="has lost its lease to bob@ci"):
        lease.check()
