# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the client of Chronos sends, and what it makes of answers."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._chronos import Chronos
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions
from fakes.chronos import Chronos as StandIn
from fakes.server import Answer, Server, as_json

NIGHTLY = {"name": "production.shop.settle", "command": "settle --all", "schedule": "R/2026-11-28T02:00:00.000Z/P1D"}
REPORT = {"name": "production.shop.report", "command": "report", "parents": [NIGHTLY["name"]]}


@pytest.fixture
def stand_in() -> StandIn:
    return StandIn()


@pytest.fixture
def server(stand_in: StandIn) -> Iterator[Server]:
    with Server(stand_in.answer) as running:
        yield running


def chronos(*urls: str) -> Chronos:
    return Chronos(HttpClient("Chronos", urls, HttpOptions(rounds=1), pause=lambda _: None))


def test_jobs_go_where_their_kind_goes_and_come_back(stand_in: StandIn, server: Server) -> None:
    client = chronos(server.url)
    assert client.jobs() == []
    client.put_job(NIGHTLY)
    client.put_job(REPORT)
    assert [(request.method, request.path) for request in server.requests[1:]] == [
        ("POST", "/v1/scheduler/iso8601"),
        ("POST", "/v1/scheduler/dependency"),
    ]
    assert [job["name"] for job in client.jobs()] == [NIGHTLY["name"], REPORT["name"]]
    client.put_job({**NIGHTLY, "command": "settle --some"})
    assert stand_in.jobs[str(NIGHTLY["name"])]["command"] == "settle --some", "replaced as a whole"
    client.run_job(REPORT["name"])
    client.kill_tasks(REPORT["name"])
    client.delete_job(REPORT["name"])
    assert (stand_in.runs, stand_in.killed, list(stand_in.jobs)) == ([REPORT["name"]], [REPORT["name"]], [NIGHTLY["name"]])
    assert client.leader() == stand_in.leader


@pytest.mark.parametrize("job", [{"name": "a"}, {**NIGHTLY, **REPORT}], ids=["neither", "both"])
def test_a_job_that_chronos_would_run_at_once_is_never_sent(server: Server, job: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a schedule or parents"):
        chronos(server.url).put_job(job)
    assert server.requests == []


def test_what_chronos_refuses_is_told_with_its_words(server: Server) -> None:
    client = chronos(server.url)
    with pytest.raises(ApiError, match=r"HTTP 400, .*the schedule cannot be parsed"):
        client.put_job({**NIGHTLY, "schedule": "every day"})
    with pytest.raises(ApiError, match=r"HTTP 400, .*Job 'no/such' not found"):
        client.delete_job("no/such")
    assert server.requests[-1].path == "/v1/scheduler/job/no%2Fsuch"


def test_a_write_without_an_answer_is_not_sent_again() -> None:
    with Server(lambda _: Answer(hang=True)) as first, Server(lambda _: Answer(204)) as second:
        with pytest.raises(AwayError) as caught:
            chronos(first.url, second.url).run_job("a")
        assert caught.value.maybe_done
        assert second.requests == []


def test_a_follower_sends_on_to_the_leader(stand_in: StandIn, server: Server) -> None:
    def sends_on(request: object) -> Answer:
        return Answer(307, headers={"Location": f"{server.url}/v1/scheduler/iso8601"})

    with Server(sends_on) as follower:
        chronos(follower.url, server.url).put_job(NIGHTLY)
    assert server.requests[-1].json == NIGHTLY


@pytest.mark.parametrize("body", [{"apps": []}, ["a"], [{"name": 1}]])
def test_another_service_on_that_port(body: object) -> None:
    with Server(lambda _: as_json(body)) as server, pytest.raises(ApiError, match="is this address a Chronos's"):
        chronos(server.url).jobs()


def test_the_guard_is_asked_before_every_write(server: Server) -> None:
    def lost() -> None:
        raise RefusedError("the lease is lost")

    client = chronos(server.url)
    client.guard = lost
    for write in (
        lambda: client.put_job(NIGHTLY),
        lambda: client.delete_job("a"),
        lambda: client.run_job("a"),
        lambda: client.kill_tasks("a"),
    ):
        with pytest.raises(RefusedError):
            write()
    assert server.requests == []
