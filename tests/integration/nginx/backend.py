# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small backends for the router's tests, and the plan's entries that lead to them."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler
from types import TracebackType
from typing import Any, Self

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of


class _Server(socketserver.ThreadingMixIn, socketserver.TCPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A test that resets connections says so itself."""


class Backend:
    """Answers with JSON: its name, and what it got. Counts requests by method, and connections."""

    def __init__(self, name: str, *, host: str = "127.0.0.1") -> None:
        self.name = name
        self.connections = 0
        self.requests: list[str] = []
        self.entered = threading.Event()
        self.gate: threading.Event | None = None
        self.silent = False
        backend = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                backend.connections += 1

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length) if length else b""
                backend.requests.append(self.command)
                backend.entered.set()
                if backend.gate is not None:
                    backend.gate.wait(30)
                if backend.silent:
                    self.close_connection = True
                    return
                told = {
                    "backend": backend.name,
                    "path": self.path,
                    "headers": {name.lower(): value for name, value in self.headers.items()},
                    "body": body.decode("latin-1"),
                }
                text = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(text)

            do_GET = do_POST = do_PUT = do_HEAD = answer

            def log_message(self, *arguments: Any) -> None:
                pass

        kind = type("Server", (_Server,), {"address_family": socket.AF_INET6 if ":" in host else socket.AF_INET})
        self._server = kind((host, 0), Handler)
        self.host, self.port = host, int(self._server.server_address[1])
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Refuse new connections from now on."""
        if self._thread.is_alive():
            self._server.shutdown()
        self._server.server_close()

    def peer(self) -> dict[str, Any]:
        return {"task": f"task-{self.name}", "address": self.host, "port": self.port}


def entry(
    name: str,
    hosts: Sequence[str],
    variants: Mapping[str, Sequence[Mapping[str, Any]]],
    *,
    path: str = "/",
    gray: Mapping[str, Any] | None = None,
    snippet: str | None = None,
    project: str = "shop",
) -> dict[str, Any]:
    """An entry of the plan for the app ``/test/<project>/<name>``; ``variants`` maps a variant to its peers."""
    body = {
        "kind": "web",
        "environment": "test",
        "project": project,
        "app": name,
        "hosts": list(hosts),
        "path": path,
        "variants": {
            variant: {"version": "1.0" if variant == "stable" else variant.replace("-", "."), "peers": list(peers)}
            for variant, peers in variants.items()
        },
        "gray": gray,
        "snippet": snippet,
    }
    return {**body, "digest": digest_of(body)}


def plan_of(*entries: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Entries by their app key."""
    return {f"/{one['environment']}/{one['project']}/{one['app']}": one for one in entries}


def snapshot_of(apps: Mapping[str, Any]) -> dict[str, Any]:
    """The agent's file."""
    return {"schema": 1, "digest": digest_of(apps), "apps": dict(apps)}
