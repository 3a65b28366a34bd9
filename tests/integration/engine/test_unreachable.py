# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents that go away and come back: what becomes of their tasks, as Marathon and Mesos tell it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .listening import Listener
from .programs import server, sleeper
from .running import RunningEngine, agent

HERE, THERE = "one.bj01", "two.bj01"
AGENTS = (agent(HERE, "web", 31000), agent(THERE, "web", 31100))


@pytest.fixture(scope="module")
def pair() -> Iterator[RunningEngine]:
    with RunningEngine(AGENTS) as running:
        yield running


@pytest.fixture(autouse=True)
def clean(pair: RunningEngine) -> Iterator[None]:
    yield
    for name in (HERE, THERE):
        move(pair, name, "present")
    pair.call("DELETE", "/v2/groups", force="true")
    pair.wait_deployed()
    pair.wait(lambda: not held(pair))


def move(engine: RunningEngine, name: str, state: str) -> dict[str, Any]:
    answer = engine.session.put(f"{engine.mesos_url}/zeus/v1/agents/{name}", json={"state": state}, timeout=10)
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def state(engine: RunningEngine) -> dict[str, Any]:
    return dict(engine.session.get(f"{engine.mesos_url}/state", timeout=10).json())


def held(engine: RunningEngine) -> list[dict[str, Any]]:
    """What runs on the agents in Mesos' eyes."""
    framework = state(engine)["frameworks"][0]
    return [*framework["tasks"], *framework["unreachable_tasks"]]


def on(engine: RunningEngine, app_id: str, host: str) -> dict[str, Any]:
    (task,) = [one for one in engine.tasks(app_id) if one["host"] == host]
    return task


def lasting(inactive: int, expunge: int) -> dict[str, Any]:
    return {"unreachableStrategy": {"inactiveAfterSeconds": inactive, "expungeAfterSeconds": expunge}}


def test_an_agent_is_away_and_comes_back(pair: RunningEngine) -> None:
    pair.deploy(server("/a", instances=2, constraints=[["hostname", "UNIQUE"]], **lasting(300, 600)))
    task, other = on(pair, "/a", THERE), on(pair, "/a", HERE)
    with Listener(pair) as listener:
        shown = move(pair, THERE, "away")
        assert (shown["hostname"], shown["state"]) == (THERE, "away")
        assert "since" in shown
        told = listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_UNREACHABLE")
        assert (told.data["slaveId"], told.data["message"]) == (task["slaveId"], "health check timed out")
        listener.wait("instance_changed_event", condition="Unreachable", host=THERE)
        assert on(pair, "/a", THERE)["state"] == "TASK_UNREACHABLE"
        app = pair.app("/a")
        assert (app["tasksRunning"], app["tasksHealthy"], app["tasksUnhealthy"], app["tasksStaged"]) == (1, 1, 0, 0)
        seen = state(pair)
        assert ([one["hostname"] for one in seen["slaves"]], seen["unreachable_slaves"], seen["activated_slaves"]) == ([HERE], 1.0, 1.0)
        (lost,) = seen["frameworks"][0]["unreachable_tasks"]
        assert (lost["id"], lost["state"], set(lost["statuses"][-1])) == (task["id"], "TASK_UNREACHABLE", {"state", "timestamp"})
        assert [one["id"] for one in seen["frameworks"][0]["tasks"]] == [other["id"]]
        # Nobody waits for it: an app that needs both agents grows, or not, by what is there.
        result = pair.call("PUT", "/v2/apps/b", sleeper("/b", instances=1))
        pair.wait_deployed(result["deploymentId"])
        assert pair.tasks("/b")[0]["host"] == HERE
        move(pair, THERE, "present")
        listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_RUNNING")
    assert on(pair, "/a", THERE)["state"] == "TASK_RUNNING"
    assert {one["id"] for one in pair.tasks("/a")} == {task["id"], other["id"]}
    seen = state(pair)
    assert (len(seen["slaves"]), seen["unreachable_slaves"]) == (2, 0.0)
    metrics = pair.session.get(f"{pair.mesos_url}/metrics/snapshot", timeout=10).json()
    names = ("slave_unreachable_scheduled", "slave_unreachable_completed", "slave_reregistrations")
    assert [metrics[f"master/{name}"] for name in names] == [1.0, 1.0, 1.0]
    assert [one["hostname"] for one in seen["slaves"] if "reregistered_time" in one] == [THERE]
    back = next(one for one in seen["frameworks"][0]["tasks"] if one["id"] == task["id"])
    assert [one["state"] for one in back["statuses"]] == ["TASK_STARTING", "TASK_RUNNING"], "as after a real return"


def test_by_default_it_is_replaced_at_once_and_killed_on_return(pair: RunningEngine) -> None:
    (task,) = pair.deploy(sleeper("/a", constraints=[["hostname", "LIKE", THERE]]))["tasks"]
    pair.deploy(sleeper("/b", instances=2, constraints=[["hostname", "MAX_PER", "2"]]))
    gone = on(pair, "/b", THERE)
    with Listener(pair) as listener:
        move(pair, THERE, "away")
        listener.wait("instance_changed_event", condition="Killed", runSpecId="/a")
        pair.wait(lambda: [one["state"] for one in pair.tasks("/b") if one["host"] == HERE] == ["TASK_RUNNING"] * 2)
        assert gone["id"] not in [one["id"] for one in pair.tasks("/b")]
        assert {one["id"] for one in held(pair) if one["state"] == "TASK_UNREACHABLE"} == {task["id"], gone["id"]}, "Mesos still knows them"
        (item,) = pair.wait(lambda: [one for one in pair.call("GET", "/v2/queue")["queue"] if one["app"]["id"] == "/a"])
        assert item["count"] == 1
        move(pair, THERE, "present")
        ended = listener.wait("unknown_instance_terminated_event", runSpecId="/a")
        assert set(ended.data) == {"instanceId", "runSpecId", "condition", "eventType", "timestamp"}
        assert ended.data["condition"] == "Killed"
        pair.wait(lambda: [one["state"] for one in pair.tasks("/a")] == ["TASK_RUNNING"])
    assert on(pair, "/a", THERE)["id"] != task["id"]
    assert "lastTaskFailure" not in pair.app("/a")
    pair.wait(lambda: {one["id"] for one in held(pair)} == {one["id"] for one in [*pair.tasks("/a"), *pair.tasks("/b")]})


def test_deployments_do_not_wait_for_who_is_away(pair: RunningEngine) -> None:
    before = pair.deploy(sleeper("/a", instances=2, constraints=[["hostname", "MAX_PER", "2"]], **lasting(300, 600)))["tasks"]
    move(pair, THERE, "away")
    scaled = pair.call("PUT", "/v2/apps/a", {"instances": 3})
    pair.wait_deployed(scaled["deploymentId"])
    assert sorted((one["host"], one["state"]) for one in pair.tasks("/a")) == [
        (HERE, "TASK_RUNNING"),
        (HERE, "TASK_RUNNING"),
        (THERE, "TASK_UNREACHABLE"),
    ]
    narrow = {"constraints": [["hostname", "MAX_PER", "3"]], "upgradeStrategy": {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}}
    replaced = pair.call("PUT", "/v2/apps/a", narrow)
    pair.wait_deployed(replaced["deploymentId"])
    assert [(one["host"], one["state"]) for one in pair.tasks("/a")] == [(HERE, "TASK_RUNNING")] * 3
    move(pair, THERE, "present")
    pair.wait(lambda: {one["id"] for one in held(pair)} == {one["id"] for one in pair.tasks("/a")})
    assert not {one["id"] for one in held(pair)} & {one["id"] for one in before}


def test_inactive_then_expunged(pair: RunningEngine) -> None:
    pair.deploy(sleeper("/a", instances=2, constraints=[["hostname", "MAX_PER", "2"]], **lasting(1, 3)))
    task = on(pair, "/a", THERE)
    with Listener(pair) as listener:
        move(pair, THERE, "away")
        listener.wait("instance_changed_event", condition="UnreachableInactive")
        pair.wait(lambda: [one["state"] for one in pair.tasks("/a") if one["host"] == HERE] == ["TASK_RUNNING"] * 2)
        listener.wait("instance_changed_event", condition="Killed")
        conditions = [one.data["condition"] for one in listener.of("instance_changed_event") if one.data["instanceId"] in task["id"]]
        assert conditions == ["Unreachable", "UnreachableInactive", "Killed"]
    assert THERE not in [one["host"] for one in pair.tasks("/a")]


def test_a_replaced_task_that_returns_in_time_is_one_too_many(pair: RunningEngine) -> None:
    pair.deploy(sleeper("/a", instances=1, constraints=[["hostname", "LIKE", ".*"]], killSelection="YOUNGEST_FIRST", **lasting(1, 600)))
    (task,) = pair.tasks("/a")
    move(pair, task["host"], "away")
    pair.wait(lambda: sorted(one["state"] for one in pair.tasks("/a")) == ["TASK_RUNNING", "TASK_UNREACHABLE"])
    move(pair, task["host"], "present")
    pair.wait(lambda: [one["id"] for one in pair.tasks("/a")] == [task["id"]])
    assert pair.tasks("/a")[0]["state"] == "TASK_RUNNING"


def test_disabled_waits_for_ever_and_a_kill_gives_up(pair: RunningEngine) -> None:
    pair.deploy(sleeper("/a", constraints=[["hostname", "LIKE", THERE]], unreachableStrategy="disabled"))
    (task,) = pair.tasks("/a")
    move(pair, THERE, "away")
    pair.kill9()
    pair.restart()
    assert [(one["id"], one["state"]) for one in pair.tasks("/a")] == [(task["id"], "TASK_UNREACHABLE")], "a restart forgets nothing"
    assert pair.call("GET", "/v2/queue") == {"queue": []}
    killed = pair.call("DELETE", f"/v2/apps/a/tasks/{task['id']}")
    assert killed["task"]["id"] == task["id"]
    pair.wait(lambda: [one["app"]["id"] for one in pair.call("GET", "/v2/queue")["queue"]] == ["/a"])
    assert pair.tasks("/a") == []


def test_what_ended_meanwhile_is_told_on_return(pair: RunningEngine) -> None:
    pair.deploy(sleeper("/a", constraints=[["hostname", "LIKE", THERE]], unreachableStrategy="disabled", cmd="touch up; exec sleep 601"))
    (task,) = pair.tasks("/a")
    pair.wait(lambda: pair.exec("pgrep", "-f", "^sleep 601", check=False), what="the task's program")
    move(pair, THERE, "away")
    pair.exec("pkill", "-f", "^sleep 601")
    with Listener(pair) as listener:
        pair.wait(lambda: not pair.exec("pgrep", "-f", "^sleep 601", check=False))
        assert pair.tasks("/a")[0]["state"] == "TASK_UNREACHABLE"
        move(pair, THERE, "present")
        failed = listener.wait("status_update_event", taskId=task["id"])
        assert failed.data["taskStatus"] == "TASK_FAILED"
    assert pair.app("/a")["lastTaskFailure"]["taskId"] == task["id"]


def test_an_app_can_be_deleted_while_its_agent_is_away(pair: RunningEngine) -> None:
    pair.deploy(sleeper("/a", constraints=[["hostname", "LIKE", THERE]], unreachableStrategy="disabled"))
    move(pair, THERE, "away")
    result = pair.call("DELETE", "/v2/apps/a")
    pair.wait_deployed(result["deploymentId"])
    assert [one["state"] for one in held(pair)] == ["TASK_UNREACHABLE"]
    move(pair, THERE, "present")
    pair.wait(lambda: not held(pair))


def test_refusals(pair: RunningEngine) -> None:
    url = f"{pair.mesos_url}/zeus/v1/agents"
    unknown = requests.put(f"{url}/three", json={"state": "away"}, timeout=5)
    assert (unknown.status_code, unknown.json()) == (404, {"message": f"There is no agent 'three'; there are {HERE}, {THERE}"})
    wrong = requests.put(f"{url}/{HERE}", json={"state": "gone"}, timeout=5)
    assert (wrong.status_code, wrong.json()["details"]) == (422, [{"path": "/state", "errors": ["error.unknown.enum.literal"]}])
    listed = requests.get(url, timeout=5).json()["agents"]
    assert [(one["hostname"], one["state"]) for one in listed] == [(HERE, "present"), (THERE, "present")]
    assert requests.get(f"{url}/{listed[0]['id']}", timeout=5).json() == listed[0]


def test_the_admin_calls_ask_for_credentials() -> None:
    with RunningEngine(user="zeus", password="right") as secured:
        assert requests.get(f"{secured.mesos_url}/zeus/v1/agents", timeout=5).status_code == 401
        assert requests.put(f"{secured.mesos_url}/zeus/v1/agents/web-1.bj01", json={"state": "away"}, timeout=5).status_code == 401
        assert secured.session.get(f"{secured.mesos_url}/zeus/v1/agents", timeout=5).status_code == 200
