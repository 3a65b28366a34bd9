# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of groups, what updates make of it, and its versions on disk."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus_engine import groupupdates, ids, roles, rules
from zeus_engine.deployments import Deployment
from zeus_engine.errors import ApiError
from zeus_engine.planning import Action
from zeus_engine.store import SCHEMA, SchemaError, Store
from zeus_engine.tree import Group, Tree, of_apps


def app(app_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": app_id, "instances": 1, "version": "2026-01-01T00:00:00.000Z", **fields}


def tree(*app_ids: str, groups: tuple[Group, ...] = ()) -> Tree:
    return of_apps({one: app(one) for one in app_ids}, groups)


def complete(groups: Mapping[str, Group], fields: Mapping[str, Any], group_id: str) -> dict[str, Any]:
    return rules.complete(fields, group_id)


def updated(before: Tree, group_id: str, body: Any) -> Tree:
    update = groupupdates.read(body)
    groupupdates.check(update, group_id, before.groups)
    return groupupdates.apply(before, group_id, update, complete)


def problems(group_id: str, body: Any) -> list[dict[str, Any]]:
    with pytest.raises(ApiError) as caught:
        updated(tree("/g/a"), group_id, body)
    assert caught.value.status == 422
    return list(caught.value.body["details"])


def sleeping(app_id: str, **fields: Any) -> dict[str, Any]:
    return {"id": app_id, "cmd": "sleep 1", **fields}


def test_parents_come_with_an_app_and_stay_without_it() -> None:
    made = Tree().with_app(app("/a/b/c"))
    assert set(made.groups) == {"/", "/a", "/a/b"}
    assert set(made.without_app("/a/b/c").groups) == {"/", "/a", "/a/b"}
    assert made.without_group("/a/b") == Tree(groups={"/": Group("/"), "/a": Group("/a")})
    assert made.without_group("/") == Tree()


def test_a_group_without_apps_gives_way_to_an_app_of_its_name() -> None:
    made = tree(groups=(Group("/a/b"),)).with_app(app("/a"))
    assert set(made.groups) == {"/"}
    assert not made.clashes()
    assert tree("/a/b").with_app(app("/a")).clashes() == {"/a"}


def test_names_that_only_begin_alike_are_no_children() -> None:
    made = tree("/a/b", "/ab/c")
    assert list(made.apps_in("/a")) == ["/a/b"]
    assert made.children("/") == ["/a", "/ab"]


def test_an_update_replaces_what_it_mentions_and_keeps_the_rest() -> None:
    before = tree("/g/a", "/g/b", "/g/sub/c", "/other/d", groups=(Group("/g", ("/other",)),))
    only_apps = updated(before, "/g", {"apps": [sleeping("a")]})
    assert set(only_apps.apps) == {"/g/a", "/g/sub/c", "/other/d"}
    assert only_apps.groups["/g"].dependencies == ("/other",)
    only_groups = updated(before, "/g", {"groups": [{"id": "new", "apps": [sleeping("x")]}]})
    assert set(only_groups.apps) == {"/g/a", "/g/b", "/g/new/x", "/other/d"}
    assert "/g/sub" not in only_groups.groups
    nothing = updated(before, "/g", {"groups": [], "apps": [], "dependencies": []})
    assert set(nothing.apps) == {"/other/d"}
    assert nothing.groups["/g"] == Group("/g")
    deeper = updated(before, "/g", {"groups": [{"id": "./sub", "dependencies": ["..", "../x", "/y", "z"]}]})
    assert deeper.groups["/g/sub"].dependencies == ("/g", "/g/x", "/y", "/g/sub/z")
    assert "/g/sub/c" in deeper.apps


def test_apps_resolve_against_their_group() -> None:
    made = updated(Tree(), "/g/h", {"apps": [sleeping("a", dependencies=["b", "../c", "/d"]), sleeping("/g/h/b")]})
    assert made.apps["/g/h/a"]["dependencies"] == ["/g/h/b", "/g/c", "/d"]
    assert set(made.apps) == {"/g/h/a", "/g/h/b"}


@pytest.mark.parametrize(
    ("body", "path", "text"),
    [
        ({"version": "2026-01-01T00:00:00.000Z", "scaleBy": 2}, "/version", "not allowed in conjunction with other properties."),
        ({"scaleBy": 2, "apps": []}, "/scaleBy", "not allowed in conjunction with other properties."),
        ({"version": "yesterday"}, "/version", "error.expected.date.isoformat"),
        ({"apps": [sleeping("/x/a")]}, "/apps(0)/id", "Identifier is not child of '/g'"),
        ({"apps": [sleeping("a/b")]}, "/apps(0)/id", "Identifier is not child of '/g'"),
        ({"groups": [{"id": "/x"}]}, "/groups(0)/id", "Identifier is not child of '/g'"),
        ({"groups": [{"id": "a", "groups": [{"id": "B"}]}]}, "/groups(0)/groups(0)/id", "must fully match regular expression"),
        ({"apps": [sleeping("ok"), sleeping("a", instances="x")]}, "/apps(1)/instances", "error.expected.jsnumber"),
        ({"apps": [sleeping("a", cmd="x")]}, "/apps(0)/cmd", "must not be an empty string"),
        ({"groups": [{"id": "s", "apps": [sleeping("a", args=["x"])]}]}, "/groups(0)/apps(0)", "AppDefinition must either contain"),
        ({"groups": [{"id": "s", "enforceRole": True}]}, "/groups(0)/enforceRole", "top-level"),
        ({"enforceRole": True, "groups": [{"id": "s", "apps": []}]}, "/enforceRole", "also changes services"),
        ({"scaleBy": -1}, "/scaleBy", "error.min"),
        ({"groups": [{"id": "s", "dependencies": ["a_b"]}]}, "/groups(0)/dependencies(0)", "must fully match regular expression"),
    ],
)
def test_what_is_refused(body: Any, path: str, text: str) -> None:
    found = {one["path"]: one["errors"] for one in problems("/g", body)}
    assert path in found, found
    assert any(text in error for error in found[path]), found[path]


def test_every_problem_of_every_app_at_once() -> None:
    found = problems("/g", {"apps": [sleeping("a", cmd="x"), sleeping("b"), sleeping("c", cmd="x")]})
    assert [one["path"] for one in found] == ["/apps(0)/cmd", "/apps(2)/cmd"]


def test_scaling_rounds_up() -> None:
    before = of_apps({"/g/a": app("/g/a", instances=3), "/g/s/b": app("/g/s/b", instances=10), "/c": app("/c", instances=1)})
    made = groupupdates.scaled(before, "/g", 1.1)
    assert {one: found["instances"] for one, found in made.apps.items()} == {"/g/a": 4, "/g/s/b": 11, "/c": 1}
    assert groupupdates.scaled(before, "/g", 0).apps["/g/a"]["instances"] == 0


@pytest.mark.parametrize(
    ("app_id", "enforce", "existing", "default", "valid"),
    [
        ("/a", False, None, "*", {"*"}),
        ("/g/a", False, None, "*", {"*", "g"}),
        ("/g/a", True, None, "g", {"g"}),
        ("/g/a", True, "*", "g", {"*", "g"}),
        ("/g/s/a", True, None, "g", {"g"}),
    ],
)
def test_roles(app_id: str, enforce: bool, existing: str | None, default: str, valid: set[str]) -> None:
    assert roles.of({"/g": Group("/g", enforce_role=enforce)}, app_id, existing) == roles.Roles(default, frozenset(valid))


NAMES = st.sampled_from(["a", "b", "c"])
UPDATES = st.recursive(
    st.fixed_dictionaries({}, optional={"apps": st.lists(NAMES.map(sleeping), max_size=2, unique_by=lambda one: one["id"])}),
    lambda inner: st.builds(
        lambda own, names, children: own | {"groups": [{"id": name, **child} for name, child in zip(names, children, strict=False)]},
        st.fixed_dictionaries({}, optional={"dependencies": st.lists(NAMES, max_size=2)}),
        st.lists(NAMES, max_size=3, unique=True),
        st.lists(inner, max_size=3),
    ),
    max_leaves=6,
)


@given(st.lists(UPDATES, max_size=4))
def test_whatever_is_updated_stays_a_tree(updates: list[dict[str, Any]]) -> None:
    made = Tree()
    for update in updates:
        made = updated(made, "/g", update)
        assert "/" in made.groups
        for some_id in [*made.apps, *made.groups]:
            assert set(ids.groups_of(some_id)) <= set(made.groups), "every parent is there"
        assert {ids.parent(app_id) for app_id in made.apps} <= set(made.groups)
        again = updated(made, "/g", update)
        assert (set(again.apps), again.groups) == (set(made.apps), made.groups), "the same update twice changes nothing"
        if "apps" in update:
            assert {ids.absolute(one["id"], "/g") for one in update["apps"]} == {one for one in made.apps if ids.parent(one) == "/g"}


def version(number: int) -> str:
    return f"2026-01-01T00:00:{number:02d}.000Z"


def test_versions_of_the_whole(tmp_path: Path) -> None:
    store = Store(tmp_path / "engine.db")
    first = tree("/g/a", "/g/b")
    second = first.with_app(app("/g/a", instances=2, version=version(2))).without_app("/g/b")
    third = second.without_group("/g")
    for number, (before, after) in enumerate(((Tree(), first), (first, second), (second, third)), 1):
        store.put_root(version(number), before, after)
    assert store.roots() == [version(3), version(2), version(1)]
    assert store.roots_with_group("/g") == [version(2), version(1)]
    assert store.root_at(version(1)) == first
    assert store.root_at(version(2)) == second
    assert store.root_at(version(3)) == third
    assert store.root_at(version(4)) is None
    assert (store.apps(), store.groups()) == ({}, {"/": Group("/")})


def test_old_versions_of_the_whole_are_forgotten(tmp_path: Path) -> None:
    store = Store(tmp_path / "engine.db")
    before = Tree()
    for number in range(1, 60):
        after = before.with_app(app("/a", version=version(number))) if number % 2 else before.without_app("/a")
        store.put_root(version(number), before, after)
        before = after
    assert store.roots() == [version(number) for number in range(59, 9, -1)]
    kept = store.root_at(version(11))
    assert kept is not None
    assert kept.apps["/a"]["version"] == version(11)
    (rows,) = sqlite3.connect(tmp_path / "engine.db").execute("SELECT count(*) FROM history WHERE kind = 'app'").fetchone()
    assert rows == 25, "what no kept version needs is gone"


def test_patching_a_group_makes_no_version(tmp_path: Path) -> None:
    store = Store(tmp_path / "engine.db")
    store.put_root(version(1), Tree(), tree("/g/a"))
    store.patch_group(Group("/g", enforce_role=True))
    assert store.roots() == [version(1)]
    assert store.groups()["/g"].enforce_role
    found = store.root_at(version(1))
    assert found is not None
    assert found.groups["/g"].enforce_role


SCHEMA_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE apps (id TEXT PRIMARY KEY, definition TEXT NOT NULL);
CREATE TABLE versions (id TEXT NOT NULL, version TEXT NOT NULL, definition TEXT NOT NULL, PRIMARY KEY (id, version));
CREATE TABLE tasks (id TEXT PRIMARY KEY, data TEXT NOT NULL);
CREATE TABLE deployments (id TEXT PRIMARY KEY, position INTEGER NOT NULL, data TEXT NOT NULL);
CREATE TABLE failures (id TEXT PRIMARY KEY, data TEXT NOT NULL);
"""


def test_a_database_of_schema_1_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "engine.db"
    old = sqlite3.connect(path)
    old.executescript(SCHEMA_1)
    definition = app("/shop/web/api", version=version(3))
    earlier = app("/shop/web/api", version=version(1), instances=5)
    old.executemany("INSERT INTO meta VALUES (?, ?)", [("schema", "1"), ("version", version(4)), ("framework", "f-0000")])
    old.execute("INSERT INTO apps VALUES (?, ?)", (definition["id"], json.dumps(definition)))
    old.executemany(
        "INSERT INTO versions VALUES (?, ?, ?)", [(one["id"], one["version"], json.dumps(one)) for one in (earlier, definition)]
    )
    old.execute("INSERT INTO failures VALUES (?, ?)", (definition["id"], json.dumps({"state": "TASK_FAILED"})))
    old.commit()
    old.close()
    for _opened in ("of schema 1", "of schema 2"):  # the second time it is of schema 2 already
        store = Store(path)
        assert store.meta("schema") == str(SCHEMA)
        assert store.apps() == {"/shop/web/api": definition}
        assert set(store.groups()) == {"/", "/shop", "/shop/web"}
        assert store.versions("/shop/web/api") == [version(3), version(1)]
        assert store.version("/shop/web/api", version(1)) == earlier
        assert store.failures() == {"/shop/web/api": {"state": "TASK_FAILED"}}
        assert store.meta("framework") == "f-0000"
        assert store.roots() == [version(4)]
        whole = store.root_at(version(4))
        assert whole is not None
        assert whole.apps == {"/shop/web/api": definition}
        store.close()


def test_a_deployment_is_stored_with_its_groups() -> None:
    steps = ((Action("ScaleApplication", "/g/a"),),)
    made = Deployment("id", version(1), 1, steps, {}, {"/g/a": app("/g/a")}, {}, {"/g": None, "/h": Group("/h", ("/g",), True)})
    stored = json.loads(json.dumps(made.to_json()))
    assert Deployment.from_json(stored).groups == made.groups
    del stored["groups"]  # as an engine before groups wrote it
    assert Deployment.from_json(stored).groups == {}


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    store = Store(tmp_path / "engine.db")
    store.set_meta("schema", str(SCHEMA + 1))
    store.close()
    with pytest.raises(SchemaError, match="newer engine"):
        Store(tmp_path / "engine.db")
