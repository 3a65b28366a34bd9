# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The checks of Mesos against what a real one was recorded to answer: never a false alarm, and none is missed."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checking import AS_EXPECTED, DIFFERS, NOT_CHECKED, Outcome
from conformance.cluster import Api
from conformance.mesos_checks import CHECKS, Mesos, harmless
from conformance.recordings import refusals
from conformance.report import write
from conformance.suite import Suite
from fakes.mesos import follower, master
from fakes.server import Answer, Server


def outcomes(server: Server) -> dict[str, Outcome]:
    suite = Suite(Mesos(Api(server.url, patience=0)))
    suite.check()
    return suite.outcomes


def verdicts(found: dict[str, Outcome]) -> set[tuple[str, str]]:
    return {(one.operation, f"{one.verdict}: {one.seen}{one.why}") for one in found.values() if one.verdict != AS_EXPECTED}


@pytest.mark.parametrize("situation", ["idle", "attributes", "loaded", "away", "operated"])
def test_a_real_master_is_as_expected(situation: str) -> None:
    with Server(master(situation)) as server:
        found = outcomes(server)
    assert verdicts(found) == set()
    assert len(found) == len(CHECKS)


def test_a_leader_elsewhere_is_followed() -> None:
    with Server(master("loaded")) as leader, Server(follower(leader.url.partition("//")[2])) as server:
        assert verdicts(outcomes(server)) == set()
        asked = [one.path for one in leader.requests]
    assert "/master/state" in asked
    assert "/master/api/v1" in asked


def test_flags_and_builds_of_others_are_no_difference() -> None:
    def change(request: str, body: Any) -> Any:
        if request == "GET /state":
            gone = ("cluster", "log_dir", "git_sha", "git_tag")
            return {key: value for key, value in body.items() if key not in gone} | {"flags": {"port": "5050"}, "domain": {"fault": 1}}
        return body

    with Server(master("loaded", change)) as server:
        found = outcomes(server)
    assert verdicts(found) == set()
    assert found["GET /state"].seen == "the recorded keys and types; besides: /domain"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda body: {**body, "slaves": [{**one, "active": "yes"} for one in body["slaves"]]}, "/slaves/[]/active: type: text"),
        (lambda body: {key: value for key, value in body.items() if key != "leader"}, "/leader: missing"),
        (lambda body: {**body, "pid": "me"}, "/pid: form: free"),
        (lambda body: [], ": type: list"),
    ],
)
def test_what_differs_is_seen(change: Any, expected: str) -> None:
    with Server(master("loaded", lambda request, body: change(body) if request == "GET /state" else body)) as server:
        found = outcomes(server)
    assert [one.operation for one in found.values() if one.verdict == DIFFERS] == ["GET /state"]
    assert expected in found["GET /state"].seen


def test_an_older_master_is_not_called_wrong() -> None:
    def change(request: str, body: Any) -> Any:
        if request == "GET /version":
            return {**body, "version": "1.4.0"}
        return {**body, "slaves": [{"id": "x"}]} if request == "GET /slaves" else body

    with Server(master("idle", change)) as server:
        found = outcomes(server)
    assert found["GET /slaves"].verdict == NOT_CHECKED
    assert found["GET /slaves"].why.startswith("Mesos 1.4.0 is not 1.11: ")


def test_no_answer_is_no_difference() -> None:
    with Server(lambda request: Answer(hang=True)) as server:
        found = outcomes(server)
    assert {one.verdict for one in found.values()} == {NOT_CHECKED}
    assert all("nobody answers" in one.why for one in found.values())


def test_only_what_cannot_change_a_cluster_is_sent() -> None:
    sent = {one.name for one in refusals() if harmless(one)}
    assert not sent & {
        "empty schedule",
        "UPDATE_QUOTA back to none",
        "quota of a role without one",
        "negative weight",
        "malformed schedule",
    }
    with Server(master("loaded")) as server:
        outcomes(server)
        requests = [(one.method, one.path, one.body.decode()) for one in server.requests]
    assert {method for method, _path, _body in requests} == {"GET", "POST"}
    assert {path for method, path, _body in requests if method == "POST"} == {"/api/v1"}
    changing = [body for _method, _path, body in requests if "GET_" not in body and body and "no-such" not in body and "nope" not in body]
    assert all(word not in body for body in changing for word in ("UPDATE", "SET_", "REMOVE", "MAINTENANCE", "TEARDOWN"))


def test_no_secret_and_no_markup_of_strangers_is_in_the_report() -> None:
    suite = Suite(outcomes={"GET /state": Outcome("GET /state", DIFFERS, seen="geheim-77 | <b>\n`x`")})
    text = write(suite, about={"When": "now"}, secrets=["geheim-77"])
    assert "geheim-77" not in text
    assert "| *** \\| &lt;b> `x` | **differs** |" in text
