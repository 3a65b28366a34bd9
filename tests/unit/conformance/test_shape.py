# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A shape learnt from answers sees every kind of departure, and nothing else."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from conformance import differences as listed
from conformance.differences import Entry
from conformance.recordings import SITUATIONS, recordings
from conformance.shape import Difference, differences, form, learn

RECORDED: dict[str, Any] = {
    "slaves": [
        {"id": "33cf390e-d34d-4949-ba72-04569beb2902-S0", "port": 5051, "cpus": 3.0, "attributes": {"rack": "r1"}, "ports": "[1-2]"},
        {"id": "33cf390e-d34d-4949-ba72-04569beb2902-S1", "port": 5051, "cpus": 3.0, "attributes": {}, "ports": "[1-2, 4-4]", "again": 1.5},
    ],
    "resources": [{"name": "cpus", "type": "SCALAR", "scalar": {"value": 1.0}}, {"name": "ports", "type": "RANGES", "ranges": {}}],
    "flags": [{"name": "port", "value": "5050"}, {"name": "zk", "value": "x"}],
    "gone": [],
}


def found(change: Any) -> set[tuple[str, str]]:
    ours = copy.deepcopy(RECORDED)
    change(ours)
    return {(one.path, one.kind) for one in differences(learn([RECORDED]), ours)}


@pytest.mark.parametrize("situation", sorted(SITUATIONS))
def test_recorded_answers_fit_themselves(situation: str) -> None:
    by_request: dict[str, list[Any]] = {}
    for one in recordings(situation):
        by_request.setdefault(one.request, []).append(one.body)
    for bodies in by_request.values():
        for body in bodies:
            assert list(differences(learn(bodies), body)) == []


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda ours: ours["slaves"][0].pop("port"), {("/slaves/[]/port", "missing")}),
        (lambda ours: ours["slaves"][1].pop("again"), set()),
        (lambda ours: ours["slaves"][0].update(mood="good"), {("/slaves/[]/mood", "unknown")}),
        (lambda ours: ours["slaves"][0].update(port="5051"), {("/slaves/[]/port", "type")}),
        (lambda ours: ours["slaves"][0].update(cpus=3), {("/slaves/[]/cpus", "type")}),
        (lambda ours: ours["slaves"][0].update(ports="1-2"), {("/slaves/[]/ports", "form")}),
        (lambda ours: ours["slaves"][0].update(id="S0"), {("/slaves/[]/id", "form")}),
        (lambda ours: ours["slaves"][0].update(attributes={"dc": "bj"}), set()),
        (lambda ours: ours["slaves"][0].update(attributes={"n": 7}), {("/slaves/[]/attributes/n", "type")}),
        (lambda ours: ours["slaves"].clear(), {("/slaves", "empty")}),
        (lambda ours: ours["gone"].append({}), {("/gone", "filled")}),
        (lambda ours: ours["resources"].pop(), set()),
        (lambda ours: ours["resources"][0].pop("scalar"), {("/resources/[SCALAR]/scalar", "missing")}),
        (lambda ours: ours["flags"].pop(), {("/flags/zk", "missing")}),
        (lambda ours: ours.update(slaves=None), {("/slaves", "type")}),
    ],
)
def test_departures(change: Any, expected: set[tuple[str, str]]) -> None:
    assert found(change) == expected


def test_names_of_frameworks_and_roles_are_not_part_of_a_metric() -> None:
    shape = learn([{"master/frameworks/web/1-0001/calls": 1.0, "a/roles/web/x": 0.0}])
    assert list(differences(shape, {"master/frameworks/marathon/2-0000/calls": 1.0, "a/roles//x": 0.0})) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "empty"),
        ("TASK_RUNNING", "CONSTANT"),
        ("R1", "free"),
        ("slave(1)@10.0.0.1:5051", "process id"),
        ("NEr7t1DYTpWZRKRXFPKGyw==", "uuid in base64"),
        ("33cf390e-d34d-4949-ba72-04569beb2902-0003", "framework id"),
        ("true", "true or false"),
    ],
)
def test_forms(text: str, expected: str) -> None:
    assert form(text) == expected


def test_patterns_of_the_list() -> None:
    entry = Entry(("idle",), ("GET /state",), ("/flags/*", "**/tasks/[]/labels"), "missing", "why it is so")
    for path, covered in (("/flags/zk", True), ("/flags/zk/x", False), ("/frameworks/[]/tasks/[]/labels", True), ("/x", False)):
        assert entry.covers("idle", "GET /state", Difference(path, "missing", "", "")) is covered
    assert not entry.covers("loaded", "GET /state", Difference("/flags/zk", "missing", "", ""))
    assert not entry.covers("idle", "GET /state", Difference("/flags/zk", "type", "", ""))


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[{kind: missing}]", "entry 1: must have the keys"),
        ("[{situations: [idle], requests: [a], paths: [b], kind: odd, reason: because it is}]", "kind: must be one of"),
        ("[{situations: [], requests: [a], paths: [b], kind: type, reason: because it is}]", "situations: must be a list of texts"),
        ("[{situations: [idle], requests: [a], paths: [b], kind: type, reason: so}]", "reason: must say why"),
    ],
)
def test_an_entry_that_cannot_be_used_is_named(tmp_path: Any, text: str, problem: str) -> None:
    path = tmp_path / "differences.yml"
    path.write_text(text)
    with pytest.raises(ValueError, match=problem):
        listed.load(path)
