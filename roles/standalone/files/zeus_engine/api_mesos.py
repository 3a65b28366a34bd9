# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Mesos master's endpoints, in the shapes recorded from a real Mesos 1.11.0 (tests/fixtures/mesos, docs/conformance.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from . import mesos_maintenance as maintenance
from .api_zeus import ZeusApi
from .engine import Engine
from .mesos_calls import MesosCalls
from .mesos_errors import MesosError, errors, impossible, text, unauthorized, untyped_if_empty, wrong_method
from .mesos_master import BUILD, Master
from .mesos_metrics import metrics, system_stats
from .mesos_views import Cast, MesosViews
from .web import Handler, answer, authentication

#: Open without credentials, as in Mesos.
OPEN_PATHS = ("/health", "/master/health", "/version")
#: How many tasks /tasks shows if not asked for more or less: Mesos' own number.
TASK_LIMIT = 100
_JSON = ("application/json", "application/*", "*/*")


class MesosApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._cast = Cast(engine)
        self._master = Master(engine)
        self._views = MesosViews(self._cast)
        self.calls = MesosCalls(self._cast, self._master)

    def application(self) -> web.Application:
        config = self._engine.config
        guard = authentication(config.user, config.password, refused=unauthorized, open_paths=OPEN_PATHS)
        app = web.Application(middlewares=[errors, guard])
        app.on_response_prepare.append(untyped_if_empty)
        for prefix in ("", "/master"):
            app.add_routes([web.route(method, prefix + path, handler) for method, path, handler in self._of_the_master()])
        app.add_routes(
            [
                web.get("/version", self.version),
                web.get("/metrics/snapshot", self.metrics),
                web.get("/system/stats.json", self.system),
                web.get("/logging/toggle", self.logging),
                web.get("/help", self.help),
                *ZeusApi(self._engine).routes(),
            ]
        )
        return app

    def _of_the_master(self) -> list[tuple[str, str, Handler]]:
        """What a real master serves both at its root and below /master."""
        return [
            ("GET", "/health", self.health),
            ("GET", "/state", self.state),
            ("GET", "/state-summary", self.summary),
            ("GET", "/slaves", self.slaves),
            ("GET", "/tasks", self.tasks),
            ("GET", "/frameworks", self.frameworks),
            ("GET", "/roles", self.roles),
            ("GET", "/flags", self.flags),
            ("GET", "/redirect", self.redirect),
            ("GET", "/quota", self.quota),
            ("POST", "/quota", self.set_quota),
            ("DELETE", "/quota/{role}", self.remove_quota),
            ("GET", "/weights", self.weights),
            ("PUT", "/weights", self.update_weights),
            ("GET", "/maintenance/schedule", self.schedule),
            ("POST", "/maintenance/schedule", self.update_schedule),
            ("GET", "/maintenance/status", self.maintenance_status),
            ("POST", "/machine/down", self.machine_down),
            ("POST", "/machine/up", self.machine_up),
            ("POST", "/reserve", self.resources),
            ("POST", "/unreserve", self.resources),
            ("POST", "/create-volumes", self.resources),
            ("POST", "/destroy-volumes", self.resources),
            ("POST", "/teardown", self.teardown),
            ("*", "/api/v1", self.call),
            ("POST", "/api/v1/scheduler", self.scheduler),
        ]

    # About the master itself.

    async def health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def version(self, request: web.Request) -> web.Response:
        return answer(BUILD)

    async def flags(self, request: web.Request) -> web.Response:
        return answer({"flags": self._master.flags()})

    async def redirect(self, request: web.Request) -> web.Response:
        return web.Response(status=307, headers={"Location": f"//{self._engine.config.host}:{self._engine.config.mesos_port}"})

    async def metrics(self, request: web.Request) -> web.Response:
        return answer(metrics(self._cast))

    async def system(self, request: web.Request) -> web.Response:
        return answer(system_stats())

    async def logging(self, request: web.Request) -> web.Response:
        if "level" in request.query:
            raise impossible("A logging level", "its log has one level")
        return text(200, "0\n")

    async def help(self, request: web.Request) -> web.Response:
        names = sorted({path.split("/")[1] for path in _paths(request.app)} & {"logging", "master", "metrics", "system", "version"})
        lines = ["## HELP", *(f"> [/{name}][{name}]" for name in names), "", *(f"[{name}]: help/{name}" for name in names), ""]
        return web.Response(body="\n".join(lines).encode(), content_type="text/x-markdown")

    # Agents, frameworks, tasks.

    async def state(self, request: web.Request) -> web.Response:
        views = self._views
        return answer(
            self._master.state()
            | views.agent_counts()
            | {
                "slaves": [views.slave(agent, full=False) for agent in self._cast.agents()],
                "recovered_slaves": [],
                "frameworks": [views.framework()],
                "completed_frameworks": [],
                "orphan_tasks": [],
                "unregistered_frameworks": [],
            }
        )

    async def summary(self, request: web.Request) -> web.Response:
        return answer(self._views.summary())

    async def slaves(self, request: web.Request) -> web.Response:
        """``slave_id``: only this agent."""
        wanted = request.query.get("slave_id")
        agents = [agent for agent in self._cast.agents() if wanted in (None, agent.id)]
        return answer({"slaves": [self._views.slave(agent, full=True) for agent in agents], "recovered_slaves": []})

    async def frameworks(self, request: web.Request) -> web.Response:
        """``framework_id``: only this one."""
        wanted = request.query.get("framework_id")
        found = [one for one in [self._views.framework()] if wanted in (None, one["id"])]
        return answer({"frameworks": found, "completed_frameworks": [], "unregistered_frameworks": []})

    async def tasks(self, request: web.Request) -> web.Response:
        """Newest first; ``limit``, ``offset``, ``order``, ``framework_id`` and ``task_id`` as in Mesos."""
        query = request.query
        limit, offset = _number(query, "limit", TASK_LIMIT), _number(query, "offset", 0)
        tasks = self._cast.everything() if query.get("framework_id") in (None, self._engine.state.framework_id) else []
        if "task_id" in query:
            tasks = [task for task in tasks if task.task_id == query["task_id"]]
        tasks.sort(key=lambda task: task.statuses[0].timestamp if task.statuses else 0.0, reverse=query.get("order") != "asc")
        return answer({"tasks": [self._views.task(task) for task in tasks[offset : offset + limit]]})

    async def roles(self, request: web.Request) -> web.Response:
        return answer({"roles": self._views.roles()})

    # What operators ask a master to remember.

    async def quota(self, request: web.Request) -> web.Response:
        return answer({})

    async def set_quota(self, request: web.Request) -> web.Response:
        maintenance.set_quota()
        return web.Response()

    async def remove_quota(self, request: web.Request) -> web.Response:
        maintenance.remove_quota(request.match_info["role"])
        return web.Response()

    async def weights(self, request: web.Request) -> web.Response:
        return answer([])

    async def update_weights(self, request: web.Request) -> web.Response:
        maintenance.update_weights(await _json(request))
        return web.Response()

    async def schedule(self, request: web.Request) -> web.Response:
        return answer({})

    async def update_schedule(self, request: web.Request) -> web.Response:
        maintenance.set_schedule(await _json(request))
        return web.Response()

    async def maintenance_status(self, request: web.Request) -> web.Response:
        return answer({})

    async def machine_down(self, request: web.Request) -> web.Response:
        maintenance.move_machines(self._cast, await _json(request), up=False)
        return web.Response()

    async def machine_up(self, request: web.Request) -> web.Response:
        maintenance.move_machines(self._cast, await _json(request), up=True)
        return web.Response()

    async def resources(self, request: web.Request) -> web.Response:
        raise impossible(request.path, "reservations and volumes are the business of frameworks that share agents; here is only one")

    async def teardown(self, request: web.Request) -> web.Response:
        raise impossible(request.path, "its one framework is Marathon, which is part of it")

    async def scheduler(self, request: web.Request) -> web.Response:
        raise impossible(request.path, "its one framework is Marathon; another cannot register")

    async def call(self, request: web.Request) -> web.Response:
        """The v1 operator API, JSON only."""
        if request.method != "POST":
            return wrong_method(request.method, ["POST"])
        kind = request.headers.get("Content-Type")
        if kind is None:
            raise MesosError(400, "Expecting 'Content-Type' to be present")
        if kind.startswith("application/x-protobuf"):
            raise MesosError(415, "The standalone engine reads 'Content-Type' application/json only")
        if not kind.startswith("application/json"):
            raise MesosError(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
        accepted = request.headers.get("Accept", "*/*")
        if not any(one in accepted for one in _JSON):
            if "application/x-protobuf" in accepted:
                raise MesosError(406, "The standalone engine writes application/json only")
            raise MesosError(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
        found = self.calls.answer(await _json(request, "Failed to parse body into JSON: "))
        return web.Response() if found is None else answer(found)


async def _json(request: web.Request, before: str = "") -> Any:
    try:
        return json.loads(await request.text())
    except ValueError:
        raise MesosError(400, f"{before}syntax error at line 1 near: ") from None


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    """A whole number of the query, as Mesos reads it: what cannot be read counts as not given."""
    try:
        return max(0, int(query.get(name, default)))
    except ValueError:
        return default


def _paths(app: web.Application) -> list[str]:
    return [resource.canonical for resource in app.router.resources()]
