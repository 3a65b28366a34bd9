# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing is lost for a reason that nobody stated: how answers and events change what is known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import (
    ENDED_LIMIT,
    KILLING,
    TERMINAL,
    Fleet,
    ImplausibleError,
    apply_app_terminated,
    apply_health,
    apply_status,
    merge_answer,
    merge_one,
    parse_app,
    parse_apps,
)

from .answers import app, fleet, task

ID = "/production/shop/web/stable"


def answer(known: Fleet, *apps: dict[str, Any], peers: int = 1) -> Fleet:
    return merge_answer(known, parse_apps(list(apps)), peers=peers)


def states(known: Fleet) -> dict[str, str]:
    return {name: item.state for found in known.apps.values() for name, item in found.tasks.items()}


def test_a_task_that_is_merely_absent_goes_after_the_second_answer() -> None:
    known = fleet(app("web", "stable", task("a"), task("b")))
    once = answer(known, app("web", "stable", task("b")))
    assert set(states(once)) == {"a", "b"}
    assert once.has_missing
    twice = answer(once, app("web", "stable", task("b")))
    assert set(states(twice)) == {"b"}
    assert not twice.has_missing


def test_a_task_that_comes_back_between_two_answers_was_never_away() -> None:
    known = fleet(app("web", "stable", task("a")))
    back = answer(answer(known, app("web", "stable")), app("web", "stable", task("a")))
    assert set(states(answer(back, app("web", "stable")))) == {"a"}


def test_an_app_that_is_merely_absent_goes_after_the_second_answer() -> None:
    known = fleet(app("web", "stable", task("a")), app("shop", "stable", task("s")))
    once = answer(known, app("shop", "stable", task("s")))
    assert set(states(once)) == {"a", "s"}
    assert set(states(answer(once, app("shop", "stable", task("s"))))) == {"s"}
    assert set(merge_one(merge_one(known, ID, None), ID, None).apps) == {"/production/shop/shop/stable"}


def test_an_empty_answer_while_there_are_peers_is_not_believed() -> None:
    known = fleet(app("web", "stable", task("a")))
    with pytest.raises(ImplausibleError, match="no app at all while 1 peers"):
        answer(known, peers=1)
    assert answer(Fleet(), peers=0).apps == {}


@pytest.mark.parametrize("data", [None, {}, "apps", [None], [{"id": "/x"}], [{"id": "/x", "tasks": [{}]}], [{"id": "/x", "tasks": 3}]])
def test_an_answer_of_another_shape_is_not_believed(data: Any) -> None:
    with pytest.raises(ImplausibleError):
        parse_apps(data)


@pytest.mark.parametrize("state", [KILLING, *sorted(TERMINAL)])
def test_an_end_counts_at_once_and_no_older_answer_takes_it_back(state: str) -> None:
    known = apply_status(fleet(app("web", "stable", task("a"), task("b"))), ID, "a", state)
    assert states(known)["a"] == state
    stale = answer(known, app("web", "stable", task("a"), task("b")))
    assert states(stale)["a"] != "TASK_RUNNING"
    assert states(merge_one(known, ID, parse_app(app("web", "stable", task("a")))))["a"] != "TASK_RUNNING"


def test_an_end_that_is_heard_before_the_task_was_known_counts_too() -> None:
    known = apply_status(Fleet(), ID, "a", "TASK_FAILED")
    assert states(answer(known, app("web", "stable", task("a"))))["a"] != "TASK_RUNNING"


def test_other_states_are_left_to_the_next_answer() -> None:
    known = fleet(app("web", "stable", task("a")))
    for state in ("TASK_RUNNING", "TASK_STAGING", "TASK_UNREACHABLE"):
        assert apply_status(known, ID, "a", state) is known


def alive(known: Fleet) -> dict[str, tuple[bool, ...]]:
    return {name: item.alive for found in known.apps.values() for name, item in found.tasks.items()}


def test_a_task_that_became_healthy_counts_at_once_and_no_older_answer_takes_it_back() -> None:
    new = app("web", "stable", task("web.instance-1._app.1"), task("web.instance-11._app.1"), healthChecks=[{}])
    known = apply_health(fleet(new), ID, "web.instance-1", True)
    wanted = {"web.instance-1._app.1": (True,), "web.instance-11._app.1": ()}
    assert alive(known) == wanted
    assert alive(answer(known, new)) == wanted
    assert alive(merge_one(known, ID, parse_app(new))) == wanted


def test_an_older_marathon_names_the_task_that_became_healthy() -> None:
    known = fleet(app("web", "stable", task("web.1"), healthChecks=[{}]))
    assert alive(apply_health(known, ID, "web.1", True)) == {"web.1": (True,)}


@pytest.mark.parametrize(("given", "instance", "state", "said", "checks"), [
    (ID, "b", "TASK_RUNNING", True, 1),
    (ID, "", "TASK_RUNNING", True, 1),
    ("/other", "a", "TASK_RUNNING", True, 1),
    (ID, "a", "TASK_STAGING", True, 1),
    (ID, "a", "TASK_KILLING", True, 1),
    (ID, "a", "TASK_RUNNING", False, 1),
    (ID, "a", "TASK_RUNNING", None, 1),
    (ID, "a", "TASK_RUNNING", "true", 1),
    (ID, "a", "TASK_RUNNING", True, 2),
    (ID, "a", "TASK_RUNNING", True, 0),
])  # fmt: skip
def test_all_else_about_health_is_left_to_the_next_answer(given: str, instance: str, state: str, said: Any, checks: int) -> None:
    known = fleet(app("web", "stable", task("a", state=state), healthChecks=[{}] * checks))
    assert apply_health(known, given, instance, said) is known


def test_results_that_are_merely_absent_are_as_they_were() -> None:
    """A Marathon that has just begun to lead knows none; one that says something is believed."""
    checks = [{}, {}]
    known = fleet(app("web", "stable", task("a", healthCheckResults=[{"alive": True}, {"alive": True}]), healthChecks=checks))
    assert alive(answer(known, app("web", "stable", task("a"), healthChecks=checks))) == {"a": (True, True)}
    failed = app("web", "stable", task("a", healthCheckResults=[{"alive": False}]), healthChecks=checks)
    assert alive(answer(known, failed)) == {"a": (False,)}


def test_a_terminated_app_goes_at_once_with_its_tasks() -> None:
    known = apply_app_terminated(fleet(app("web", "stable", task("a"))), ID)
    assert known.apps == {}
    assert states(answer(known, app("web", "stable", task("a")), peers=0))["a"] != "TASK_RUNNING"
    assert apply_app_terminated(known, ID) is known


def test_what_is_remembered_of_ended_tasks_has_a_bound() -> None:
    known = Fleet(ended=dict.fromkeys(f"t{n}" for n in range(ENDED_LIMIT)))
    known = apply_status(known, ID, "new", "TASK_FAILED")
    assert len(known.ended) == ENDED_LIMIT
    assert "new" in known.ended
    assert "t0" not in known.ended


def test_an_app_that_did_not_change_is_the_same_object() -> None:
    known = fleet(app("web", "stable", task("a")))
    assert answer(known, app("web", "stable", task("a"))).apps[ID] is known.apps[ID]


events = st.lists(
    st.one_of(
        st.tuples(st.just("list"), st.lists(st.sampled_from("abc"), unique=True)),
        st.tuples(st.just("end"), st.sampled_from("abc")),
    ),
    max_size=8,
)


@given(events)
def test_a_task_leaves_only_for_a_reason(steps: list[tuple[str, Any]]) -> None:
    """Against a model: a known task is gone only after its end was said, or after two lists in a row without it."""
    known = fleet(app("web", "stable", *(task(name) for name in "abc")))
    ended: set[str] = set()
    absent = dict.fromkeys("abc", 0)
    for kind, value in steps:
        if kind == "end":
            known = apply_status(known, ID, value, "TASK_KILLED")
            ended.add(value)
        else:
            known = answer(known, app("web", "stable", *(task(name) for name in value)))
            absent = {name: 0 if name in value else absent[name] + 1 for name in absent}
        running = {name for name, state in states(known).items() if state == "TASK_RUNNING"}
        assert running == {name for name in "abc" if name not in ended and absent[name] < 2}


@pytest.mark.parametrize(
    ("networks", "host"),
    [([{"mode": "host"}], "10.1.0.9"), (None, "10.1.0.9"), ([{"mode": "container/bridge"}], "agent1.bj01")],
)
def test_the_address_that_marathon_tells_counts_before_the_agents_name(networks: Any, host: str) -> None:
    """In host mode only: elsewhere that address is the container's own."""
    named = task("a", host="agent1.bj01", ipAddresses=[{"ipAddress": "10.1.0.9", "protocol": "IPv4"}])
    found = parse_app({**app("web", "stable", named), **({"networks": networks} if networks else {})})
    assert found.tasks["a"].host == host
