# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter that is well, and one thing after the other that is not: which check says so, and in which words."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._verification import judge, report
from ansible_collections.zeus.paas.plugins.module_utils._verification_check import read_wanted
from ansible_collections.zeus.paas.plugins.module_utils._verification_hosts import Disk, read_disks

NOW = 1_795_500_000.0  # 2026-11-24T10:00:00Z or so
HEAD = "Type 1M-blocks Avail Inodes IFree Mounted on\n"
DF = HEAD + "ext4 9000 4500 600000 500000 /\ntmpfs 100 0 10 0 /run\noverlay 9000 1 1 1 /var/lib/docker/overlay2/x/merged\n"
SERVICES = (
    "Id=mesos-agent.service\nActiveState=active\nUnitFileState=enabled\n\nId=docker.service\nActiveState=active\nUnitFileState=enabled\n"
)
WANTED = {
    "datacenter": "bj01",
    "engine": "mesos",
    "vclusters": {"web": {"router": "nginx", "standalone": {"agents": 2}}, "batch": None},
    "hosts": {
        "bj01-control-1": {"address": "10.1.0.11", "role": "control", "vcluster": "", "rack": "", "attributes": {}},
        "bj01-web-1": {"address": "10.1.0.31", "role": "compute", "vcluster": "web", "rack": "r1", "attributes": {"disk": "ssd"}},
        "bj01-router-1": {"address": "10.1.0.21", "role": "router", "vcluster": "web", "rack": "", "attributes": {}},
    },
    "marathons": ["http://10.1.0.11:8080"],
    "chronoses": ["http://10.1.0.11:4400"],
}


def agent(address: str = "10.1.0.31", **attributes: str) -> dict[str, Any]:
    typed = [{"name": key, "type": "TEXT", "text": {"value": value}} for key, value in attributes.items()]
    info = {"id": {"value": "S1"}, "hostname": address, "port": 5051, "attributes": typed}
    return {"active": True, "deactivated": False, "pid": f"slave(1)@{address}:5051", "agent_info": info}


def well() -> dict[str, Any]:
    """As registered by the playbook's tasks, but for what no check reads."""
    led = {"status": 200, "json": {"leader": "10.1.0.11:8080", "frameworkId": "F"}, "item": "http://10.1.0.11:8080"}
    agents = [agent(dc="bj01", vcluster="web", rack="r1", disk="ssd")]
    status = {"plan": "d1", "running": True, "marathon": {"connected": True, "holding": False}, "store": {"connected": True}}
    return {
        "disks": {name: {"stdout": DF} for name in WANTED["hosts"]},  # type: ignore[attr-defined]
        "services": {"bj01-web-1": {"stdout": SERVICES}, "bj01-control-1": {"skipped": True}},
        "zookeeper": {"bj01-control-1": {"problems": [], "leader": "10.1.0.11:2181", "members": [{}]}},
        "mesos": {
            "ready": True, "problems": [], "notes": ["out of service by an operator: x", "masters run several versions"],
            "leader": {"hostname": "10.1.0.11", "version": "1.11.0"}, "masters": [{}],
        },
        "agents": {"results": [{"status": 307, "item": "a"}, {"status": 200, "item": "b", "json": {"get_agents": {"agents": agents}}}]},
        "marathon": {"results": [led]},
        "chronos": {"results": [{"status": 200, "json": {"leader": "10.1.0.11:4400"}, "item": "http://10.1.0.11:4400"}]},
        "deployments": {"results": [{"status": 200, "json": [], "item": "http://10.1.0.11:8080"}]},
        "apps": {"apps": [{"id": "/a", "settled": True, "deployments": [], "instances": 1, "serving": ["t"], "reasons": []}]},
        "vclusters": {"isolated": True, "outside_tasks": [], "outside_routes": [], "unproved": [], "vclusters": {"web": {}, "": {}}},
        "routers": {"routers": {"web": {"http://10.1.0.21:8700": {"status": status}}}, "away": {}, "not_running": [], "problems": {}},
        "policy_store": {"bj01-control-1": {"results": [{"item": {"user": "zeus-writer", "password": "geheim"}, "stdout": "PONG"}]}},
        "artifact_store": {"status": 200},
        "certificates": {"bj01-control-1": {"served": [served()]}},
    }  # fmt: skip


def served(days: float = 90.0, **more: Any) -> dict[str, Any]:
    return {"endpoint": "10.1.0.21:443", "problem": "", "subject": "shop.example.com", "not_after": NOW + days * 86400, **more}


def judged(answers: dict[str, Any], **wanted: Any) -> dict[str, Any]:
    read = read_wanted({**WANTED, **wanted}, Where("wanted"), NOW)
    return report(read, judge(answers, read))


def test_a_datacenter_that_is_well() -> None:
    found = judged(well())
    assert found["well"], found["lines"]
    assert found["summary"] == "bj01: all 15 checks are well"
    assert "ok      Disks: 3 file systems have 10 % or more free" in found["lines"]
    assert "ok      Certificates: 1 are served; the next one ends in 90 days" in found["lines"]
    # Said by the check of agents, with the inventory's names.
    assert [line for line in found["lines"] if "note:" in line] == ["          note: masters run several versions"]


def test_nothing_asked_is_nothing_well() -> None:
    """But for certificates, of which there may be none."""
    found = judged({})
    assert {check["name"]: check["state"] for check in found["checks"]} == {
        **dict.fromkeys((check["name"] for check in found["checks"]), "unknown"), "Certificates": "ok",
    }  # fmt: skip
    assert not found["well"]


def put(*path: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(answers: dict[str, Any]) -> None:
        place: Any = answers
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


def running(*agents: dict[str, Any]) -> Callable[[dict[str, Any]], None]:
    return put("agents", "results", 1, "json", "get_agents", "agents", value=list(agents))


GOOD = agent(dc="bj01", vcluster="web", rack="r1", disk="ssd")
ROUTER = ("routers", "routers", "web", "http://10.1.0.21:8700", "status")
LONG_AGO = {"id": "d-1", "version": "2026-11-20T10:00:00.000Z", "currentStep": 1, "totalSteps": 3, "affectedApps": ["/a"]}
W, U, WEB, CONTROL, FIRST = "wrong", "unknown", "bj01-web-1", "bj01-control-1", ("results", 0)


@pytest.mark.parametrize(("change", "check", "state", "said"), [
    (put("disks", WEB, value={"unreachable": True, "msg": "no route\nto host"}), "Hosts", W, "does not answer: no route to host"),
    (put("services", WEB, "stdout", value=SERVICES.replace("=active", "=failed", 1)), "Services", W, "mesos-agent.service is failed"),
    (put("services", WEB, "stdout", value=SERVICES.replace("=enabled", "=disabled", 1)), "Services", W, "would not after a boot"),
    (put("services", WEB, value={"msg": "no systemctl"}), "Services", U, "bj01-web-1: no systemctl"),
    (put("disks", WEB, "stdout", value=HEAD + "xfs 1000 99 10 9 /"), "Disks", W, "bj01-web-1: /: 99 MiB of 1000 are free, 10 %"),
    (put("disks", WEB, "stdout", value=HEAD + "ext4 1000 900 100 9 /"), "Disks", W, "9 files of 100 are free"),
    (put("disks", WEB, "stdout", value=""), "Disks", U, "bj01-web-1"),
    (put("zookeeper", CONTROL, "problems", value=["nobody leads"]), "ZooKeeper", W, "nobody leads"),
    (put("zookeeper", CONTROL, value={"unreachable": True, "msg": "away"}), "ZooKeeper", U, "could not ask the ensemble: away"),
    (put("mesos", "problems", value=["no master leads."]), "Mesos masters", W, "no master leads."),
    (put("mesos", value={"unreachable": True, "msg": "Mesos is away"}), "Mesos masters", U, "Mesos is away"),
    (running(), "Agents", W, "bj01-web-1 (10.1.0.31) is not registered"),
    (running({**GOOD, "deactivated": True}), "Agents", W, "bj01-web-1 is drained or deactivated"),
    (running({**GOOD, "active": False}), "Agents", W, "bj01-web-1 does not answer its master"),
    (running(agent(dc="bj01", vcluster="batch", rack="r1", disk="ssd")), "Agents", W, "bj01-web-1 has other attributes"),
    (running(GOOD, agent("10.1.0.99", dc="bj01")), "Agents", W, "10.1.0.99 (10.1.0.99, S1) is registered, and no compute host"),
    (put("agents", value={"results": [{"status": -1, "msg": "refused", "item": "u"}]}), "Agents", U, "u: refused"),
    (put("agents", "results", 1, "json", value={"get_agents": {"agents": [{}]}}), "Agents", U, "it lacks 'agent_info'"),
    (put("marathon", *FIRST, "json", "leader", value=None), "Marathon", W, "knows no leader"),
    (put("marathon", *FIRST, "json", "leader", value="10.1.0.12:8080"), "Marathon", W, "10.1.0.12:8080 leads, and is none of"),
    (put("marathon", *FIRST, "json", "frameworkId", value=None), "Marathon", W, "Mesos does not know it"),
    (put("marathon", *FIRST, value={"status": -1, "msg": "refused", "item": "u"}), "Marathon", W, "does not answer as it should: refused"),
    (put("chronos", "results", value=[]), "Chronos", U, "no node was asked"),
    (put("deployments", *FIRST, "json", value=[LONG_AGO]), "Deployments", W, "step 1 of 3, and holds /a"),
    (put("deployments", *FIRST, "json", value=[{"id": "d-1", "version": "?"}]), "Deployments", W, "holds no app"),
    (put("deployments", *FIRST, value={"status": 401, "msg": "Unauthorized", "item": "u"}), "Deployments", U, "u: Unauthorized"),
    (put("apps", "apps", 0, "settled", value=False), "Apps", W, "/a: 1 of 1 serve"),
    (put("vclusters", "unproved", value=["routes of r"]), "Virtual clusters", U, "routes of r"),
    (put("vclusters", "outside_routes", value=[{"app": "/b", "router": "r", "reason": "no"}]), "Virtual clusters", W, "/b on r: no"),
    (put("routers", "not_running", value=["r"]), "Routers", W, "r does not serve its newest plan"),
    (put("routers", "routers", "web", value={}), "Routers", W, "0 routers were asked, the inventory has 1"),
    (put(*ROUTER, "store", "connected", value=False), "Routers", W, "is not connected to the policy store"),
    (put(*ROUTER, "marathon", "holding", value=True), "Routers", W, "holds what it last believed"),
    (put("routers", value={"msg": "no token"}), "Routers", U, "no token"),
    (put("policy_store", CONTROL, *FIRST, "stdout", value="WRONGPASS"), "Policy store", W, "zeus-writer gets no answer: WRONGPASS"),
    (put("policy_store", CONTROL, value={"unreachable": True, "msg": "away"}), "Policy store", U, "away"),
    (put("artifact_store", value={"status": -1, "msg": "refused", "url": "http://a"}), "Artifact store", W, "http://a: refused"),
    (put("certificates", CONTROL, "served", value=[served(5)]), "Certificates", W, "of shop.example.com ends in 5 days"),
    (put("certificates", CONTROL, "served", value=[served(-1)]), "Certificates", W, "has ended"),
    (put("certificates", CONTROL, "served", value=[served(problem="refused")]), "Certificates", W, "10.1.0.21:443: refused"),
    (put("certificates", CONTROL, value={"msg": "no such file"}), "Certificates", U, "no such file"),
])  # fmt: skip
def test_what_is_wrong_is_said_by_its_check(change: Callable[[dict[str, Any]], None], check: str, state: str, said: str) -> None:
    answers = copy.deepcopy(well())
    change(answers)
    found = judged(answers)
    assert {one["name"]: one["state"] for one in found["checks"] if one["state"] != "ok"}[check] == state
    assert any(said in line for line in found["lines"]), found["lines"]
    assert "geheim" not in str(found)
    assert f"{check} ({state})" in found["summary"]


def test_routers_that_differ() -> None:
    answers = well()
    answers["routers"]["routers"]["web"]["http://10.1.0.22:8700"] = {"status": {"plan": "d2", "running": True}}
    hosts = {**WANTED["hosts"], "bj01-router-2": WANTED["hosts"]["bj01-router-1"]}  # type: ignore[index, dict-item]
    lines = judged(answers, hosts=hosts)["lines"]
    assert any("the routers of web serve different plans: http://10.1.0.21:8700 d1, http://10.1.0.22:8700 d2" in line for line in lines)


def test_the_standalone_engine_has_virtual_agents() -> None:
    answers = well()
    for name in ("zookeeper", "chronos"):
        del answers[name]
    virtual = [agent("10.1.0.11", dc="bj01", vcluster=name) for name in ("web", "web", "batch")]
    answers["agents"]["results"][1]["json"]["get_agents"]["agents"] = virtual
    found = judged(answers, engine="standalone")
    assert found["well"], found["lines"]
    assert not {"ZooKeeper", "Chronos"} & {check["name"] for check in found["checks"]}
    virtual[1:] = [agent("10.1.0.11", vcluster="spare")]
    lines = judged(answers, engine="standalone")["lines"]
    assert "          virtual cluster web has 1 agents, expected 2 as zeus_vclusters says" in lines
    assert "          10.1.0.11 is of the virtual cluster spare, which zeus_vclusters does not have" in lines


def test_many_equal_things_are_told_in_short() -> None:
    answers = well()
    outside = {"task": "t", "app": "/a", "hostname": "h", "reason": "no"}
    answers["vclusters"]["outside_tasks"] = [outside] * 40
    found = judged(answers)
    assert len(next(check for check in found["checks"] if check["name"] == "Virtual clusters")["wrong"]) == 11
    assert "          and 30 more" in found["lines"]


def test_disks_without_a_limit_of_files_and_with_blanks_in_their_names() -> None:
    assert list(read_disks(HEAD + "btrfs 100 50 0 0 /srv/a b\nbtrfs 100 50 0 0 /srv/c\nxfs - - - - /x\n")) == [
        Disk("/srv/a b", 100, 50, 0, 0)
    ]


@pytest.mark.parametrize(("wanted", "said"), [
    ({**WANTED, "engine": "k8s"}, "no such engine"),
    ({**WANTED, "disk_percent": "few"}, "this is no number"),
    ({**WANTED, "disks": 3}, "unknown key"),
])  # fmt: skip
def test_limits_that_cannot_be_used(wanted: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read_wanted(wanted, Where("wanted"), NOW)
