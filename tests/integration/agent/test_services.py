# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Services through a real HAProxy: servers follow without a reload, connections live on, and a bad service harms only itself."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from integration.nginx.running import free_port, until

from .fake_marathon import FakeMarathon, app_of
from .running import RunningAgent


class Echo(socketserver.ThreadingTCPServer):
    """Answers every line with its name; connections last until the client ends them."""

    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False

    def __init__(self, name: str) -> None:
        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                for _line in self.rfile:
                    self.wfile.write(name.encode() + b"\n")

        super().__init__(("127.0.0.1", 0), Handler)
        self.port = int(self.server_address[1])
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Refuse new connections; the open ones go on."""
        self.shutdown()
        self.server_close()


class Session:
    """One TCP connection to a service."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=5)
        self._file = self._socket.makefile("rwb")

    def ask(self) -> str:
        self._file.write(b"who\n")
        self._file.flush()
        return self._file.readline().decode().strip()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


def who(port: int) -> str:
    session = Session(port)
    try:
        return session.ask()
    finally:
        session.close()


def serves(port: int) -> bool:
    try:
        return who(port) != ""
    except OSError:
        return False


@pytest.fixture
def echoes() -> Iterator[list[Echo]]:
    servers = [Echo(name) for name in "abc"]
    yield servers
    for server in servers:
        server.close()


@pytest.fixture(scope="module")
def started(marathon: FakeMarathon) -> Iterator[RunningAgent]:
    with RunningAgent(marathon.url, haproxy=True) as running:
        yield running


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def agent(started: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int) -> RunningAgent:
    """The service ``price`` on ``port`` with two of three servers."""
    until(lambda: started.get("/v1/status").json()["marathon"]["connected"], what="the event stream")
    known = {*marathon.apps, *(f"{key}/stable" for key in started.plan()["apps"])}
    marathon.apps.clear()
    for app_id in known:
        marathon.say("app_terminated_event", appId=app_id)
    until(lambda: started.plan()["apps"] == {}, what="an empty plan")
    marathon.run(app_of("price", *(("127.0.0.1", one.port) for one in echoes[:2]), kind="service", ZEUS_PORT=str(port)))
    until(lambda: serves(port) and len(started.peers("price")) == 2, what="the service")
    until(lambda: started.get("/v1/status").json()["running"], what="a plan that runs")
    return started


APP = "/test/shop/price/stable"


def test_servers_follow_without_a_reload_and_sessions_live_on(
    agent: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int
) -> None:
    reloads, worker = agent.get("/v1/status").json()["reloads"], agent.haproxy_worker()
    sessions = [Session(port) for _unused in range(4)]
    names = [session.ask() for session in sessions]
    assert set(names) == {"a", "b"}
    third = marathon.start_task(APP, "127.0.0.1", echoes[2].port)
    until(lambda: third in agent.peers("price"), what="the third server")
    assert {who(port) for _unused in range(9)} == {"a", "b", "c"}
    first = next(one["id"] for one in marathon.apps[APP]["tasks"] if one["ports"] == [echoes[0].port])
    marathon.status(APP, first, "TASK_KILLING")
    until(lambda: first not in agent.peers("price"), what="the end of a server")
    assert {who(port) for _unused in range(9)} == {"b", "c"}
    # Open connections of the server that is going are not cut.
    assert [session.ask() for session in sessions] == names
    assert agent.haproxy_worker() == worker
    assert agent.get("/v1/status").json()["reloads"] == reloads
    for session in sessions:
        session.close()
    until(lambda: "t_" in (servers := agent.haproxy("show servers state")) and servers.count(" t_") == 2, what="the old server's removal")
    assert agent.haproxy_worker() == worker


def test_open_connections_of_a_drained_task_are_counted(agent: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int) -> None:
    session = Session(port)
    busy = {"a": 0, "b": 1}[session.ask()]
    task_id = next(one["id"] for one in marathon.apps[APP]["tasks"] if one["ports"] == [echoes[busy].port])
    agent.ask("POST", "/v1/drain", json={"tasks": [task_id], "ttl": 60})
    until(lambda: task_id not in agent.peers("price"), what="the drained server's end")
    assert agent.get("/v1/drain").json()["tasks"][task_id]["open"] == 1
    session.close()
    until(lambda: agent.get("/v1/drain").json()["tasks"][task_id]["open"] == 0, what="no open connection")
    agent.ask("DELETE", "/v1/drain", json={"tasks": [task_id]})
    until(lambda: task_id in agent.peers("price"), what="the server again")


def test_a_restart_of_haproxy_loses_nothing(agent: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int) -> None:
    third = marathon.start_task(APP, "127.0.0.1", echoes[2].port)
    until(lambda: third in agent.peers("price"), what="the third server")
    agent.stop()
    agent.node.kill(agent.haproxy_pid)
    agent.run_haproxy()
    assert {who(port) for _unused in range(9)} == {"a", "b", "c"}
    agent.start()
    until(lambda: agent.get("/v1/status").json()["running"], what="a plan that runs")


def test_a_dead_server_is_passed_over(agent: RunningAgent, echoes: list[Echo], port: int) -> None:
    """Killed before anybody has heard: a connection that cannot be opened goes to another server."""
    echoes[0].close()
    assert {who(port) for _unused in range(12)} == {"b"}


def test_a_new_service_is_published_by_one_reload_that_cuts_nobody(
    agent: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int
) -> None:
    before = agent.get("/v1/status").json()["reloads"]["haproxy"]
    session = Session(port)
    name = session.ask()
    others = [free_port() for _unused in range(3)]
    for number, other in enumerate(others):
        marathon.run(app_of(f"more{number}", ("127.0.0.1", echoes[2].port), kind="service", ZEUS_PORT=str(other)))
    for other in others:
        until(lambda other=other: serves(other), what="the new service")  # type: ignore[misc]
    assert session.ask() == name
    session.close()
    until(lambda: agent.get("/v1/status").json()["running"], what="a plan that runs")
    assert 1 <= agent.get("/v1/status").json()["reloads"]["haproxy"] - before <= 3
    marathon.apps.pop("/test/shop/more0/stable")
    marathon.say("app_terminated_event", appId="/test/shop/more0/stable")
    until(lambda: not serves(others[0]), what="the end of a service")
    assert serves(others[1])


def test_a_port_that_another_program_has_is_told_and_harms_nobody(
    agent: RunningAgent, marathon: FakeMarathon, echoes: list[Echo], port: int
) -> None:
    marathon.run(app_of("clash", ("127.0.0.1", echoes[2].port), kind="service", ZEUS_PORT=str(echoes[0].port)))
    until(lambda: any(one["subject"] == "/test/shop/clash" for one in agent.problems()), what="the problem")
    problem = next(one["message"] for one in agent.problems() if one["subject"] == "/test/shop/clash")
    assert f"listens on port {echoes[0].port}" in problem
    assert agent.get("/v1/status").json()["running"] is False
    assert agent.peers("clash") == set()
    assert serves(port)
    good = free_port()
    marathon.run(app_of("good", ("127.0.0.1", echoes[2].port), kind="service", ZEUS_PORT=str(good)))
    until(lambda: serves(good), what="another new service")
    agent.node.kill(agent.haproxy_pid)
    agent.run_haproxy()
    assert serves(good)


def test_the_health_endpoint_answers(agent: RunningAgent) -> None:
    import requests

    assert requests.get(f"http://127.0.0.1:{agent.health_port}/.zeus/health", timeout=5).status_code == 200


def test_the_master_lets_the_agent_reload_and_nothing_else(agent: RunningAgent) -> None:
    def master(command: str) -> Any:
        return agent.node.execute("sh", "-c", f"echo '{command}' | socat - UNIX-CONNECT:/run/zeus-router/haproxy-master.sock", check=False)

    assert "Permission denied" in master("@1 del server a/b")
    assert "workers" in master("show proc")
