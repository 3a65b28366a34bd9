# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent between a Marathon and a real nginx: what runs is what is served, soon, and nothing else makes a difference."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from integration.nginx.backend import Backend
from integration.nginx.running import RunningNginx, until

from .fake_marathon import FakeMarathon, app_of, task
from .running import RunningAgent

APP = "/test/shop/web/stable"
KEY = "/test/shop/web"


@pytest.fixture
def backends() -> Iterator[list[Backend]]:
    with Backend("a") as a, Backend("b") as b, Backend("c") as c:
        yield [a, b, c]


@pytest.fixture(scope="module")
def started(marathon: FakeMarathon, nginx: RunningNginx) -> Iterator[RunningAgent]:
    with RunningAgent(marathon.url, nginx=nginx) as running:
        yield running


@pytest.fixture
def agent(started: RunningAgent, marathon: FakeMarathon, backends: list[Backend]) -> RunningAgent:
    """All parts run, and two of three new backends are peers, whatever the test before left."""
    marathon.restore()
    until(lambda: started.get("/v1/status").json()["marathon"]["connected"], what="the event stream")
    known = {*marathon.apps, *(f"{key}/{variant}" for key, entry in started.plan()["apps"].items() for variant in entry["variants"])}
    marathon.apps.clear()

    def forgotten() -> bool:
        """Told again if need be: a stream that was about to end loses what it is told. Only an answer that was asked after it counts."""
        for app_id in known:
            marathon.say("app_terminated_event", appId=app_id)
        return started.ask("POST", "/v1/sync").ok and started.get("/v1/status").json()["running"] and started.plan()["apps"] == {}

    until(forgotten, what="a router without apps")
    marathon.run(app_of("web", *((one.host, one.port) for one in backends[:2])))
    until(lambda: len(started.peers("web")) == 2 and not started.problems(), what="two peers")
    assert started.ask("POST", "/v1/sync").ok
    return started


def tasks(marathon: FakeMarathon) -> list[str]:
    return [str(one["id"]) for one in marathon.apps[APP]["tasks"]]


def answering(nginx: RunningNginx, count: int = 12) -> set[str]:
    """Which backends answer, by so many requests on connections of their own."""
    found = set()
    for _unused in range(count):
        status, _headers, body = nginx.request("web.test")
        assert status == 200, body
        found.add(json.loads(body)["backend"])
    return found


def settled_without(nginx: RunningNginx, generation: int) -> bool:
    """Every worker has taken something newer than ``generation``."""
    workers = nginx.admin("GET", "/status")["workers"]
    return bool(workers) and all(worker["generation"] > generation for worker in workers)


def test_peers_follow_what_runs_without_a_reload(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    pids = nginx.worker_pids()
    assert answering(nginx) == {"a", "b"}
    third = marathon.start_task(APP, backends[2].host, backends[2].port)
    until(lambda: third in agent.peers("web"), seconds=20, what="the third peer, before the look at everything of every 30 s")
    assert answering(nginx, 24) == {"a", "b", "c"}
    gone = marathon.apps[APP]["tasks"].pop(0)["id"]
    marathon.status(APP, gone, "TASK_FINISHED")
    until(lambda: gone not in agent.peers("web"), what="the end of a peer")
    assert answering(nginx) == {"b", "c"}
    assert nginx.worker_pids() == pids
    status = agent.get("/v1/status").json()
    assert status["reloads"] == {"nginx": 0, "haproxy": 0}
    assert status["running"] is True
    assert agent.plan()["digest"] == status["plan"]


def test_a_killing_event_reaches_every_worker(agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx) -> None:
    """Itself, and not the look at everything of every 30 s; how soon, tests/bench tells."""
    generation = nginx.admin("GET", "/status")["generation"]
    victim = tasks(marathon)[0]
    marathon.status(APP, victim, "TASK_KILLING")
    until(lambda: settled_without(nginx, generation), seconds=20, what="a newer plan in every worker")
    until(lambda: victim not in agent.peers("web"), what="the agent's own word for it")


def test_a_killed_task_does_not_come_back_by_an_older_answer(agent: RunningAgent, marathon: FakeMarathon) -> None:
    victim = tasks(marathon)[0]
    marathon.status(APP, victim, "TASK_KILLING")  # the list goes on to say TASK_RUNNING
    until(lambda: victim not in agent.peers("web"), what="the end of a peer")
    assert agent.ask("POST", "/v1/sync").ok
    assert victim not in agent.peers("web")


@pytest.mark.parametrize("fault", ["500", "html", "no leader", "empty", "nobody", "no apps"])
def test_implausible_answers_change_nothing(agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, fault: str) -> None:
    before = agent.plan()
    if fault == "500":
        marathon.broken = (500, "application/json", b'{"message": "broken"}')
    elif fault == "html":
        marathon.broken = (200, "text/html", b"<html>proxy error</html>")
    elif fault == "no leader":
        marathon.leader = None
        marathon.apps[APP]["tasks"].pop(0)
    elif fault == "empty":
        marathon.apps.clear()
    elif fault == "no apps":
        marathon.broken = (200, "application/json", b"{}")
    else:
        marathon.stop()
    marathon.end_streams()
    until(lambda: agent.get("/v1/status").json()["marathon"]["holding"], what="the agent holds")
    assert not agent.ask("POST", "/v1/sync").ok
    assert agent.plan() == before
    assert answering(nginx) == {"a", "b"}


def test_what_is_merely_absent_goes_after_two_answers(agent: RunningAgent, marathon: FakeMarathon) -> None:
    gone = marathon.apps[APP]["tasks"].pop(0)["id"]
    readings = marathon.readings
    assert agent.ask("POST", "/v1/sync").ok
    until(lambda: gone not in agent.peers("web"), seconds=20, what="the second answer")
    assert marathon.readings >= readings + 2


def test_a_restart_of_the_agent_with_everything_away_changes_nothing(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx
) -> None:
    before = agent.plan()
    marathon.stop()
    agent.restart("KILL")
    until(lambda: agent.plan() == before, what="the plan of before")
    assert agent.get("/v1/health").ok
    assert answering(nginx) == {"a", "b"}
    nginx.restart()
    assert answering(nginx) == {"a", "b"}
    # What ended meanwhile goes as soon as Marathon says so twice.
    gone = marathon.apps[APP]["tasks"].pop(0)["id"]
    marathon.start()
    until(lambda: gone not in agent.peers("web"), what="the truth")
    assert len(agent.peers("web")) == 1


def test_a_restarted_agent_does_not_flap(agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx) -> None:
    generation = nginx.admin("GET", "/status")["generation"]
    readings = marathon.readings
    agent.restart()
    until(lambda: marathon.readings > readings and agent.get("/v1/status").json()["running"], what="a first sync")
    assert agent.ask("POST", "/v1/sync").ok
    assert nginx.admin("GET", "/status")["generation"] == generation


def test_an_agent_without_a_plan_leaves_nginx_alone_until_marathon_answers(
    marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    marathon.run(app_of("web", (backends[0].host, backends[0].port)))
    with RunningAgent(marathon.url, nginx=nginx) as agent:
        until(lambda: len(agent.peers("web")) == 1, what="the peer")
        agent.stop()
        nginx.snapshot.unlink()
        marathon.stop()
        agent.start()
        assert agent.get("/v1/health").status_code == 503
        assert agent.get("/v1/status").json()["running"] is False
        assert nginx.request("web.test")[0] == 200


def test_a_restarted_nginx_gets_its_plan_again(agent: RunningAgent, nginx: RunningNginx) -> None:
    nginx.stop()
    nginx.snapshot.unlink()
    nginx.start()
    until(lambda: nginx.admin("GET", "/status")["apps"].get(KEY), what="the plan in nginx")
    nginx.settle(nginx.admin("GET", "/status")["generation"])
    assert answering(nginx) == {"a", "b"}


def test_drain_marks_take_tasks_out_and_back_and_survive_a_restart(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    first = next(one["id"] for one in marathon.apps[APP]["tasks"] if one["ports"] == [backends[0].port])
    answer = agent.ask("POST", "/v1/drain", json={"tasks": [first], "ttl": 60})
    assert answer.json() == {"tasks": {first: {"open": 0}}}
    until(lambda: first not in agent.peers("web"), what="the drained peer's end")
    assert answering(nginx) == {"b"}
    agent.restart()
    assert agent.get("/v1/drain").json() == {"tasks": {first: {"open": 0}}}
    assert agent.ask("POST", "/v1/sync").ok
    assert first not in agent.peers("web")
    assert agent.ask("DELETE", "/v1/drain", json={"tasks": [first]}).ok
    until(lambda: first in agent.peers("web"), what="the peer again")
    agent.ask("POST", "/v1/drain", json={"tasks": [first], "ttl": 5})
    until(lambda: first not in agent.peers("web"), what="the drained peer's end")
    until(lambda: first in agent.peers("web"), what="the end of a mark")


def test_open_requests_of_a_drained_task_are_counted(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    import threading

    ids = {one["ports"][0]: one["id"] for one in marathon.apps[APP]["tasks"]}
    for one in backends[:2]:
        one.gate = threading.Event()
    request = threading.Thread(target=lambda: nginx.request("web.test"))
    request.start()
    busy = until(lambda: next((one for one in backends[:2] if one.entered.is_set()), None), what="a request in a backend")
    task_id = ids[busy.port]
    agent.ask("POST", "/v1/drain", json={"tasks": [task_id], "ttl": 60})
    until(lambda: agent.get("/v1/drain").json()["tasks"][task_id]["open"] == 1, what="one open request")
    for one in backends[:2]:
        assert one.gate is not None
        one.gate.set()
    request.join(10)
    until(lambda: agent.get("/v1/drain").json()["tasks"][task_id]["open"] == 0, what="no open request")


def test_a_bad_app_does_not_hold_up_the_others(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    place = (backends[2].host, backends[2].port)
    marathon.run(app_of("evil", place, ZEUS_HOSTS='x"; } evil {'))
    marathon.run(app_of("thief", place, ZEUS_HOSTS="web.test"))
    marathon.run(app_of("good", place))
    until(lambda: len(agent.peers("good")) == 1, what="the good app")
    told = {("labels", "/test/shop/evil/stable"), ("conflict", "/test/shop/thief")}
    until(lambda: {(one["kind"], one["subject"]) for one in agent.problems()} == told, what="the two problems")
    assert answering(nginx) == {"a", "b"}
    assert nginx.request("good.test")[0] == 200


def test_other_clusters_apps_are_not_served(
    agent: RunningAgent, marathon: FakeMarathon, nginx: RunningNginx, backends: list[Backend]
) -> None:
    marathon.run(app_of("batch", (backends[2].host, backends[2].port), vcluster="batch"))
    marathon.run(app_of("good", (backends[2].host, backends[2].port)))
    until(lambda: len(agent.peers("good")) == 1, what="the other app")
    assert nginx.request("batch.test")[0] == 404
    assert agent.peers("batch") == set()


def test_every_call_but_health_needs_the_token(agent: RunningAgent) -> None:
    calls = [("GET", "/v1/status"), ("GET", "/v1/plan"), ("GET", "/v1/drain"), ("POST", "/v1/drain"), ("DELETE", "/v1/drain")]
    calls += [("POST", "/v1/explain"), ("GET", "/v1/counters"), ("POST", "/v1/sync"), ("GET", "/nothing")]
    for method, path in calls:
        for token in ("", "wrong", agent.token + "x", agent.token[:-1]):
            answer = agent.ask(method, path, token=token, json={"tasks": [], "ttl": 1})
            assert answer.status_code == 401, (method, path, token)
            assert agent.token not in answer.text
    assert agent.ask("GET", "/v1/health", token="").json() == {"status": "ok"}
    assert agent.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    "body", [None, "x", [], {"tasks": "a", "ttl": 1}, {"tasks": ["a"]}, {"tasks": ["a"], "ttl": 0}, {"tasks": ["a"], "ttl": True}]
)
def test_a_drain_call_that_makes_no_sense_is_refused(agent: RunningAgent, body: object) -> None:
    before = agent.plan()
    assert agent.ask("POST", "/v1/drain", data=json.dumps(body)).status_code == 400
    assert agent.plan() == before


def test_explain_and_counters_come_from_nginx(agent: RunningAgent, nginx: RunningNginx) -> None:
    assert answering(nginx) == {"a", "b"}
    explained = agent.ask("POST", "/v1/explain", json={"host": "web.test", "path": "/", "address": "10.0.0.1"})
    assert explained.json()["app"] == KEY
    assert explained.json()["plan"] == agent.plan()["apps"][KEY]["digest"][:12]
    assert agent.ask("POST", "/v1/explain", json={"host": "nobody.test", "path": "/"}).status_code == 404
    # Workers add up their counters some times a second.
    until(lambda: agent.get("/v1/counters").json()["apps"][KEY]["stable"]["requests"] >= 12, what="the requests' count")


def test_no_secret_is_logged(agent: RunningAgent) -> None:
    agent.ask("GET", "/v1/status", token="wrong")
    agent.restart()
    assert agent.token not in agent.node.log("agent")
    assert task(APP, "127.0.0.1", 1)["appId"] == APP
