# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments of running apps: who is replaced when, and what a reader of the events hears."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from .listening import Heard, Listener
from .programs import server, sleeper
from .running import RunningEngine


def at_once(events: list[Heard], app_id: str, running: int) -> tuple[int, int]:
    """(fewest running, most running or starting) over a list of status updates, beginning with `running` tasks."""
    alive = Counter[str]()
    lowest = now = running
    total = most = running
    for event in events:
        if event.data["appId"] != app_id:
            continue
        status, task = event.data["taskStatus"], event.data["taskId"]
        if status == "TASK_STARTING":
            total += 1
        elif status == "TASK_RUNNING":
            now += 1
            alive[task] += 1
        elif status == "TASK_KILLING":
            now -= 1
        else:
            total -= 1
        lowest, most = min(lowest, now), max(most, total)
    return lowest, most


@pytest.mark.parametrize(
    ("strategy", "fewest", "most"),
    [
        ({"minimumHealthCapacity": 1, "maximumOverCapacity": 0}, 4, 5),
        ({"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5}, 4, 6),
        ({"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0}, 2, 4),
        ({"minimumHealthCapacity": 1, "maximumOverCapacity": 1}, 4, 8),
    ],
)
def test_a_roll_keeps_to_its_strategy(engine: RunningEngine, app_id: str, strategy: dict[str, float], fewest: int, most: int) -> None:
    before = engine.deploy(server(app_id, instances=4, cpus=0.5, upgradeStrategy=strategy))
    with Listener(engine, ("status_update_event",)) as listener:
        after = engine.deploy(server(app_id, instances=4, cpus=0.5, upgradeStrategy=strategy, env={"VERSION": "2"}))
    assert at_once(listener.of("status_update_event"), app_id, 4) == (fewest, most)
    assert after["tasksHealthy"] == 4
    assert not {task["id"] for task in before["tasks"]} & {task["id"] for task in after["tasks"]}


def test_an_old_task_goes_only_for_a_healthy_new_one(engine: RunningEngine, app_id: str) -> None:
    before = engine.deploy(server(app_id, instances=2))
    ill = server(app_id, instances=2, env={"ANSWER": "500"})
    result = engine.call("PUT", f"/v2/apps{app_id}", ill, partialUpdate="false")
    engine.wait(lambda: len(engine.tasks(app_id)) == 4)
    old = {task["id"] for task in before["tasks"]}
    assert old <= {task["id"] for task in engine.tasks(app_id) if task["state"] == "TASK_RUNNING"}
    rollback = engine.call("DELETE", f"/v2/deployments/{result['deploymentId']}")
    engine.wait_deployed(rollback["deploymentId"])
    assert engine.app(app_id)["tasksHealthy"] == 2


def test_scaling_touches_no_running_task(engine: RunningEngine, app_id: str) -> None:
    first = engine.deploy(sleeper(app_id, instances=2))
    grown = engine.deploy(sleeper(app_id, instances=5))
    shrunk = engine.deploy(sleeper(app_id, instances=3))
    started = sorted(grown["tasks"], key=lambda task: task["stagedAt"])
    assert {task["id"] for task in first["tasks"]} <= {task["id"] for task in grown["tasks"]}
    assert {task["id"] for task in shrunk["tasks"]} == {task["id"] for task in started[:3]}, "the youngest go first"


def test_oldest_first(engine: RunningEngine, app_id: str) -> None:
    grown = engine.deploy(sleeper(app_id, instances=3, killSelection="OLDEST_FIRST"))
    shrunk = engine.deploy(sleeper(app_id, instances=1, killSelection="OLDEST_FIRST"))
    started = sorted(grown["tasks"], key=lambda task: task["stagedAt"])
    assert [task["id"] for task in shrunk["tasks"]] == [started[-1]["id"]]


def test_readiness_is_waited_for_in_a_deployment(engine: RunningEngine, app_id: str) -> None:
    check = {"portName": "http-api", "intervalSeconds": 2, "timeoutSeconds": 1, "preserveLastResponse": True}
    app = server(app_id, portDefinitions=[{"name": "http-api"}], readinessChecks=[check], env={"ANSWER": "203"})
    engine.call("PUT", f"/v2/apps{app_id}", app)

    def results() -> list[dict[str, Any]]:
        shown = [one for one in engine.call("GET", "/v2/deployments") if one["currentActions"]]
        found = [one for deployment in shown for one in deployment["currentActions"][0]["readinessCheckResults"]]
        return [one for one in found if "lastResponse" in one]  # one that took too long has none

    result = engine.wait(results)[0]
    assert (result["name"], result["ready"], result["lastResponse"]["status"]) == ("readinessCheck", False, 203)
    assert engine.app(app_id)["tasksRunning"] == 1
    ready = engine.call("PUT", f"/v2/apps{app_id}", {"env": {"ANSWER": "200"}}, force="true")
    engine.wait_deployed(ready["deploymentId"])
    assert engine.call("GET", "/v2/apps", id=app_id, embed="apps.readiness")["apps"][0]["readinessCheckResults"][0]["ready"] is True


def test_dependencies_are_started_first(engine: RunningEngine, app_id: str) -> None:
    database, web = server(f"{app_id}-db"), server(f"{app_id}-web", dependencies=[f"{app_id}-db"])
    with Listener(engine) as listener:
        result = engine.call("PUT", "/v2/apps", [web, database])
        engine.wait_deployed(result["deploymentId"])
        success = listener.wait("deployment_success", id=result["deploymentId"])
    healthy = listener.wait("instance_health_changed_event", runSpecId=database["id"], healthy=True)
    staged = listener.wait("instance_changed_event", runSpecId=web["id"], condition="Staging")
    assert listener.events.index(healthy) < listener.events.index(staged)
    names = [one.type for one in listener.of("deployment_info", "deployment_step_success", "deployment_success", "group_change_success")]
    assert names == ["group_change_success"] + ["deployment_info", "deployment_step_success"] * 3 + ["deployment_success"]
    assert [[action["action"] for action in step["actions"]] for step in success.data["plan"]["steps"]] == [
        ["StartApplication", "StartApplication"],
        ["ScaleApplication"],
        ["ScaleApplication"],
    ]
    assert len(listener.of("api_post_event")) == 2


def test_events_of_a_removal(engine: RunningEngine, app_id: str) -> None:
    engine.deploy(sleeper(app_id))
    with Listener(engine) as listener:
        engine.call("DELETE", f"/v2/apps{app_id}")
        listener.wait("app_terminated_event", appId=app_id)
        listener.wait("deployment_success")


def test_a_stream_gets_only_the_types_it_asked_for(engine: RunningEngine, app_id: str) -> None:
    with Listener(engine, ("deployment_success",)) as listener:
        engine.deploy(sleeper(app_id))
        listener.wait("deployment_success")
    assert {one.type for one in listener.events} <= {"deployment_success", "event_stream_attached"}
