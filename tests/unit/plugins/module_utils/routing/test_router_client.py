# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The routers' client against small agents that say what a test wants."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils import _router
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, InputError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpOptions
from ansible_collections.zeus.paas.plugins.module_utils._router import Routers

APP = "/production/shop/web/stable"


class Agent:
    """``answers``: "METHOD /path" → data, or a function of the request's body.

    ``then``: "METHOD /path" → what changes once that was answered; not after a time, in which it may not have been asked at all.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {}
        self.asked: list[str] = []
        self.status = 200
        self.then: dict[str, Callable[[], None]] = {}
        agent = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"null")
                call = f"{self.command} {self.path.partition('?')[0]}"
                agent.asked.append(f"{self.command} {self.path}")
                data = agent.answers.get(call, {})
                text = json.dumps(data(body) if callable(data) else data).encode()
                agent.then.pop(call, lambda: None)()
                self.send_response(agent.status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def runs(self, *tasks: str) -> None:
        peers = [{"task": task, "address": "10.0.0.1", "port": 1} for task in tasks]
        self.answers["GET /v1/plan"] = {"apps": {"/production/shop/web": {"variants": {"stable": {"version": "1", "peers": peers}}}}}

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def agents() -> Iterator[list[Agent]]:
    made = [Agent(), Agent()]
    yield made
    for agent in made:
        agent.close()


@pytest.fixture
def routers(agents: list[Agent], monkeypatch: pytest.MonkeyPatch) -> Routers:
    monkeypatch.setattr(_router, "UNREACHABLE_AFTER", 0.3)
    return Routers({"web": [agent.url for agent in agents]}, HttpOptions(token="t"))


def test_all_routers_with_exactly_these_tasks_confirm(agents: list[Agent], routers: Routers) -> None:
    agents[0].runs("b", "a")
    agents[1].runs("a")
    agents[1].then["GET /v1/plan"] = lambda: agents[1].runs("a", "b")
    answer = routers.confirm("web", {APP: ["a", "b"]}, Deadline(30))
    assert answer.confirmed == tuple(agent.url for agent in agents)
    assert answer.complete
    assert answer.describe() == ""
    asked = "GET /v1/plan?app=%2Fproduction%2Fshop%2Fweb"
    assert [agent.asked for agent in agents] == [[asked], [asked, asked]]


@pytest.mark.parametrize(("tasks", "reason"), [(("a",), "lacks b"), (("a", "b", "c"), "still has c"), ((), "lacks a, b")])
def test_a_router_without_exactly_these_tasks_refuses(agents: list[Agent], routers: Routers, tasks: tuple[str, ...], reason: str) -> None:
    agents[0].runs("a", "b")
    agents[1].runs(*tasks)
    answer = routers.confirm("web", {APP: ["a", "b"]}, Deadline(0.2))
    assert (answer.confirmed, answer.refused, answer.behind) == ((agents[0].url,), (agents[1].url,), ())
    assert reason in answer.reasons[agents[1].url]
    assert agents[1].url in answer.describe()


def test_no_tasks_are_confirmed_by_an_app_that_is_not_there(agents: list[Agent], routers: Routers) -> None:
    assert routers.confirm("web", {APP: []}, Deadline(1)).complete


def test_a_router_that_nobody_reaches_is_behind_and_does_not_hold_up_the_others(agents: list[Agent], routers: Routers) -> None:
    agents[0].runs("a")
    agents[1].close()
    deadline = Deadline(30)
    answer = routers.confirm("web", {APP: ["a"]}, deadline)
    assert (answer.confirmed, answer.refused, answer.behind) == ((agents[0].url,), (), (agents[1].url,))
    assert deadline.left() > 20
    assert "behind" in answer.describe()


def test_a_wrong_token_is_told_at_once(agents: list[Agent], routers: Routers) -> None:
    agents[0].status = agents[1].status = 401
    with pytest.raises(ApiError, match="401"):
        routers.confirm("web", {APP: []}, Deadline(30))


def test_an_agent_in_trouble_refuses(agents: list[Agent], routers: Routers) -> None:
    agents[0].runs("a")
    agents[1].status = 500
    assert routers.confirm("web", {APP: ["a"]}, Deadline(0.2)).refused == (agents[1].url,)


def test_a_cluster_without_routers_confirms_and_a_bad_id_is_refused(routers: Routers) -> None:
    assert routers.confirm("batch", {APP: ["a"]}, Deadline(0)).complete
    with pytest.raises(InputError, match="/x"):
        routers.confirm("web", {"/x": []}, Deadline(0))


def marks(agent: Agent, *, open_: int, remembers: bool = True) -> None:
    state: dict[str, Any] = {}

    def mark(body: Any) -> Any:
        state.update({task: {"open": open_} for task in body["tasks"]})
        return {"tasks": state}

    agent.answers["POST /v1/drain"] = mark
    agent.answers["GET /v1/drain"] = lambda _body: {"tasks": dict(state) if remembers else {}}
    agent.answers["DELETE /v1/drain"] = lambda body: [state.pop(task, None) for task in body["tasks"]] and {"tasks": {}}


def test_drained_means_out_of_every_plan_and_no_open_request(agents: list[Agent], routers: Routers) -> None:
    for agent in agents:
        agent.runs("b")
        marks(agent, open_=0)
    assert routers.drain("web", ["a"], Deadline(5), ttl=60).complete
    assert [call for call in agents[0].asked if call.startswith("POST")] == ["POST /v1/drain"]


def test_requests_that_are_open_at_the_deadline_are_no_refusal_but_a_plan_is(agents: list[Agent], routers: Routers) -> None:
    agents[0].runs("b")
    agents[1].runs("a", "b")
    for agent in agents:
        marks(agent, open_=3)
    answer = routers.drain("web", ["a"], Deadline(0.3), ttl=60)
    assert (answer.confirmed, answer.refused) == ((agents[0].url,), (agents[1].url,))
    assert "still routes to a" in answer.reasons[agents[1].url]


def test_an_agent_that_forgot_its_marks_gets_them_again(agents: list[Agent], routers: Routers) -> None:
    for agent in agents:
        agent.runs("b")
        marks(agent, open_=0, remembers=agent is agents[0])
    agents[1].then["GET /v1/drain"] = lambda: marks(agents[1], open_=0)
    assert routers.drain("web", ["a"], Deadline(30), ttl=60).complete
    assert agents[1].asked.count("POST /v1/drain") == 2


def test_one_that_is_away_does_not_hide_the_others(agents: list[Agent], routers: Routers) -> None:
    agents[0].answers["GET /v1/status"] = {"store": {"epoch": 5, "counter": 17}}
    agents[1].close()
    answers = routers.statuses("web")
    assert answers[agents[0].url] == {"store": {"epoch": 5, "counter": 17}}
    assert isinstance(answers[agents[1].url], ZeusError)
    assert routers.highest_stamp() == (5, 17)
    assert routers.highest_counter() == 17
    assert Routers({}).highest_stamp() == (0, 0)
