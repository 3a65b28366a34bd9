# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's Mesos answers against those of a real Mesos 1.11.0 (tests/fixtures/mesos), field by field."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import requests

from .programs import server
from .running import RunningEngine

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "mesos"
#: What depends on the task or the agent rather than on the kind of answer: Mesos writes these fields only where there is something to say.
DEPENDS = {"labels", "healthy", "message", "ports", "reregistered_time"}
#: Mappings with free keys: not their keys are compared, only that they are mappings.
FREE = {"attributes", "flags", "reserved_resources", "offer_constraints", "reserved_resources_full"}


def recorded(name: str) -> Any:
    return json.loads((FIXTURES / name).read_text())


def differences(ours: Any, theirs: Any, path: str = "") -> list[str]:
    """Where the two differ in keys or JSON types. Of lists the first elements are compared; lists of typed resources by name."""
    if type(ours) is not type(theirs):
        return [f"{path}: {type(ours).__name__} instead of {type(theirs).__name__}"]
    if isinstance(theirs, dict):
        if path.rpartition("/")[2] in FREE:
            return []
        found = [f"{path}/{key}: missing" for key in sorted(set(theirs) - set(ours) - DEPENDS)]
        found += [f"{path}/{key}: unknown to Mesos" for key in sorted(set(ours) - set(theirs) - DEPENDS)]
        return found + [one for key in set(ours) & set(theirs) for one in differences(ours[key], theirs[key], f"{path}/{key}")]
    if isinstance(theirs, list) and theirs and ours:
        if isinstance(theirs[0], dict) and {"name", "type"} <= set(theirs[0]):
            mine = {one["name"]: one for one in ours}
            return [
                found for one in theirs if one["name"] in mine for found in differences(mine[one["name"]], one, f"{path}/{one['name']}")
            ]
        return differences(ours[0], theirs[0], f"{path}[0]")
    return []


@pytest.fixture(scope="module")
def loaded(engine: RunningEngine) -> RunningEngine:
    engine.deploy(server("/mesos-shapes/app", labels={"ZEUS_APP": "shapes"}, constraints=[["hostname", "CLUSTER", "web-1.bj01"]]))
    return engine


def call(engine: RunningEngine, kind: str) -> Any:
    answer = engine.session.post(engine.mesos_url + "/api/v1", json={"type": kind}, timeout=5)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def get(engine: RunningEngine, path: str) -> Any:
    answer = engine.session.get(engine.mesos_url + path, timeout=5)
    assert answer.status_code == 200
    return answer.json()


def test_the_comparison_sees_differences() -> None:
    theirs = recorded("slaves.json")
    ours = json.loads(json.dumps(theirs))
    assert differences(ours, theirs) == []
    del ours["slaves"][0]["pid"]
    ours["slaves"][0]["port"] = "5051"
    ours["slaves"][0]["resources"]["cpus"] = 3
    ours["slaves"][0]["mood"] = "good"
    assert sorted(differences(ours, theirs)) == [
        "/slaves[0]/mood: unknown to Mesos",
        "/slaves[0]/pid: missing",
        "/slaves[0]/port: str instead of int",
        "/slaves[0]/resources/cpus: int instead of float",
    ]


@pytest.mark.parametrize("path", ["/slaves", "/master/slaves"])
def test_slaves(loaded: RunningEngine, path: str) -> None:
    assert differences(get(loaded, path), recorded("slaves.json")) == []


@pytest.mark.parametrize("path", ["/state", "/master/state"])
def test_state(loaded: RunningEngine, path: str) -> None:
    ours = get(loaded, path)
    ours["frameworks"][0]["completed_tasks"] = []
    assert differences(ours, recorded("state.json")) == []


@pytest.mark.parametrize(
    ("kind", "name"), [("GET_AGENTS", "get_agents.json"), ("GET_TASKS", "get_tasks.json"), ("GET_MASTER", "master.json")]
)
def test_v1_calls(loaded: RunningEngine, kind: str, name: str) -> None:
    assert differences(call(loaded, kind), recorded(name)) == []


def test_health_has_no_body_and_metrics_say_who_leads(loaded: RunningEngine) -> None:
    answer = loaded.session.get(loaded.mesos_url + "/health", timeout=5)
    assert (answer.status_code, answer.content) == (200, b"")
    assert call(loaded, "GET_HEALTH") == {"type": "GET_HEALTH", "get_health": {"healthy": True}}
    ours, theirs = get(loaded, "/metrics/snapshot"), recorded("metrics.json")
    assert set(ours) == set(theirs)
    assert all(isinstance(value, float) for value in ours.values())
    assert ours["master/elected"] == 1.0
    assert ours["master/slaves_active"] == 3.0
    assert ours["master/tasks_running"] >= 1.0


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


def test_refused_calls(loaded: RunningEngine) -> None:
    url = loaded.mesos_url + "/api/v1"
    json_type = {"Content-Type": "application/json"}
    health = '{"type":"GET_HEALTH"}'
    asked = {
        "empty_body": requests.post(url, data="", headers=json_type, timeout=5),
        "empty_object": requests.post(url, data="{}", headers=json_type, timeout=5),
        "get_method": requests.get(url, timeout=5),
        "malformed_json": requests.post(url, data=health[:-1], headers=json_type, timeout=5),
        "no_content_type": requests.post(url, data=health.encode(), timeout=5),
        "unknown_type": requests.post(url, data='{"type":"NO_SUCH_CALL"}', headers=json_type, timeout=5),
        "wrong_accept": requests.post(url, data=health, headers=json_type | {"Accept": "text/html"}, timeout=5),
        "wrong_content_type": requests.post(url, data=health, headers={"Content-Type": "text/plain"}, timeout=5),
    }
    assert {name: {"status": one.status_code, "body": one.text} for name, one in asked.items()} == recorded("api_errors.json")
