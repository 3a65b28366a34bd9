# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Events, field by field, as Marathon 1.11 sends them."""

from __future__ import annotations

from typing import Any

from .listening import Listener
from .programs import server, sleeper
from .running import RunningEngine

ALWAYS = {"eventType", "timestamp"}
FIELDS = {
    "api_post_event": {"clientIp", "uri", "appDefinition"},
    "status_update_event": {"slaveId", "taskId", "taskStatus", "message", "appId", "host", "ipAddresses", "ports", "version"},
    "instance_changed_event": {"instanceId", "condition", "runSpecId", "agentId", "host", "runSpecVersion"},
    "instance_health_changed_event": {"instanceId", "runSpecId", "healthy", "runSpecVersion"},
    "app_terminated_event": {"appId"},
    "add_health_check_event": {"appId", "healthCheck", "version"},
    "remove_health_check_event": {"appId"},
    "failed_health_check_event": {"appId", "healthCheck", "taskId"},
    "health_status_changed_event": {"appId", "instanceId", "version", "alive"},
    "unhealthy_instance_kill_event": {"appId", "taskId", "instanceId", "version", "reason", "host", "slaveId"},
    "group_change_success": {"groupId", "version"},
    "group_change_failed": {"groupId", "version", "reason"},
    "deployment_info": {"plan", "currentStep"},
    "deployment_step_success": {"plan", "currentStep"},
    "deployment_step_failure": {"plan", "currentStep"},
    "deployment_success": {"id", "plan"},
    "deployment_failed": {"id", "plan", "reason"},
    "event_stream_attached": {"remoteAddress"},
    "event_stream_detached": {"remoteAddress"},
}


def well_formed(listener: Listener) -> bool:
    """Every event heard has exactly the fields of its type, and light plans."""
    for heard in listener.events:
        assert set(heard.data) == FIELDS[heard.type] | ALWAYS, heard
        assert heard.data["eventType"] == heard.type
        if "plan" in heard.data:
            assert set(heard.data["plan"]) == {"id", "original", "target", "steps", "version"}
    return True


def ill(app_id: str, **fields: Any) -> dict[str, Any]:
    """Its check fails after the first success: it writes the file that makes it answer 500."""
    app = server(app_id, **fields)
    app["healthChecks"][0] |= {"maxConsecutiveFailures": 2}
    return app


def test_the_life_of_an_app(engine: RunningEngine, app_id: str) -> None:
    with Listener(engine) as listener:
        deployed = engine.deploy(ill(app_id))
        (task,) = deployed["tasks"]
        post = listener.wait("api_post_event", uri=f"/v2/apps{app_id}")
        assert post.data["appDefinition"]["id"] == app_id
        added = listener.wait("add_health_check_event", appId=app_id)
        assert (added.data["healthCheck"]["protocol"], added.data["version"]) == ("MESOS_HTTP", deployed["version"])
        listener.wait("group_change_success", groupId=app_id.rpartition("/")[0])
        assert listener.wait("instance_health_changed_event", runSpecId=app_id).data["healthy"] is True
        sandbox = f"/var/lib/zeus-standalone/sandboxes/{task['id']}"
        engine.exec("touch", f"{sandbox}/ill")
        assert listener.wait("failed_health_check_event", appId=app_id).data["taskId"] == task["id"]
        kill = listener.wait("unhealthy_instance_kill_event", appId=app_id)
        assert (kill.data["taskId"], kill.data["host"], kill.data["slaveId"]) == (task["id"], task["host"], task["slaveId"])
        engine.call("DELETE", f"/v2/apps{app_id}")
        engine.wait_deployed()
        listener.wait("app_terminated_event", appId=app_id)
        listener.wait("remove_health_check_event", appId=app_id)
        assert well_formed(listener)
        conditions = [one.data["condition"] for one in listener.of("instance_changed_event") if one.data["instanceId"] in task["id"]]
        assert conditions[:3] == ["Staging", "Starting", "Running"]


def test_a_refused_change_and_a_cancelled_deployment(engine: RunningEngine, app_id: str) -> None:
    group = app_id.rpartition("/")[0]
    with Listener(engine) as listener:
        stuck = engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, constraints=[["vcluster", "CLUSTER", "nowhere"]]))
        engine.call("PUT", f"/v2/apps{app_id}", {"instances": 2}, ok=(409,))
        assert listener.wait("group_change_failed", groupId=group).data["reason"].startswith("App is locked by one or more deployments.")
        engine.call("DELETE", f"/v2/deployments/{stuck['deploymentId']}", ok=(202,), force="true")
        failed = listener.wait("deployment_failed", id=stuck["deploymentId"])
        step = listener.wait("deployment_step_failure")
        assert step.data["currentStep"] == {"actions": [{"action": "ScaleApplication", "app": app_id}]}
        assert step.data["plan"] == failed.data["plan"]
        assert well_formed(listener)


def test_a_restart_swaps_the_health_checks(engine: RunningEngine, app_id: str) -> None:
    engine.deploy(server(app_id))
    with Listener(engine, ("add_health_check_event", "remove_health_check_event")) as listener:
        result = engine.call("POST", f"/v2/apps{app_id}/restart")
        engine.wait_deployed(result["deploymentId"])
        listener.wait("remove_health_check_event", appId=app_id)
    assert [one.type for one in listener.events if one.data.get("appId") == app_id] == [
        "add_health_check_event",
        "remove_health_check_event",
    ]


def test_streams_come_and_go(engine: RunningEngine) -> None:
    with Listener(engine, ("event_stream_detached",)) as listener:
        with Listener(engine):
            pass
        assert listener.wait("event_stream_detached").data["remoteAddress"]
        assert {one.type for one in listener.events} == {"event_stream_attached", "event_stream_detached"}
