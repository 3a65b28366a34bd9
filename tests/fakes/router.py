# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A router agent's API (docs/design.md, 6) over what a real Marathon runs, which a test may bend."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from typing import Any

from fakes.server import Answer, Request, Server, as_json

Apps = Callable[[], list[dict[str, Any]]]


class Router(Server):
    """``apps`` gives Marathon's apps with tasks; ``bend`` changes a plan before it is told; ``drains`` are the tasks that it let go;
    ``running`` says whether it serves its newest plan."""

    def __init__(self, apps: Apps, vcluster: str, token: str) -> None:
        super().__init__(self._route)
        self._apps = apps
        self._vcluster = vcluster
        self._token = token
        self._lock = threading.Lock()
        self.drains: list[str] = []
        self.undrained: list[str] = []
        self.running = True
        self.bend: Callable[[dict[str, Any]], None] = lambda _plan: None

    def _route(self, request: Request) -> Answer:
        if request.headers.get("Authorization") != f"Bearer {self._token}":
            return as_json({"message": "no token"}, 401)
        if request.path == "/v1/plan":
            return as_json(self.plan())
        if request.path == "/v1/status":
            return as_json({"schema": 1, "vcluster": self._vcluster, "plan": "d", "running": self.running, "problems": []})
        if request.path == "/v1/drain":
            with self._lock:
                if request.method == "POST":
                    self.drains += request.json["tasks"]
                elif request.method == "DELETE":
                    self.undrained += request.json["tasks"]
                    self.drains = [task for task in self.drains if task not in request.json["tasks"]]
                return as_json({"tasks": {task: {"open": 0} for task in self.drains}})
        return as_json({"message": f"no {request.path}"}, 404)

    def plan(self) -> dict[str, Any]:
        entries: dict[str, Any] = {}
        for app in self._apps():
            labels = app["labels"]
            if labels.get("ZEUS_TYPE") != "web" or labels.get("ZEUS_VCLUSTER") != self._vcluster:
                continue
            key, _unused, variant = app["id"].rpartition("/")
            entry = entries.setdefault(key, {"kind": "web", "variants": {}})
            entry["variants"][variant] = {"version": labels.get("ZEUS_VERSION"), "peers": self._peers(app)}
        plan: dict[str, Any] = {"schema": 1, "digest": "d", "apps": entries}
        self.bend(plan)
        return json.loads(json.dumps(plan))  # type: ignore[no-any-return]

    def _peers(self, app: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"task": task["id"], "address": task["host"], "port": task["ports"][0]}
            for task in sorted(app["tasks"], key=lambda task: str(task["id"]))
            if task["state"] == "TASK_RUNNING"
            and task["id"] not in self.drains
            and len([r for r in task.get("healthCheckResults", []) if r["alive"]]) >= len(app.get("healthChecks", []))
        ]
