# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's answers: status codes, bodies, headers, as its sources give them."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from .programs import server, sleeper
from .running import RunningEngine


def get(engine: RunningEngine, path: str, **headers: str) -> requests.Response:
    return engine.session.get(engine.url + path, headers=headers, timeout=10)


def send(engine: RunningEngine, method: str, path: str, body: Any = None, **parameters: Any) -> requests.Response:
    return engine.session.request(method, engine.url + path, json=body, params=parameters, timeout=10)


def test_ping_quotes_only_json(engine: RunningEngine) -> None:
    assert get(engine, "/ping").text == "pong"
    assert get(engine, "/ping", Accept="application/json").text == '"pong"'
    assert get(engine, "/ping", Accept="text/plain").text == "pong"
    assert get(engine, "/ping", Accept="image/png").status_code == 204


def test_an_unknown_route_is_500(engine: RunningEngine) -> None:
    answer = get(engine, "/v2/nothing")
    assert (answer.status_code, answer.json()) == (500, {"message": "URI not found"})


def test_info_and_leader(engine: RunningEngine) -> None:
    info = get(engine, "/v2/info").json()
    assert info["elected"] is True
    assert info["leader"] == get(engine, "/v2/leader").json()["leader"] == f"{engine.address}:8080"
    assert {"name", "version", "buildref", "frameworkId", "marathon_config", "zookeeper_config", "http_config"} <= set(info)
    assert {"zk", "zk_connection_timeout", "zk_max_versions", "zk_session_timeout", "zk_timeout"} <= set(info["zookeeper_config"])
    assert None not in info["marathon_config"].values()
    answer = get(engine, "/v2/info")
    assert answer.headers["X-Marathon-Leader"] == f"http://{engine.address}:8080"
    assert answer.headers["Cache-Control"] == "no-cache, no-store, must-revalidate"
    assert get(engine, "/v2/info/").json() == info, "Jersey does not mind a slash"
    assert get(engine, "/metrics/prometheus").status_code == 404
    assert "gauges" in get(engine, "/metrics").json()


def test_other_methods_and_other_types(engine: RunningEngine) -> None:
    wrong = send(engine, "POST", "/v2/info")
    assert (wrong.status_code, wrong.json()) == (405, {"message": "Method Not Allowed"})
    plain = get(engine, "/v2/tasks", Accept="text/plain")
    assert (plain.status_code, plain.json()) == (406, {"message": "Not Acceptable"})
    assert get(engine, "/v2/tasks", Accept="text/plain, application/json;q=0.5").status_code == 200


def test_configuration_and_loggers(engine: RunningEngine) -> None:
    config = get(engine, "/config").json()["zeus"]
    assert config["address"] == engine.address
    assert "password" not in config
    assert get(engine, "/logging").json()["ROOT"] == "INFO"
    change = {"logger": "zeus_engine.tasks", "level": "WARN", "durationSeconds": 5}
    answer = send(engine, "POST", "/logging", change)
    assert (answer.status_code, answer.json()) == (200, change | {"level": "warn"})
    assert get(engine, "/logging").json()["zeus_engine.tasks"] == "WARN"
    engine.wait(lambda: get(engine, "/logging").json()["zeus_engine.tasks"] == "INFO (inherited)")
    refused = send(engine, "POST", "/logging", {"level": "loud"})
    assert refused.status_code == 422
    assert {one["path"] for one in refused.json()["details"]} == {"/logger", "/level"}


def test_pods_and_backups_are_refused(engine: RunningEngine) -> None:
    assert get(engine, "/v2/pods").json() == get(engine, "/v2/pods/::status").json() == []
    unknown = get(engine, "/v2/pods/a/b::status")
    assert (unknown.status_code, unknown.json()) == (404, {"message": "Pod '/a/b' does not exist"})
    assert send(engine, "POST", "/v2/pods", {"id": "/a"}).status_code == 501
    backup = send(engine, "DELETE", "/v2/leader", backup="file:///tmp/x")
    assert backup.status_code == 501
    assert "/var/lib/zeus-standalone" in backup.json()["message"]


def test_post_answers_with_the_whole_app(engine: RunningEngine, app_id: str) -> None:
    answer = send(engine, "POST", "/v2/apps", sleeper(app_id, instances=1))
    body = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"].endswith(app_id)
    assert body["deployments"] == [{"id": answer.headers["Marathon-Deployment-Id"]}]
    counts = {key: body[key] for key in ("tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy")}
    assert counts == dict.fromkeys(counts, 0)
    assert body["version"] == body["versionInfo"]["lastConfigChangeAt"]
    again = send(engine, "POST", "/v2/apps", sleeper(app_id))
    assert (again.status_code, again.json()) == (409, {"message": f"An app with id [{app_id}] already exists."})


def test_bad_bodies(engine: RunningEngine) -> None:
    empty = engine.session.post(engine.url + "/v2/apps", data="", timeout=10)
    assert (empty.status_code, empty.json()) == (400, {"message": "Please specify data in JSON format"})
    broken = engine.session.post(engine.url + "/v2/apps", data="{x", timeout=10)
    assert broken.status_code == 400
    assert broken.json()["message"] == "Invalid JSON"
    assert isinstance(broken.json()["details"], str)
    listed = send(engine, "POST", "/v2/apps", [])
    assert (listed.status_code, listed.json()["message"]) == (422, "Invalid JSON")
    typed = send(engine, "POST", "/v2/apps", {"id": "/x", "cmd": "sleep 1", "instances": "1"})
    assert typed.status_code == 422
    assert typed.json() == {"message": "Invalid JSON", "details": [{"path": "/instances", "errors": ["error.expected.jsnumber"]}]}
    nothing = send(engine, "PUT", "/v2/apps", [{"cmd": "sleep 1"}])
    assert (nothing.status_code, nothing.json()) == (422, {"message": "App Update must have app id set"})


def test_put_creates_and_updates(engine: RunningEngine, app_id: str) -> None:
    created = send(engine, "PUT", f"/v2/apps{app_id}", sleeper(app_id))
    assert created.status_code == 201
    assert set(created.json()) == {"version", "deploymentId"}
    engine.wait_deployed(created.json()["deploymentId"])
    scaled = send(engine, "PUT", f"/v2/apps{app_id}", {"instances": 2})
    assert scaled.status_code == 200
    assert scaled.headers["Marathon-Deployment-Id"] == scaled.json()["deploymentId"]
    engine.wait_deployed(scaled.json()["deploymentId"])
    app = engine.app(app_id)
    assert app["instances"] == app["tasksRunning"] == 2
    assert app["versionInfo"]["lastScalingAt"] == app["version"] == scaled.json()["version"]
    assert app["versionInfo"]["lastConfigChangeAt"] == created.json()["version"]


def test_put_of_the_same_is_an_empty_deployment(engine: RunningEngine, app_id: str) -> None:
    before = engine.deploy(sleeper(app_id))
    answer = send(engine, "PUT", f"/v2/apps{app_id}", sleeper(app_id), partialUpdate="false")
    assert answer.status_code == 200
    assert answer.json()["version"] > before["version"]
    after = engine.app(app_id)
    assert after["version"] == before["version"]
    assert [task["id"] for task in after["tasks"]] == [task["id"] for task in before["tasks"]]


def test_many_apps_in_one_deployment(engine: RunningEngine, app_id: str) -> None:
    apps = [sleeper(f"{app_id}-{number}") for number in range(3)]
    result = engine.call("PUT", "/v2/apps", apps, partialUpdate="false")
    engine.wait_deployed(result["deploymentId"])
    found = engine.call("GET", "/v2/apps", id=app_id)["apps"]
    assert [(app["id"], app["tasksRunning"]) for app in found] == [(app["id"], 1) for app in apps]
    assert len({app["version"] for app in found}) == 1
    missing = send(engine, "PATCH", "/v2/apps", [{"id": f"{app_id}-9", "instances": 2}])
    assert (missing.status_code, missing.json()) == (404, {"message": f"App '{app_id}-9' does not exist"})
    bad = send(engine, "PUT", "/v2/apps", [{"id": apps[0]["id"], "instances": 5}, {"id": f"{app_id}-8", "cmd": "x"}])
    assert bad.status_code == 422
    assert engine.app(apps[0]["id"])["instances"] == 1, "nothing of a refused list is done"


def test_filters_and_embeds(engine: RunningEngine, app_id: str) -> None:
    engine.deploy(sleeper(app_id, labels={"TEAM": "filters", "TIER": "1"}))
    assert [app["id"] for app in engine.call("GET", "/v2/apps", label="TEAM==filters,TIER in (1,2)")["apps"]] == [app_id]
    assert engine.call("GET", "/v2/apps", label="TEAM!=filters")["apps"] == []
    assert [app["id"] for app in engine.call("GET", "/v2/apps", id=app_id.upper(), cmd="SLEEP")["apps"]] == [app_id]
    listed = engine.call("GET", "/v2/apps", id=app_id)["apps"][0]
    assert "tasks" not in listed
    assert listed["tasksRunning"] == 1
    for name in ("apps.tasks", "app.tasks", "tasks"):
        embedded = engine.call("GET", "/v2/apps", id=app_id, embed=name)["apps"][0]
        assert [task["appId"] for task in embedded["tasks"]] == [app_id]
    stats = engine.call("GET", f"/v2/apps{app_id}", embed=["app.taskStats", "app.readiness", "app.nonsense"])["app"]
    assert stats["readinessCheckResults"] == []
    assert set(stats["taskStats"]) == {"startedAfterLastScaling", "withLatestConfig", "totalSummary"}
    assert stats["taskStats"]["totalSummary"]["stats"]["counts"] == {"staged": 0, "running": 1, "healthy": 0, "unhealthy": 0}
    assert stats["taskStats"]["totalSummary"]["stats"]["lifeTime"]["averageSeconds"] >= 0
    refused = send(engine, "GET", "/v2/apps", label="a=b")
    assert refused.status_code == 422
    assert refused.json()["message"].startswith("Can not parse label selector")
    group = engine.call("GET", f"/v2/apps{app_id.rpartition('/')[0]}/*")
    assert [app["id"] for app in group["*"]] == [app_id]


def test_versions_and_rollback(engine: RunningEngine, app_id: str) -> None:
    first = engine.deploy(sleeper(app_id, env={"N": "1"}))
    second = engine.deploy(sleeper(app_id, env={"N": "2"}))
    assert engine.call("GET", f"/v2/apps{app_id}/versions")["versions"] == [second["version"], first["version"]]
    assert engine.call("GET", f"/v2/apps{app_id}/versions/{first['version']}")["env"] == {"N": "1"}
    unknown = send(engine, "GET", f"/v2/apps{app_id}/versions/2000-01-01T00:00:00.000Z")
    assert (unknown.status_code, unknown.json()) == (404, {"message": f"App '{app_id}' does not exist in version 2000-01-01T00:00:00.000Z"})
    mixed = send(engine, "PUT", f"/v2/apps{app_id}", {"version": first["version"], "instances": 2})
    assert mixed.status_code == 422
    back = engine.call("PUT", f"/v2/apps{app_id}", {"version": first["version"]})
    engine.wait_deployed(back["deploymentId"])
    third = engine.app(app_id)
    assert third["env"] == {"N": "1"}
    assert third["version"] == back["version"] > second["version"]


def test_restart_replaces_every_task(engine: RunningEngine, app_id: str) -> None:
    before = engine.deploy(sleeper(app_id, instances=2))
    result = engine.call("POST", f"/v2/apps{app_id}/restart")
    engine.wait_deployed(result["deploymentId"])
    after = engine.app(app_id)
    assert not {task["id"] for task in before["tasks"]} & {task["id"] for task in after["tasks"]}
    assert after["versionInfo"]["lastScalingAt"] == before["version"]
    assert after["versionInfo"]["lastConfigChangeAt"] == result["version"]


def test_an_app_and_a_group_of_one_name_are_refused(engine: RunningEngine, app_id: str) -> None:
    engine.deploy(sleeper(app_id))
    for clash in (f"{app_id}/below", app_id.rpartition("/")[0]):
        answer = send(engine, "PUT", f"/v2/apps{clash}", sleeper(clash))
        assert answer.status_code == 422
        assert answer.json()["details"] == [{"path": "/", "errors": ["Groups and Applications may not have the same identifier."]}]


def test_a_dependency_cycle_is_refused(engine: RunningEngine, app_id: str) -> None:
    apps = [sleeper(f"{app_id}-a", dependencies=[f"{app_id}-b"]), sleeper(f"{app_id}-b", dependencies=[f"{app_id}-a"])]
    answer = send(engine, "PUT", "/v2/apps", apps)
    assert answer.status_code == 422
    assert answer.json()["details"][0]["errors"] == ["Dependency graph has cyclic dependencies."]


def test_a_locked_app(engine: RunningEngine, app_id: str) -> None:
    stuck = engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, constraints=[["vcluster", "CLUSTER", "nowhere"]]))
    refused = send(engine, "PUT", f"/v2/apps{app_id}", {"instances": 2})
    assert refused.status_code == 409
    assert refused.json()["deployments"] == [{"id": stuck["deploymentId"]}]
    assert refused.json()["message"].startswith("App is locked by one or more deployments. Override with the option '?force=true'.")
    assert engine.app(app_id)["instances"] == 1
    forced = engine.call("PUT", f"/v2/apps{app_id}", {"constraints": []}, force="true")
    engine.wait_deployed(forced["deploymentId"])
    assert stuck["deploymentId"] not in [one["id"] for one in engine.call("GET", "/v2/deployments")]
    assert engine.app(app_id)["tasksRunning"] == 1


def test_delete_forces_by_default(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, constraints=[["vcluster", "CLUSTER", "nowhere"]]))
    assert send(engine, "DELETE", f"/v2/apps{app_id}", force="false").status_code == 409
    assert send(engine, "DELETE", f"/v2/apps{app_id}").status_code == 200
    gone = send(engine, "GET", f"/v2/apps{app_id}")
    assert (gone.status_code, gone.json()) == (404, {"message": f"App '{app_id}' does not exist"})
    assert send(engine, "DELETE", f"/v2/apps{app_id}").status_code == 404


def test_deployments_show_their_steps_and_can_be_undone(engine: RunningEngine, app_id: str) -> None:
    engine.deploy(sleeper(app_id, env={"N": "1"}))
    stuck = engine.call("PUT", f"/v2/apps{app_id}", {"env": {"N": "2"}, "constraints": [["vcluster", "CLUSTER", "nowhere"]]})
    (shown,) = [one for one in engine.call("GET", "/v2/deployments") if one["id"] == stuck["deploymentId"]]
    action = {"action": "RestartApplication", "app": app_id}
    assert shown["steps"] == [{"actions": [action]}]
    assert shown["currentActions"] == [action | {"readinessCheckResults": []}]
    assert (shown["affectedApps"], shown["affectedPods"], shown["currentStep"], shown["totalSteps"]) == ([app_id], [], 1, 1)
    rollback = send(engine, "DELETE", f"/v2/deployments/{stuck['deploymentId']}")
    assert rollback.status_code == 200
    engine.wait_deployed(rollback.json()["deploymentId"])
    assert engine.app(app_id)["env"] == {"N": "1"}
    assert "constraints" not in engine.app(app_id)


def test_a_deployment_can_be_cancelled(engine: RunningEngine, app_id: str) -> None:
    stuck = engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, constraints=[["vcluster", "CLUSTER", "nowhere"]]))
    answer = send(engine, "DELETE", f"/v2/deployments/{stuck['deploymentId']}", force="true")
    assert (answer.status_code, answer.content) == (202, b"")
    assert engine.call("GET", "/v2/deployments") == []
    missing = send(engine, "DELETE", f"/v2/deployments/{stuck['deploymentId']}")
    assert (missing.status_code, missing.json()) == (404, {"message": f"DeploymentPlan {stuck['deploymentId']} does not exist"})


def test_the_queue_says_why(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, instances=2, constraints=[["vcluster", "CLUSTER", "nowhere"]]))

    def waiting() -> dict[str, Any] | None:
        queue = engine.call("GET", "/v2/queue", embed="lastUnusedOffers")["queue"]
        return next(
            (one for one in queue if one["app"]["id"] == app_id and one["processedOffersSummary"]["processedOffersCount"] >= 3), None
        )

    item = engine.wait(waiting)
    assert item is not None
    assert (item["count"], item["delay"]) == (2, {"timeLeftSeconds": 0, "overdue": True})
    reasons = {one["reason"]: one for one in item["processedOffersSummary"]["rejectSummaryLastOffers"]}
    assert reasons["UnfulfilledConstraint"] == {"reason": "UnfulfilledConstraint", "declined": 3, "processed": 3}
    assert reasons["InsufficientCpus"] == {"reason": "InsufficientCpus", "declined": 0, "processed": 0}
    assert [one["reason"] for one in item["lastUnusedOffers"]] == [["UnfulfilledConstraint"]] * 3


def test_too_big_for_every_agent(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, mem=100_000))

    def reasons() -> dict[str, int]:
        queue = engine.call("GET", "/v2/queue")["queue"]
        found = [one for one in queue if one["app"]["id"] == app_id]
        return {step["reason"]: step["declined"] for one in found for step in one["processedOffersSummary"]["rejectSummaryLastOffers"]}

    assert engine.wait(lambda: reasons().get("InsufficientMemory")) == 3


def test_the_delay_of_a_failing_app_can_be_removed(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, cmd="exit 3", backoffSeconds=300))

    def delayed() -> dict[str, Any] | None:
        queue = engine.call("GET", "/v2/queue")["queue"]
        return next((one["delay"] for one in queue if one["app"]["id"] == app_id and not one["delay"]["overdue"]), None)

    delay = engine.wait(delayed)
    assert delay is not None
    assert 290 < delay["timeLeftSeconds"] <= 300
    failure = engine.app(app_id)["lastTaskFailure"]
    assert (failure["state"], failure["message"]) == ("TASK_FAILED", "Command exited with status 3")
    assert send(engine, "DELETE", f"/v2/queue{app_id}/delay").status_code == 204
    engine.wait(lambda: engine.app(app_id)["lastTaskFailure"]["taskId"] != failure["taskId"])
    missing = send(engine, "DELETE", "/v2/queue/nobody/delay")
    assert (missing.status_code, missing.json()) == (404, {"message": "Application /nobody not found in tasks queue."})


def test_chosen_tasks_are_killed_and_the_app_scaled(engine: RunningEngine, app_id: str) -> None:
    tasks = engine.deploy(sleeper(app_id, instances=3))["tasks"]
    chosen = tasks[1]["id"]
    result = engine.call("POST", "/v2/tasks/delete", {"ids": [chosen]}, scale="true")
    engine.wait_deployed(result["deploymentId"])
    app = engine.app(app_id)
    assert app["instances"] == 2
    assert {task["id"] for task in app["tasks"]} == {task["id"] for task in tasks} - {chosen}
    refused = send(engine, "POST", "/v2/tasks/delete", {"ids": [chosen]}, scale="true", wipe="true")
    assert (refused.status_code, refused.json()) == (400, {"message": "You cannot use scale and wipe at the same time."})
    nothing = engine.call("DELETE", f"/v2/apps{app_id}/tasks/{chosen}", scale="true")
    assert set(nothing) == {"version", "deploymentId"}, "who is not there any more scales by nothing"
    assert engine.app(app_id)["instances"] == 2
    both = send(engine, "DELETE", f"/v2/apps{app_id}/tasks", scale="true", wipe="true")
    assert (both.status_code, both.json()) == (400, {"message": "You cannot use scale and wipe at the same time."})
    wiped = engine.call("DELETE", f"/v2/apps{app_id}/tasks", wipe="true", host="*")
    assert len(wiped["tasks"]) == 2
    nonsense = send(engine, "POST", "/v2/tasks/delete", {"ids": ["nonsense"]})
    assert (nonsense.status_code, nonsense.json()) == (400, {"message": "Invalid task id 'nonsense'."})


def test_killed_tasks_are_replaced(engine: RunningEngine, app_id: str) -> None:
    (task,) = engine.deploy(sleeper(app_id))["tasks"]
    assert engine.call("DELETE", f"/v2/apps{app_id}/tasks/{task['id']}")["task"]["id"] == task["id"]
    # The new one may run while the old one is still being killed, as with Marathon.
    engine.wait(lambda: [(one["id"] != task["id"], one["state"]) for one in engine.tasks(app_id)] == [(True, "TASK_RUNNING")])
    missing = send(engine, "DELETE", f"/v2/apps{app_id}/tasks/{task['id']}")
    assert (missing.status_code, missing.json()) == (404, {"message": f"Task '{task['id']}' does not exist"})
    (second,) = engine.tasks(app_id)
    assert [one["id"] for one in engine.call("DELETE", f"/v2/apps{app_id}/tasks", host=second["host"])["tasks"]] == [second["id"]]


def test_events_need_their_accept_header(engine: RunningEngine) -> None:
    answer = get(engine, "/v2/events", Accept="application/json")
    assert answer.status_code == 405
    assert answer.headers["Content-Type"].startswith("text/html")


def test_tasks_by_status(engine: RunningEngine, app_id: str) -> None:
    (task,) = engine.deploy(server(app_id))["tasks"]
    assert task["id"] in [one["id"] for one in engine.call("GET", "/v2/tasks", status="running")["tasks"]]
    assert task["id"] not in [one["id"] for one in engine.call("GET", "/v2/tasks", status="staging")["tasks"]]
    both = engine.call("GET", "/v2/tasks", **{"status[]": ["staging", "RUNNING"]})["tasks"]
    assert task["id"] in [one["id"] for one in both]
    assert task["id"] in [one["id"] for one in engine.call("GET", "/v2/tasks", status="unknown")["tasks"]], "ignored, as in Marathon"
    wanted = {"id", "appId", "host", "state", "ports", "servicePorts", "ipAddresses", "slaveId", "stagedAt", "startedAt", "version", "role"}
    assert wanted <= set(task)
    assert task["ipAddresses"] == [{"ipAddress": engine.address, "protocol": "IPv4"}]
    assert task["healthCheckResults"][0]["alive"] is True


@pytest.mark.parametrize("given", [{"user": "zeus", "password": "right"}])
def test_credentials(given: dict[str, str]) -> None:
    with RunningEngine(**given) as secured:
        for url in (secured.url + "/v2/apps", secured.mesos_url + "/state"):
            refused = requests.get(url, timeout=5)
            assert refused.status_code == 401
            assert refused.headers["WWW-Authenticate"].startswith("Basic realm=")
            assert requests.get(url, auth=("zeus", "wrong"), timeout=5).status_code == 401
            assert requests.get(url, auth=("zeus", "right"), timeout=5).status_code == 200
        assert requests.get(secured.url + "/ping", timeout=5).text == "pong"
        assert requests.get(secured.mesos_url + "/health", timeout=5).status_code == 200
        assert "right" not in secured.log()


def test_too_many_deployments_are_refused() -> None:
    with RunningEngine(settings={"max_running_deployments": 1}) as limited:
        stuck = sleeper("/one", constraints=[["vcluster", "CLUSTER", "nowhere"]])
        limited.call("PUT", "/v2/apps/one", stuck)
        refused = send(limited, "PUT", "/v2/apps/two", sleeper("/two"))
        assert refused.status_code == 403
        assert refused.json()["message"].startswith("Max number (1) of running deployments is achieved.")
        assert send(limited, "GET", "/v2/apps/two").status_code == 404
        assert send(limited, "PUT", "/v2/apps/one", {"instances": 2}, force="true").status_code == 200, "who replaces one adds none"
