# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs that are killed between a write and its end: the next run goes on from there, and nobody has nowhere to go."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from integration.gray.site import BINDING, EVERYONE, GRAY, STABLE, Site, done

WRITES = ((Marathon, "put_apps"), (Marathon, "delete_app"), (Marathon, "kill_tasks"), (PolicyStore, "put_many"))


class Cut(BaseException):
    """The run ends here, as if it had been killed: nothing is tidied up."""


@contextmanager
def cut_after_first_write(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The name of the call that was the last one, if it came so far."""
    seen: list[str] = []

    def cutting(name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*arguments: Any, **options: Any) -> Any:
            write(*arguments, **options)
            seen.append(name)
            raise Cut

        return wrapped

    with monkeypatch.context() as patch:
        for owner, name in WRITES:
            patch.setattr(owner, name, cutting(name, getattr(owner, name)))
        yield seen


def cut(site: Site, monkeypatch: pytest.MonkeyPatch, state: str) -> str:
    """Run a step until its first write; which that was, empty if the step came to its end."""
    with cut_after_first_write(monkeypatch) as seen:
        try:
            done(site.release(state), changed=False)
        except Cut:
            return seen[0]
    return ""


@contextmanager
def users(site: Site) -> Iterator[list[str]]:
    """Somebody who asks all the time, each time on a connection of its own; what went wrong."""
    wrong: list[str] = []
    over = threading.Event()
    asked = 0

    def ask() -> None:
        nonlocal asked
        while not over.is_set():
            asked += 1
            try:
                site.get()
            except (AssertionError, OSError, http.client.HTTPException) as error:
                wrong.append(repr(error))

    threads = [threading.Thread(target=ask) for _unused in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert asked > 100


@pytest.fixture
def bound(site: Site) -> Site:
    done(site.release("deployed"))
    done(site.policy(EVERYONE))
    done(site.release("bound"))
    return site


def test_a_finish_that_is_cut_off_at_every_write_comes_to_its_end(bound: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    with users(bound) as wrong:
        writes = []
        while write := cut(bound, monkeypatch, "finished"):
            writes.append(write)
    # Gray grows; it gets everything; stable is updated; it takes over; gray goes.
    assert writes == ["put_apps", "put_many", "put_apps", "put_many", "delete_app"]
    assert wrong == []
    assert bound.apps() == {STABLE: ("2.0", 2)}
    assert bound.binding() is None
    assert bound.variants() == {"stable"}
    assert bound.get()["version"] == "2.0"


def test_an_abort_takes_a_finish_back_that_was_cut_off_half_way(bound: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even when stable is being updated already, and even when the abort is cut off at every write, too."""
    with users(bound) as wrong:
        assert [cut(bound, monkeypatch, "finished") for _unused in range(3)] == ["put_apps", "put_many", "put_apps"]
        assert bound.apps()[STABLE] == ("2.0", 2)
        assert bound.binding()["share"] == "all"
        writes = []
        while write := cut(bound, monkeypatch, "aborted"):
            writes.append(write)
    assert writes == ["put_apps", "put_many", "delete_app"]
    assert wrong == []
    assert bound.apps() == {STABLE: ("1.0", 2)}
    assert bound.binding() is None
    assert bound.get() == {"variant": "stable", "version": "1.0"}


def test_a_deploy_that_was_cut_off_is_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    assert cut(site, monkeypatch, "deployed") == "put_apps"
    # Nothing differs any more, and yet the run ends only when gray is healthy and routed.
    done(site.release("deployed"), changed=False)
    assert len(site.agent.plan()["apps"]["/production/shop/web"]["variants"]["2-0"]["peers"]) == 1


def test_a_gray_version_that_never_gets_healthy_leaves_nothing(site: Site) -> None:
    site.app["gray"]["env"] = {"BROKEN": "1"}
    failed = site.release("deployed", wait_timeout=8)
    assert failed["failed"]
    assert failed["error"]["state"] == "rolled_back"
    assert site.apps() == {STABLE: ("1.0", 2)}


def test_a_gray_version_that_stays_broken_is_aborted(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its deployment would never end, and would lock it for ever."""
    site.app["gray"]["env"] = {"BROKEN": "1"}
    assert cut(site, monkeypatch, "deployed") == "put_apps"
    done(site.release("aborted"))
    assert site.apps() == {STABLE: ("1.0", 2)}
    assert site.engine.call("GET", "/v2/deployments") == []


def test_a_stable_that_cannot_become_the_new_version_gives_the_traffic_back_to_the_policy(bound: Site) -> None:
    """The agents have room for the update, but stable's new instances never start: the file was lost after gray had started."""
    for digest in bound.artifacts.have():
        bound.artifacts.shell(f"rm /var/lib/zeus-artifacts/{digest}.tar.gz")
    # The upload repairs that, so the loss is arranged anew whenever the store is asked: gray may not grow either.
    bound.artifacts.shell("chmod 000 /var/lib/zeus-artifacts")
    try:
        failed = bound.release("finished", wait_timeout=8)
    finally:
        bound.artifacts.shell("chmod 755 /var/lib/zeus-artifacts")
    assert failed["failed"], failed
    assert bound.apps()[STABLE] == ("1.0", 2)
    assert bound.binding() is not None
    assert "share" not in bound.binding()
    assert bound.values()[BINDING]["variant"] == GRAY.rpartition("/")[2]
