# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small HTTP/1.1 server on asyncio, for the shop's programs: enough HTTP to be honest about connections.

What matters here is how it ends. On SIGTERM a *graceful* program goes on accepting for ``LINGER`` seconds, since the routers need a
moment to hear of it; every answer from then on closes its connection; then it takes what still waits in the accept queue, finishes open
requests, and exits. A program that is not graceful has no handler at all: SIGTERM ends it at once, as it ends most programs.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

LINGER = 1.0
MAX_HEAD = 65536


@dataclass(frozen=True)
class Request:
    """``headers`` have lower-case names; the last of several with one name counts."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes


Answer = tuple[int, dict[str, object]]
Handler = Callable[[Request], Awaitable[Answer]]


def identity() -> dict[str, object]:
    """Who answers: Marathon tells a task its app's labels in its environment."""
    environment = os.environ.get
    return {
        "app": environment("MARATHON_APP_LABEL_ZEUS_APP", "?"),
        "variant": environment("MARATHON_APP_LABEL_ZEUS_VARIANT", "?"),
        "version": environment("MARATHON_APP_LABEL_ZEUS_VERSION", "?"),
        "pid": os.getpid(),
    }


@dataclass
class Server:
    """One program's server; ``run`` returns when it has been told to stop and has finished."""

    handler: Handler
    graceful: bool
    stopping: bool = False
    _open: set[asyncio.Task[None]] = field(default_factory=set)
    _busy: int = 0

    async def run(self, port: int) -> None:
        listener = socket.create_server(("", port), backlog=512, reuse_port=False)
        listener.setblocking(False)
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        if self.graceful:
            loop.add_signal_handler(signal.SIGTERM, stop.set)
        accepting = asyncio.create_task(self._accept(listener))
        await stop.wait()
        self.stopping = True
        await asyncio.sleep(LINGER)
        accepting.cancel()
        while True:
            try:
                connection, _unused = listener.accept()
            except BlockingIOError:
                break
            self._serve(connection)
        listener.close()
        # Requests that have begun are finished; connections that only wait for a next request are not waited for.
        while self._busy:
            await asyncio.sleep(0.01)

    async def _accept(self, listener: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            connection, _unused = await loop.sock_accept(listener)
            self._serve(connection)

    def _serve(self, connection: socket.socket) -> None:
        # Counted as busy from its first moment: a fresh connection is about to bring a request.
        self._busy += 1
        task = asyncio.get_running_loop().create_task(self._connection(connection))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _connection(self, connection: socket.socket) -> None:
        busy = True
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader, writer = await asyncio.open_connection(sock=connection, limit=MAX_HEAD)
            while True:
                try:
                    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 5) if busy else await reader.readuntil(b"\r\n\r\n")
                except (asyncio.IncompleteReadError, asyncio.LimitOverrunError, ConnectionError, TimeoutError):
                    break
                if not busy:
                    busy, self._busy = True, self._busy + 1
                request = await _read(head, reader)
                status, body = await self.handler(request)
                close = self.stopping or request.headers.get("connection", "").lower() == "close"
                # One write per answer: a peer that dies has sent all of it or nothing.
                writer.write(_render(status, body, close))
                await writer.drain()
                busy, self._busy = False, self._busy - 1
                if close:
                    break
            writer.close()
        except (ConnectionError, ValueError, asyncio.IncompleteReadError):
            connection.close()
        finally:
            if busy:
                self._busy -= 1


async def _read(head: bytes, reader: asyncio.StreamReader) -> Request:
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _unused = first.split(" ", 2)
    headers = {name.strip().lower(): value.strip() for name, _unused, value in (line.partition(":") for line in lines if line)}
    path, _unused, query = target.partition("?")
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(method, path, query, headers, body)


def _render(status: int, body: dict[str, object], close: bool) -> bytes:
    payload = json.dumps(body).encode() + b"\n"
    head = f"HTTP/1.1 {status} {'OK' if status < 400 else 'Error'}\r\nContent-Type: application/json\r\nContent-Length: {len(payload)}\r\n"
    return (head + ("Connection: close\r\n" if close else "") + "\r\n").encode() + payload


def main(handler: Handler, *, graceful: bool) -> None:
    """Serve on the port that Marathon gave, until told to stop."""
    print("starting", json.dumps(identity()), flush=True)
    asyncio.run(Server(handler, graceful).run(int(os.environ["PORT0"])))
    print("finished", file=sys.stderr, flush=True)
