# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the clients of Marathon and Mesos send, and what they make of answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Attribute, Mesos, Resources
from fakes.server import Answer, Server, as_json


def marathon(server: Server) -> Marathon:
    return Marathon(HttpClient("Marathon", [server.url], HttpOptions(rounds=1)))


def test_apps_are_read_in_one_request_and_chosen_by_their_whole_id() -> None:
    apps = [{"id": "/a/b"}, {"id": "/a/b2"}, {"id": "/c"}]
    with Server(lambda _: as_json({"apps": apps})) as server:
        assert [a["id"] for a in marathon(server).apps(ids=["/a/b", "/c", "/no"], embed=())] == ["/a/b", "/c"]
        assert [a["id"] for a in marathon(server).apps(label="A==b")] == ["/a/b", "/a/b2", "/c"]
        assert marathon(server).apps(ids=[]) == []
    assert [request.query for request in server.requests] == [
        {},
        {"embed": ["apps.tasks", "apps.counts", "apps.deployments", "apps.lastTaskFailure"], "label": ["A==b"]},
    ]


def test_one_app_that_is_not_there() -> None:
    with Server(lambda _: as_json({"message": "App '/a/b' does not exist"}, 404)) as server:
        assert marathon(server).app("a/b") is None
        assert marathon(server).apps(ids=["/a/b"]) == []
        assert marathon(server).delete_app("/a/b") is None
    assert {request.path for request in server.requests} == {"/v2/apps/a/b"}


def test_writes_are_whole_and_say_force_always() -> None:
    with Server(lambda _: as_json({"version": "v", "deploymentId": "d1"})) as server:
        client = marathon(server)
        assert client.put_apps([{"id": "/a"}], force=True) == "d1"
        assert client.delete_app("/a") == "d1"
        assert client.kill_tasks(["t"], scale=True) == "d1"
        assert client.kill_tasks(["t"], scale=False) is None
    put, delete, kill, _plain = server.requests
    assert (put.method, put.path, put.json) == ("PUT", "/v2/apps", [{"id": "/a"}])
    assert put.query == {"partialUpdate": ["false"], "force": ["true"]}
    assert delete.query == {"force": ["false"]}
    assert (kill.path, kill.json, kill.query) == ("/v2/tasks/delete", {"ids": ["t"]}, {"scale": ["true"], "force": ["false"]})


def test_locked() -> None:
    body = {"message": "App is locked by one or more deployments.", "deployments": [{"id": "d7"}]}
    with Server(lambda _: as_json(body, 409)) as server, pytest.raises(LockedError) as caught:
        marathon(server).put_apps([{"id": "/a"}])
    assert caught.value.details["deployments"] == ["d7"]
    assert "HTTP 409, locked by the deployment d7" in caught.value.message


def test_another_409_is_no_lock() -> None:
    with Server(lambda _: as_json({"message": "An app with id [/x] already exists."}, 409)) as server:
        with pytest.raises(ApiError, match="already exists") as caught:
            marathon(server).put_apps([{"id": "/x"}])
        assert not isinstance(caught.value, LockedError)


def test_a_write_without_an_answer_is_not_sent_again() -> None:
    with Server(lambda _: Answer(hang=True)) as server:
        client = Marathon(HttpClient("Marathon", [server.url, server.url], HttpOptions(rounds=3), pause=lambda _: None))
        for write in (lambda: client.put_apps([]), lambda: client.delete_app("/a"), lambda: client.kill_tasks([], scale=True)):
            server.requests.clear()
            with pytest.raises(AwayError) as caught:
                write()
            assert caught.value.maybe_done
            assert len(server.requests) == 1


def test_deployments_versions_leader_and_queue() -> None:
    answers: dict[str, Any] = {
        "/v2/deployments": [{"id": "d"}],
        "/v2/apps/a/versions": {"versions": ["2026-01-01T00:00:00.000Z", "2026-02-01T00:00:00.000Z"]},
        "/v2/apps/a/versions/2026-01-01T00:00:00.000Z": {"id": "/a"},
        "/v2/leader": {"leader": "h:8080"},
        "/v2/queue": {"queue": [{"count": 1}]},
        "/v2/info": {"name": "marathon"},
    }
    with Server(lambda r: as_json(answers[r.path.replace("%3A", ":")])) as server:
        client = marathon(server)
        assert client.deployments() == [{"id": "d"}]
        assert client.versions("/a")[0] == "2026-02-01T00:00:00.000Z"
        assert client.app_version("/a", client.versions("/a")[1]) == {"id": "/a"}
        assert (client.leader(), client.queue(), client.info()["name"]) == ("h:8080", [{"count": 1}], "marathon")
    with Server(lambda _: as_json({"message": "There is no leader"}, 404)) as server:
        assert marathon(server).leader() is None


@pytest.mark.parametrize(("status", "result"), [(200, "back"), (202, None), (404, None)])
def test_cancelling(status: int, result: str | None) -> None:
    with Server(lambda _: as_json({"deploymentId": "back"}, status)) as server:
        assert marathon(server).cancel_deployment("d", force=status == 202) == result


@pytest.mark.parametrize("body", [[], {}, {"apps": None}, {"apps": [1]}, "pong"])
def test_json_of_something_else(body: Any) -> None:
    with Server(lambda _: as_json(body)) as server, pytest.raises(ApiError, match="answered JSON, but not"):
        marathon(server).apps()


def scalar(name: str, value: float) -> dict[str, Any]:
    return {"name": name, "type": "SCALAR", "scalar": {"value": value}, "role": "*"}


def text(name: str, value: str) -> dict[str, Any]:
    return {"name": name, "type": "TEXT", "text": {"value": value}}


#: Shapes as a Mesos 1.11 master answers them.
AGENTS = {
    "type": "GET_AGENTS",
    "get_agents": {
        "recovered_agents": [],
        "agents": [
            {
                "active": True,
                "deactivated": False,
                "pid": "slave(1)@10.0.0.1:5051",
                "agent_info": {
                    "id": {"value": "S1"},
                    "hostname": "web-1",
                    "attributes": [
                        text("vcluster", "web"),
                        text("vcluster", "batch"),
                        {"name": "f", "type": "SCALAR", "scalar": {"value": 1.5}},
                        {"name": "n", "type": "SCALAR", "scalar": {"value": 7.0}},
                        {"name": "r", "type": "RANGES", "ranges": {"range": [{"begin": 1, "end": 3}, {"begin": 5, "end": 5}]}},
                    ],
                },
                "total_resources": [scalar("cpus", 3), scalar("mem", 2048), {"name": "ports", "type": "RANGES", "ranges": {"range": []}}],
                "allocated_resources": [scalar("cpus", 0.3), scalar("cpus", 0.2)],
            }
        ],
    },
}
TASKS = {
    "type": "GET_TASKS",
    "get_tasks": {
        "tasks": [{"name": "a", "task_id": {"value": "t1"}, "agent_id": {"value": "S1"}, "state": "TASK_RUNNING"}],
        "unreachable_tasks": [{"task_id": {"value": "t2"}, "agent_id": {"value": "S2"}, "state": "TASK_UNREACHABLE"}],
        "completed_tasks": [{"task_id": {"value": "t3"}, "agent_id": {"value": "S1"}, "state": "TASK_FINISHED"}],
    },
}


def test_agents_and_tasks_come_typed_from_the_leader() -> None:
    with (
        Server(lambda r: as_json(AGENTS if r.json["type"] == "GET_AGENTS" else TASKS)) as leader,
        Server(lambda r: Answer(307, headers={"Location": f"//127.0.0.1:{leader.port}{r.path}"})) as standby,
    ):
        mesos = Mesos(HttpClient("Mesos", [standby.url, leader.url], HttpOptions(rounds=1)))
        (agent,) = mesos.agents()
        tasks = mesos.tasks()
    assert agent.values("vcluster") == ("web", "batch"), "a name that stands twice is not folded"
    assert agent.attributes[2:] == (Attribute("f", "SCALAR", "1.5"), Attribute("n", "SCALAR", "7"), Attribute("r", "RANGES", "[1-3, 5-5]"))
    assert agent.total == Resources(cpus=3, mem=2048)
    assert agent.used == Resources(cpus=0.5), "resources stand once per role"
    assert [(task.id, task.active) for task in tasks] == [("t1", True), ("t2", True)]


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        ({}, "not GET_AGENTS: is this address a Mesos master's"),
        ({"type": "GET_TASKS", "get_tasks": {}}, "not GET_AGENTS"),
        ({"type": "GET_AGENTS", "get_agents": {"agents": [{}]}}, "an entry of the answer lacks 'agent_info'"),
    ],
)
def test_something_that_is_no_mesos(body: Any, problem: str) -> None:
    with Server(lambda _: as_json(body)) as server, pytest.raises(ApiError, match=problem):
        Mesos(HttpClient("Mesos", [server.url], HttpOptions(rounds=1))).agents()


def test_what_can_be_read_is_read_again_although_it_is_post() -> None:
    answers: list[Callable[[], Answer]] = [lambda: Answer(503, b"Master has not finished recovery"), lambda: as_json(TASKS)]
    with Server(lambda _: answers.pop(0)()) as server:
        assert len(Mesos(HttpClient("Mesos", [server.url], HttpOptions(rounds=2), pause=lambda _: None)).tasks()) == 2
