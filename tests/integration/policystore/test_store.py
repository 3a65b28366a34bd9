# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy store's client against a real Redis with the role's users."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import redis

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import policy_key

from .running import READER, RunningStore

KEY = policy_key("p")


@pytest.fixture(scope="module")
def running() -> Iterator[RunningStore]:
    with RunningStore() as started:
        yield started


@pytest.fixture
def store(running: RunningStore) -> RunningStore:
    running.admin().flushall()
    return running


def test_what_is_written_is_read_and_counts_up(store: RunningStore) -> None:
    writer, reader = store.writer(), store.reader()
    first = writer.put(KEY, {"rules": ["ü"]})
    second = writer.put(policy_key("q"), {})
    assert (second.epoch, second.counter) == (first.epoch, first.counter + 1)
    assert reader.get(KEY) == first
    assert reader.scan("zeus:policy:") == {KEY: first, policy_key("q"): second}
    assert reader.stamp() == second.stamp
    gone = writer.put(KEY, None)
    assert reader.get(KEY) == gone
    assert gone.body is None
    assert reader.get(policy_key("never")) is None


def test_an_emptied_store_begins_a_new_epoch_above_the_routers_counter(store: RunningStore) -> None:
    times = iter([1000, 2000, 3000])
    writer = store.writer(now_ms=lambda: next(times))
    old = writer.put(KEY, {"a": 1})
    store.admin().flushall()
    new = writer.put(KEY, {"a": 1}, floor=41)
    assert (old.epoch, old.counter) == (1000, 1)
    assert (new.epoch, new.counter) == (2000, 42)


def test_a_store_that_was_restored_from_an_old_copy_goes_above_what_routers_have(store: RunningStore) -> None:
    """Its epoch is older than the routers': without a new one nothing it says would ever be believed."""
    writer = store.writer(now_ms=lambda: 5000)
    writer.put(KEY, {"a": 1})
    assert writer.put(KEY, {"a": 2}, floor=(5000, 7)).stamp == (5000, 8)
    assert writer.put(KEY, {"a": 3}, floor=(9000, 3)).stamp == (9001, 9)
    assert writer.put(KEY, {"a": 4}, floor=(9000, 3)).stamp == (9001, 10)


def test_writers_at_the_same_time_lose_nothing(store: RunningStore) -> None:
    errors: list[Exception] = []

    def write(number: int) -> None:
        writer = store.writer()
        try:
            for turn in range(10):
                writer.put(policy_key(f"w{number}-{turn}"), {"n": turn})
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    counters = sorted(entry.counter for entry in store.reader().scan("zeus:policy:").values())
    assert counters == list(range(1, 41))


def test_changes_are_told(store: RunningStore) -> None:
    heard: list[str] = []
    opened = threading.Event()

    def follow() -> None:
        for key in store.reader().listen(on_open=opened.set):
            if key:
                heard.append(key)
            if len(heard) == 2:
                return

    thread = threading.Thread(target=follow)
    thread.start()
    assert opened.wait(5)
    store.writer().put_many({KEY: {}, policy_key("q"): {}})
    thread.join(5)
    assert heard == [KEY, policy_key("q")]


def test_a_broken_value_is_told_and_one_of_another_type_is_not_hidden(store: RunningStore) -> None:
    store.writer().put(KEY, {"a": 1})
    store.admin().set(policy_key("broken"), '{"schema": 1}')
    store.admin().lpush(policy_key("list"), "x")
    reader = store.reader()
    with pytest.raises(ApiError, match=r"zeus:policy:broken.*no usable epoch"):
        reader.get(policy_key("broken"))
    raw = reader.scan_raw()
    assert set(raw) == {KEY, policy_key("broken"), policy_key("list")}
    assert raw[policy_key("list")] == b""
    assert reader.get_raw(policy_key("list")) == b""


def test_a_store_of_another_version_is_not_overwritten(store: RunningStore) -> None:
    store.admin().set("zeus:store", '{"schema": 99}')
    with pytest.raises(RefusedError, match="written by another version"):
        store.writer().put(KEY, {})
    assert store.reader().stamp() is None


def test_what_readers_would_not_take_is_not_written(store: RunningStore) -> None:
    with pytest.raises(RefusedError, match="bytes long"):
        store.writer().put(KEY, {"x": "y" * 5_000_000})
    for key in ("zeus:policy:Bad Name", "zeus:policy:", "other:policy:p", "zeus:binding:a:b", "zeus:asset:1", "zeus:store"):
        with pytest.raises(InputError, match="no key of the store"):
            store.writer().put(key, {})
    assert store.admin().keys("*") == []


@pytest.mark.parametrize(
    "command", ["SET zeus:policy:p x", "PUBLISH zeus:changes x", "DEL zeus:policy:p", "KEYS *", "CONFIG GET *", "FLUSHALL"]
)
def test_a_reader_may_only_read(store: RunningStore, command: str) -> None:
    reader = redis.Redis(host=store.host, port=store.port, username="zeus-reader", password=READER)
    with pytest.raises(redis.exceptions.NoPermissionError):
        reader.execute_command(*command.split())


@pytest.mark.parametrize(
    "command", ["FLUSHALL", "CONFIG GET *", "KEYS *", "DEL zeus:policy:p", "SET other x", "ACL LIST", "SHUTDOWN", "EVAL 1 0"]
)
def test_a_writer_may_not_administer(store: RunningStore, command: str) -> None:
    with pytest.raises(redis.exceptions.NoPermissionError):
        store.writer()._redis.execute_command(*command.split())


def test_nobody_gets_in_without_a_password(store: RunningStore) -> None:
    with pytest.raises(redis.exceptions.AuthenticationError):
        redis.Redis(host=store.host, port=store.port).ping()
    with pytest.raises(ApiError, match="login refused") as refused:
        PolicyStore(store.host, store.port, "zeus-writer", "wrong-password").ping()
    assert "wrong-password" not in str(refused.value)
    assert READER not in (store.node.directory / "users.acl").read_text()


def test_what_was_acknowledged_survives_a_kill(store: RunningStore) -> None:
    entry = store.writer().put(KEY, {"a": 1})
    store.stop("KILL")
    with pytest.raises(AwayError, match="policy store is away"):
        store.reader().get(KEY)
    store.start()
    assert store.reader().get(KEY) == entry
    assert store.writer().put(KEY, {"a": 2}).counter == entry.counter + 1
