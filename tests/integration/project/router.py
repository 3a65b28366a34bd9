# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router agent's API that follows the real Marathon and the real policy store, and may be told to misbehave."""

from __future__ import annotations

import http.server
import json
import threading
from typing import Any

import redis

from integration.engine.running import RunningEngine


class FollowingRouter(http.server.ThreadingHTTPServer):
    """``refuses``: digests of snippets that its nginx would not take. ``token`` is what its API wants."""

    def __init__(self, engine: RunningEngine, store: redis.Redis, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.engine, self.store, self.token = engine, store, token
        self.refuses: set[str] = set()
        self.marks: set[str] = set()
        self._installed: dict[str, str | None] = {}
        self._thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> FollowingRouter:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def plan(self) -> dict[str, Any]:
        apps: dict[str, Any] = {}
        for app in self.engine.call("GET", "/v2/apps", embed=["apps.tasks"])["apps"]:
            labels = app["labels"]
            if labels.get("ZEUS_TYPE") != "web":
                continue
            key = app["id"].rpartition("/")[0]
            peers = [{"task": task["id"]} for task in app["tasks"] if _serves(task) and task["id"] not in self.marks]
            apps[key] = {"variants": {labels["ZEUS_VARIANT"]: {"peers": peers}}, "snippet": self._snippet(key)}
        return {"schema": 1, "apps": apps}

    def _snippet(self, key: str) -> str | None:
        raw = self.store.get("zeus:assets" + key.replace("/", ":"))
        wanted = ((json.loads(raw)["body"] or {}) if raw else {}).get("snippet")  # type: ignore[arg-type]
        if wanted not in self.refuses:
            self._installed[key] = wanted
        return self._installed.get(key)


def _serves(task: dict[str, Any]) -> bool:
    results = task.get("healthCheckResults") or []
    return task["state"] == "TASK_RUNNING" and bool(results) and all(result["alive"] for result in results)


class _Handler(http.server.BaseHTTPRequestHandler):
    server: FollowingRouter

    def do_GET(self) -> None:
        if self.path.startswith("/v1/plan"):
            self._answer(self.server.plan())
        elif self.path == "/v1/drain":
            self._answer({"tasks": {task: {"open": 0} for task in self.server.marks}})
        else:
            self._answer({"store": {"epoch": 0, "counter": 41}})

    def do_POST(self) -> None:
        tasks = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["tasks"]
        self.server.marks.update(tasks)
        self.do_GET()

    def _answer(self, found: dict[str, Any]) -> None:
        if self.headers.get("Authorization") != f"Bearer {self.server.token}":
            self.send_error(401)
            return
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        pass
