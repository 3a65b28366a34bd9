#!/usr/bin/env python3
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The load client: requests at a planned rate, each counted once, never repeated.

A process of its own, with nothing but Python's standard library, that runs where the clients are. The first line of its standard input is
the plan, a JSON list of streams; it prints ``started``, sends until its standard input ends, and then prints one JSON object per stream
(a list). A stream:

``name``         any text
``address``      ``host:port`` to connect to
``host``         the Host header
``keep_alive``   true: connections are reused for as long as the server allows; false: one connection per request
``rate``         planned requests per second, whatever the answers do
``paths``        paths of GET requests, taken in turn
``post_path``    path of POST requests; ``post_every`` n makes each n-th request one (0: none)
``users``        requests carry a cookie ``uid`` out of this many
``timeout``      seconds until a request counts as failed

Failed is whatever a user would call so: refused, reset, closed before the whole answer came, too late, or a status of 400 and above.
A kept-alive connection that the server closed *between* requests is opened anew and counts as nothing, as with every HTTP client.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

MAX_SAMPLES = 20


@dataclass(frozen=True)
class Stream:
    name: str
    address: str
    host: str
    rate: float
    keep_alive: bool = True
    paths: tuple[str, ...] = ("/",)
    post_path: str = "/"
    post_every: int = 0
    users: int = 1000
    timeout: float = 5.0


@dataclass
class Kind:
    """Counts of one method."""

    sent: int = 0
    failed: int = 0


@dataclass
class Counts:
    """``reasons`` of failures; ``samples``: the first of them as [seconds since the start, method and path, reason]."""

    get: Kind = field(default_factory=Kind)
    post: Kind = field(default_factory=Kind)
    reasons: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    samples: list[tuple[float, str, str]] = field(default_factory=list)
    answers: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    connections: int = 0
    seconds: list[float] = field(default_factory=list)


class Connection:
    """One TCP connection that sends a request and reads its whole answer."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.usable = True

    @property
    def idle_and_open(self) -> bool:
        return self.usable and not self._reader.at_eof() and not self._writer.is_closing()

    async def exchange(self, request: bytes) -> tuple[int, bytes]:
        self.usable = False
        self._writer.write(request)
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower().split("\r\n")
        status = int(head[0].split(" ")[1])
        headers = dict(line.split(": ", 1) for line in head[1:] if ": " in line)
        if "content-length" in headers:
            body = await self._reader.readexactly(int(headers["content-length"]))
        elif headers.get("transfer-encoding") == "chunked":
            body = await self._chunks()
        else:
            body = await self._reader.read()
            headers["connection"] = "close"
        self.usable = headers.get("connection") != "close"
        return status, body

    async def _chunks(self) -> bytes:
        parts = []
        while size := int((await self._reader.readline()).split(b";")[0], 16):
            parts.append((await self._reader.readexactly(size + 2))[:-2])
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        self.usable = False
        self._writer.close()


class Runner:
    """Sends one stream."""

    def __init__(self, stream: Stream) -> None:
        self.stream = stream
        self.counts = Counts()
        self._idle: list[Connection] = []
        self._begin = time.monotonic()
        self._running: set[asyncio.Task[None]] = set()
        self._number = 0

    async def run(self, stop: asyncio.Event) -> dict[str, Any]:
        """Send until ``stop``; then wait for the answers that are still due."""
        self._begin = time.monotonic()
        while not stop.is_set():
            wait = self._begin + self._number / self.stream.rate - time.monotonic()
            if wait > 0:
                await asyncio.sleep(wait)
                continue
            task = asyncio.create_task(self._one(self._number))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            self._number += 1
        planned = (time.monotonic() - self._begin) * self.stream.rate
        while self._running:
            await asyncio.gather(*self._running)
        for connection in self._idle:
            connection.close()
        return self._summary(planned)

    async def _one(self, number: int) -> None:
        stream = self.stream
        post = stream.post_every > 0 and number % stream.post_every == 0
        method, path = ("POST", stream.post_path) if post else ("GET", stream.paths[number % len(stream.paths)])
        kind = self.counts.post if post else self.counts.get
        kind.sent += 1
        begin = time.monotonic()
        try:
            async with asyncio.timeout(stream.timeout):
                status, body = await self._exchange(self._request(method, path, number))
            if status >= 400:
                raise ValueError(f"status {status}")
            self._note(body)
        except (OSError, ValueError, asyncio.IncompleteReadError, TimeoutError) as error:
            kind.failed += 1
            reason = str(error) if isinstance(error, ValueError) else type(error).__name__
            self.counts.reasons[reason] += 1
            if len(self.counts.samples) < MAX_SAMPLES:
                self.counts.samples.append((round(begin - self._begin, 3), f"{method} {path}", reason))
        self.counts.seconds.append(time.monotonic() - begin)

    async def _exchange(self, request: bytes) -> tuple[int, bytes]:
        connection = await self._connection()
        try:
            answer = await connection.exchange(request)
        except BaseException:
            connection.close()
            raise
        if connection.usable and self.stream.keep_alive:
            self._idle.append(connection)
        else:
            connection.close()
        return answer

    async def _connection(self) -> Connection:
        while self._idle:
            # The one that was used last, so that few connections stay warm and many idle ones do not.
            connection = self._idle.pop()
            if connection.idle_and_open:
                return connection
            connection.close()
        host, port = self.stream.address.rsplit(":", 1)
        reader, writer = await asyncio.open_connection(host, int(port))
        self.counts.connections += 1
        return Connection(reader, writer)

    def _request(self, method: str, path: str, number: int) -> bytes:
        body = b"{}" if method == "POST" else b""
        head = [f"{method} {path} HTTP/1.1", f"Host: {self.stream.host}", f"Cookie: uid=u{number % self.stream.users}"]
        head += [f"Content-Length: {len(body)}"] if body else []
        head += [] if self.stream.keep_alive else ["Connection: close"]
        return "\r\n".join([*head, "", ""]).encode() + body

    def _note(self, body: bytes) -> None:
        """Which app and version answered; programs that do not say so count as '-'."""
        try:
            said = json.loads(body)
            self.counts.answers[f"{said['app']} {said['version']}"] += 1
        except (ValueError, KeyError, TypeError):
            self.counts.answers["-"] += 1

    def _summary(self, planned: float) -> dict[str, Any]:
        counts = vars(self.counts) | {"get": asdict(self.counts.get), "post": asdict(self.counts.post)}
        seconds = sorted(counts.pop("seconds"))
        marks = {f"p{mark}": round(seconds[min(len(seconds) - 1, int(len(seconds) * mark / 100))] * 1000, 1) for mark in (50, 95, 99)}
        longest = round(seconds[-1] * 1000, 1) if seconds else 0.0
        return {"name": self.stream.name, "planned": int(planned), **counts, "milliseconds": (marks | {"max": longest}) if seconds else {}}


async def main() -> None:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=2**20)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    plan = json.loads(await reader.readline())
    runners = [Runner(Stream(**{**entry, "paths": tuple(entry.get("paths", ["/"]))})) for entry in plan]
    stop = asyncio.Event()
    running = [asyncio.create_task(runner.run(stop)) for runner in runners]
    print("started", flush=True)
    await reader.read()
    stop.set()
    print(json.dumps([await task for task in running]), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
