# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the store says becomes each app's rules; what it cannot say leaves them as they are."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, assets_key, binding_key, policy_key
from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry as PlanEntry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Plan
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import Binding, GrayBook, bound_apps, parse_binding, wanted_snippets

KEY = "/production/shop/web"
BINDING = binding_key("production", "shop", "web")
POLICY = policy_key("p")
BOUND = Binding("p", "2-0", "2.0").body()
ELSEWHERE = {"policy": "p", "rules": [{"variant": "2.0", "when": {"region": {"in": ["X"]}}}]}
RULES = {"policy": "p", "rules": [{"variant": "2.0", "when": {"percent": 5}}]}


def store(**bodies: Any) -> dict[str, Entry]:
    keys = {"policy": POLICY, "binding": BINDING, "assets": assets_key("production", "shop", "web")}
    return {keys[name]: Entry(keys[name], 7, number, digest_of(body), body) for number, (name, body) in enumerate(bodies.items(), 1)}


def plan(gray: Any) -> Plan:
    return Plan({KEY: PlanEntry("web", "production", "shop", "web", {}, hosts=("a.test",), gray=gray)})


def test_a_bound_policy_is_compiled_with_the_higher_stamp() -> None:
    gray, problems = GrayBook({}).resolve(store(policy=RULES, binding=Binding("p", "2-0", "2.0").body()), Plan())
    assert problems == []
    assert (gray[KEY]["policy"], gray[KEY]["variant"], gray[KEY]["epoch"], gray[KEY]["counter"]) == ("p", "2-0", 7, 2)
    assert gray[KEY]["rules"][0]["variant"] == "2-0"


@pytest.mark.parametrize(
    "bodies",
    [
        {},
        {"policy": RULES},
        {"binding": {"policy": "p", "variant": "2-0", "version": "2.0"}},
        {"policy": None, "binding": {"policy": "p", "variant": "2-0", "version": "2.0"}},
        {"policy": RULES, "binding": {"policy": "p", "variant": "3-0", "version": "3.0"}},
        {
            "policy": {"policy": "p", "rules": [{"variant": "2.0", "when": {"region": {"in": ["X"]}}}]},
            "binding": Binding("p", "2-0", "2.0").body(),
        },
        {"policy": {"policy": "p", "rules": "broken"}, "binding": BOUND},
        {"policy": RULES, "binding": {"policy": "p"}},
        {"policy": RULES, "binding": {**Binding("p", "2-0", "2.0").body(), "share": "some"}},
    ],
)
def test_what_is_absent_or_unusable_leaves_the_last_good_rules(bodies: dict[str, Any]) -> None:
    last = {"policy": "old", "variant": "1-9", "rules": []}
    gray, problems = GrayBook({}).resolve(store(**bodies), plan(last))
    assert gray == {KEY: last}
    assert bool(problems) == ("binding" in bodies)
    assert all(problem.subject == KEY for problem in problems)
    assert GrayBook({}).resolve(store(**bodies), Plan())[0] == {}


def test_a_tombstone_takes_the_rules_away() -> None:
    assert GrayBook({}).resolve(store(policy=RULES, binding=None), plan({"policy": "old"})) == ({}, [])


def test_while_a_release_is_finished_no_policy_is_asked() -> None:
    gray, problems = GrayBook({}).resolve(store(binding=Binding("p", "2-0", "2.0", "all").body()), Plan())
    assert problems == []
    assert [(rule["name"], rule["variant"]) for rule in gray[KEY]["rules"]] == [("finish", "2-0")]


def test_a_pair_is_compiled_once_and_equal_rules_stay_the_same_object() -> None:
    book, entries = GrayBook({}), store(policy=RULES, binding=Binding("p", "2-0", "2.0").body())
    first = book.resolve(entries, Plan())[0][KEY]
    assert book.resolve(dict(entries), Plan())[0][KEY] is first
    assert GrayBook({}).resolve(entries, plan(first))[0][KEY] is first


def test_bindings_and_assets_are_found_by_app() -> None:
    entries = store(policy=RULES, binding=Binding("p", "2-0", "2.0").body(), assets={"snippet": "a" * 64})
    assert set(bound_apps(entries, "p")) == {KEY}
    assert bound_apps(entries, "q") == {}
    assert wanted_snippets(entries) == {KEY: "a" * 64}
    assert wanted_snippets(store(assets=None)) == {KEY: None}
    assert wanted_snippets({}) == {}
    with pytest.raises(InputError, match="variant"):
        parse_binding({"policy": "p", "version": "2.0"}, "x")
