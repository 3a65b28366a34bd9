# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leases in a real Redis, as the role's own user takes them; holders that are killed are real processes."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._lease import Lease
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from integration.nginx.running import until

from .running import WRITER, RunningStore

SECONDS = 1.5
#: Another process's lease: longer than a busy machine keeps it from renewing.
HELD = 4.5
KEY = "zeus-lease:project:production:shop"
HOLDER = """
import sys, time
from ansible_collections.zeus.paas.plugins.module_utils._lease import Lease
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
store = PolicyStore(sys.argv[1], int(sys.argv[2]), "zeus-writer", sys.argv[3])
with Lease(store, "project:production:shop", "project shop in production", "deploy 1.1", seconds=float(sys.argv[4])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def running() -> Iterator[RunningStore]:
    with RunningStore() as started:
        yield started


@pytest.fixture
def store(running: RunningStore) -> RunningStore:
    running.admin().flushall()
    return running


def lease(store: PolicyStore, doing: str = "deploy 1.2", seconds: float = SECONDS) -> Lease:
    return Lease(store, "project:production:shop", "project shop in production", doing, seconds=seconds)


@pytest.fixture
def holder(store: RunningStore) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lease."""
    command = [sys.executable, "-c", HOLDER, store.host, str(store.port), WRITER, str(HELD)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_the_second_is_refused_at_the_first_ones_next_renewal_and_told_who_that_is(
    store: RunningStore, holder: subprocess.Popen[str]
) -> None:
    begin = time.monotonic()
    with pytest.raises(RefusedError) as refused, lease(store.writer(), seconds=60):
        pass
    assert time.monotonic() - begin < 30, "its own patience has not ended"
    said = refused.value.message
    for part in ("project shop in production is being changed by ", f"(process {holder.pid}: deploy 1.1) since 20", "Nothing was changed"):
        assert part in said


def test_who_is_killed_blocks_nobody_for_longer_than_a_lease_is_valid(store: RunningStore, holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    left = store.admin().pttl(KEY) / 1000
    assert 0 < left <= HELD
    begin = time.monotonic()
    with lease(store.writer(), seconds=60) as held:
        assert time.monotonic() - begin < 30, "its own patience has not ended"
        held.check()


def test_it_is_free_at_once_after_an_end_or_a_failure(store: RunningStore) -> None:
    with lease(store.writer()):
        pass
    with pytest.raises(ZeroDivisionError), lease(store.writer()):
        raise ZeroDivisionError
    assert not store.admin().get(KEY)
    until(lambda: not store.admin().exists(KEY), seconds=5, what="Redis to remove what an ended lease leaves")


def test_the_next_one_need_not_wait_for_one_that_has_ended(store: RunningStore) -> None:
    """One connection, so that each comes within the millisecond for which the store still has the last one's key."""
    told: list[str] = []
    writer = store.writer()
    for number in range(50):
        with Lease(writer, "project:production:shop", "project shop in production", f"deploy {number}", progress=told.append):
            pass
    assert told == []


def test_it_outlives_its_seconds_while_its_holder_lives(store: RunningStore) -> None:
    with lease(store.writer()) as held:
        until(lambda: '"beat": 5' in str(store.admin().get(KEY)), seconds=10 * SECONDS, what="renewals")
        held.check()


def test_of_many_at_once_one_gets_it(store: RunningStore) -> None:
    told: list[str] = []
    over = threading.Event()

    def run(number: int) -> None:
        try:
            with lease(store.writer(), f"deploy {number}", seconds=6):
                told.append("held")
                over.wait(90)
        except RefusedError:
            told.append("refused")

    threads = [threading.Thread(target=run, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
    until(lambda: len(told) == 5, seconds=60, what="five answers")
    over.set()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["held"] + ["refused"] * 4


def test_who_was_away_for_too_long_writes_nothing_more(store: RunningStore) -> None:
    """As if the machine had slept: the lease is somebody else's by now."""
    writer = store.writer()
    with lease(writer) as held:
        writer.guard = held.check
        other = {"owner": "x", "who": "bob@ci", "pid": 7, "doing": "deploy 2", "since": "now"}
        store.admin().set(KEY, json.dumps(other))
        until(lambda: held._holder, seconds=30, what="the next renewal")
        with pytest.raises(RefusedError, match=r"has lost its lease to bob@ci \(process 7: deploy 2\)"):
            writer.put("zeus:policy:p", {})
    assert store.admin().get("zeus:policy:p") is None
    assert b"bob@ci" in store.admin().get(KEY)


def test_a_store_that_comes_back_in_time_loses_nothing(store: RunningStore) -> None:
    with lease(store.writer()) as held:
        store.stop()
        store.start()
        held.check()
        until(lambda: store.admin().get(KEY), seconds=30, what="the lease in the store")


def test_without_the_store_nothing_is_leased_and_nothing_written_once_the_lease_has_run_out(running: RunningStore) -> None:
    running.admin().flushall()
    with lease(running.writer()) as held:
        running.stop()
        try:
            until(lambda: time.monotonic() > held._until, seconds=2 * SECONDS, what="the lease's end")
            with pytest.raises(AwayError):
                held.check()
            with pytest.raises(AwayError), lease(running.writer()):
                pass
        finally:
            running.start()


def test_routers_neither_read_nor_take_leases(store: RunningStore) -> None:
    with lease(store.writer()):
        assert store.reader().scan_raw() == {}
        with pytest.raises(ApiError, match=r"NOPERM|permissions"):
            store.reader().claim("project:production:shop", "x", 1, lambda _text: True)
