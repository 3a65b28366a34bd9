# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whoever watches masters notices two that are away together, and does not confuse them with two that are away in turn."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from load.during import Watch


class Master(BaseHTTPRequestHandler):
    """Answers like a master's metrics; ``server.recovered`` says what."""

    def do_GET(self) -> None:
        body = json.dumps({"registrar/log/recovered": self.server.recovered}).encode()  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_unused: Any) -> None:
        """Nobody reads it."""


@contextmanager
def masters(count: int) -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), Master) for _unused in range(count)]
    for server in servers:
        server.recovered = 1.0  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


def one_whole_look(watch: Watch) -> None:
    """The look that runs now may have begun before; the one after it has not."""
    wanted = watch.looks + 2
    deadline = time.monotonic() + 10
    while watch.looks < wanted:
        assert time.monotonic() < deadline, "nobody looks"
        time.sleep(0.01)


def url(server: ThreadingHTTPServer) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def test_one_after_the_other_and_two_at_once() -> None:
    with masters(3) as servers, Watch([url(server) for server in servers], "ops", "secret") as watch:
        one_whole_look(watch)
        assert watch.away == []
        for server in servers:
            server.recovered = 0.0  # type: ignore[attr-defined]
            one_whole_look(watch)
            server.recovered = 1.0  # type: ignore[attr-defined]
            one_whole_look(watch)
        assert len(watch.noticed) == 3
        assert len(watch.away) == 1
        for server in servers[:2]:
            server.recovered = 0.0  # type: ignore[attr-defined]
        one_whole_look(watch)
        assert watch.away == [url(servers[0]), url(servers[1])]


def test_who_does_not_answer_is_away() -> None:
    with masters(1) as servers:
        nobody = url(servers[0])
    with Watch([nobody], "ops", "secret") as watch:
        one_whole_look(watch)
    assert watch.away == [nobody]
