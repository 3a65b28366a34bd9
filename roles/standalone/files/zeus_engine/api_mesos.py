# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mesos master's operator endpoints, in the shapes recorded from a real Mesos 1.11.0."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Iterable
from typing import Any

from aiohttp import web

from . import MESOS_VERSION
from .agents import Agent
from .engine import Engine
from .mesos_views import MesosViews
from .web import answer, authentication

_BUILD = {
    "build_date": "2020-11-24 15:38:37",
    "build_time": 1606232317.0,
    "build_user": "ubuntu",
    "git_sha": "04bc7ee1984d86fbb0bd782ccc69ce44c13ae4b9",
    "git_tag": MESOS_VERSION,
    "version": MESOS_VERSION,
}


class MesosApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._views = MesosViews(engine)

    def application(self) -> web.Application:
        config = self._engine.config
        app = web.Application(middlewares=[authentication(config.user, config.password, "mesos-master-readonly")])
        for prefix in ("", "/master"):
            app.add_routes(
                [
                    web.get(f"{prefix}/health", self.health),
                    web.get(f"{prefix}/state", self.state),
                    web.get(f"{prefix}/slaves", self.slaves),
                    web.get(f"{prefix}/tasks", self.tasks),
                    web.get(f"{prefix}/redirect", self.redirect),
                ]
            )
        app.add_routes(
            [
                web.get("/version", self.version),
                web.get("/metrics/snapshot", self.metrics),
                web.route("*", "/api/v1", self.call),
            ]
        )
        return app

    async def health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def version(self, request: web.Request) -> web.Response:
        return answer(_BUILD)

    async def redirect(self, request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"//{self._engine.config.host}:{self._engine.config.mesos_port}"})

    async def slaves(self, request: web.Request) -> web.Response:
        return answer({"slaves": [self._views.slave(agent, full=True) for agent in self._agents()], "recovered_slaves": []})

    async def tasks(self, request: web.Request) -> web.Response:
        return answer({"tasks": [self._views.task(task) for task in self._views.everything()]})

    async def state(self, request: web.Request) -> web.Response:
        config, state = self._engine.config, self._engine.state
        pid = f"master@{config.host}:{config.mesos_port}"
        leader = {"id": state.master_id, "pid": pid, "port": config.mesos_port, "hostname": config.address}
        started = self._engine.started_at
        return answer(
            {
                **_BUILD,
                "start_time": started,
                "elected_time": started,
                "id": state.master_id,
                "pid": pid,
                "hostname": config.address,
                "capabilities": ["AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2"],
                "activated_slaves": float(len(state.agents)),
                "deactivated_slaves": 0.0,
                "unreachable_slaves": 0.0,
                "leader": pid,
                "leader_info": leader,
                "cluster": config.cluster,
                "log_dir": "",
                "flags": {
                    "cluster": config.cluster,
                    "port": str(config.mesos_port),
                    "work_dir": str(config.state_dir),
                    "registry": "in_memory",
                },
                "slaves": [self._views.slave(agent, full=False) for agent in self._agents()],
                "recovered_slaves": [],
                "frameworks": [self._views.framework()],
                "completed_frameworks": [],
                "orphan_tasks": [],
                "unregistered_frameworks": [],
            }
        )

    async def metrics(self, request: web.Request) -> web.Response:
        return answer(self._views.metrics())

    async def call(self, request: web.Request) -> web.Response:
        """The v1 operator API, JSON only."""
        if request.method != "POST":
            return _text(405, f"405 Method Not Allowed. Expecting one of {{ 'POST' }}, but received '{request.method}'.")
        kind = request.headers.get("Content-Type")
        if kind is None:
            return _text(400, "Expecting 'Content-Type' to be present")
        if not kind.startswith("application/json"):
            return _text(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
        if not any(one in request.headers.get("Accept", "*/*") for one in ("*/*", "application/*", "application/json")):
            return _text(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
        try:
            data = json.loads(await request.text())
        except ValueError:
            return _text(400, "Failed to parse body into JSON: syntax error at line 1 near: ")
        wanted = data.get("type") if isinstance(data, dict) else None
        makers = {
            "GET_HEALTH": lambda: {"healthy": True},
            "GET_VERSION": lambda: {"version_info": _BUILD},
            "GET_MASTER": self._master,
            "GET_AGENTS": lambda: {"agents": [self._views.agent_v1(agent) for agent in self._agents()], "recovered_agents": []},
            "GET_TASKS": self._tasks_v1,
        }
        if wanted not in makers:
            return _text(400, "Failed to validate master::Call: Expecting 'type' to be present")
        return answer({"type": wanted, wanted.lower(): makers[wanted]()})

    def _agents(self) -> Iterable[Agent]:
        return self._engine.state.agents

    def _tasks_v1(self) -> dict[str, Any]:
        state = self._engine.state
        return {
            "tasks": [self._views.task_v1(task) for task in state.tasks.values()],
            "unreachable_tasks": [],
            "completed_tasks": [self._views.task_v1(task) for task in state.finished],
        }

    def _master(self) -> dict[str, Any]:
        config, state = self._engine.config, self._engine.state
        address = ipaddress.ip_address(config.address)
        ip = int.from_bytes(address.packed, "little") if address.version == 4 else 0
        return {
            "master_info": {
                "id": state.master_id,
                "ip": ip,
                "port": config.mesos_port,
                "pid": f"master@{config.host}:{config.mesos_port}",
                "hostname": config.address,
                "version": MESOS_VERSION,
                "address": {"hostname": config.address, "ip": config.address, "port": config.mesos_port},
                "capabilities": [{"type": "AGENT_UPDATE"}, {"type": "AGENT_DRAINING"}, {}],
            },
            "start_time": self._engine.started_at,
            "elected_time": self._engine.started_at,
        }


def _text(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=text)
