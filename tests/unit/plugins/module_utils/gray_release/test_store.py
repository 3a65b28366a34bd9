# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""When a value of the store is true: by what routers say of what they have taken, and of what they serve by."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, RefusedError, RolloutError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._gray_policies import PolicyStep, ensure_policy
from ansible_collections.zeus.paas.plugins.module_utils._gray_store import Values
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry
from ansible_collections.zeus.paas.plugins.module_utils._resource import reconcile
from ansible_collections.zeus.paas.plugins.module_utils._router import Confirmation
from ansible_collections.zeus.paas.plugins.module_utils._router_reports import disagreement, explain

POLICY, BINDING, APP = "zeus:policy:p", "zeus:binding:production:shop:web", "/production/shop/web"
BOUND = {"policy": "p", "variant": "2-0", "version": "2.0"}
ONE, TWO, OTHER = "http://one:8700", "http://two:8700", "http://other:8700"


class Store:
    """A policy store in memory."""

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.counter = 0
        self.floors: list[Any] = []

    def get(self, key: str) -> Entry | None:
        return self.entries.get(key)

    def scan(self, prefix: str) -> dict[str, Entry]:
        return {key: entry for key, entry in self.entries.items() if key.startswith(prefix)}

    def claim(self, name: str, text: str, seconds: float, ours: Any) -> str | None:
        """Every lease is free here."""
        return None

    def release(self, name: str, ours: Any) -> None:
        """And stays so."""

    def put_many(self, bodies: Mapping[str, Mapping[str, Any] | None], *, floor: Any = 0) -> dict[str, Entry]:
        self.floors.append(floor)
        for key, body in bodies.items():
            self.counter += 1
            self.entries[key] = Entry(key, 7, self.counter, digest_of(body), body)
        return {key: self.entries[key] for key in bodies}


class Agents:
    """Routers that follow the store, but for those in ``stuck`` (as they were when they got stuck) and ``away``."""

    def __init__(self, store: Store, **urls: tuple[str, ...]) -> None:
        self.store = store
        self.urls: Mapping[str, tuple[str, ...]] = urls or {"web": (ONE, TWO)}
        self.stuck: dict[str, dict[str, Entry]] = {}
        self.away: set[str] = set()
        self.deaf: set[str] = set()  # take a value, but serve by what they had: their nginx refuses it

    def urls_of(self, vcluster: str) -> tuple[str, ...]:
        return self.urls.get(vcluster, ())

    def highest_stamp(self) -> tuple[int, int]:
        return (7, self.store.counter)

    def statuses(self, vcluster: str) -> dict[str, Mapping[str, Any] | ZeusError]:
        problem = {"kind": "policy", "subject": APP, "message": "it hurts"}
        return {url: {"problems": [problem] if url in self.stuck else []} for url in self.urls_of(vcluster)}

    def confirm_status(self, vcluster: str, check: Callable[[Mapping[str, Any]], str], deadline: Deadline) -> Confirmation:
        def status(url: str) -> dict[str, Any]:
            known = self.stuck.get(url, self.store.entries)
            return {"store": {"entries": {key: list(entry.stamp) for key, entry in known.items()}}}

        return self._all(vcluster, lambda url: check(status(url)))

    def confirm_entries(
        self, vcluster: str, check: Callable[[Mapping[str, Any]], str], keys: Collection[str], deadline: Deadline
    ) -> Confirmation:
        return self._all(vcluster, lambda url: check({} if vcluster == "tv" else {APP: {"gray": self._gray(url)}}))

    def _gray(self, url: str) -> dict[str, Any] | None:
        binding = self.store.entries.get(BINDING)
        if url in self.deaf or binding is None or binding.body is None:
            return None
        policy = self.store.entries["zeus:policy:p"]
        epoch, counter = binding.stamp if binding.body.get("share") == "all" else max(binding.stamp, policy.stamp)
        return {"policy": "p", "variant": "2-0", "epoch": epoch, "counter": counter}

    def _all(self, vcluster: str, check: Callable[[str], str]) -> Confirmation:
        told = {url: "away" if url in self.away else check(url) for url in self.urls_of(vcluster)}
        return Confirmation(
            confirmed=tuple(url for url, problem in told.items() if not problem),
            refused=tuple(url for url, problem in told.items() if problem and url not in self.away),
            behind=tuple(url for url in told if url in self.away),
            reasons={url: problem for url, problem in told.items() if problem},
        )


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def agents(store: Store) -> Agents:
    return Agents(store)


def values(agents: Agents | None, store: Store, **options: Any) -> Any:
    return Values(store, agents, Deadline(0), progress=lambda _: None, **options)  # type: ignore[arg-type]


def write(store: Store, agents: Agents | None, wanted: dict[str, Any], **options: Any) -> Any:
    return reconcile(values(agents, store, **options), wanted, check_mode=False)


def test_taken_and_served(store: Store, agents: Agents) -> None:
    assert write(store, agents, {POLICY: {"policy": "p"}}).changed
    assert write(store, agents, {BINDING: BOUND}).changed
    assert write(store, agents, {BINDING: {**BOUND, "share": "all"}}).changed
    # While everything goes to gray no policy counts, so a new one is not waited for in the plan.
    assert write(store, agents, {POLICY: {"policy": "p", "x": 1}}).changed
    assert write(store, agents, {BINDING: BOUND}).changed
    assert write(store, agents, {POLICY: {"policy": "p"}}).changed
    assert write(store, agents, {BINDING: None}).changed
    assert not write(store, agents, {BINDING: None}).changed
    assert store.floors == [(7, number) for number in range(7)]


def test_without_routers_the_store_is_all_there_is(store: Store) -> None:
    assert write(store, None, {POLICY: {"policy": "p"}}).changed
    assert store.floors == [0]


def test_one_that_has_not_taken_it_makes_it_go_back(store: Store, agents: Agents) -> None:
    write(store, agents, {POLICY: {"policy": "p"}})
    write(store, agents, {BINDING: BOUND})
    agents.stuck[TWO] = dict(store.entries)
    with pytest.raises(RolloutError) as error:
        write(store, agents, {POLICY: {"policy": "p", "x": 1}})
    assert store.entries[POLICY].body == {"policy": "p"}
    assert error.value.details["refused"] == [TWO]
    assert f"{TWO} did not confirm (has {POLICY} as epoch 7, counter 1, not epoch 7, counter 3) (it hurts)" in error.value.message
    # It has not taken the way back either, and that is said.
    assert error.value.details["state"] == "left"


def test_one_that_serves_by_something_else_makes_it_go_back(store: Store, agents: Agents) -> None:
    write(store, agents, {POLICY: {"policy": "p"}})
    agents.deaf.add(ONE)
    with pytest.raises(RolloutError) as error:
        write(store, agents, {BINDING: BOUND})
    assert f"{APP}: serves by no policy; not by policy p, variant 2-0, as epoch 7, counter 2" in error.value.message
    assert error.value.details["state"] == "rolled_back"
    assert store.entries[BINDING].body is None
    with pytest.raises(RolloutError) as error:
        write(store, agents, {BINDING: BOUND}, rollback=False)
    assert error.value.details["state"] == "left"
    assert store.entries[BINDING].body == BOUND


@pytest.mark.parametrize(("away", "state"), [({TWO}, "done"), ({ONE, TWO}, "unknown")])
def test_those_that_are_away_are_named_and_nothing_goes_back(store: Store, agents: Agents, away: set[str], state: str) -> None:
    agents.away = away
    with pytest.raises(RolloutError) as error:
        write(store, agents, {POLICY: {"policy": "p"}})
    assert (error.value.details["state"], set(error.value.details["behind"])) == (state, away)
    assert store.entries[POLICY].body == {"policy": "p"}


def test_an_app_of_another_virtual_cluster_is_not_waited_for_there(store: Store) -> None:
    agents = Agents(store, web=(ONE,), tv=(OTHER,))
    write(store, agents, {POLICY: {"policy": "p"}})
    write(store, agents, {BINDING: BOUND})
    agents.away = {OTHER}
    write(store, agents, {BINDING: None}, vclusters={"web"})
    with pytest.raises(RolloutError):
        write(store, agents, {BINDING: BOUND})


def test_a_bound_policy_is_not_deleted(store: Store, agents: Agents) -> None:
    step = PolicyStep(store, agents, Deadline(0), progress=lambda _: None)  # type: ignore[arg-type]
    assert ensure_policy(step, "p", check_mode=False)["changed"] is False
    store.put_many({POLICY: {"policy": "p"}, BINDING: BOUND})
    for check_mode in (True, False):
        with pytest.raises(RefusedError, match=f"it is bound to {APP}, version 2.0"):
            ensure_policy(step, "p", check_mode=check_mode)
    store.put_many({BINDING: None})
    assert ensure_policy(step, "p", check_mode=True)["changed"] is True
    assert store.entries[POLICY].body is not None
    assert ensure_policy(step, "p", check_mode=False)["changed"] is True
    assert store.entries[POLICY].body is None


class Explaining:
    """Routers with prepared answers."""

    def __init__(self, answers: dict[str, Any], **urls: tuple[str, ...]) -> None:
        self.answers = answers
        self.urls = urls

    def urls_of(self, vcluster: str) -> tuple[str, ...]:
        return self.urls.get(vcluster, ())

    def explain(self, vcluster: str, request: Mapping[str, Any]) -> dict[str, Any]:
        return {url: self.answers[url] for url in self.urls_of(vcluster)}


def said(variant: str, plan: str = "a") -> dict[str, Any]:
    return {"app": APP, "variant": variant, "version": "2.0", "policy": "p", "rule": "r", "plan": plan, "reason": "rule"}


NO_APP = ApiError("router agent", "POST", "/v1/explain", 404, "no app")
GONE = AwayError("router agent", {TWO: "refused"})


@pytest.mark.parametrize(("answers", "agree", "variant", "words"), [
    ({ONE: said("2-0"), TWO: said("2-0", "b"), OTHER: NO_APP}, True, "2-0", ()),
    ({ONE: said("2-0"), TWO: said("stable"), OTHER: NO_APP}, False, None, (f"{ONE} says 2-0 by r (plan a)", f"{TWO} says stable")),
    ({ONE: said("2-0"), TWO: NO_APP, OTHER: NO_APP}, False, None, (f"{TWO} has no app there",)),
    ({ONE: said("2-0"), TWO: GONE, OTHER: NO_APP}, True, "2-0", (f"{TWO} did not answer",)),
    ({ONE: NO_APP, TWO: NO_APP, OTHER: NO_APP}, True, None, ()),
])  # fmt: skip
def test_explanations_side_by_side(answers: dict[str, Any], agree: bool, variant: str | None, words: tuple[str, ...]) -> None:
    routers: Any = Explaining(answers, web=(ONE, TWO), tv=(OTHER,))
    report = explain(routers, {"host": "x"}, None)
    assert (report["agree"], report["variant"]) == (agree, variant)
    told = disagreement(report)
    assert bool(told) == bool(words)
    assert [word for word in words if word not in told] == []


def test_nobody_answers() -> None:
    routers: Any = Explaining({ONE: GONE}, web=(ONE,))
    with pytest.raises(AwayError, match="every router is away"):
        explain(routers, {"host": "x"}, "web")
