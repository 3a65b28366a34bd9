# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent with a real engine and real instances, while clients ask: nobody's request fails, whatever ends, dies or is restarted."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Any, Self

import pytest

from integration.engine.running import RunningEngine
from integration.nginx.running import RunningNginx, until

from .running import RunningAgent

ROLLS = 8
USER, PASSWORD = "zeus", "marathon-password-1"
APP = "/test/shop/site/stable"
# An instance that ends at once on SIGTERM, and tells its pid.
PROGRAM = """
import http.server, os, sys
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = 'HTTP/1.1', 65536
    def do_GET(self):
        body = str(os.getpid()).encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
http.server.ThreadingHTTPServer(('0.0.0.0', int(os.environ['PORT0'])), Handler).serve_forever()
"""


def definition(instances: int, version: str = "1.0") -> dict[str, Any]:
    return {
        "id": APP,
        "cmd": f'exec python3 -c "{PROGRAM}"',
        "cpus": 0.1,
        "mem": 64,
        "instances": instances,
        "constraints": [["vcluster", "CLUSTER", "web"]],
        "portDefinitions": [{"port": 0}],
        "healthChecks": [
            {"protocol": "MESOS_HTTP", "path": "/", "portIndex": 0, "intervalSeconds": 1, "gracePeriodSeconds": 20, "delaySeconds": 0}
        ],
        "upgradeStrategy": {"minimumHealthCapacity": 1.0, "maximumOverCapacity": 0.5},
        "labels": {
            "ZEUS_ENVIRONMENT": "test",
            "ZEUS_PROJECT": "shop",
            "ZEUS_APP": "site",
            "ZEUS_VARIANT": "stable",
            "ZEUS_VERSION": version,
            "ZEUS_VCLUSTER": "web",
            "ZEUS_TYPE": "web",
            "ZEUS_OWNER": "project",
            "ZEUS_HOSTS": "site.test",
            "ZEUS_PATH": "/",
        },
    }


class Clients:
    """Four clients that ask on kept-alive connections and never ask again for what failed."""

    def __init__(self, nginx: RunningNginx) -> None:
        self._nginx = nginx
        self._stop = threading.Event()
        self.sent = 0
        self.failures: list[str] = []
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._ask, daemon=True) for _unused in range(4)]

    def _ask(self) -> None:
        connection = http.client.HTTPConnection(self._nginx.address, self._nginx.port, timeout=10)
        while not self._stop.wait(0.005):
            try:
                connection.request("GET", "/", headers={"Host": "site.test"})
                answer = connection.getresponse()
                answer.read()
                told = "" if answer.status == 200 else f"HTTP {answer.status}"
            except (OSError, http.client.HTTPException) as error:
                told = repr(error)
                connection.close()
            with self._lock:
                self.sent += 1
                self.failures += [told] if told else []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        until(lambda: self.sent > 20, what="traffic")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        after = self.sent + 200
        until(lambda: self.sent > after, what="traffic afterwards")
        self._stop.set()
        for thread in self._threads:
            thread.join(15)


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine(user=USER, password=PASSWORD) as running:
        yield running


@pytest.fixture(scope="module")
def agent(engine: RunningEngine, nginx: RunningNginx) -> Iterator[RunningAgent]:
    settings = {"urls": [engine.url], "user": USER, "password": PASSWORD}
    with RunningAgent(engine.url, nginx=nginx, marathon=settings) as running:
        put(engine, 2)
        until(lambda: len(running.peers("site")) == 2, seconds=30, what="two instances")
        yield running


def put(engine: RunningEngine, instances: int, version: str = "1.0") -> None:
    answer = engine.session.put(
        f"{engine.url}/v2/apps{APP}", params={"partialUpdate": "false", "force": "true"}, json=definition(instances, version)
    )
    assert answer.status_code in (200, 201), answer.text


def running_tasks(engine: RunningEngine) -> set[str]:
    tasks = engine.session.get(f"{engine.url}/v2/apps{APP}").json()["app"]["tasks"]
    return {task["id"] for task in tasks if task["state"] == "TASK_RUNNING"}


def follows(agent: RunningAgent, engine: RunningEngine, count: int) -> None:
    def same() -> bool:
        wanted = running_tasks(engine)
        return len(wanted) == count and agent.peers("site") == wanted

    until(same, seconds=60, what=f"{count} instances, and the router has them")


def scaled_up(agent: RunningAgent, engine: RunningEngine) -> None:
    put(engine, 4)
    follows(agent, engine, 4)


def scaled_down(agent: RunningAgent, engine: RunningEngine) -> None:
    put(engine, 2)
    follows(agent, engine, 2)


def rolled(agent: RunningAgent, engine: RunningEngine) -> None:
    before = running_tasks(engine)
    put(engine, 2, "1.1")
    until(lambda: not running_tasks(engine) & before, seconds=60, what="new instances only")
    follows(agent, engine, 2)
    assert agent.plan()["apps"]["/test/shop/site"]["variants"]["stable"]["version"] == "1.1"


def rolled_alone(agent: RunningAgent, engine: RunningEngine) -> None:
    """A single instance, again and again: the old one is ended in the moment in which the new one is healthy."""
    put(engine, 1)
    follows(agent, engine, 1)
    for number in range(ROLLS):
        before = running_tasks(engine)
        put(engine, 1, f"1.2.{number}")
        until(lambda before=before: not running_tasks(engine) & before, seconds=60, what="a new instance only")  # type: ignore[misc]
        follows(agent, engine, 1)
    put(engine, 2, "1.1")
    follows(agent, engine, 2)


def engine_killed(agent: RunningAgent, engine: RunningEngine) -> None:
    before = agent.peers("site")
    engine.kill9()
    until(lambda: agent.get("/v1/status").json()["marathon"]["holding"], what="the agent holds")
    assert agent.peers("site") == before
    engine.restart()
    until(lambda: not agent.get("/v1/status").json()["marathon"]["holding"], seconds=30, what="the engine again")
    follows(agent, engine, 2)
    assert agent.peers("site") == before


def agent_killed(agent: RunningAgent, engine: RunningEngine) -> None:
    agent.restart("KILL")
    follows(agent, engine, 2)


def instance_killed(agent: RunningAgent, engine: RunningEngine) -> None:
    before = running_tasks(engine)
    pid = engine.exec("pgrep", "-o", "-f", "^python3 -c").split()[0]
    engine.exec("kill", "-9", pid)
    until(lambda: running_tasks(engine) != before, seconds=30, what="the loss of an instance")
    follows(agent, engine, 2)


@pytest.mark.parametrize("event", [scaled_up, scaled_down, rolled, rolled_alone, engine_killed, agent_killed, instance_killed])
def test_no_request_fails_while(
    agent: RunningAgent, engine: RunningEngine, nginx: RunningNginx, event: Callable[[RunningAgent, RunningEngine], None]
) -> None:
    pids = nginx.worker_pids()
    with Clients(nginx) as clients:
        event(agent, engine)
    assert clients.failures == [], (len(clients.failures), clients.sent, {one: clients.failures.count(one) for one in clients.failures})
    assert nginx.worker_pids() == pids
    assert agent.problems() == []
    print(f"{event.__name__}: {clients.sent} requests, none failed")


def test_no_secret_of_marathon_is_told(agent: RunningAgent) -> None:
    assert PASSWORD not in agent.node.log("agent")
    assert PASSWORD not in agent.get("/v1/status").text
