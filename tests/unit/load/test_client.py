# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load client's books against those of a server that misbehaves: "0 failed" is only worth something if each failure is counted."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.nginx.running import until
from unit.load.misbehaving import MisbehavingServer, unused_address

CLIENT = Path(__file__).resolve().parents[2] / "load" / "client.py"


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as running:
        yield running


def start(*options: str) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, str(CLIENT), *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def give(process: subprocess.Popen[str], stream: dict[str, Any]) -> None:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps([{"name": "one", "host": "shop.example.com", "rate": 100, "connections": 4, **stream}]) + "\n")
    process.stdin.flush()
    assert process.stdout.readline() == "started\n"


def finish(process: subprocess.Popen[str]) -> dict[str, Any]:
    assert process.stdout is not None
    text = process.stdout.read()
    assert process.wait(timeout=10) == 0
    said = json.loads(text)
    assert len(said) == 1
    counts: dict[str, Any] = said[0]
    return counts


def run(stream: dict[str, Any], seconds: float = 0.5) -> dict[str, Any]:
    process = start("--seconds", str(seconds))
    give(process, stream)
    return finish(process)


def run_until(enough: Callable[[], bool], stream: dict[str, Any]) -> dict[str, Any]:
    """As long as it takes, however busy the machine is."""
    process = start()
    give(process, stream)
    until(lambda: process.poll() is not None or enough(), seconds=60, what="so many requests")
    assert process.stdin is not None
    process.stdin.close()
    return finish(process)


def test_whole_answers_are_successes_and_say_who_gave_them(server: MisbehavingServer) -> None:
    counts = run_until(lambda: sum(server.received.values()) >= 40, {"address": server.address, "paths": ["/ok", "/chunked", "/created"]})
    assert counts["get"]["failed"] == 0, counts
    assert counts["get"]["sent"] == sum(server.received.values())
    assert counts["planned"] >= counts["get"]["sent"] + counts["dropped"]
    assert counts["answers"] == {"web stable 1.0": {"7": counts["get"]["sent"]}}
    assert 0 < counts["milliseconds"]["p50"] <= counts["milliseconds"]["p99"] <= counts["milliseconds"]["max"]


def test_kept_alive_connections_are_used_again(server: MisbehavingServer) -> None:
    counts = run({"address": server.address, "paths": ["/ok"]})
    assert counts["connections"] == server.connections <= 4


def test_without_keep_alive_every_request_has_its_own_connection(server: MisbehavingServer) -> None:
    counts = run({"address": server.address, "paths": ["/ok"], "keep_alive": False})
    assert counts["connections"] == server.connections == counts["get"]["sent"]
    assert counts["get"]["failed"] == 0


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/early", "closed without an answer"),
        ("/half-head", "closed within the head"),
        ("/cut", "closed within the body"),
        ("/cut-chunk", "closed within a chunk"),
        ("/no-length", "status 200, body without a length"),
        ("/500", "status 500"),
        ("/302", "status 302"),
        ("/no-http", "no HTTP"),
    ],
)
def test_every_kind_of_failure_is_counted_once_and_never_repeated(server: MisbehavingServer, path: str, reason: str) -> None:
    counts = run_until(lambda: server.received[f"GET {path}"] >= 20, {"address": server.address, "paths": [path, "/ok"]})
    bad, good = server.received[f"GET {path}"], server.received["GET /ok"]
    assert good > 0
    assert counts["get"] == {"sent": bad + good, "failed": bad}, counts["reasons"]
    assert counts["reasons"] == {reason: bad}
    assert [set(failure) for failure in counts["failures"]] == [{"at", "request", "reason", "milliseconds"}] * min(bad, 50)
    assert counts["answers"]["web stable 1.0"]["7"] == good


def test_posts_are_counted_apart(server: MisbehavingServer) -> None:
    stream = {"address": server.address, "paths": ["/ok"], "post_path": "/500", "post_every": 5}
    counts = run_until(lambda: sum(server.received.values()) >= 40, stream)
    assert counts["post"] == {"sent": server.received["POST /500"], "failed": server.received["POST /500"]}
    assert counts["get"] == {"sent": server.received["GET /ok"], "failed": 0}
    assert 0 < counts["post"]["sent"] <= counts["get"]["sent"] / 3


@pytest.mark.parametrize("path", ["/close", "/silent-close"])
def test_a_connection_that_ended_between_requests_is_reopened_and_counts_as_nothing(server: MisbehavingServer, path: str) -> None:
    # 20 a second over 20 connections: each is idle for a second, in which the server's end of the stream arrives.
    stream = {"address": server.address, "paths": [path], "rate": 20, "connections": 20}
    counts = run_until(lambda: server.received[f"GET {path}"] >= 40, stream)
    assert counts["get"] == {"sent": server.received[f"GET {path}"], "failed": 0}, counts["reasons"]
    assert counts["connections"] == counts["get"]["sent"]


def test_late_is_failed(server: MisbehavingServer) -> None:
    stream = {"address": server.address, "paths": ["/slow"], "rate": 20, "timeout": 0.2}
    counts = run_until(lambda: server.received["GET /slow"] >= 5, stream)
    until(lambda: counts["get"]["sent"] <= server.received["GET /slow"], what="the requests that the client gave up")
    assert counts["get"]["failed"] == counts["get"]["sent"] == server.received["GET /slow"]
    assert counts["reasons"] == {"no answer in time": counts["get"]["failed"]}
    assert counts["milliseconds"] == {}


def test_refused_connections_are_failed_requests() -> None:
    counts = run({"address": unused_address(), "paths": ["/ok"]})
    assert counts["get"]["failed"] == counts["get"]["sent"] > 0
    assert counts["reasons"] == {"no connection: ConnectionRefusedError": counts["get"]["sent"]}


def test_what_could_not_be_sent_in_time_is_planned_but_not_sent(server: MisbehavingServer) -> None:
    # One connection, answers take 0.6 s, 50 a second are due: the client must not pretend that it kept the rate.
    stream = {"address": server.address, "paths": ["/slow"], "rate": 50, "connections": 1, "patience": 0.1}
    counts = run_until(lambda: server.received["GET /slow"] >= 3, stream)
    assert counts["get"]["failed"] == 0
    # Of the 30 that became due during each answer, 25 and more were late by then.
    assert counts["get"]["sent"] == server.received["GET /slow"] <= counts["planned"] / 30 + 1
    assert counts["dropped"] >= 50


def test_waiting_for_a_free_connection_is_part_of_the_time(server: MisbehavingServer) -> None:
    stream = {"address": server.address, "paths": ["/slow"], "rate": 10, "connections": 1, "patience": 60}
    counts = run_until(lambda: server.received["GET /slow"] >= 2, stream)
    # The second request was due after 0.1 s and had to wait for the first one's 0.6 s.
    assert counts["milliseconds"]["max"] >= 1000


@pytest.mark.parametrize("way", ["end of input", "SIGTERM"])
def test_it_stops_when_told_and_waits_for_what_is_open(server: MisbehavingServer, way: str) -> None:
    process = start()
    give(process, {"address": server.address, "paths": ["/slow"], "rate": 20, "connections": 20})
    assert process.stdin is not None
    until(lambda: process.poll() is not None or server.received["GET /slow"], what="a request")
    if way == "SIGTERM":
        process.send_signal(signal.SIGTERM)
    else:
        process.stdin.close()
    counts = finish(process)
    assert counts["get"] == {"sent": server.received["GET /slow"], "failed": 0}, counts["reasons"]
