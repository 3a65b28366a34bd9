# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Steps of deployments, ids, label selectors, configuration: small pure parts."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus_engine import config, ids, labels, planning, timestamps
from zeus_engine.definitions import with_defaults
from zeus_engine.errors import ApiError
from zeus_engine.planning import Action
from zeus_engine.tree import Group


def app(app_id: str, **fields: Any) -> dict[str, Any]:
    return with_defaults({"id": app_id, "cmd": "sleep 1", **fields})


def world(*apps: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {one["id"]: one for one in apps}


def test_stop_then_start_then_by_dependency() -> None:
    original = world(app("/old"), app("/db"), app("/web", dependencies=["/db"]))
    target = world(app("/db", instances=2), app("/web", dependencies=["/db"], cmd="sleep 2"), app("/new", dependencies=["/web"]))
    assert planning.steps(original, target) == (
        (Action("StopApplication", "/old"),),
        (Action("StartApplication", "/new"),),
        (Action("ScaleApplication", "/db"),),
        (Action("RestartApplication", "/web"),),
        (Action("ScaleApplication", "/new"),),
    )


def test_nothing_changed_is_an_empty_plan() -> None:
    assert planning.steps(world(app("/a")), world(app("/a"))) == ()


def test_changed_to_no_instances_is_a_scaling() -> None:
    steps = planning.steps(world(app("/a")), world(app("/a", cmd="sleep 2", instances=0)))
    assert steps == ((Action("ScaleApplication", "/a"),),)


def test_a_dependency_on_a_group_is_one_on_its_apps() -> None:
    target = world(app("/g/a"), app("/g/sub/b"), app("/c", dependencies=["/g"]))
    assert planning.levels(target) == {"/g/a": 1, "/g/sub/b": 1, "/c": 2}


def test_a_group_that_depends_on_a_group_comes_after_all_of_it() -> None:
    target = world(app("/shop/web"), app("/shop/sub/api"), app("/db/a"), app("/db/b"))
    groups = [Group("/shop", ("/db", "/missing"))]
    assert planning.levels(target, groups) == {"/shop/web": 2, "/shop/sub/api": 2, "/db/a": 1, "/db/b": 1}
    with pytest.raises(ApiError):
        planning.levels(target, [*groups, Group("/db", ("/shop/sub",))])
    with pytest.raises(ApiError):
        planning.levels(target, [Group("/db", ("/db",))])


def test_a_long_chain_of_dependencies() -> None:
    chain = world(app("/a0"), *(app(f"/a{number}", dependencies=[f"/a{number - 1}"]) for number in range(1, 2000)))
    assert planning.levels(chain)["/a1999"] == 2000


def test_cycles_are_refused() -> None:
    with pytest.raises(ApiError) as caught:
        planning.levels(world(app("/a", dependencies=["/b"]), app("/b", dependencies=["/a"])))
    assert caught.value.status == 422
    assert caught.value.body["details"] == [{"path": "/", "errors": ["Dependency graph has cyclic dependencies."]}]


@pytest.mark.parametrize(
    ("raw", "base", "expected"),
    [("a", "/", "/a"), ("/a/", "/x", "/a"), ("b", "/a", "/a/b"), ("../c", "/a/b", "/a/c"), ("./c", "/a", "/a/c"), ("..", "/", "/")],
)
def test_absolute_ids(raw: str, base: str, expected: str) -> None:
    assert ids.absolute(raw, base) == expected


def test_task_ids() -> None:
    task_id = ids.task_id_of(ids.new_instance_id("/a/b-c"))
    assert task_id.startswith("a_b-c.instance-")
    assert task_id.endswith("._app.1")
    assert ids.is_task_id(task_id)
    assert ids.instance_id_of(task_id) + "._app.1" == task_id
    assert not ids.is_task_id("nonsense")


LABELS = {"env": "prod", "zone": "a", "x.y": "1,2"}


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("env", True),
        ("nope", False),
        ("env==prod", True),
        ("env == test", False),
        ("env!=test", True),
        ("nope!=test", False),  # the label must exist
        ("env in (test, prod)", True),
        ("env notin (test)", True),
        ("nope notin (test)", False),
        ("env==prod, zone in (a,b)", True),
        ("env==prod,zone==b", False),
        ("x.y==1\\,2", True),
    ],
)
def test_label_selectors(selector: str, expected: bool) -> None:
    assert labels.matches(labels.parse(selector), LABELS) is expected


@pytest.mark.parametrize("selector", ["", ",", "a==", "a=b", "a in ()", "a in b", "a,", "a b"])
def test_bad_selectors_are_422(selector: str) -> None:
    with pytest.raises(ApiError) as caught:
        labels.parse(selector)
    assert caught.value.status == 422
    assert caught.value.body["message"].startswith("Can not parse label selector")


@given(st.text(max_size=20))
def test_any_selector_is_read_or_refused(selector: str) -> None:
    status = 200
    try:
        labels.matches(labels.parse(selector), LABELS)
    except ApiError as error:
        status = error.status
    assert status in (200, 422)


@given(st.floats(0, 4e9))
def test_timestamps_sort_and_come_back(moment: float) -> None:
    text = timestamps.iso(moment)
    assert len(text) == 24
    assert abs(timestamps.seconds(text) - moment) < 0.001
    assert timestamps.after(text) > text


AGENT = {"hostname": "a", "attributes": {"dc": "bj01"}, "cpus": 1, "mem": 512, "disk": 100, "ports": [[31000, 31009]]}


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"agents": []}, "agents: must be a list with at least one agent"),
        ({"agents": [AGENT, AGENT]}, "agents[1].hostname: 'a' is there twice"),
        (
            {"agents": [AGENT, AGENT | {"hostname": "b", "ports": [[31009, 31020]]}]},
            "agents[1].ports: 31009-31020 overlaps 31000-31009 of a",
        ),
        ({"agents": [AGENT | {"ports": [[5, 4]]}]}, "agents[0].ports: [5, 4] is no range"),
        ({"agents": [AGENT | {"cpus": 0}]}, "agents[0].cpus: must be a number above 0, not 0"),
        ({"agents": [AGENT | {"attributes": {"x": True}}]}, "agents[0].attributes.x: must be a text or a number"),
        ({"agent": []}, "agent: unknown key"),
        ({"address": "host"}, "address: must be an IP address, not 'host'"),
        ({"marathon_port": "8080"}, "marathon_port: must be a whole number above 0, not '8080'"),
        ({"cgroups": "maybe"}, "cgroups: must be one of required, auto, off, not 'maybe'"),
        ({"http_user": "x"}, "http_user and http_password must be given together"),
    ],
)
def test_a_bad_configuration_names_its_key(change: dict[str, Any], text: str) -> None:
    with pytest.raises(config.ConfigError) as caught:
        config.parse({"agents": [AGENT]} | change, "engine.json")
    assert str(caught.value).startswith("engine.json: ")
    assert text in str(caught.value)


def test_numbers_become_scalar_attributes() -> None:
    parsed = config.parse({"agents": [AGENT | {"attributes": {"n": 7, "f": 0.5}}]}, "engine.json")
    assert parsed.agents[0].attributes == {"n": "7", "f": "0.5"}
