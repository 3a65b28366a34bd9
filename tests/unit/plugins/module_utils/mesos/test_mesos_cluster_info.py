# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos_cluster_info, and reaching the leader: what a real Mesos does when it is not ready, trap by trap (docs/mesos-traps.md)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._connection import MESOS_ELECTION
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Operator
from fakes.mesos import master
from fakes.mesos_operated import OperatedMaster
from fakes.server import Answer, Request, Server, as_json
from integration.marathon.running import call

DIALOGUES = json.loads((Path(__file__).parents[4] / "fixtures" / "mesos" / "dialogues.json").read_text(encoding="utf-8"))
Answers = Callable[[Request], Answer]


def changed(below: Answers, *, flags: dict[str, str] | None = None, metrics: dict[str, float] | None = None) -> Answers:
    """The same master with other flags and metrics."""

    def answer(request: Request) -> Answer:
        path = request.path.removeprefix("/master")
        if path == "/flags" and flags:
            return as_json({"flags": {**json.loads(below(request).body)["flags"], **flags}})
        if path == "/metrics/snapshot" and metrics:
            return as_json({**json.loads(below(request).body), **metrics})
        return below(request)

    return answer


def follower(leader: str) -> Answers:
    """As recorded: redirects without a scheme, below /master, POST included."""
    own = changed(master("idle"), metrics={"master/elected": 0.0})

    def answer(request: Request) -> Answer:
        path = request.path.removeprefix("/master")
        if path in ("/health", "/version", "/flags", "/metrics/snapshot"):
            return own(request)
        return Answer(307, headers={"Location": f"//{leader}/master{path}"})

    return answer


@contextmanager
def cluster(leading: Answers, followers: int = 2, *, wrap: Callable[[Answers], Answers] = lambda one: one) -> Iterator[list[Server]]:
    with ExitStack() as stack:
        leader = stack.enter_context(Server(leading))
        others = [stack.enter_context(Server(wrap(follower(f"127.0.0.1:{leader.port}")))) for _number in range(followers)]
        yield [*others, leader]


def info(servers: list[Server], **arguments: Any) -> dict[str, Any]:
    return call("mesos_cluster_info", {"mesos_urls": [server.url for server in servers], **arguments})


def test_ready() -> None:
    with cluster(master("idle")) as servers:
        result = info(servers, strict=True, least_agents=1)
        assert (result["ready"], result["problems"]) == (True, []), result
        assert result["leader"]["url"] == servers[-1].url
        assert (result["leader"]["address"], result["leader"]["version"]) == ("127.0.10.1:5050", "1.11.0")
        assert [one["elected"] for one in result["masters"]] == [False, False, True]
        assert result["masters"][0]["flags"]["quorum"] == "2"
        assert result["agents"]["active"] == 1
        assert not any(request.path.endswith("/health") for server in servers for request in server.requests)


def test_trap_13_a_write_follows_a_redirect_without_a_scheme() -> None:
    operated = OperatedMaster(master("loaded"))
    with cluster(operated) as servers:
        urls = [server.url for server in servers]
        given = {"mesos_urls": urls, "agents": ["web-r2.mesos.test"], "state": "deactivated"}
        assert call("mesos_agent", given)["changed"] is True
        assert [one["type"] for one in operated.calls] == ["DEACTIVATE_AGENT"]
        given = {"mesos_urls": urls, "agents": ["web-r2.mesos.test"], "state": "scheduled"}
        assert call("mesos_maintenance", given)["changed"] is True
        assert len(operated.windows) == 1


def test_trap_13_a_leader_that_is_not_listed_gets_nothing() -> None:
    with cluster(master("idle")) as servers:
        result = call("mesos_agent", {"mesos_urls": [servers[0].url], "agents": ["x"], "state": "drained"})
    assert result["failed"]
    assert "not among the listed addresses" in result["msg"]


def test_trap_14_reads_outlast_the_election_while_standbys_name_a_dead_leader() -> None:
    """Somebody else becomes the leader after 30 seconds, as the client's own pauses count them."""
    with Server(master("idle")) as new:
        dead = "http://127.0.0.1:9"
        names, waited = ["127.0.0.1:9"], [0.0]

        def standby(request: Request) -> Answer:
            return follower(names[0])(request)

        def pause(seconds: float) -> None:
            waited[0] += seconds
            if waited[0] >= 30:
                names[0] = f"127.0.0.1:{new.port}"

        with Server(standby) as one:
            http = HttpClient("Mesos", [one.url, dead, new.url], HttpOptions(patience=MESOS_ELECTION), pause=pause)
            http.urls = (one.url, dead)
            with pytest.raises(ApiError, match="not among the listed"):
                Operator(http).master()
            assert 30 <= waited[0] < MESOS_ELECTION
            http.urls = (one.url, dead, new.url)
            assert Operator(http).master().version == "1.11.0"


def test_trap_14_a_cluster_of_which_nobody_answers_is_away_at_once() -> None:
    waited: list[float] = []
    http = HttpClient("Mesos", ["http://127.0.0.1:9"], HttpOptions(patience=MESOS_ELECTION), pause=waited.append)
    with pytest.raises(AwayError):
        Operator(http).master()
    assert sum(waited) < 3


def test_trap_11_health_is_green_and_the_master_is_not_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._connection.MESOS_ELECTION", 0.0)
    said = {turn["body"]["type"] if turn["body"] else turn["path"]: turn for turn in DIALOGUES["unready"]}
    own = master("idle")

    def recovering(request: Request) -> Answer:
        path = request.path.removeprefix("/master")
        turn = said.get(json.loads(request.body)["type"] if path == "/api/v1" else path)
        if turn is None:
            return own(request)
        if isinstance(turn["answer"], dict):
            return as_json(turn["answer"])
        return Answer(turn["status"], turn["answer"].encode(), {"Content-Type": "text/plain; charset=utf-8"})

    with Server(recovering) as server:
        result = info([server, server])
        strict = info([server], strict=True)
    assert result["ready"] is False
    assert result["leader"] is None
    assert any("replicated log is not recovered" in one for one in result["problems"])
    assert any("Master has not finished recovery" in one for one in result["problems"])
    assert strict["failed"]
    assert "not recovered" in strict["msg"]


def test_trap_9_a_quorum_that_does_not_fit() -> None:
    with cluster(changed(master("idle"), flags={"quorum": "1"}), wrap=lambda one: changed(one, flags={"quorum": "3"})) as servers:
        told = info(servers)["problems"]
    assert [text for text in told if "--quorum=1, and 3 masters need 2: two halves" in text]
    assert len([text for text in told if "--quorum=3, and 3 masters need 2: one more failure" in text]) == 2


def test_trap_12_too_few_masters_are_left() -> None:
    with cluster(master("idle"), followers=0) as servers:
        result = call("mesos_cluster_info", {"mesos_urls": ["http://127.0.0.1:9", "http://127.0.0.1:10", servers[0].url], "timeout": 20})
    told = " ".join(result["problems"])
    assert "1 of 3 masters answer, 2 are needed" in told
    assert "http://127.0.0.1:9 does not answer" in told
    assert [one["answers"] for one in result["masters"]] == [False, False, True]


def test_trap_12_a_zombie_shows_only_when_something_is_written() -> None:
    operated = OperatedMaster(master("idle"))
    operated.zombie = True
    with cluster(operated) as servers:
        assert info(servers)["ready"] is True
        assert operated.calls == []
        result = info(servers, probe_writes=True)
        [problem] = result["problems"]
        assert "restart this master" in problem
        assert "within 20secs" in problem
        operated.zombie = False
        for _turn in range(2):
            # The same weight again would not be written, and so would prove nothing.
            assert info(servers, probe_writes=True)["ready"] is True
        weights = [one["update_weights"]["weight_infos"][0]["weight"] for one in operated.calls[1:]]
        assert weights == [1.0, 2.0]
        assert call("mesos_cluster_info", {"mesos_urls": [one.url for one in servers], "probe_writes": True}, check=True)["ready"]
        assert len(operated.calls) == 3


def test_trap_12_any_module_says_that_the_leader_is_a_zombie() -> None:
    operated = OperatedMaster(master("loaded"))
    operated.zombie = True
    with Server(operated) as server:
        result = call("mesos_agent", {"mesos_urls": [server.url], "agents": ["web-r2.mesos.test"], "state": "deactivated"})
    assert result["failed"]
    assert "cannot write its registry" in result["msg"]
    assert "restart this master" in result["msg"]


def test_trap_19_an_agent_that_does_not_answer_and_one_that_is_out_of_service() -> None:
    operated = OperatedMaster(master("loaded"))
    operated.deactivated.add("33cf390e-d34d-4949-ba72-04569beb2902-S1")
    seen = operated._seen

    def gap(request: Request) -> Iterator[dict[str, Any]]:
        for agent in seen(request):
            yield {**agent, "active": False} if agent["agent_info"]["hostname"].startswith("batch") else agent

    operated._seen = gap  # type: ignore[method-assign]
    with cluster(operated) as servers:
        result = info(servers)
    assert result["agents"] == {"active": 0, "disconnected": 1, "deactivated": 1, "draining": 0, "drained": 0}
    assert [text for text in result["problems"] if "batch-r1.mesos.test" in text]
    assert "out of service by an operator: web-r2.mesos.test" in result["notes"]


def test_trap_4_agents_under_an_old_id_are_a_note_and_no_problem() -> None:
    with cluster(changed(master("idle"), metrics={"master/slaves_unreachable": 2.0})) as servers:
        result = info(servers)
    assert (result["ready"], result["unreachable_agents"]) == (True, 2)
    assert "another id" in result["notes"][0]


def test_trap_20_authentication_without_credentials_refuses_everybody() -> None:
    with cluster(master("idle"), wrap=lambda one: changed(one, flags={"authenticate_agents": "true"})) as servers:
        told = info(servers)["problems"]
    assert len([text for text in told if "no --credentials" in text]) == 2
    assert [text for text in told if "differ in --authenticate_agents" in text]


def test_trap_20_wrong_credentials_are_an_error_and_no_report() -> None:
    with Server(lambda request: Answer(401, b"401 Unauthorized.", {"Content-Type": "text/plain"})) as server:
        result = info([server])
    assert result["failed"]
    assert "credentials" in result["msg"]


def test_a_mixture_of_versions_is_a_note() -> None:
    def older(below: Answers) -> Answers:
        return lambda request: as_json({"version": "1.10.0"}) if request.path == "/version" else below(request)

    with cluster(master("idle"), followers=2, wrap=older) as servers:
        result = info(servers)
    assert result["ready"] is True
    assert "1.10.0, 1.11.0" in result["notes"][0]


def test_nobody_answers() -> None:
    result = call("mesos_cluster_info", {"mesos_urls": ["http://127.0.0.1:9"]})
    assert result["unreachable"] is True
