# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A Marathon that does what a test says, also what no real one should: the agent's part of its API."""

from __future__ import annotations

import contextlib
import json
import queue
import socket
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import unquote, urlsplit

from integration.nginx.running import free_port


class FakeMarathon:
    """``apps`` is what it tells; ``say`` sends an event; ``answer_with`` makes every answer something else."""

    def __init__(self) -> None:
        self.apps: dict[str, dict[str, Any]] = {}
        self.leader: str | None = "127.0.0.1:8080"
        self.broken: tuple[int, str, bytes] | None = None
        self.readings = 0
        self._streams: list[queue.Queue[bytes | None]] = []
        self._connections: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._server: ThreadingHTTPServer | None = None
        self._port = free_port()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        fake = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def setup(self) -> None:
                super().setup()
                with fake._lock:
                    fake._connections.add(self.connection)

            def finish(self) -> None:
                with fake._lock:
                    fake._connections.discard(self.connection)
                with contextlib.suppress(OSError):
                    super().finish()

            def log_message(self, *arguments: Any) -> None:
                pass

            def do_GET(self) -> None:
                path = urlsplit(self.path).path
                if fake.broken is not None:
                    return self._send(*fake.broken)
                if path == "/v2/events":
                    return self._stream()
                if path == "/v2/leader":
                    return self._json({"leader": fake.leader}) if fake.leader else self._json({"message": "There is no leader"}, 404)
                if path == "/v2/apps":
                    fake.readings += 1
                    return self._json({"apps": list(fake.apps.values())})
                app = fake.apps.get(unquote(path.removeprefix("/v2/apps")))
                return self._json({"app": app}) if app else self._json({"message": "App does not exist"}, 404)

            def _json(self, data: Any, status: int = 200) -> None:
                self._send(status, "application/json", json.dumps(data).encode())

            def _send(self, status: int, kind: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def _stream(self) -> None:
                mine: queue.Queue[bytes | None] = queue.Queue()
                with fake._lock:
                    fake._streams.append(mine)
                self.close_connection = True
                try:
                    self.send_response(200)
                    self.send_header("Content-Type", "text/event-stream")
                    self.send_header("Connection", "close")
                    self.end_headers()
                    while (part := mine.get()) is not None:
                        self.wfile.write(part)
                        self.wfile.flush()
                except OSError:
                    pass
                finally:
                    with fake._lock:
                        fake._streams.remove(mine)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True
            block_on_close = False

            def handle_error(self, request: Any, client_address: Any) -> None:
                """A client that went away is not this server's trouble."""

        self._server = Server(("127.0.0.1", self._port), Handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self) -> None:
        """As a killed Marathon: no answers, and its event streams end."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None
        self.end_streams()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def restore(self) -> None:
        """Answers, and has a leader."""
        self.broken, self.leader = None, "127.0.0.1:8080"
        if self._server is None:
            self.start()

    def end_streams(self) -> None:
        with self._lock:
            for stream in self._streams:
                stream.put(None)

    @property
    def listeners(self) -> int:
        with self._lock:
            return len(self._streams)

    def say(self, kind: str, **data: Any) -> None:
        text = f"event: {kind}\r\ndata: {json.dumps({'eventType': kind, **data})}\r\n\r\n".encode()
        with self._lock:
            for stream in self._streams:
                stream.put(text)

    # what runs

    def run(self, app: dict[str, Any]) -> dict[str, Any]:
        self.apps[app["id"]] = app
        self.say("api_post_event", appDefinition={"id": app["id"]})
        return app

    def status(self, app_id: str, task_id: str, state: str) -> None:
        self.say("status_update_event", appId=app_id, taskId=task_id, taskStatus=state)

    def start_task(self, app_id: str, address: str, port: int) -> str:
        new = task(app_id, address, port)
        self.apps[app_id]["tasks"].append(new)
        self.status(app_id, new["id"], "TASK_RUNNING")
        return str(new["id"])


def task(app_id: str, address: str, port: int, state: str = "TASK_RUNNING") -> dict[str, Any]:
    name = app_id.strip("/").replace("/", "_")
    return {"id": f"{name}.instance-{uuid.uuid4()}._app.1", "appId": app_id, "host": address, "ports": [port], "state": state}


def app_of(
    name: str,
    *peers: tuple[str, int],
    kind: str = "web",
    variant: str = "stable",
    version: str = "1.0",
    vcluster: str = "web",
    **labels: str,
) -> dict[str, Any]:
    """An app of ``/test/shop/<name>`` as Marathon tells it."""
    app_id = f"/test/shop/{name}/{variant}"
    routed = {"ZEUS_HOSTS": f"{name}.test", "ZEUS_PATH": "/"} if kind == "web" else {"ZEUS_PORT": "0"} if kind == "service" else {}
    return {
        "id": app_id,
        "labels": {
            "ZEUS_ENVIRONMENT": "test",
            "ZEUS_PROJECT": "shop",
            "ZEUS_APP": name,
            "ZEUS_VARIANT": variant,
            "ZEUS_VERSION": version,
            "ZEUS_VCLUSTER": vcluster,
            "ZEUS_TYPE": kind,
            "ZEUS_OWNER": "project",
            **routed,
            **labels,
        },
        "healthChecks": [],
        "tasks": [task(app_id, address, port) for address, port in peers],
    }
