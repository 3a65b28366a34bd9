# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From what runs to the plan: who is a peer, who owns a host, and what a bad app may not do to others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._routing import Peer, Plan, compare_plans, parse_plan
from ansible_collections.zeus.paas.plugins.module_utils._routing_build import Built, Inputs, build_plan, fleet_of
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import Fleet

from .answers import app, fleet, task

KEY = "/production/shop/web"


def build(*apps: dict[str, Any], previous: Plan | None = None, **inputs: Any) -> Built:
    return build_plan(Inputs(vcluster="web", fleet=fleet(*apps), **inputs), previous or Plan())


def peers(built: Built, key: str = KEY, variant: str = "stable") -> list[str]:
    return [peer.task for peer in built.plan.apps[key].variants[variant].peers]


def kinds(built: Built) -> set[tuple[str, str]]:
    return {(problem.kind, problem.subject) for problem in built.problems}


def test_an_entry_has_the_documented_shape_and_digests() -> None:
    built = build(app("web", "stable", task("b"), task("a", port=31002)), app("price", "stable", task("c"), kind="service"))
    plan = built.plan.to_dict()
    entry = plan["apps"][KEY]
    assert {key: entry[key] for key in entry if key != "digest"} == {
        "kind": "web",
        "environment": "production",
        "project": "shop",
        "app": "web",
        "hosts": ["web.example.com"],
        "path": "/",
        "variants": {
            "stable": {
                "version": "1.0",
                "peers": [
                    {"task": "a", "address": "10.1.0.11", "port": 31002},
                    {"task": "b", "address": "10.1.0.11", "port": 31001},
                ],
            }
        },
        "gray": None,
        "snippet": None,
    }
    assert entry["digest"] == digest_of({key: entry[key] for key in entry if key != "digest"})
    assert plan["apps"]["/production/shop/price"]["port"] == 9090
    assert plan["digest"] == digest_of(plan["apps"])
    assert built.plan.to_text() == canonical(plan)
    assert built.problems == ()


@pytest.mark.parametrize(
    ("state", "is_peer"),
    [
        *(("TASK_RUNNING", True), ("TASK_STAGING", False), ("TASK_STARTING", False), ("TASK_KILLING", False)),
        *(("TASK_FAILED", False), ("TASK_UNREACHABLE", False), ("TASK_UNKNOWN", False), ("", False)),
    ],
)
def test_only_running_tasks_are_peers(state: str, is_peer: bool) -> None:
    assert peers(build(app("web", "stable", task("a", state=state)))) == (["a"] if is_peer else [])


@pytest.mark.parametrize("state", ["TASK_UNREACHABLE", "TASK_UNKNOWN"])
def test_a_peer_that_is_only_out_of_sight_stays(state: str) -> None:
    before = build(app("web", "stable", task("a")))
    assert peers(build(app("web", "stable", task("a", state=state)), previous=before.plan)) == ["a"]


@pytest.mark.parametrize(
    ("results", "is_peer"),
    [([], False), ([{"alive": True}], False), ([{"alive": True}, {"alive": True}], True), ([{"alive": True}, {"alive": False}], False)],
)
def test_every_health_check_must_have_passed(results: list[dict[str, Any]], is_peer: bool) -> None:
    checked = app("web", "stable", task("a", healthCheckResults=results), healthChecks=[{}, {}])
    assert peers(build(checked)) == (["a"] if is_peer else [])


def test_a_peer_stays_one_while_its_health_is_not_known() -> None:
    """An agent that was restarted knows its peers from the disk, and a Marathon that has just begun to lead no results."""
    before = build(app("web", "stable", task("a")))
    silent = app("web", "stable", task("a"), task("b"), healthChecks=[{}])
    assert peers(build(silent, previous=before.plan)) == ["a"]
    failed = app("web", "stable", task("a", healthCheckResults=[{"alive": False}]), healthChecks=[{}])
    assert peers(build(failed, previous=before.plan)) == []


def test_tasks_of_the_version_before_are_not_measured_by_the_new_checks() -> None:
    """A rolling update that adds a health check must not take all old instances out of service at once."""
    version = {"lastConfigChangeAt": "2016-02-01T00:00:00.000Z"}
    old = task("old", version="2016-01-01T00:00:00.000Z", healthCheckResults=[{"alive": True}])
    dead = task("old-dead", version="2016-01-01T00:00:00.000Z", healthCheckResults=[{"alive": False}])
    new = task("new", version="2016-02-01T00:00:00.000Z", healthCheckResults=[{"alive": True}])
    assert peers(build(app("web", "stable", old, dead, new, healthChecks=[{}, {}], versionInfo=version))) == ["old"]


def test_draining_tasks_are_no_peers() -> None:
    assert peers(build(app("web", "stable", task("a"), task("b")), draining={"a"})) == ["b"]


def test_other_clusters_foreign_apps_and_workers_have_no_place() -> None:
    foreign = {"id": "/other", "labels": {"HAPROXY_GROUP": "external"}, "tasks": [task("x")]}
    built = build(
        foreign,
        app("batch", "stable", task("b"), labels={"ZEUS_VCLUSTER": "batch"}),
        app("mailer", "stable", task("m"), kind="worker"),
    )
    assert built.plan.apps == {}
    assert built.problems == ()


@pytest.mark.parametrize(
    "labels",
    [
        {"ZEUS_HOSTS": 'shop"; } evil {'},
        {"ZEUS_HOSTS": "shop.example.com,"},
        {"ZEUS_HOSTS": None},
        {"ZEUS_PATH": '/"; } evil {'},
        {"ZEUS_PATH": "/a/../b"},
        {"ZEUS_PATH": "shop"},
        {"ZEUS_TYPE": "website"},
        {"ZEUS_VERSION": "1.0\nevil"},
        {"ZEUS_APP": "other"},
        {"ZEUS_VCLUSTER": None},
    ],
)
def test_bad_labels_isolate_their_app_only(labels: dict[str, str | None]) -> None:
    bad = app("bad", "stable", task("x"))
    bad["labels"] = {key: value for key, value in {**bad["labels"], **labels}.items() if value is not None}
    built = build(bad, app("web", "stable", task("a")))
    assert set(built.plan.apps) == {KEY}
    assert kinds(built) == {("labels", "/production/shop/bad/stable")}


def test_an_app_with_labels_that_became_bad_goes_on_by_its_last_good_ones() -> None:
    before = build(app("web", "stable", task("a")))
    after = build(app("web", "stable", task("b"), labels={"ZEUS_HOSTS": "{"}), previous=before.plan)
    assert after.plan.apps[KEY].hosts == ("web.example.com",)
    assert peers(after) == ["b"]
    assert kinds(after) == {("labels", f"{KEY}/stable")}


def test_nobody_takes_over_an_app_by_copying_its_labels() -> None:
    thief = {**app("web", "stable", task("thief")), "id": "/production/evil/web/stable"}
    built = build(app("web", "stable", task("a")), thief)
    assert peers(built) == ["a"]
    assert kinds(built) == {("labels", "/production/evil/web/stable")}


def test_a_host_stays_with_its_owner_and_only_that_host_is_lost() -> None:
    owner = app("zoo", "stable", task("z"), labels={"ZEUS_HOSTS": "shared.example.com"})
    before = build(owner)
    late = app("late", "stable", task("l"), labels={"ZEUS_HOSTS": "shared.example.com,late.example.com"})
    built = build(owner, late, previous=before.plan)
    assert built.plan.apps["/production/shop/zoo"].hosts == ("shared.example.com",)
    assert built.plan.apps["/production/shop/late"].hosts == ("late.example.com",)
    assert kinds(built) == {("conflict", "/production/shop/late")}
    # Without a plan before, the first by name has it: the same on every router.
    alone = build(owner, late)
    assert alone.plan.apps["/production/shop/late"].hosts == ("late.example.com", "shared.example.com")
    assert "/production/shop/zoo" not in alone.plan.apps


def test_one_host_with_two_paths_is_no_conflict() -> None:
    built = build(
        app("web", "stable", task("a"), labels={"ZEUS_HOSTS": "shop.example.com"}),
        app("api", "stable", task("b"), labels={"ZEUS_HOSTS": "shop.example.com", "ZEUS_PATH": "/api"}),
    )
    assert len(built.plan.apps) == 2
    assert built.problems == ()


def test_a_port_stays_with_its_owner_and_the_nodes_own_ports_are_nobodys() -> None:
    owner = app("zoo", "stable", task("z"), kind="service")
    before = build(owner)
    built = build(owner, app("late", "stable", task("l"), kind="service"), previous=before.plan)
    assert set(built.plan.apps) == {"/production/shop/zoo"}
    assert kinds(built) == {("conflict", "/production/shop/late")}
    assert build(owner, reserved_ports={9090}).plan.apps == {}


def test_stables_labels_route_while_variants_differ() -> None:
    gray = app("web", "2-0", task("g"), version="2.0", labels={"ZEUS_HOSTS": "new.example.com", "ZEUS_OWNER": "gray_release"})
    built = build(app("web", "stable", task("s")), gray)
    entry = built.plan.apps[KEY]
    assert entry.hosts == ("web.example.com",)
    assert {name: variant.version for name, variant in entry.variants.items()} == {"stable": "1.0", "2-0": "2.0"}
    # Stable gone for a moment: its route stays.
    assert build(gray, previous=built.plan).plan.apps[KEY].hosts == ("web.example.com",)


def test_names_of_agents_become_addresses() -> None:
    named = app("web", "stable", task("a", host="agent1.bj01"), task("b", host="agent2.bj01"), task("c", host="2001:DB8::1"))
    built = build(named, addresses={"agent1.bj01": "10.9.9.9"})
    assert [peer.address for peer in built.plan.apps[KEY].variants["stable"].peers] == ["10.9.9.9", "2001:db8::1"]
    assert kinds(built) == {("task", f"{KEY}/stable")}


def test_a_task_without_a_port_is_told_and_left_out() -> None:
    portless = {"id": "a", "host": "10.1.0.11", "ports": [], "state": "TASK_RUNNING"}
    built = build(app("web", "stable", portless, task("b")))
    assert peers(built) == ["b"]
    assert kinds(built) == {("task", f"{KEY}/stable")}


def test_unchanged_entries_are_the_same_objects() -> None:
    first = build(app("web", "stable", task("a")), app("shop", "stable", task("b")))
    second = build(app("web", "stable", task("a")), app("shop", "stable", task("b"), task("c")), previous=first.plan)
    assert second.plan.apps[KEY] is first.plan.apps[KEY]
    change = compare_plans(first.plan, second.plan)
    assert (change.added, change.changed, change.removed) == ((), ("/production/shop/shop",), ())
    assert build(app("web", "stable", task("a")), app("shop", "stable", task("b")), previous=first.plan).plan is first.plan


def test_a_plan_survives_its_json_and_broken_ones_are_refused() -> None:
    gray = {"policy": "p", "variant": "2-0", "rules": [], "epoch": 1, "counter": 2}
    plan = build(app("web", "stable", task("a")), app("price", "stable", task("c"), kind="service"), gray={KEY: gray}).plan
    text = plan.to_text()
    assert parse_plan(json.loads(text), "plan.json").to_text() == text
    for spoil in (
        lambda d: d.update(schema=2),
        lambda d: d["apps"][KEY].update(path="/other"),
        lambda d: d.update(digest="0" * 64),
        lambda d: d["apps"].update({"/production/shop/other": d["apps"][KEY]}),
        lambda d: d["apps"][KEY].pop("variants"),
        lambda d: d.update(apps=[]),
    ):
        data = json.loads(text)
        spoil(data)
        with pytest.raises(InputError, match=r"plan\.json"):
            parse_plan(data, "plan.json")


def test_what_an_agent_starts_from_gives_the_same_plan() -> None:
    plan = build(
        app("web", "stable", task("a")), app("web", "2-0", task("g"), version="2.0"), app("price", "stable", task("c"), kind="service")
    ).plan
    again = build_plan(Inputs(vcluster="web", fleet=fleet_of(plan, "web")), plan)
    assert again.plan is plan
    assert again.problems == ()


names = st.sampled_from(["a", "b", "c"])
tasks = st.lists(
    st.builds(
        lambda name, port, state: task(name, port=port, state=state),
        st.text("xyz", min_size=1, max_size=3),
        st.integers(1, 65535),
        st.sampled_from(["TASK_RUNNING", "TASK_KILLING", "TASK_STAGING"]),
    ),
    max_size=4,
    unique_by=lambda item: item["id"],
)
labels = st.fixed_dictionaries(
    {},
    optional={
        "ZEUS_HOSTS": st.sampled_from(["one.test", "two.test", "one.test,two.test", "bad host", ""]),
        "ZEUS_PATH": st.sampled_from(["/", "/x", "/x/", "x", "/;"]),
        "ZEUS_TYPE": st.sampled_from(["web", "service", "worker", "odd"]),
        "ZEUS_PORT": st.sampled_from(["9090", "9091", "0", "x", "99999999999"]),
        "ZEUS_VCLUSTER": st.sampled_from(["web", "batch"]),
    },
)


@st.composite
def answers(draw: st.DrawFn) -> list[dict[str, Any]]:
    found = {}
    for name in draw(st.lists(names, unique=True)):
        for variant in draw(st.sets(st.sampled_from(["stable", "2-0"]), min_size=1)):
            item = app(name, variant, *draw(tasks))
            item["labels"].update(draw(labels))
            found[item["id"]] = item
    return list(found.values())


@given(answers(), answers())
def test_whatever_runs_a_plan_has_one_owner_per_place_and_only_running_peers(first: Any, second: Any) -> None:
    """For any pair of answers: no exception, no place twice, sorted peers that run, and the JSON form is exact."""
    before = build(*first)
    built = build(*second, previous=before.plan)
    places: list[tuple[str, str]] = []
    ports: list[int] = []
    running = {item["id"] for one in second for item in one["tasks"] if item["state"] == "TASK_RUNNING"}
    for key, entry in built.plan.apps.items():
        assert entry.key == key
        places += [(host, entry.path.rstrip("/")) for host in entry.hosts]
        ports += [entry.port] if entry.kind == "service" else []
        for variant in entry.variants.values():
            assert list(variant.peers) == sorted(variant.peers)
            assert {peer.task for peer in variant.peers} <= running
    assert len(places) == len(set(places))
    assert len(ports) == len(set(ports))
    assert parse_plan(json.loads(built.plan.to_text()), "x").digest == built.plan.digest
    assert build(*second, previous=built.plan).plan is built.plan


def test_an_empty_fleet_is_an_empty_plan() -> None:
    assert build_plan(Inputs(vcluster="web", fleet=Fleet()), Plan()).plan.apps == {}
    assert Peer("a", "10.0.0.1", 1) < Peer("b", "10.0.0.1", 1)
