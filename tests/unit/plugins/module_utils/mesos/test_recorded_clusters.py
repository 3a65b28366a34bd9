# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The modules on the recorded answers of a real 1.11.0, unchanged; where they want a Marathon, with one whose tasks those are."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils import _mesos_drain
from conformance.recordings import FOLDER
from fakes.mesos import Change, master
from fakes.mesos_operated import OperatedMaster
from fakes.server import Answer, Request, Server, as_json
from integration.marathon.running import call

WEB, BATCH = "33cf390e-d34d-4949-ba72-04569beb2902-S1", "33cf390e-d34d-4949-ba72-04569beb2902-S2"
WEB_TASK, BATCH_TASK = "r2-pa-0-ebcec0", "docker-sched-0-7377df"


def app(name: str, task: str, agent: str, cluster: str) -> dict[str, Any]:
    running = {"id": task, "slaveId": agent, "host": "h", "state": "TASK_RUNNING", "version": "1"}
    labels = {"ZEUS_VCLUSTER": cluster}
    return {"id": name, "cmd": "x", "instances": 1, "version": "1", "labels": labels, "tasks": [running], "tasksRunning": 1}


def marathon(*apps: dict[str, Any], restart: Callable[[], None] | None = None) -> Callable[[Request], Answer]:
    """``restart``: what a restart of the first app makes of it."""

    def answer(request: Request) -> Answer:
        if restart and (request.method, request.path) == ("POST", f"/v2/apps{apps[0]['id']}/restart"):
            restart()
            return as_json({"version": "2", "deploymentId": "d"})
        assert request.method == "GET"
        return as_json({"/v2/apps": {"apps": list(apps)}, "/v2/queue": {"queue": []}, "/v2/deployments": []}[request.path])

    return answer


SHOP, REPORTS = app("/shop", WEB_TASK, WEB, "web"), app("/reports", BATCH_TASK, BATCH, "batch")


def report(situation: str, *apps: dict[str, Any], change: Change | None = None) -> dict[str, Any]:
    with Server(master(situation, change) if change else master(situation)) as mesos, Server(marathon(*apps)) as other:
        return call("vcluster_info", {"mesos_urls": [mesos.url], "marathon_urls": [other.url]})


def test_recorded_clusters_are_apart() -> None:
    found = report("loaded", SHOP, REPORTS)
    assert (found["isolated"], found["outside_tasks"]) == (True, []), found
    web, batch = found["vclusters"]["web"], found["vclusters"]["batch"]
    assert (web["agents"], web["tasks"], web["apps"], web["total"]["cpus"], web["used"]["cpus"]) == (1, 1, 1, 1, 0.4)
    assert (batch["agents"], batch["tasks"], batch["apps"], batch["total"]["mem"], batch["free"]["cpus"]) == (1, 1, 1, 2048, 2.7)


def test_an_agent_of_two_clusters_is_of_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 6: the name stands twice, as in the recorded answer of the agent with ``d:a;d:b``."""
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._isolation_report.SETTLE_SECONDS", 0)

    def doubled(request: str, body: Any) -> Any:
        if request == "GET_AGENTS":
            for agent in body["get_agents"]["agents"]:
                agent["agent_info"]["attributes"].append({"name": "vcluster", "type": "TEXT", "text": {"value": "batch"}})
        return body

    found = report("loaded", SHOP, change=doubled)
    [task] = [one for one in found["outside_tasks"] if one["task"] == WEB_TASK]
    assert (found["isolated"], task["runs_in"]) == (False, ["web", "batch"])


def test_a_lost_agents_task_proves_nothing_and_its_room_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trap 19: the agent is not listed any more, and its task is neither running nor over."""
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._isolation_report.SETTLE_SECONDS", 0)
    others = app("/web", "web-sched-1-d6d765", "33cf390e-d34d-4949-ba72-04569beb2902-S0", "web")
    found = report("away", SHOP, REPORTS, others)
    [task] = found["outside_tasks"]
    assert (task["task"], task["hostname"]) == (WEB_TASK, None)
    assert "not registered" in task["reason"]
    assert (found["vclusters"]["web"]["agents"], found["vclusters"]["web"]["total"]["cpus"]) == (1, 2)
    with Server(master("away")) as mesos:
        told = call("mesos_cluster_info", {"mesos_urls": [mesos.url], "least_agents": 3})
    assert (told["agents"]["active"], told["agents"]["disconnected"], told["unreachable_agents"]) == (2, 0, 3)
    assert [problem for problem in told["problems"] if "2" in problem and "3" in problem and "agents" in problem]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_mesos_drain, "POLL", 0.001)
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._mesos_agents.POLL", 0.001)


@pytest.mark.usefixtures("quick")
def test_a_recorded_agent_is_drained_and_comes_back() -> None:
    """Traps 15 and 16. Both agents are web's here, so that what runs on the one finds room on the other."""
    moved = app("/shop", WEB_TASK, WEB, "web")

    def restart() -> None:
        assert operated.deactivated == {WEB}, "nothing may come back to it"
        moved["tasks"][0] |= {"id": "shop.2", "slaveId": BATCH}

    def change(request: str, body: Any) -> Any:
        if request == "GET_AGENTS":
            for agent in body["get_agents"]["agents"]:
                agent["agent_info"]["attributes"][0]["text"]["value"] = "web"
        if request == "GET_TASKS" and moved["tasks"][0]["slaveId"] == BATCH:
            [task] = [one for one in body["get_tasks"]["tasks"] if one["task_id"]["value"] == WEB_TASK]
            task["task_id"]["value"], task["agent_id"]["value"] = "shop.2", BATCH
        return body

    operated = OperatedMaster(master("loaded", change))
    with Server(operated) as mesos, Server(marathon(moved, restart=restart)) as other:
        given = {"mesos_urls": [mesos.url], "marathon_urls": [other.url], "agents": ["127.0.10.12"], "wait_timeout": 60}
        told = call("mesos_drain", {**given, "state": "drained", "max_grace_period": 30}, check=True)
        assert (told["changed"], operated.calls) == (True, []), told
        done = call("mesos_drain", {**given, "state": "drained", "max_grace_period": 30})
        assert done.get("changed"), done
        assert [(one["id"], one["method"], one["state"]) for one in done["agents"]] == [(WEB, "draining", "drained")]
        assert call("mesos_drain", {**given, "state": "drained"})["changed"] is False
        back = call("mesos_drain", {**given, "state": "reactivated"})
        assert (back["changed"], back["agents"][0]["state"]) == (True, "active")
    assert [one["type"] for one in operated.calls] == ["DEACTIVATE_AGENT", "DRAIN_AGENT", "REACTIVATE_AGENT"]
    assert operated.calls[1]["drain_agent"]["max_grace_period"] == {"seconds": 30}


@pytest.mark.usefixtures("quick")
def test_a_recorded_clusters_only_agent_is_not_drained() -> None:
    operated = OperatedMaster(master("loaded"))
    with Server(operated) as mesos, Server(marathon(SHOP, REPORTS)) as other:
        found = call("mesos_drain", {"mesos_urls": [mesos.url], "marathon_urls": [other.url], "agents": [WEB], "state": "drained"})
    assert found["error"]["kind"] == "refused"
    assert "web: none of its agents would stay in service" in found["msg"]
    assert operated.calls == []


def on(situation: str, name: str, change: Change | None = None, **arguments: Any) -> dict[str, Any]:
    """A module that must find nothing to write: the recorded master knows no call that changes anything."""
    with Server(master(situation, change) if change else master(situation)) as mesos:
        return call(name, {"mesos_urls": [mesos.url], **arguments})


def test_recorded_quotas_are_compared() -> None:
    """Trap 25: guarantees and limits of one role, and a cluster with none, which answers an empty object."""
    wanted = {"guarantees": {"cpus": 1, "mem": 256}, "limits": {"cpus": 2, "mem": 512}}
    same = on("operated", "mesos_quota", quotas={"web": wanted})
    assert (same["changed"], same["unchanged"], same["quotas"]) == (False, ["web"], [{"role": "web", **wanted}]), same
    assert on("idle", "mesos_quota", absent=["web"])["changed"] is False


def test_a_recorded_window_is_found() -> None:
    """Trap 18: the schedule and the status have different forms, and nothing planned is an empty object."""
    machines = [{"hostname": "web-r2.mesos.test", "ip": "127.0.10.12"}]
    planned = on("operated", "mesos_maintenance", machines=machines, state="scheduled")
    assert (planned["changed"], planned["machines"][0]["mode"], planned["machines"][0]["duration"]) == (False, "draining", 3600), planned
    assert on("idle", "mesos_maintenance", machines=machines, state="up")["changed"] is False


def test_a_recorded_agent_that_drains_is_not_brought_back_yet() -> None:
    """Trap 16."""
    draining = json.loads((FOLDER / "operated" / "GET_AGENTS-draining.json").read_text(encoding="utf-8"))["body"]

    def change(request: str, body: Any) -> Any:
        return draining if request == "GET_AGENTS" else body

    found = on("loaded", "mesos_agent", change, agents=["web-r1.mesos.test"], state="reactivated", wait=False)
    assert found["error"]["kind"] == "refused"
    assert "still draining" in found["msg"]
