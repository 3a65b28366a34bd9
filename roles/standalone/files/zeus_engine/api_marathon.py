# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's API but for /v2/apps: tasks, deployments, queue, events, information about the engine."""

from __future__ import annotations

import asyncio

from aiohttp import web

from . import ids, views
from .api_apps import AppsApi
from .api_groups import GroupsApi
from .api_system import SystemApi
from .engine import Engine
from .errors import failed, not_found, wrong_type
from .model import RUNNING, STAGING
from .web import answer, authentication, body, deployed, errors, flag, only_json, unauthorized, with_slash

HEARTBEAT = 10.0
_STATUS = {"running": RUNNING, "staging": STAGING}
_NOT_SSE = (
    "<html><head><title>405 Method Not Allowed</title></head><body><h1>405 HTTP method GET is not supported by this URL</h1></body></html>"
)


class MarathonApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._apps = AppsApi(engine)

    def application(self) -> web.Application:
        config = self._engine.config
        checks = [errors, authentication(config.user, config.password, refused=unauthorized), only_json]
        app = web.Application(middlewares=checks, client_max_size=64 * 1024 * 1024)
        app.on_response_prepare.append(self._marked)
        routes = [*self._apps.routes(), *GroupsApi(self._engine).routes(), *SystemApi(self._engine).routes()]
        app.add_routes(
            with_slash(
                [
                    *routes,
                    web.get("/v2/tasks", self.tasks),
                    web.post("/v2/tasks/delete", self.delete_tasks),
                    web.get("/v2/deployments", self.deployments),
                    web.delete("/v2/deployments/{id}", self.delete_deployment),
                    web.get("/v2/queue", self.queue),
                    web.delete("/v2/queue/{rest:.+}/delay", self.delete_delay),
                    web.get("/v2/events", self.events),
                ]
            )
        )
        return app

    async def _marked(self, request: web.Request, response: web.StreamResponse) -> None:
        """What Marathon adds to every answer: who leads, and that nobody may keep it."""
        config = self._engine.config
        response.headers.setdefault("X-Marathon-Leader", f"http://{config.host}:{config.marathon_port}")
        response.headers.setdefault("Cache-Control", "no-cache, no-store, must-revalidate")
        response.headers.setdefault("Pragma", "no-cache")
        response.headers.setdefault("Expires", "0")

    async def tasks(self, request: web.Request) -> web.Response:
        """Any other status than these two is ignored, as in Marathon."""
        given = [*request.query.getall("status", []), *request.query.getall("status[]", [])]
        wanted = {_STATUS[text.lower()] for text in given if text.lower() in _STATUS}
        tasks = self._engine.state.tasks.values()
        return answer({"tasks": [views.task(self._engine, task) for task in tasks if not wanted or task.state in wanted]})

    async def delete_tasks(self, request: web.Request) -> web.Response:
        data = await body(request)
        task_ids = data.get("ids") if isinstance(data, dict) else None
        if not isinstance(task_ids, list) or not all(isinstance(one, str) for one in task_ids):
            problem = "error.path.missing" if task_ids is None else "error.expected.jsarray"
            raise wrong_type("/ids", problem)
        for one in task_ids:
            if not ids.is_task_id(one):
                raise failed(400, f"Invalid task id '{one}'.")
        tasks = self._engine.state.tasks
        return self._apps.kill(request, [tasks[one] for one in dict.fromkeys(task_ids) if one in tasks])

    async def deployments(self, request: web.Request) -> web.Response:
        return answer([views.deployment(self._engine, one) for one in self._engine.deployments.running.values()])

    async def delete_deployment(self, request: web.Request) -> web.Response:
        deployment = self._engine.deployments.running.get(request.match_info["id"])
        if deployment is None:
            raise not_found(f"DeploymentPlan {request.match_info['id']} does not exist")
        if flag(request, "force"):
            self._engine.deployments.cancel(deployment, "The upgrade has been cancelled")
            self._engine.wake()
            return web.Response(status=202)
        rollback = self._engine.groups.rollback(deployment)
        self._engine.wake()
        return deployed(views.result(rollback))

    async def queue(self, request: web.Request) -> web.Response:
        with_offers = "lastUnusedOffers" in request.query.getall("embed", [])
        items = self._engine.queue.items.values()
        return answer({"queue": [views.queue_item(self._engine, item, with_offers=with_offers) for item in items]})

    async def delete_delay(self, request: web.Request) -> web.Response:
        app_id = ids.absolute("/" + request.match_info["rest"])
        if app_id not in self._engine.queue.items:
            raise not_found(f"Application {app_id} not found in tasks queue.")
        self._engine.backoff.reset(app_id)
        self._engine.wake()
        return web.Response(status=204)

    async def events(self, request: web.Request) -> web.StreamResponse:
        if "text/event-stream" not in request.headers.get("Accept", ""):
            return web.Response(status=405, text=_NOT_SSE, content_type="text/html")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream;charset=utf-8", "Cache-Control": "no-cache, no-store, must-revalidate"}
        )
        transport = request.transport
        if transport is None:
            raise ConnectionResetError("the reader went away")
        # Attached before the headers go out: nothing that happens after a client has seen them may be missing.
        stream = self._engine.events.attach(request.query.getall("event_type", []), request.remote or "", transport.abort)
        try:
            await response.prepare(request)
            while True:
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        data = await stream.next()
                except TimeoutError:
                    data = b"\r\n"
                if data is None:
                    break
                await response.write(data)
        except ConnectionError:
            pass  # the reader went away
        finally:
            self._engine.events.detach(stream)
        return response
