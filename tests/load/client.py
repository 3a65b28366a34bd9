# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load client: requests at a planned rate, each one counted once, never repeated.

A process of its own, with nothing but Python's standard library, that runs where the clients are. The first line of its standard input is
the plan, a JSON list of streams. It prints ``started``, sends until its standard input ends (or SIGTERM, or ``--seconds``), waits for the
answers that are still due, and prints one JSON list: what it counted, per stream. The fields of a stream are those of `Stream`, of its
counts those of `Counts`.

What counts as what:

* Request number *k* is **due** at k / rate seconds, whatever the answers do (open loop), and **planned** is how many were due. One of the
  stream's connections takes it; if none was free within ``patience`` seconds it is dropped: planned, but not sent.
* A request is **sent** when its first byte was about to be written, or when the connection for it was refused or timed out: a user who
  gets no connection has a failed request, not none.
* It is **failed** unless a complete answer with a status of 200 to 299 arrived within ``timeout`` seconds of its being sent. Complete
  means framed by Content-Length or chunks: where only the end of the connection ends a body, a whole one looks like a cut one, so that
  fails too.
* A kept-alive connection is **reopened** only while no byte of the next request was written: after an answer with ``Connection:
  close``, after a failure, or if the socket shows the server's end of the stream at the moment before writing. From the first byte on
  nothing is tried again, not even what the server closed in that very moment.
* **Milliseconds** run from the moment a request was due, not from when it was written: waiting for a free connection is waiting.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: Failures that are told one by one, per stream; all are counted.
TOLD = 50
#: More than any head or body of ours; a server that sends more is broken.
MAX_ANSWER = 1 << 20


@dataclass(frozen=True)
class Stream:
    """``address`` is ``host:port`` to connect to; ``host`` the Host header; ``keep_alive`` false: one connection per request.

    ``paths`` are requested by GET, in turn; every ``post_every``-th request is a POST to ``post_path`` (0: none). Requests carry a cookie
    ``uid`` out of ``users`` different ones, and ``headers``.
    """

    name: str
    address: str
    host: str
    rate: float
    connections: int = 20
    keep_alive: bool = True
    paths: tuple[str, ...] = ("/",)
    post_path: str = "/"
    post_every: int = 0
    users: int = 1000
    headers: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 5.0
    patience: float = 1.0

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Stream:
        return cls(**{**data, "paths": tuple(data.get("paths", ("/",)))})

    def request(self, number: int) -> tuple[str, str, bytes]:
        """Method, path and bytes of a request."""
        post = self.post_every > 0 and number % self.post_every == self.post_every - 1
        method, path = ("POST", self.post_path) if post else ("GET", self.paths[number % len(self.paths)])
        body = json.dumps({"number": number}).encode() if post else b""
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.host}", f"Cookie: uid=u{number % self.users}"]
        head += [f"{name}: {value}" for name, value in self.headers.items()]
        head += [f"Content-Length: {len(body)}"] if post else []
        head += [] if self.keep_alive else ["Connection: close"]
        return method, path, "\r\n".join([*head, "", ""]).encode() + body


@dataclass
class Kind:
    sent: int = 0
    failed: int = 0


@dataclass
class Counts:
    """``answers``: ``"<app> <variant> <version>"`` → pid → complete 2xx answers. ``reasons``: of failures, how often.

    ``failures``: the first of them: ``at`` (seconds since the epoch, when it was sent), ``request``, ``reason``, ``milliseconds`` it took.
    """

    name: str
    planned: int = 0
    dropped: int = 0
    connections: int = 0
    get: Kind = field(default_factory=Kind)
    post: Kind = field(default_factory=Kind)
    answers: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: Counter[str] = field(default_factory=Counter)
    failures: list[dict[str, Any]] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)

    def summary(self) -> dict[str, Any]:
        # Not dataclasses.asdict: under Python 3.11 it cannot copy a Counter.
        return {**vars(self), "get": vars(self.get), "post": vars(self.post)}


class BadAnswer(Exception):
    """What came is no complete, successful answer."""


class Connection:
    """One TCP connection on a plain socket, so that nothing buffers, retries or hides its end from us."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock
        self._loop = asyncio.get_running_loop()
        self._rest = b""
        self.reusable = True

    @classmethod
    async def open(cls, address: str) -> Connection:
        host, port = address.rsplit(":", 1)
        host = host.strip("[]")
        sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await asyncio.get_running_loop().sock_connect(sock, (host, int(port)))
        except BaseException:
            sock.close()
            raise
        return cls(sock)

    @property
    def quiet(self) -> bool:
        """Whether the server has neither ended the connection nor said anything unasked."""
        if self._rest:
            return False
        try:
            self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Status and body of the answer; the connection is reusable after it only if both sides may go on."""
        self.reusable = False
        await self._loop.sock_sendall(self._socket, request)
        head = (await self._until(b"\r\n\r\n", "the head")).decode("latin-1").split("\r\n")
        try:
            status = int(head[0].split(" ")[1])
        except (IndexError, ValueError):
            raise BadAnswer("no HTTP") from None
        headers = {name.strip().lower(): value.strip().lower() for name, _unused, value in (line.partition(":") for line in head[1:])}
        if headers.get("transfer-encoding") == "chunked":
            body = await self._chunks()
        elif headers.get("content-length", "").isdigit():
            body = await self._exactly(int(headers["content-length"]), "the body")
        else:
            raise BadAnswer(f"status {status}, body without a length" if 200 <= status < 300 else f"status {status}")
        self.reusable = "close" not in headers.get("connection", "") and head[0].startswith("HTTP/1.1")
        return status, body

    async def _chunks(self) -> bytes:
        parts = []
        while size := self._size(await self._until(b"\r\n", "a chunk")):
            parts.append((await self._exactly(size + 2, "a chunk"))[:-2])
        while await self._until(b"\r\n", "the trailer"):
            pass
        return b"".join(parts)

    @staticmethod
    def _size(line: bytes) -> int:
        try:
            return int(line.split(b";")[0], 16)
        except ValueError:
            raise BadAnswer("no HTTP") from None

    async def _until(self, end: bytes, what: str) -> bytes:
        while (position := self._rest.find(end)) < 0:
            await self._more(what)
        found, self._rest = self._rest[:position], self._rest[position + len(end) :]
        return found

    async def _exactly(self, size: int, what: str) -> bytes:
        while len(self._rest) < size:
            await self._more(what)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    async def _more(self, what: str) -> None:
        if len(self._rest) > MAX_ANSWER:
            raise BadAnswer("too long")
        data = await self._loop.sock_recv(self._socket, 65536)
        if not data:
            raise BadAnswer("closed without an answer" if what == "the head" and not self._rest else f"closed within {what}")
        self._rest += data

    def close(self) -> None:
        self._socket.close()


class Runner:
    """Sends one stream: as many workers as it has connections take the requests in turn."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.counts = Counts(stream.name)
        self._begin = 0.0
        self._next = 0
        self._waited: list[float] = []

    async def run(self, stop: asyncio.Event) -> dict[str, Any]:
        self._begin = time.monotonic()
        workers = [asyncio.create_task(self._worker(stop)) for _unused in range(self.stream.connections)]
        await stop.wait()
        self.counts.planned = int((time.monotonic() - self._begin) * self.stream.rate) + 1
        await asyncio.gather(*workers)
        self.counts.milliseconds = _marks(self._waited)
        return self.counts.summary()

    async def _worker(self, stop: asyncio.Event) -> None:
        connection: Connection | None = None
        while not stop.is_set():
            number, self._next = self._next, self._next + 1
            due = self._begin + number / self.stream.rate
            if await _stopped_before(stop, due):
                break
            if time.monotonic() - due > self.stream.patience:
                self.counts.dropped += 1
                # Dropping is instant: give the others a turn.
                await asyncio.sleep(0)
                continue
            connection = await self._one(number, due, connection)
        if connection:
            connection.close()

    async def _one(self, number: int, due: float, connection: Connection | None) -> Connection | None:
        """Send one request and count what became of it; returns the connection if it may be used again."""
        method, path, request = self.stream.request(number)
        kind = self.counts.post if method == "POST" else self.counts.get
        kind.sent += 1
        at, begin = time.time(), time.monotonic()
        try:
            async with asyncio.timeout(self.stream.timeout):
                if connection and not connection.quiet:
                    connection.close()
                    connection = None
                if connection is None:
                    connection = await Connection.open(self.stream.address)
                    self.counts.connections += 1
                status, body = await connection.exchange(request)
            if not 200 <= status < 300:
                raise BadAnswer(f"status {status}")
            self._note(body)
            self._waited.append(time.monotonic() - due)
        except (OSError, BadAnswer, TimeoutError) as error:
            kind.failed += 1
            self._tell(at, f"{method} {path}", _reason(error, connection), time.monotonic() - begin)
        if connection and not (connection.reusable and self.stream.keep_alive):
            connection.close()
            return None
        return connection

    def _note(self, body: bytes) -> None:
        """Who answered; programs that do not say so count as ``-``."""
        who, pid = "-", "-"
        try:
            said = json.loads(body)
            who, pid = f"{said['app']} {said['variant']} {said['version']}", str(said["pid"])
        except (ValueError, KeyError, TypeError):
            pass
        self.counts.answers.setdefault(who, Counter())[pid] += 1

    def _tell(self, at: float, request: str, reason: str, seconds: float) -> None:
        self.counts.reasons[reason] += 1
        if len(self.counts.failures) < TOLD:
            self.counts.failures.append({"at": at, "request": request, "reason": reason, "milliseconds": round(seconds * 1000, 1)})


async def _stopped_before(stop: asyncio.Event, due: float) -> bool:
    """Wait until a request is due; true if the end came first."""
    wait = due - time.monotonic()
    if wait <= 0:
        return False
    # A plain sleep costs a third of a wait with a timeout, and a worker's requests are never far apart.
    while wait > 0 and not stop.is_set():
        await asyncio.sleep(min(wait, 0.25))
        wait = due - time.monotonic()
    return stop.is_set()


def _reason(error: Exception, connection: Connection | None) -> str:
    if isinstance(error, BadAnswer):
        return str(error)
    if connection is None:
        return "no connection: " + ("timed out" if isinstance(error, TimeoutError) else type(error).__name__)
    return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__


def _marks(waited: list[float]) -> dict[str, float]:
    """Quantiles of the successful requests, in milliseconds; nothing of nothing."""
    ordered = sorted(waited)
    if not ordered:
        return {}
    marks = {f"p{mark}": ordered[min(len(ordered) - 1, len(ordered) * mark // 100)] for mark in (50, 95, 99)}
    return {name: round(value * 1000, 1) for name, value in {**marks, "max": ordered[-1]}.items()}


async def main(seconds: float | None) -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=MAX_ANSWER)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    runners = [Runner(Stream.read(entry)) for entry in json.loads(await reader.readline())]
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if seconds is not None:
        loop.call_later(seconds, stop.set)
    running = [asyncio.create_task(runner.run(stop)) for runner in runners]
    ended = asyncio.create_task(reader.read())
    ended.add_done_callback(lambda _: stop.set())
    print("started", flush=True)
    print(json.dumps([await task for task in running]), flush=True)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="Sends requests at a planned rate; see the head of this file.")
    arguments.add_argument("--seconds", type=float, help="stop after this long; otherwise at the end of standard input or on SIGTERM")
    asyncio.run(main(arguments.parse_args().seconds))
