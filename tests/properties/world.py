# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole engine inside the test: real parts, but for the processes and the time.

Time passes only when nothing is left to do: the event loop's selector moves the clock instead of waiting. Calls go straight to the API's
handlers, between two turns of the loop, so nothing else happens while one is answered. A crash drops the loop with all that it held.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar, cast

from aiohttp import HttpVersion11, StreamReader, web
from aiohttp.http_parser import RawRequestMessage
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL
from zeus_engine.api_marathon import MarathonApi
from zeus_engine.api_mesos import MesosApi
from zeus_engine.config import parse
from zeus_engine.engine import Engine
from zeus_engine.state import State
from zeus_engine.store import Store

from fakes.noop_executor import NoopExecutor

T = TypeVar("T")
EPOCH = 1_790_000_000.0
#: Three agents with more of everything than any sequence needs, so that only constraints keep a task out.
AGENTS = [
    {
        "hostname": f"host-{number}",
        "attributes": {"rack": f"r{number % 2}", "zone": "z"},
        "cpus": 1000,
        "mem": 1_000_000,
        "disk": 1_000_000,
        "ports": [[31000 + 1000 * number, 31999 + 1000 * number]],
    }
    for number in range(3)
]


class _Time:
    """Stands for the module `time` in the engine's modules. `now` begins at 0, where numbers are fine enough for tiny steps."""

    def __init__(self) -> None:
        self.now = 0.0

    def time(self) -> float:
        return EPOCH + self.now

    def monotonic(self) -> float:
        return self.now

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


CLOCK = _Time()


def take_over_time() -> None:
    """From now on the engine lives by :data:`CLOCK`. Only for processes that test nothing else."""
    for name, module in sys.modules.items():
        if name.startswith("zeus_engine.") and getattr(module, "time", None) is time:
            module.time = cast(ModuleType, CLOCK)  # type: ignore[attr-defined]


class _Selector(selectors.BaseSelector):
    """Knows no files; where others wait, the clock moves on."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        key = self._keys[fileobj] = selectors.SelectorKey(fileobj, 0, events, data)
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise AssertionError("the engine waits for nothing at all: its loop has died")
        CLOCK.now += max(0.0, timeout)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def time(self) -> float:
        return CLOCK.now


class _Transport:
    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 4711) if name == "peername" else default

    def is_closing(self) -> bool:
        return False


class _Protocol:
    """What a request wants of its connection."""

    transport = _Transport()
    ssl_context = None
    peername = ("127.0.0.1", 4711)
    sockname = ("127.0.0.1", 8080)

    def pause_reading(self) -> None:
        """Nothing arrives from outside."""

    def resume_reading(self, resume_parser: bool = True) -> None:
        """Nothing arrives from outside."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: Any

    def __str__(self) -> str:
        return f"{self.status} {json.dumps(self.body)[:600]}"


class World:
    """`hear` is told every event of the engine at the moment it is emitted."""

    def __init__(self, folder: Path, hear: Callable[[dict[str, Any]], None]) -> None:
        CLOCK.now = 0.0
        self._hear = hear
        self.config = parse({"agents": AGENTS, "state_dir": str(folder), "cgroups": "off", "finished_tasks_kept": 20}, "properties")
        self.executor = NoopExecutor()
        self._boot()

    def _boot(self) -> None:
        self._loop = _Loop(_Selector())
        self.engine = self.inside(lambda: Engine(self.config, self.executor))
        self.engine.queue._free_port = lambda port: True
        stream = self.inside(lambda: self.engine.events.attach((), "the test"))
        stream.push = lambda data: self._hear(json.loads(data.partition(b"data: ")[2]))  # type: ignore[method-assign]
        self.inside(self.engine.recover)
        self._api = MarathonApi(self.engine).application()
        self._api.freeze()
        self._mesos = MesosApi(self.engine).application()
        self._mesos.freeze()
        self._scheduler = self._loop.create_task(self.engine.run())

    def inside(self, do: Callable[[], T]) -> T:
        """Call something that wants a running loop, between two of its turns."""
        asyncio._set_running_loop(self._loop)
        try:
            return do()
        finally:
            asyncio._set_running_loop(None)

    def call(self, method: str, path: str, body: Any = None, *, raw: bytes | None = None) -> Answer:
        """One request, answered before anything else happens."""
        data = raw if raw is not None else b"" if body is None else json.dumps(body).encode()
        headers = CIMultiDictProxy(CIMultiDict({"Host": "engine", "Content-Type": "application/json", "Content-Length": str(len(data))}))
        message = RawRequestMessage(method, path, HttpVersion11, headers, (), False, None, False, False, URL(path, encoded=True))

        def handled() -> web.Response:
            payload: Any = EMPTY_PAYLOAD
            if data:
                payload = StreamReader(cast(Any, _Protocol()), 2**16, loop=self._loop)
                payload.feed_data(data)
                payload.feed_eof()
            request = web.Request(message, payload, cast(Any, _Protocol()), cast(Any, None), cast(Any, None), self._loop)
            answering = (self._mesos if path.startswith("/zeus/") else self._api)._handle(request)
            try:
                answering.send(None)
            except StopIteration as done:
                return cast(web.Response, done.value)
            raise AssertionError(f"{method} {path} waits for something")

        response = self.inside(handled)
        content = cast(bytes, response.body or b"")
        return Answer(response.status, response.headers, json.loads(content) if content and "json" in response.content_type else None)

    # Time and turns.

    def turns(self, count: int) -> None:
        """A few turns of the loop, after which work may be half done."""
        for _index in range(count):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._alive()

    def wait(self, seconds: float) -> None:
        self._loop.run_until_complete(asyncio.sleep(seconds))
        self._alive()

    def _alive(self) -> None:
        if self._scheduler.done():
            raise AssertionError(f"the engine's loop has ended: {self._scheduler.exception()!r}")

    # Crash and restart.

    def crash(self) -> None:
        """As by kill -9: nothing of what the engine had in memory goes on."""
        self.executor.abandon()
        for task in asyncio.all_tasks(self._loop):
            task._log_destroy_pending = False  # type: ignore[attr-defined]
        self.engine.store.close()
        self._loop._ready.clear()  # type: ignore[attr-defined]
        self._loop._scheduled.clear()  # type: ignore[attr-defined]
        self._loop.close()

    def restart(self) -> None:
        self.crash()
        self._boot()

    def stored(self) -> State:
        """What a new engine would read from the store."""
        store = Store(self.config.state_dir / "engine.db")
        try:
            return State(self.config, store)
        finally:
            store.close()

    def close(self) -> None:
        self.crash()


def names(objects: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(one["id"]) for one in objects]
