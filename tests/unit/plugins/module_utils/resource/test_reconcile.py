# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changed, check mode, diff, bulk and pruning come from one place; here it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, hide, reconcile


class Shelf(Resource):
    """Things by name; a server that adds a default colour."""

    kind = "things"
    untouched: ClassVar[Mapping[str, Any]] = {"applied": 0}

    def __init__(self, things: dict[str, dict[str, Any]]) -> None:
        self.things = things
        self.calls: list[str] = []
        self.mine: set[str] = set()
        self.refuse = False

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        self.calls.append("read")
        return {id_: dict(self.things[id_]) for id_ in ids if id_ in self.things}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return {"colour": "white", **{key: value for key, value in definition.items() if key != "seen"}}

    def owned(self) -> Mapping[str, Definition]:
        return {id_: self.things[id_] for id_ in self.mine}

    def check(self, changes: Sequence[Change]) -> None:
        if self.refuse:
            raise RefusedError("no")

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        self.calls.append("apply")
        for change in changes:
            if change.wanted is None:
                self.things.pop(change.id)
            else:
                self.things[change.id] = {**change.wanted, "seen": 1}
        return {"applied": len(changes)}

    def wait(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        self.calls.append("wait")
        return {"waited": True}


def test_what_differs_is_applied_in_one_call_and_then_waited_for() -> None:
    shelf = Shelf({"a": {"size": 1}, "b": {"size": 2}, "old": {"size": 9}})
    outcome = reconcile(shelf, {"a": {"size": 1}, "b": {"size": 3}, "c": {"size": 4}, "old": None}, check_mode=False)
    assert [(c.id, c.action) for c in outcome.changes] == [("b", "update"), ("c", "create"), ("old", "delete")]
    assert outcome.unchanged == ("a",)
    assert shelf.calls == ["read", "apply", "wait"]
    assert outcome.details == {"applied": 3, "waited": True}
    assert not reconcile(shelf, {"a": {"size": 1}, "b": {"size": 3}, "c": {"size": 4}, "old": None}, check_mode=False).changed


def test_check_mode_predicts_the_same_and_writes_nothing() -> None:
    shelf = Shelf({"a": {"size": 1}})
    before = {id_: dict(thing) for id_, thing in shelf.things.items()}
    predicted = reconcile(shelf, {"a": {"size": 2}, "b": {"size": 3}}, check_mode=True)
    assert (shelf.things, shelf.calls) == (before, ["read"])
    done = reconcile(shelf, {"a": {"size": 2}, "b": {"size": 3}}, check_mode=False)
    assert (predicted.diff(), predicted.changes) == (done.diff(), done.changes)


def test_a_refusal_comes_before_anything_is_written_and_in_check_mode_too() -> None:
    shelf = Shelf({})
    shelf.refuse = True
    for check_mode in (True, False):
        with pytest.raises(RefusedError):
            reconcile(shelf, {"a": {}}, check_mode=check_mode)
    assert shelf.things == {}
    reconcile(shelf, {}, check_mode=False)  # nothing to change, nothing to refuse


def test_pruning_deletes_what_is_owned_and_not_wanted_and_nothing_else() -> None:
    shelf = Shelf({"a": {"size": 1}, "mine": {"size": 2}, "theirs": {"size": 3}})
    shelf.mine = {"a", "mine"}
    assert not reconcile(shelf, {"a": {"size": 1}}, check_mode=False).changed
    outcome = reconcile(shelf, {"a": {"size": 1}}, check_mode=False, prune=True)
    assert [(c.id, c.action) for c in outcome.changes] == [("mine", "delete")]
    assert sorted(shelf.things) == ["a", "theirs"]


def test_the_diff_shows_only_what_differs() -> None:
    shelf = Shelf({"a": {"size": 1, "env": {"PLAIN": "x", "DB.PASSWORD": "geheim1"}}, "same": {}})
    outcome = reconcile(shelf, {"a": {"size": 1, "env": {"PLAIN": "y", "DB.PASSWORD": "geheim2"}}, "same": {}}, check_mode=True)
    diff = outcome.diff(hidden=["env.DB.PASSWORD"])
    assert '"PLAIN": "x"' in diff["before"]
    assert '"PLAIN": "y"' in diff["after"]
    assert "(hidden, before)" in diff["before"]
    assert "(hidden, after)" in diff["after"]
    for side in diff.values():
        assert "geheim" not in side
        assert "size" not in side
        assert "same" not in side
    assert outcome.result()["changes"] == [{"id": "a", "action": "update", "fields": ["env"]}]


def test_results_have_one_form_for_one_and_for_many() -> None:
    """The same keys whether something was changed or not, and in check mode the objects that there will be."""
    shelf = Shelf({"b": {"size": 2}, "old": {"size": 9}})
    wanted = {"b": {"size": 2}, "a": {"size": 1}, "old": None}
    predicted = reconcile(shelf, wanted, check_mode=True).result()
    done = reconcile(shelf, wanted, check_mode=False).result(hidden=["colour"])
    again = reconcile(shelf, wanted, check_mode=False).result()
    assert predicted["things"] == again["things"] == [{"colour": "white", "size": 1}, {"colour": "white", "size": 2}]
    assert done["things"][0] == {"colour": "(hidden)", "size": 1}
    assert (predicted["applied"], done["applied"], again["applied"]) == (0, 2, 0)
    assert (done["unchanged"], again["unchanged"]) == (["b"], ["b", "a", "old"])
    assert set(predicted) == set(again) == set(done) - {"waited"}
    other = reconcile(Shelf({}), {"c": {"size": 3}}, check_mode=True)
    both = reconcile(shelf, {"a": {"size": 4}}, check_mode=True).also(replace(other, objects={"others": other.objects["things"]}))
    assert [change.id for change in both.changes] == ["a", "c"]
    assert both.result().keys() >= {"things", "others", "applied"}


def test_hiding_changes_no_original_and_minds_no_absence() -> None:
    definition = {"env": {"A": "1"}, "cmd": "x"}
    assert hide(definition, ["env.A", "env.B", "secret", "cmd", "cmd.x"]) == {"env": {"A": "(hidden)"}, "cmd": "(hidden)"}
    assert definition == {"env": {"A": "1"}, "cmd": "x"}


things = st.dictionaries(st.sampled_from("abcd"), st.dictionaries(st.sampled_from(["size", "colour"]), st.integers(0, 2)))


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(have=things, want=st.dictionaries(st.sampled_from("abcd"), st.none() | st.dictionaries(st.just("size"), st.integers(0, 2))))
def test_after_one_run_a_second_changes_nothing(have: dict[str, Any], want: dict[str, Any]) -> None:
    shelf = Shelf(have)
    first = reconcile(shelf, want, check_mode=False)
    second = reconcile(shelf, want, check_mode=False)
    assert not second.changed
    assert {c.id for c in first.changes} | set(first.unchanged) == set(want)
