# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Lists of apps, label selectors, and why an app is not ready."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._app_state import complaints, routed, settled
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps, in_dependency_order, prepare, prepare_all
from ansible_collections.zeus.paas.plugins.module_utils._marathon_selector import Term, parse_selector
from ansible_collections.zeus.paas.plugins.module_utils._resource import reconcile
from fakes.marathon import FakeMarathon


def app(id_: str, **fields: Any) -> dict[str, Any]:
    return {"id": id_, "cmd": "sleep 1", **fields}


def test_order_is_kept_but_for_dependencies() -> None:
    wanted = prepare_all([app("/c", dependencies=["/b"]), app("/a"), app("/b", dependencies=["/other"])], "t", vcluster="web")
    assert list(in_dependency_order(wanted)) == ["/b", "/c", "/a"]


def test_an_app_below_another_is_refused_before_anything_is_sent() -> None:
    marathon = FakeMarathon(prepare(app("/a/b"), "t", vcluster="web"))
    for id_ in ("/a", "/a/b/c"):
        with pytest.raises(InputError, match="cannot be the group of this one"):
            reconcile(Apps(marathon, None), {id_: prepare(app(id_), "t", vcluster="web")}, check_mode=True)  # type: ignore[arg-type]
    assert marathon.calls == []


def test_a_deployment_of_others_locks_only_its_own_apps() -> None:
    one, two = prepare(app("/a"), "t", vcluster="web"), prepare(app("/b"), "t", vcluster="web")
    marathon = FakeMarathon(one, two)
    marathon.running["d1"] = [99, ["/a"]]
    with pytest.raises(LockedError, match="d1 holds /a"):
        reconcile(Apps(marathon, None), {"/a": {**one, "cpus": 2}}, check_mode=True)  # type: ignore[arg-type]
    assert reconcile(Apps(marathon, None), {"/b": {**two, "cpus": 2}}, check_mode=True).changed  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "labels", "expected"),
    [
        ("A", {"A": "x"}, True),
        ("A", {}, False),
        ("A==x", {"A": "x"}, True),
        ("A == x , B", {"A": "x", "B": ""}, True),
        ("A==x,B", {"A": "x"}, False),
        ("A!=x", {"A": "y"}, True),
        ("A!=x", {}, False),
        ("A in (x, y)", {"A": "y"}, True),
        ("A notin (x,y)", {"A": "y"}, False),
        (r"A==a\ b", {"A": "a b"}, True),
    ],
)
def test_selectors(text: str, labels: dict[str, str], expected: bool) -> None:
    assert all(term.holds(labels) for term in parse_selector(text)) is expected


@pytest.mark.parametrize("text", ["", "A=x", "A==", "==x", "A in ()", "A==x B", "A,,B", "A==x,(", "A in x"])
def test_what_is_no_selector(text: str) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        parse_selector(text)


def test_a_term() -> None:
    assert parse_selector("ZEUS_PROJECT==shop") == (Term("ZEUS_PROJECT", frozenset({"shop"})),)


RUNNING = {"id": "t", "state": "TASK_RUNNING", "version": "2", "host": "h"}
APP: dict[str, Any] = {"id": "/a", "instances": 1, "version": "2", "versionInfo": {"lastConfigChangeAt": "2"}, "healthChecks": [{}]}


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"healthCheckResults": [{"alive": True}]}, True),
        ({"healthCheckResults": [{"alive": False}]}, False),
        ({"healthCheckResults": []}, False),
        ({}, False),
        ({"healthCheckResults": [{"alive": True}], "version": "1"}, False),
        ({"healthCheckResults": [{"alive": True}], "state": "TASK_STAGING"}, False),
        ({"healthCheckResults": [{"alive": True}], "state": "TASK_KILLING"}, False),
    ],
)
def test_settled(task: dict[str, Any], expected: bool) -> None:
    assert settled({**APP, "tasks": [{**RUNNING, **task}]}) is expected


def test_a_scaled_app_keeps_its_tasks_of_the_version_before() -> None:
    scaled = {**APP, "version": "3", "tasks": [{**RUNNING, "healthCheckResults": [{"alive": True}]}]}
    assert settled(scaled)
    assert not settled({**scaled, "versionInfo": {"lastConfigChangeAt": "3"}})


def test_only_ids_that_routers_know_are_routed() -> None:
    labels = {"ZEUS_TYPE": "web"}
    assert routed({"id": "/e/p/a/stable", "labels": labels})
    assert not routed({"id": "/a", "labels": labels})
    assert not routed({"id": "/e/p/a/stable", "labels": {"ZEUS_TYPE": "worker"}})


def test_reasons_in_words() -> None:
    sick = {
        **APP,
        "lastTaskFailure": {"timestamp": "3", "state": "TASK_FAILED", "message": "Command exited with status 3", "host": "h1"},
        "tasks": [
            {**RUNNING, "healthCheckResults": [{"alive": False, "consecutiveFailures": 2, "lastFailureCause": "refused"}]},
            {**RUNNING, "id": "u"},
        ],
    }
    rejects = [
        {"reason": "UnfulfilledConstraint", "declined": 2, "processed": 3},
        {"reason": "InsufficientPorts", "declined": 0, "processed": 1},
    ]
    queue = [
        {
            "app": {"id": "/a"},
            "count": 2,
            "delay": {"overdue": False, "timeLeftSeconds": 7},
            "processedOffersSummary": {"rejectSummaryLastOffers": rejects},
        },
        {"app": {"id": "/b"}, "count": 9},
    ]
    assert complaints(sick, queue, "2") == [
        "the last task failed on h1: TASK_FAILED: Command exited with status 3",
        "task t on h fails its health check (2 in a row): refused",
        "task u on h has no health check result yet",
        "2 more wait 7 s after failed starts (backoff)",
        "2 wait for an offer that fits: UnfulfilledConstraint (2 of 3 offers)",
    ]
    assert complaints(sick, [], "4")[0].startswith("task t"), "a failure of the version before is not told"
