# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vcluster_info proves isolation, and finds a task and a route that a test smuggles in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fakes.router import Router
from integration.engine.running import RunningEngine

Run = Callable[..., dict[str, Any]]
Define = Callable[..., dict[str, Any]]


def test_apart(run: Run, web: Define, mesos: dict[str, Any], router: Router, routers: dict[str, Any]) -> None:
    app = web(instances=2)
    assert run("marathon_app", id=app["id"], definition=app, vcluster="web")["changed"]
    report = run("vcluster_info", strict=True, **mesos, **routers)
    assert "failed" not in report, report
    assert report["isolated"] is True
    assert (report["outside_tasks"], report["outside_routes"], report["unproved"]) == ([], [], [])
    cluster = report["vclusters"]["web"]
    assert (cluster["agents"], cluster["tasks"], cluster["apps"]) == (2, 2, 1)
    assert cluster["total"]["cpus"] == 8
    assert cluster["used"]["cpus"] == 0.1
    assert cluster["free"]["mem"] == cluster["total"]["mem"] - 64
    assert report["vclusters"]["batch"]["agents"] == 1
    assert list(report["routers"]["web"][router.url]["apps"]) == [app["id"].removesuffix("/stable")]


def test_a_smuggled_task(engine: RunningEngine, run: Run, web: Define, mesos: dict[str, Any]) -> None:
    """It says it is web's, but was given to batch, past our modules."""
    smuggled = {**web(labels={"ZEUS_VCLUSTER": "web"}), "constraints": [["vcluster", "CLUSTER", "batch"]]}
    engine.deploy(smuggled)
    anonymous = {**web("anonymous"), "constraints": [["vcluster", "CLUSTER", "web"]]}
    engine.deploy(anonymous)
    report = run("vcluster_info", **mesos)
    assert "failed" not in report, report
    assert report["isolated"] is False
    by_app = {t["app"]: t for t in report["outside_tasks"]}
    assert sorted(by_app) == sorted([smuggled["id"], anonymous["id"]])
    task = by_app[smuggled["id"]]
    assert task["task"] == engine.tasks(smuggled["id"])[0]["id"]
    assert (task["vcluster"], task["runs_in"], task["hostname"]) == ("web", ["batch"], "batch-1.bj01")
    assert task["reason"] == "it runs on an agent of batch, its app belongs to web"
    assert by_app[anonymous["id"]]["reason"] == "its app names no virtual cluster (label ZEUS_VCLUSTER)"
    strict = run("vcluster_info", strict=True, **mesos)
    assert strict["failed"], strict
    assert task["task"] in strict["msg"]


def test_smuggled_routes(run: Run, web: Define, mesos: dict[str, Any], router: Router, routers: dict[str, Any], project: str) -> None:
    own, other = web("own"), web("other")
    assert run("marathon_app", id=own["id"], definition=own, vcluster="web")["changed"]
    assert run("marathon_app", id=other["id"], definition=other, vcluster="batch")["changed"]
    [moved] = run("marathon_app_info", id=other["id"])["apps"]
    peer = {"task": moved["tasks"][0]["id"], "address": "127.0.0.1", "port": moved["tasks"][0]["ports"][0]}

    def bend(plan: dict[str, Any]) -> None:
        plan["apps"][f"/test/{project}/other"] = {"variants": {"stable": {"peers": [peer]}}}
        plan["apps"][f"/test/{project}/own"]["variants"]["stable"]["peers"][0]["port"] = 22

    router.bend = bend
    report = run("vcluster_info", **mesos, **routers)
    assert report["isolated"] is False
    assert report["outside_tasks"] == []
    found = {(r["app"].split("/")[3], r["task"], r["reason"].partition(",")[0]) for r in report["outside_routes"]}
    own_task = run("marathon_app_info", id=own["id"])["apps"][0]["tasks"][0]["id"]
    assert found == {
        ("other", None, "the app belongs to batch"),
        ("other", peer["task"], "its task's app belongs to batch"),
        ("own", own_task, "it leads to port 22"),
    }
    assert {r["router"] for r in report["outside_routes"]} == {router.url}


def test_a_router_that_is_away_leaves_it_unproved(run: Run, mesos: dict[str, Any]) -> None:
    report = run("vcluster_info", router_urls={"web": ["http://127.0.0.1:9"]}, router_token="geheim-token", **mesos)
    assert report["isolated"] is False
    assert len(report["unproved"]) == 1
    assert "the routes of http://127.0.0.1:9 (web)" in report["unproved"][0]


def test_a_mesos_that_is_none(run: Run, engine: RunningEngine, connection: dict[str, Any]) -> None:
    wrong = run(
        "vcluster_info", mesos_urls=[engine.url], mesos_user=connection["marathon_user"], mesos_password=connection["marathon_password"]
    )
    assert wrong["failed"], wrong
    assert engine.url in wrong["msg"]
    away = run("vcluster_info", mesos_urls=["http://127.0.0.1:9"])
    assert away["unreachable"] is True
