# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine says by Mesos' API: the same as by Marathon's, and what an engine for one machine cannot do. (Shapes: conformance.)"""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .programs import server
from .running import RunningEngine


@pytest.fixture(scope="module")
def loaded(engine: RunningEngine) -> RunningEngine:
    engine.deploy(server("/mesos-shapes/app", labels={"ZEUS_APP": "shapes"}, constraints=[["hostname", "CLUSTER", "web-1.bj01"]]))
    return engine


def post(engine: RunningEngine, kind: str, **payload: Any) -> requests.Response:
    return engine.session.post(engine.mesos_url + "/api/v1", json={"type": kind, **payload}, timeout=5)


def call(engine: RunningEngine, kind: str) -> Any:
    answer = post(engine, kind)
    assert answer.status_code == 200
    return answer.json()


def get(engine: RunningEngine, path: str, **query: Any) -> Any:
    answer = engine.session.get(engine.mesos_url + path, params=query, timeout=5)
    assert answer.status_code == 200
    return answer.json()


@pytest.mark.parametrize("path", ["/state", "/slaves", "/frameworks", "/roles", "/flags", "/quota", "/weights", "/maintenance/schedule"])
def test_the_same_below_master(loaded: RunningEngine, path: str) -> None:
    ours = get(loaded, path)
    assert get(loaded, "/master" + path) == ours


def test_metrics_say_who_leads(loaded: RunningEngine) -> None:
    ours = get(loaded, "/metrics/snapshot")
    assert all(isinstance(value, float) for value in ours.values())
    assert ours["master/elected"] == 1.0
    assert ours["master/slaves_active"] == 3.0
    assert ours["master/tasks_running"] >= 1.0
    refused = post(loaded, "GET_METRICS")
    assert (refused.status_code, refused.text) == (400, "Failed to validate master::Call: Expecting 'get_metrics' to be present")
    found = post(loaded, "GET_METRICS", get_metrics={}).json()["get_metrics"]["metrics"]
    listed = {one["name"]: one["value"] for one in found}
    assert set(listed) == set(ours)
    assert list(listed) == sorted(listed)


def test_agents_and_tasks_say_the_same_as_marathon(loaded: RunningEngine) -> None:
    (wanted,) = loaded.tasks("/mesos-shapes/app")
    agents = {one["agent_info"]["id"]["value"]: one["agent_info"] for one in call(loaded, "GET_AGENTS")["get_agents"]["agents"]}
    task = next(one for one in call(loaded, "GET_TASKS")["get_tasks"]["tasks"] if one["task_id"]["value"] == wanted["id"])
    agent = agents[task["agent_id"]["value"]]
    assert agent["hostname"] == wanted["host"] == "web-1.bj01"
    attributes = {one["name"]: (one["type"], one["text"]["value"]) for one in agent["attributes"]}
    assert attributes == {"dc": ("TEXT", "bj01"), "vcluster": ("TEXT", "web"), "rack": ("TEXT", "r1")}
    assert task["labels"] == {"labels": [{"key": "ZEUS_APP", "value": "shapes"}]}
    assert [one["state"] for one in task["statuses"]] == ["TASK_STARTING", "TASK_RUNNING"]
    ports = next(one for one in task["resources"] if one["name"] == "ports")
    assert ports["ranges"]["range"] == [{"begin": wanted["ports"][0], "end": wanted["ports"][0]}]


def test_state_and_summary_count_the_same_tasks(loaded: RunningEngine) -> None:
    state, summary = get(loaded, "/state"), get(loaded, "/state-summary")
    (framework,), (counted,) = state["frameworks"], summary["frameworks"]
    assert counted["TASK_RUNNING"] == sum(task["state"] == "TASK_RUNNING" for task in framework["tasks"]) >= 1
    assert sum(slave["TASK_RUNNING"] for slave in summary["slaves"]) == counted["TASK_RUNNING"]
    busy = {slave["id"] for slave in summary["slaves"] if slave["framework_ids"]}
    assert busy == set(counted["slave_ids"])
    (role,) = get(loaded, "/roles")["roles"]
    assert role["allocated"]["cpus"] == pytest.approx(framework["used_resources"]["cpus"])


def test_lists_can_be_narrowed(loaded: RunningEngine) -> None:
    first = get(loaded, "/slaves")["slaves"][1]
    assert get(loaded, "/slaves", slave_id=first["id"])["slaves"] == [first]
    assert get(loaded, "/slaves", slave_id="nobody")["slaves"] == []
    assert get(loaded, "/frameworks", framework_id="nobody")["frameworks"] == []
    newest_first = get(loaded, "/tasks")["tasks"]
    started = [task["statuses"][0]["timestamp"] for task in newest_first if task["statuses"]]
    assert started == sorted(started, reverse=True)
    oldest_first = get(loaded, "/tasks", order="asc")["tasks"]
    assert [task["id"] for task in oldest_first] == [task["id"] for task in reversed(newest_first)]
    assert [task["id"] for task in get(loaded, "/tasks", limit=1, order="asc")["tasks"]] == [oldest_first[0]["id"]]
    assert get(loaded, "/tasks", task_id=oldest_first[0]["id"])["tasks"] == [oldest_first[0]]
    assert get(loaded, "/tasks", offset=len(oldest_first))["tasks"] == []


def payload_of(engine: RunningEngine, kind: str) -> dict[str, Any]:
    """What a real master would take: it names an agent, a role, a machine that exist."""
    slave = get(engine, "/slaves")["slaves"][0]
    machine = {"hostname": slave["hostname"], "ip": engine.address}
    window = {"machine_ids": [machine], "unavailability": {"start": {"nanoseconds": 1}}}
    amounts = [{"type": "SCALAR", "name": "cpus", "scalar": {"value": 0.5}}]
    special: dict[str, dict[str, Any]] = {
        "UPDATE_MAINTENANCE_SCHEDULE": {"schedule": {"windows": [window]}},
        "UPDATE_QUOTA": {"quota_configs": [{"role": "web", "limits": {"cpus": {"value": 1.0}}}]},
        "SET_QUOTA": {"quota_request": {"role": "web", "guarantee": amounts}},
        "UPDATE_WEIGHTS": {"weight_infos": [{"role": "web", "weight": 2.0}]},
        "TEARDOWN": {"framework_id": {"value": get(engine, "/frameworks")["frameworks"][0]["id"]}},
    }
    return special.get(kind, {"agent_id": {"value": slave["id"]}, "resources": amounts})


IMPOSSIBLE = (
    *("UPDATE_MAINTENANCE_SCHEDULE", "UPDATE_QUOTA", "SET_QUOTA", "UPDATE_WEIGHTS", "TEARDOWN", "SUBSCRIBE", "SET_LOGGING_LEVEL"),
    *("LIST_FILES", "READ_FILE", "DRAIN_AGENT", "DEACTIVATE_AGENT", "MARK_AGENT_GONE", "RESERVE_RESOURCES", "UNRESERVE_RESOURCES"),
    *("CREATE_VOLUMES", "DESTROY_VOLUMES", "GROW_VOLUME", "SHRINK_VOLUME"),
)


@pytest.mark.parametrize("kind", IMPOSSIBLE)
def test_what_is_impossible_is_said(loaded: RunningEngine, kind: str) -> None:
    before = get(loaded, "/state")
    answer = post(loaded, kind, **{kind.lower(): payload_of(loaded, kind)})
    assert answer.status_code == 501, answer.text
    assert "not possible with the standalone engine: " in answer.text
    assert get(loaded, "/state") == before


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("POST", path) for path in ("/reserve", "/unreserve", "/create-volumes", "/destroy-volumes", "/teardown", "/quota")),
        ("POST", "/api/v1/scheduler"),
        ("GET", "/logging/toggle?level=2&duration=1mins"),
    ],
)
def test_what_is_impossible_is_said_by_the_older_endpoints_too(loaded: RunningEngine, method: str, path: str) -> None:
    answer = loaded.session.request(method, loaded.mesos_url + path, json={}, timeout=5)
    assert answer.status_code == 501, answer.text
    assert "not possible with the standalone engine: " in answer.text


def test_machines_are_known_but_not_scheduled(loaded: RunningEngine) -> None:
    machine = {"hostname": "web-1.bj01", "ip": loaded.address}
    for way, mode in (("down", "DRAINING"), ("up", "DOWN")):
        kind = {"down": "START_MAINTENANCE", "up": "STOP_MAINTENANCE"}[way]
        old = loaded.session.post(f"{loaded.mesos_url}/machine/{way}", json=[machine], timeout=5)
        for answer in (old, post(loaded, kind, **{kind.lower(): {"machines": [machine]}})):
            assert answer.status_code == 400
            assert answer.text.endswith(f"is not in {mode} mode and cannot be brought {way}")
    assert "has no quota set" in post(loaded, "REMOVE_QUOTA", remove_quota={"role": "web"}).text


def test_wrong_method_names_the_right_one(loaded: RunningEngine) -> None:
    answer = loaded.session.post(loaded.mesos_url + "/state", timeout=5)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert answer.text == "405 Method Not Allowed. Expecting one of { 'GET' }, but received 'POST'."


def test_protobuf_is_not_spoken(loaded: RunningEngine) -> None:
    url, protobuf = loaded.mesos_url + "/api/v1", "application/x-protobuf"
    assert requests.post(url, data=b"x", headers={"Content-Type": protobuf}, timeout=5).status_code == 415
    assert loaded.session.post(url, json={"type": "GET_HEALTH"}, headers={"Accept": protobuf}, timeout=5).status_code == 406
