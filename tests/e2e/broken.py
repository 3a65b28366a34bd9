# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What somebody else has broken: a Marathon that answers 500, HTML, or nothing at all."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.way == "nothing":
            # Until the client has gone; nothing is ever sent.
            self.connection.settimeout(60)
            try:
                while self.connection.recv(1024):
                    time.sleep(0)
            except OSError:
                pass
            self.close_connection = True
            return
        status, body = (
            (500, b'{"message":"boom"}') if self.server.way == "500" else (200, b"<html><body>Welcome to the portal</body></html>")
        )
        self.send_response(status)
        self.send_header("Content-Type", "application/json" if status == 500 else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST = do_DELETE = do_GET

    def log_message(self, *_: object) -> None:
        """Silent: what the client says is what is tested."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    way = ""
    asked = 0


@contextmanager
def broken_marathon(way: str) -> Iterator[tuple[str, _Server]]:
    """``way``: ``500``, ``html`` or ``nothing``; its URL, and the server with its count of requests."""
    server = _Server(("127.0.0.1", 0), _Handler)
    server.way = way
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", server
    finally:
        server.shutdown()
        server.server_close()
