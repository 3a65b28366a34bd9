# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""marathon_app against the real engine: create, again, check, update, scale, delete, and what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from fakes.router import Router
from integration.engine.running import RunningEngine

Run = Callable[..., dict[str, Any]]
Define = Callable[..., dict[str, Any]]


def test_from_creation_to_deletion(engine: RunningEngine, run: Run, web: Define, router: Router, routers: dict[str, Any]) -> None:
    definition = web(instances=2)
    id_ = definition.pop("id")
    arguments = {"id": id_, "definition": definition, "vcluster": "web", **routers}

    predicted = run("marathon_app", check=True, **arguments)
    assert predicted["changed"]
    assert predicted["changes"] == [{"id": id_, "action": "create", "fields": predicted["changes"][0]["fields"]}]
    assert engine.call("GET", f"/v2/apps{id_}", ok=(404,))

    created = run("marathon_app", **arguments)
    assert created["changed"], created
    assert created["diff"] == predicted["diff"]
    tasks = engine.tasks(id_)
    assert sorted(task["state"] for task in tasks) == ["TASK_RUNNING"] * 2
    assert engine.app(id_)["constraints"] == [["vcluster", "CLUSTER", "web"]]
    [app] = created["apps"]
    assert (app["id"], app["vcluster"], app["instances"], app["labels"]["ZEUS_VCLUSTER"]) == (id_, "web", 2, "web")
    assert predicted["apps"] == created["apps"]
    assert (predicted["deployments"], predicted["routers"], created["routers"]) == ([], {}, {"web": [router.url]})

    again = run("marathon_app", **arguments)
    assert (again["changed"], again["changes"], again["diff"]) == (False, [], {"before": "", "after": ""})
    assert (again["unchanged"], again["apps"], again["deployments"]) == ([id_], created["apps"], [])
    assert not run("marathon_app", check=True, **arguments)["changed"]
    assert {task["id"] for task in engine.tasks(id_)} == {task["id"] for task in tasks}

    # A label restarts everything: announced by the check, then done.
    updated = {**arguments, "definition": {**definition, "env": {"GREETING": "hello"}}}
    predicted = run("marathon_app", check=True, **updated)
    assert predicted["changes"] == [{"id": id_, "action": "update", "fields": ["env"]}]
    assert json.loads(predicted["diff"]["after"]) == {id_: {"env": {"GREETING": "hello"}}}
    assert {task["id"] for task in engine.tasks(id_)} == {task["id"] for task in tasks}
    done = run("marathon_app", **updated)
    assert done["changed"], done
    assert done["diff"] == predicted["diff"]
    assert not {task["id"] for task in engine.tasks(id_)} & {task["id"] for task in tasks}

    # What is left out gets its default again: a replacement, no merge.
    assert run("marathon_app", **arguments)["changes"][0]["fields"] == ["env"]
    assert "env" not in engine.app(id_) or engine.app(id_)["env"] == {}

    before = {task["id"]: task["stagedAt"] for task in engine.tasks(id_)}
    scaled = run("marathon_app", id=id_, instances=4, **routers)
    assert scaled["changed"], scaled
    assert set(before) < {task["id"] for task in engine.tasks(id_)}
    oldest = {task["id"] for task in engine.tasks(id_)} & set(before)
    router.drains.clear()
    scaled = run("marathon_app", id=id_, instances=2, **routers)
    assert scaled["changed"], scaled
    assert {task["id"] for task in engine.tasks(id_)} == oldest, "the youngest go first"
    assert len(router.drains) == 2, "the router let go of them before they were killed"
    assert not set(router.drains) & oldest

    assert run("marathon_app", check=True, id=id_, state="absent", **routers)["changed"]
    assert len(engine.tasks(id_)) == 2
    gone = run("marathon_app", id=id_, state="absent", **routers)
    assert gone["changed"], gone
    assert (gone["apps"], [change["action"] for change in gone["changes"]]) == ([], ["delete"])
    assert oldest <= set(router.drains)
    assert engine.call("GET", f"/v2/apps{id_}", ok=(404,))
    assert not run("marathon_app", id=id_, state="absent", **routers)["changed"]


def test_an_app_that_crashes_goes_back_to_the_version_before(engine: RunningEngine, run: Run, web: Define) -> None:
    app = web()
    id_ = app["id"]
    assert run("marathon_app", id=id_, definition=app, vcluster="web")["changed"]
    failed = run("marathon_app", id=id_, definition={**app, "cmd": "echo no luck; exit 3"}, vcluster="web", wait_timeout=6)
    assert failed["failed"], failed
    assert failed["error"]["state"] == "rolled_back", failed["msg"]
    assert "TASK_FAILED" in failed["msg"]
    assert "the version before runs again" in failed["msg"]
    assert engine.app(id_)["cmd"] == app["cmd"]
    assert engine.app(id_)["tasksHealthy"] == 1
    assert engine.call("GET", "/v2/deployments") == []


def test_an_app_for_which_there_is_no_place(run: Run, engine: RunningEngine, web: Define) -> None:
    app = web(cpus=1000)
    failed = run("marathon_app", id=app["id"], definition=app, vcluster="web", wait_timeout=3)
    assert failed["failed"], failed
    assert "InsufficientCpus" in failed["msg"], failed["msg"]
    assert "did not exist before and was removed" in failed["msg"]
    assert engine.call("GET", f"/v2/apps{app['id']}", ok=(404,))


def test_a_router_that_does_not_follow_rolls_back(
    engine: RunningEngine, run: Run, web: Define, router: Router, routers: dict[str, Any]
) -> None:
    app = web(cpus=0.5)
    id_ = app["id"]
    assert run("marathon_app", id=id_, definition=app, vcluster="web", **routers)["changed"]

    def without_the_new(plan: dict[str, Any]) -> None:
        """It never hears of the tasks with the new environment."""
        if engine.app(id_).get("env"):
            plan["apps"].clear()

    router.bend = without_the_new
    failed = run("marathon_app", id=id_, definition={**app, "env": {"A": "2"}}, vcluster="web", wait_timeout=20, **routers)
    assert failed["failed"], failed
    assert failed["error"]["refused"] == [router.url]
    assert failed["error"]["state"] == "rolled_back"
    assert "did not take the running tasks by the deadline" in failed["msg"]
    assert engine.app(id_).get("env", {}) == {}


def test_no_router_in_reach_rolls_nothing_back(engine: RunningEngine, run: Run, web: Define) -> None:
    app = web()
    urls = {"web": ["http://127.0.0.1:9", "http://127.0.0.1:10"]}
    failed = run("marathon_app", id=app["id"], definition=app, vcluster="web", router_urls=urls, router_token="geheim-token")
    assert failed["failed"], failed
    assert failed["error"]["state"] == "unknown"
    assert sorted(failed["error"]["behind"]) == sorted(urls["web"])
    assert engine.app(app["id"])["tasksRunning"] == 1


def test_a_locked_app_with_and_without_force(engine: RunningEngine, run: Run, web: Define) -> None:
    app = web(cpus=1000)
    stuck = engine.call("PUT", f"/v2/apps{app['id']}", {**app, "constraints": [["vcluster", "CLUSTER", "web"]]})["deploymentId"]
    good = {**app, "cpus": 0.05}
    for check in (True, False):
        locked = run("marathon_app", check=check, id=app["id"], definition=good, vcluster="web")
        assert locked["failed"], locked
        assert (locked["error"]["kind"], locked["error"]["deployments"]) == ("locked", [stuck])
        assert stuck in locked["msg"]
        assert "force: true" in locked["msg"]
    assert engine.app(app["id"])["cpus"] == 1000
    forced = run("marathon_app", id=app["id"], definition=good, vcluster="web", force=True)
    assert forced["changed"], forced
    assert engine.app(app["id"])["tasksHealthy"] == 1


def test_bad_input_says_where_and_what(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    app = web()
    id_ = app["id"]
    cases: list[tuple[dict[str, Any], str]] = [
        (
            {"definition": {**app, "instnaces": 3}, "vcluster": "web"},
            f"marathon_app {id_}: instnaces: unknown field; expected did you mean",
        ),
        ({"definition": app}, f"marathon_app {id_}: vcluster: the app names no virtual cluster"),
        ({"definition": {**app, "constraints": [["vcluster", "CLUSTER", "batch"]]}, "vcluster": "web"}, "names another virtual cluster"),
        ({"definition": {**app, "cpus": "lots"}, "vcluster": "web"}, "cpus: not a number (got 'lots')"),
        ({"definition": {**app, "id": "/other"}, "vcluster": "web"}, "definition.id: is another than the task's id"),
        ({"instances": 3}, "definition: is missing, and the app does not exist yet"),
    ]
    for arguments, text in cases:
        failed = run("marathon_app", id=id_, **arguments)
        assert failed["failed"], arguments
        assert failed["error"]["kind"] == "input"
        assert text in failed["msg"]
    assert engine.call("GET", f"/v2/apps{id_}", ok=(404,))
    assert run("marathon_app", id=id_, definition=app, vcluster="web")["changed"]
    nested = run("marathon_app", check=True, id=f"{id_}/below", definition={**app, "id": f"{id_}/below"}, vcluster="web")
    assert f"{id_} is an app, so it cannot be the group of this one" in nested["msg"]
    above = run("marathon_app", check=True, id=f"/test/{project}/shop", definition={**app, "id": f"/test/{project}/shop"}, vcluster="web")
    assert "cannot be the group of this one" in above["msg"]


def test_what_marathon_itself_refuses_is_told_with_its_words(run: Run, web: Define) -> None:
    app = web(acceptedResourceRoles=["nobody"])
    failed = run("marathon_app", id=app["id"], definition=app, vcluster="web")
    assert failed["failed"], failed
    assert failed["error"]["kind"] == "api"
    assert failed["error"]["status"] == 422
    assert "PUT http://" in failed["msg"]
    assert "acceptedResourceRoles" in failed["msg"]


def test_hidden_fields_are_in_no_result(run: Run, web: Define) -> None:
    app = web(env={"DB_PASSWORD": "geheim-4711", "PLAIN": "visible"})
    arguments = {"id": app["id"], "definition": app, "vcluster": "web", "hidden_fields": ["env.DB_PASSWORD"]}
    told, done, again = run("marathon_app", check=True, **arguments), run("marathon_app", **arguments), run("marathon_app", **arguments)
    for result in (told, done, again):
        assert "failed" not in result, result
        assert "geheim" not in json.dumps(result)
    # Not somewhere in the result: up to ansible-core 2.20 that holds the task's own arguments, too.
    assert all("visible" in result["diff"]["after"] for result in (told, done))


def test_only_sending(engine: RunningEngine, run: Run, web: Define) -> None:
    app = web(cpus=1000)
    sent = run("marathon_app", id=app["id"], definition=app, vcluster="web", wait=False)
    assert sent["changed"], sent
    assert [d["id"] for d in engine.call("GET", "/v2/deployments")] == sent["deployments"]


def test_labels_that_no_router_could_read_are_refused_at_once(
    engine: RunningEngine, run: Run, web: Define, routers: dict[str, Any]
) -> None:
    app = web(labels={"ZEUS_VARIANT": "blue"})
    for check in (True, False):
        refused = run("marathon_app", id=app["id"], definition=app, vcluster="web", check=check, **routers)
        assert refused["msg"] == (
            f"{app['id']}: labels: no router could carry this app: the labels are those of {app['id'].replace('stable', 'blue')}, "
            f"but the app's id is {app['id']}"
        )
    assert engine.call("GET", f"/v2/apps{app['id']}", ok=(404,))
