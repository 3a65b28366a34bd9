# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The comparison of a check run with the run after it finds what it is for."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from honesty.fields import differences
from honesty.processes import moments
from honesty.records import Told, unpredicted

FILE = Told("h", "nginx", "The file", "nginx/tasks/configure.yml:3", "copy", "null", "/etc/f", "ok", True, {"before": "", "after": "x\n"})
UNIT = replace(FILE, task="It runs", action="systemd_service", object="nginx.service", diff=None)
VERIFY = replace(FILE, task="It answers", action="uri", place="nginx/tasks/verify.yml:2", object=None, diff=None)


def quiet(told: Told, status: str = "ok") -> Told:
    return replace(told, changed=False, status=status, diff=None)


def test_what_was_told_and_came_is_no_difference() -> None:
    assert list(unpredicted([FILE, UNIT], [FILE, UNIT])) == []


def test_a_change_that_was_not_told() -> None:
    assert list(unpredicted([quiet(FILE)], [FILE])) == ["h: nginx: The file: changed, which the check run had not told (ok)"]
    assert list(unpredicted([quiet(FILE, "skipped")], [FILE])) == [
        "h: nginx: The file: changed, which the check run had not told (skipped)"
    ]
    assert list(unpredicted([], [FILE])) == ["h: nginx: The file: changed, which the check run had not told (it did not come to it)"]


def test_a_change_that_did_not_come() -> None:
    assert list(unpredicted([FILE], [quiet(FILE)])) == ["h: nginx: The file: the check run told a change that did not come (ok)"]
    other = replace(FILE, role="haproxy", place="haproxy/tasks/configure.yml:9")
    assert list(unpredicted([FILE, other], [FILE, quiet(other)])) == [], "the first role has done it"
    assert len(list(unpredicted([FILE, replace(other, host="i")], [FILE, quiet(replace(other, host="i"))]))) == 1


def test_only_service_state_and_verify_tasks_may_be_passed_over() -> None:
    assert list(unpredicted([quiet(UNIT, "skipped"), quiet(VERIFY, "skipped")], [UNIT, VERIFY])) == []
    assert list(unpredicted([quiet(UNIT)], [UNIT])) == ["h: nginx: It runs: changed, which the check run had not told (ok)"]


def test_a_change_that_came_otherwise() -> None:
    other = replace(FILE, diff={"before": "", "after": "y\n"})
    assert list(unpredicted([FILE], [other])) == ["h: nginx: The file: diff 0, after: told 'x\\n', came 'y\\n'"]
    folder: dict[str, Any] = {"before": {"path": "/a", "state": "absent"}, "after": {"path": "/a", "state": "directory"}}
    made = {"before": {**folder["before"], "mode": "0755"}, "after": {**folder["after"], "mode": "0700"}}
    assert list(unpredicted([replace(FILE, diff=folder)], [replace(FILE, diff=made)])) == []
    link = {**folder, "after": {"path": "/a", "state": "link"}}
    assert len(list(unpredicted([replace(FILE, diff=folder)], [replace(FILE, diff=link)]))) == 1


def test_packages_are_compared_by_their_names() -> None:
    def apt(*names: str) -> Told:
        text = "The following NEW packages will be installed:\n  " + " ".join(names) + "\n0 upgraded, 2 newly installed"
        return replace(FILE, action="apt", diff={"prepared": text})

    assert list(unpredicted([apt("nginx", "lua")], [apt("lua", "nginx")])) == []
    assert list(unpredicted([apt("nginx")], [apt("lua", "nginx")])) == [
        "h: nginx: The file: packages: told besides [], came besides ['lua']"
    ]


def test_fields_are_compared_at_every_depth_but_those_that_only_a_run_can_know() -> None:
    told, came = {"changed": True, "app": {"cpus": 1}}, {"changed": True, "app": {"cpus": 2, "version": "v"}, "progress": []}
    assert list(differences(told, came, {"progress": "…", "app.version": "…"})) == ["app.cpus: predicted 1, came 2"]
    assert list(differences(told, {**came, "app": {"cpus": 1}}, {})) == ["progress: not predicted: []"]
    assert list(differences({"a": 1}, {}, {})) == ["a: predicted, but it did not come: 1"]


def test_moments_are_spread_over_the_whole_and_the_same_for_one_seed() -> None:
    found = moments(7, 4, 40.0)
    assert found == moments(7, 4, 40.0) != moments(8, 4, 40.0)
    assert [int(moment // 10) for moment in found] == [0, 1, 2, 3]
