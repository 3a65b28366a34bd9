# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""1 000 apps with 5 000 tasks: what the engine costs then, and that a reader of events who stopped reading misses none.

Times are compared within one run (with what Python's own JSON takes for the same answer, and the last apps with the first): a busy machine
slows both. Memory is what it is. `make bench` prints the figures; docs/engine.md has some.
"""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from fakes.noop_engine import NoopEngine

APPS, INSTANCES = 1000, 5
#: MiB, the issue's bound.
MEMORY = 400
#: The list may take so many times what json.dumps takes for it; the bound of half a second is about ten.
LIST = 10
#: The last apps may cost so many times the first ones. Every change looks at each app once, and in the last fifth there are nine times as
#: many as in the first; work that looked at each pair would cost 81 times as much.
GROWTH = 27


def app(number: int) -> dict[str, Any]:
    return {
        "id": f"/production/shop/app{number:04}/stable",
        "cmd": "exec python3 -m shop --port $PORT0",
        "cpus": 0.1,
        "mem": 32,
        "instances": INSTANCES,
        "env": {"LOG_LEVEL": "info", "NUMBER": str(number)},
        "labels": {
            f"ZEUS_{name}": "value" for name in ("ENVIRONMENT", "PROJECT", "APP", "VARIANT", "VERSION", "VCLUSTER", "TYPE", "OWNER")
        },
        "constraints": [["rack", "LIKE", "r[01]"]],
    }


class Reader:
    """A client of /v2/events on a bare socket; reads only when told to."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.sendall(b"GET /v2/events HTTP/1.1\r\nHost: engine\r\nAccept: text/event-stream\r\n\r\n")
        self._file = self._socket.makefile("rb")
        assert b"200" in self._file.readline()
        while self._file.readline() != b"\r\n":
            pass

    def read(self, last: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """All events up to the first for which `last` holds."""
        found: list[dict[str, Any]] = []
        rest = b""
        while True:
            size = int(self._file.readline(), 16)
            rest += self._file.read(size)
            self._file.readline()
            *whole, rest = rest.split(b"\r\n\r\n")
            for one in whole:
                if b"data: " in one:
                    found.append(json.loads(one.partition(b"data: ")[2]))
                    if last(found[-1]):
                        return found

    def close(self) -> None:
        self._file.close()
        self._socket.close()


@pytest.fixture(scope="module")
def full() -> Iterator[tuple[NoopEngine, dict[str, Any]]]:
    """An engine with all apps running, and what was measured on the way."""
    figures: dict[str, Any] = {}
    with NoopEngine(max_running_deployments=2 * APPS) as engine:
        slow, fast = Reader(engine.port), Reader(engine.port)
        heard: list[dict[str, Any]] = []
        listening = threading.Thread(target=lambda: heard.extend(fast.read(_is_end)))
        listening.start()
        session = requests.Session()
        began = time.monotonic()
        before = engine.processor_time()
        costs = []
        for number in range(APPS):
            answer = session.post(f"{engine.url}/v2/apps", json=app(number), timeout=60)
            assert answer.status_code == 201, answer.text
            if (number + 1) % (APPS // 5) == 0:
                costs.append(engine.processor_time() - before)
                before = engine.processor_time()
        engine.wait_deployed()
        figures |= {"costs": costs, "seconds": time.monotonic() - began}
        assert session.put(f"{engine.url}/v2/apps/the/end", json={"cmd": "sleep 1", "instances": 0}, timeout=60).status_code == 201
        listening.join(60)
        figures |= {"slow": slow.read(_is_end), "fast": heard}
        fast.close()
        slow.close()
        yield engine, figures


def _is_end(event: dict[str, Any]) -> bool:
    return event["eventType"] == "api_post_event" and event["uri"] == "/v2/apps/the/end"


def test_apps_are_created_in_time_and_memory(full: tuple[NoopEngine, dict[str, Any]]) -> None:
    engine, figures = full
    first, *_between, last = figures["costs"]
    print(
        f"\n{APPS} apps with {APPS * INSTANCES} tasks: {figures['seconds']:.1f} s, {engine.memory():.0f} MiB; processor seconds per fifth:"
    )
    print(", ".join(f"{one:.2f}" for one in figures["costs"]))
    assert last <= GROWTH * first, f"the last fifth cost {last:.2f} s, the first {first:.2f} s"
    assert engine.memory() <= MEMORY


def test_the_list_takes_little_more_than_its_json(full: tuple[NoopEngine, dict[str, Any]]) -> None:
    engine, _figures = full
    session = requests.Session()
    times, json_times = [], []
    for _turn in range(9):
        began = time.monotonic()
        answer = session.get(f"{engine.url}/v2/apps", timeout=60)
        times.append(time.monotonic() - began)
        apps = answer.json()["apps"]
        began = time.monotonic()
        json.dumps(apps)
        json_times.append(time.monotonic() - began)
    assert len(apps) == APPS + 1
    assert sum(one["tasksRunning"] for one in apps) == APPS * INSTANCES
    took, takes = statistics.median(times), statistics.median(json_times)
    print(f"\nGET /v2/apps: {took * 1000:.0f} ms for {len(answer.content) / 1e6:.1f} MB; json.dumps of it: {takes * 1000:.0f} ms")
    assert took <= LIST * takes
    assert engine.memory() <= MEMORY


def test_nothing_to_do_costs_nothing(full: tuple[NoopEngine, dict[str, Any]]) -> None:
    engine, _figures = full
    before, began = engine.processor_time(), time.monotonic()
    time.sleep(6)  # longer than the engine's pause between two looks at everything
    share = (engine.processor_time() - before) / (time.monotonic() - began)
    print(f"\nidle: {share * 100:.1f} % of a processor")
    assert share < 0.05


def test_a_reader_that_stopped_reading_gets_every_event_in_order(full: tuple[NoopEngine, dict[str, Any]]) -> None:
    engine, figures = full
    slow, fast = figures["slow"], figures["fast"]
    assert len(slow) >= 20_000
    assert slow[-len(fast) :] == fast  # the other one came a little later
    running = [one["taskId"] for one in slow if one.get("taskStatus") == "TASK_RUNNING"]
    assert len(running) == len(set(running)) == APPS * INSTANCES
    print(f"\n{len(slow)} events for a reader that stopped; {engine.memory():.0f} MiB at most")
