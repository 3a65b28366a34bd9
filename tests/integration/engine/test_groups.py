# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""/v2/groups, against a running engine."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .programs import sleeper
from .running import RunningEngine


@pytest.fixture
def group(engine: RunningEngine, request: pytest.FixtureRequest) -> Iterator[str]:
    """The id of a top-level group of this test's own, removed afterwards with all that is in it."""
    name = f"/{request.node.name.partition('[')[0].replace('_', '-')}"[:50].rstrip("-")
    yield name
    engine.call("DELETE", f"/v2/groups{name}", ok=(200, 404), force="true")
    engine.wait_deployed()


def send(engine: RunningEngine, method: str, path: str, body: Any = None, **parameters: Any) -> requests.Response:
    return engine.session.request(method, engine.url + path, json=body, params=parameters, timeout=10)


def put(engine: RunningEngine, group: str, body: Any, **parameters: Any) -> dict[str, Any]:
    """PUT, wait until it is deployed, and return the answer."""
    result = dict(engine.call("PUT", f"/v2/groups{group}", body, **parameters))
    engine.wait_deployed(result["deploymentId"])
    return result


def apps_of(engine: RunningEngine, group: str) -> dict[str, int]:
    """Id -> instances of the apps of the group and below."""
    return {app["id"]: app["instances"] for app in engine.call("GET", f"/v2/groups{group}/apps")}


def test_a_group_is_created_and_shown(engine: RunningEngine, group: str) -> None:
    body = {"id": group, "dependencies": ["../nowhere"], "apps": [sleeper("web")], "groups": [{"id": "db", "apps": [sleeper("main")]}]}
    answer = send(engine, "POST", "/v2/groups", body)
    assert answer.status_code == 201
    assert set(answer.json()) == {"version", "deploymentId"}
    assert answer.headers["Marathon-Deployment-Id"] == answer.json()["deploymentId"]
    assert answer.headers["Location"].endswith(group)
    engine.wait_deployed(answer.json()["deploymentId"])
    shown = engine.call("GET", f"/v2/groups{group}")
    assert set(shown) == {"id", "dependencies", "version", "apps", "groups", "pods"}, "what nobody set is left out, see docs/conformance.md"
    assert (shown["id"], shown["dependencies"], shown["pods"]) == (group, ["/nowhere"], [])
    assert [app["id"] for app in shown["apps"]] == [f"{group}/web"]
    assert "tasksRunning" not in shown["apps"][0], "apps of a group are shown bare"
    (child,) = shown["groups"]
    assert (child["id"], [app["id"] for app in child["apps"]], child["groups"]) == (f"{group}/db", [f"{group}/db/main"], [])
    assert child["version"] == shown["version"] >= answer.json()["version"]
    assert group in [one["id"] for one in engine.call("GET", "/v2/groups")["groups"]]
    assert engine.call("GET", f"/v2/groups/{group}/")["id"] == group, "slashes do not matter"


def test_embeds(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"apps": [sleeper("web")], "groups": [{"id": "db"}]})
    path = f"/v2/groups{group}"
    assert engine.call("GET", path, embed="group.groups")["apps"] == []
    assert [one["id"] for one in engine.call("GET", path, embed="group.groups")["groups"]] == [f"{group}/db"]
    assert engine.call("GET", path, embed="group.apps")["groups"] == []
    (app,) = engine.call("GET", path, embed=["group.apps", "group.apps.tasks", "group.apps.counts", "group.apps.taskStats"])["apps"]
    assert app["tasksRunning"] == len(app["tasks"]) == 1
    assert app["deployments"] == []
    assert app["taskStats"]["totalSummary"]["stats"]["counts"]["running"] == 1
    assert engine.call("GET", path, embed="group.apps.tasks")["apps"] == [], "only group.apps embeds apps"
    assert [one["id"] for one in engine.call("GET", f"{path}/apps")] == [f"{group}/web"]
    assert engine.call("GET", "/v2/groups/nobody/apps") == []


def test_what_is_not_there(engine: RunningEngine) -> None:
    for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/versions"), ("GET", "/versions/2020-01-01T00:00:00.000Z")):
        answer = send(engine, method, f"/v2/groups/nobody{path}")
        assert (answer.status_code, answer.json()) == (404, {"message": "Group '/nobody' does not exist"}), path
    nonsense = send(engine, "GET", "/v2/groups/versions/yesterday")
    assert (nonsense.status_code, nonsense.json()) == (422, {"message": 'Invalid format: "yesterday"'})


def test_create_refuses_what_is_there(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"apps": [sleeper("web")]})
    again = send(engine, "POST", "/v2/groups", {"id": group})
    assert (again.status_code, again.json()) == (409, {"message": f"Group {group} is already created. Use PUT to change this group."})
    app = send(engine, "POST", f"/v2/groups{group}", {"id": "web"})
    assert (app.status_code, app.json()) == (409, {"message": f"An app with the path {group}/web already exists."})
    clash = send(engine, "PUT", f"/v2/groups{group}/web", {"apps": []})
    assert clash.status_code == 422
    assert clash.json()["details"][0]["errors"] == ["Groups and Applications may not have the same identifier."]


def test_put_replaces_what_it_mentions(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"apps": [sleeper("a"), sleeper("b")], "groups": [{"id": "sub", "apps": [sleeper("c")]}]})
    before = engine.app(f"{group}/a")
    put(engine, group, {"apps": [sleeper("a")]})
    assert set(apps_of(engine, group)) == {f"{group}/a", f"{group}/sub/c"}
    assert engine.app(f"{group}/a")["tasks"] == before["tasks"], "what does not change keeps its tasks"
    put(engine, group, {"groups": []})
    assert set(apps_of(engine, group)) == {f"{group}/a"}
    put(engine, group, {"apps": []})
    assert engine.call("GET", f"/v2/groups{group}")["apps"] == []
    assert send(engine, "DELETE", f"/v2/groups{group}").status_code == 200
    assert send(engine, "GET", f"/v2/groups{group}").status_code == 404


def test_an_app_in_a_group_is_written_whole(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"apps": [sleeper("a", labels={"X": "1"}, env={"N": "1"})]})
    first = engine.app(f"{group}/a")
    put(engine, group, {"apps": [sleeper("a", env={"N": "1"})]})
    second = engine.app(f"{group}/a")
    assert second["labels"] == {}
    assert second["portDefinitions"] == first["portDefinitions"], "service ports stay"
    assert second["version"] > first["version"]


def test_groups_depend_on_groups(engine: RunningEngine, group: str) -> None:
    body = {"groups": [{"id": "web", "dependencies": ["../db"], "apps": [sleeper("a")]}, {"id": "db", "apps": [sleeper("b")]}]}
    steps = engine.call("PUT", f"/v2/groups{group}", body, dryRun="true")
    assert steps == {
        "steps": [
            {
                "actions": [
                    {"action": "StartApplication", "app": f"{group}/db/b"},
                    {"action": "StartApplication", "app": f"{group}/web/a"},
                ]
            },
            {"actions": [{"action": "ScaleApplication", "app": f"{group}/db/b"}]},
            {"actions": [{"action": "ScaleApplication", "app": f"{group}/web/a"}]},
        ]
    }
    assert send(engine, "GET", f"/v2/groups{group}").status_code == 404, "a dry run does nothing"
    body["groups"][1]["dependencies"] = ["../web"]
    cycle = send(engine, "PUT", f"/v2/groups{group}", body)
    assert cycle.status_code == 422
    assert cycle.json()["details"][0]["errors"] == ["Dependency graph has cyclic dependencies."]


def test_scale_by(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"apps": [sleeper("a", instances=2)], "groups": [{"id": "s", "apps": [sleeper("b")]}]})
    put(engine, group, {"scaleBy": 1.5})
    assert apps_of(engine, group) == {f"{group}/a": 3, f"{group}/s/b": 2}
    mixed = send(engine, "PUT", f"/v2/groups{group}", {"scaleBy": 2, "apps": []})
    assert mixed.status_code == 422
    assert mixed.json()["message"] == "Object is not valid"
    assert mixed.json()["details"] == [{"path": "/scaleBy", "errors": ["not allowed in conjunction with other properties."]}]


def test_versions_and_rollback(engine: RunningEngine, group: str) -> None:
    first = put(engine, group, {"apps": [sleeper("a", env={"N": "1"}), sleeper("b")], "groups": [{"id": "s"}]})
    second = put(engine, group, {"apps": [sleeper("a", env={"N": "2"})], "groups": []})
    versions = engine.call("GET", f"/v2/groups{group}/versions")
    assert versions[:2] == [second["version"], first["version"]]
    old = engine.call("GET", f"/v2/groups{group}/versions/{first['version']}")
    assert ([app["id"] for app in old["apps"]], old["version"]) == ([f"{group}/a", f"{group}/b"], first["version"])
    assert [one["id"] for one in old["groups"]] == [f"{group}/s"]
    put(engine, group, {"version": first["version"]})
    assert apps_of(engine, group) == {f"{group}/a": 1, f"{group}/b": 1}, "also what was removed comes back"
    assert engine.app(f"{group}/a")["env"] == {"N": "1"}
    assert [one["id"] for one in engine.call("GET", f"/v2/groups{group}")["groups"]] == [f"{group}/s"]
    unknown = send(engine, "PUT", f"/v2/groups{group}", {"version": "2000-01-01T00:00:00.000Z"})
    assert (unknown.status_code, unknown.json()) == (422, {"message": f"Group {group} not available in version 2000-01-01T00:00:00.000Z"})


def test_empty_groups_persist(engine: RunningEngine, group: str) -> None:
    engine.deploy(sleeper(f"{group}/sub/a"))
    engine.call("DELETE", f"/v2/apps{group}/sub/a")
    engine.wait_deployed()
    assert [one["id"] for one in engine.call("GET", f"/v2/groups{group}")["groups"]] == [f"{group}/sub"]
    assert engine.call("GET", f"/v2/apps{group}/*") == {"*": []}
    assert engine.call("GET", f"/v2/apps{group}/*/tasks") == {"tasks": []}
    engine.deploy(sleeper(f"{group}/sub"))  # an empty group gives way to an app of its name
    assert engine.call("GET", f"/v2/groups{group}")["groups"] == []


def test_patch_sets_enforce_role_only(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"groups": [{"id": "s"}]})
    before = engine.call("GET", f"/v2/groups{group}")
    assert send(engine, "PATCH", f"/v2/groups{group}", {"enforceRole": True}).status_code == 200
    after = engine.call("GET", f"/v2/groups{group}")
    assert after == before | {"enforceRole": True}
    assert put(engine, group, {"apps": [sleeper("a")]})
    role = group.strip("/")
    assert engine.app(f"{group}/a")["role"] == engine.tasks(f"{group}/a")[0]["role"] == role
    state = engine.session.get(f"{engine.mesos_url}/state", timeout=10).json()
    assert role in state["frameworks"][0]["roles"]
    assert [one["role"] for one in state["frameworks"][0]["tasks"] if one["slave_id"] and one["name"].startswith(f"a.{role}")] == [role]
    roles = engine.session.get(f"{engine.mesos_url}/roles", timeout=10).json()["roles"]
    assert {one["name"]: one["resources"].get("mem") for one in roles}[role] == 32.0
    refused = send(engine, "PUT", f"/v2/apps{group}/b", sleeper(f"{group}/b", role="*"))
    assert refused.status_code == 422
    assert refused.json()["details"][0]["path"] == "/role"
    deeper = send(engine, "PUT", f"/v2/groups{group}/s", {"enforceRole": False})
    assert (deeper.status_code, deeper.json()["details"][0]["path"]) == (422, "/enforceRole")
    below = send(engine, "PATCH", f"/v2/groups{group}/s", {"enforceRole": True})
    assert below.status_code == 422
    assert below.json()["details"][0]["errors"] == ["Path needs to be top-level"]
    assert send(engine, "PATCH", "/v2/groups/nobody", {"enforceRole": True}).status_code == 404


def test_a_locked_group(engine: RunningEngine, group: str) -> None:
    stuck = engine.call("PUT", f"/v2/groups{group}", {"apps": [sleeper("a", constraints=[["vcluster", "CLUSTER", "nowhere"]])]})
    for method, body in (("PUT", {"scaleBy": 2}), ("DELETE", None)):
        refused = send(engine, method, f"/v2/groups{group}", body)
        assert refused.status_code == 409
        assert refused.json()["deployments"] == [{"id": stuck["deploymentId"]}]
    assert send(engine, "DELETE", f"/v2/groups{group}", force="true").status_code == 200
    engine.wait_deployed()
    assert send(engine, "GET", f"/v2/apps{group}/a").status_code == 404


def test_the_deployment_of_a_group_can_be_undone(engine: RunningEngine, group: str) -> None:
    put(engine, group, {"dependencies": ["/x"], "apps": [sleeper("a")]})
    nowhere = [["vcluster", "CLUSTER", "nowhere"]]
    body = {"dependencies": [], "apps": [], "groups": [{"id": "new", "apps": [sleeper("b", constraints=nowhere)]}]}
    stuck = engine.call("PUT", f"/v2/groups{group}", body)
    engine.wait(lambda: not engine.call("GET", f"/v2/groups{group}")["apps"])
    result = engine.call("DELETE", f"/v2/deployments/{stuck['deploymentId']}")
    engine.wait_deployed(result["deploymentId"])
    shown = engine.call("GET", f"/v2/groups{group}")
    assert ([app["id"] for app in shown["apps"]], shown["groups"], shown["dependencies"]) == ([f"{group}/a"], [], ["/x"])
    assert engine.app(f"{group}/a")["tasksRunning"] == 1


def test_groups_survive_a_restart_of_the_engine() -> None:
    with RunningEngine() as own:
        own.call("PUT", "/v2/groups/g", {"dependencies": ["/h"], "apps": [sleeper("a")], "groups": [{"id": "empty"}]})
        own.wait_deployed()
        before = own.call("GET", "/v2/groups")
        versions = own.call("GET", "/v2/groups/versions")
        own.kill9()
        own.restart()
        assert own.call("GET", "/v2/groups") == before
        assert own.call("GET", "/v2/groups/versions") == versions
        assert own.call("DELETE", "/v2/groups", force="true")
        own.wait_deployed()
        root = own.call("GET", "/v2/groups")
        assert (root["apps"], root["groups"]) == ([], [])
        own.call("PUT", "/v2/groups", {"version": versions[0]})
        own.wait_deployed()
        assert own.app("/g/a")["tasksRunning"] == 1
