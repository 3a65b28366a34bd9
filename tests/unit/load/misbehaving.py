# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that does whatever its path says, and remembers every request that reached it: the other side of the client's books."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
import time
from collections import Counter
from types import TracebackType
from typing import Any

BODY = json.dumps({"app": "web", "variant": "stable", "version": "1.0", "pid": 7}).encode()
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(BODY), BODY)

#: Path → the bytes of the answer, and whether the server then ends the connection.
ANSWERS: dict[str, tuple[bytes, bool]] = {
    "/ok": (WHOLE, False),
    "/chunked": (CHUNKED + b"0\r\n\r\n", False),
    "/created": (WHOLE.replace(b"200 OK", b"201 Created"), False),
    "/close": (WHOLE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1), True),
    "/silent-close": (WHOLE, True),
    "/early": (b"", True),
    "/half-head": (b"HTTP/1.1 200 OK\r\nContent-", True),
    "/cut": (WHOLE[:-5], True),
    "/cut-chunk": (CHUNKED, True),
    "/no-length": (b"HTTP/1.1 200 OK\r\n\r\n" + BODY, True),
    "/500": (WHOLE.replace(b"200 OK", b"500 Oops"), False),
    "/302": (WHOLE.replace(b"200 OK", b"302 Elsewhere"), False),
    "/no-http": (b"hello\r\n\r\n", True),
}
SLOW_SECONDS = 0.6


class _Handler(socketserver.StreamRequestHandler):
    server: MisbehavingServer

    def handle(self) -> None:
        with self.server.lock:
            self.server.connections += 1
        while line := self.rfile.readline():
            method, path, _unused = line.decode().split(" ")
            length = 0
            while (header := self.rfile.readline()) not in (b"\r\n", b""):
                name, _unused, value = header.decode().partition(":")
                length = int(value) if name.lower() == "content-length" else length
            self.rfile.read(length)
            with self.server.lock:
                self.server.received[f"{method} {path}"] += 1
            if path == "/slow":
                time.sleep(SLOW_SECONDS)
                path = "/ok"
            answer, close = ANSWERS[path]
            try:
                self.wfile.write(answer)
            except OSError:
                return
            if close:
                return


class MisbehavingServer(socketserver.ThreadingTCPServer):
    """``received``: requests by ``"<method> <path>"``; ``connections``: how many were accepted."""

    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.received: Counter[str] = Counter()
        self.connections = 0
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is part of the play."""

    def __enter__(self) -> MisbehavingServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.shutdown()
        self.server_close()


def unused_address() -> str:
    """An address where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"
