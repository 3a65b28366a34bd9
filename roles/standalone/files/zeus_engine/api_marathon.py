# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's API but for /v2/apps: tasks, deployments, queue, events, information about the engine."""

from __future__ import annotations

import asyncio

from aiohttp import web

from . import ENGINE_VERSION, MARATHON_VERSION, ids, views
from .api_apps import AppsApi
from .api_groups import GroupsApi
from .engine import Engine
from .errors import failed, not_found, wrong_type
from .model import RUNNING
from .web import answer, authentication, body, deployed, errors, flag, unauthorized, with_slash

HEARTBEAT = 10.0
_NOT_SSE = (
    "<html><head><title>405 Method Not Allowed</title></head><body><h1>405 HTTP method GET is not supported by this URL</h1></body></html>"
)


class MarathonApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._apps = AppsApi(engine)

    def application(self) -> web.Application:
        config = self._engine.config
        app = web.Application(
            middlewares=[errors, authentication(config.user, config.password, refused=unauthorized)], client_max_size=64 * 1024 * 1024
        )
        routes = [*self._apps.routes(), *GroupsApi(self._engine).routes()]
        app.add_routes(
            with_slash(
                [
                    *routes,
                    web.get("/", self.root),
                    web.get("/ping", self.ping),
                    web.get("/metrics", self.metrics),
                    web.get("/metrics/prometheus", self.prometheus),
                    web.get("/v2/tasks", self.tasks),
                    web.post("/v2/tasks/delete", self.delete_tasks),
                    web.get("/v2/deployments", self.deployments),
                    web.delete("/v2/deployments/{id}", self.delete_deployment),
                    web.get("/v2/queue", self.queue),
                    web.delete("/v2/queue/{rest:.+}/delay", self.delete_delay),
                    web.get("/v2/info", self.info),
                    web.get("/v2/leader", self.leader),
                    web.delete("/v2/leader", self.abdicate),
                    web.get("/v2/events", self.events),
                    web.get("/v2/pods", self.pods),
                    web.get("/v2/plugins", self.plugins),
                ]
            )
        )
        return app

    async def root(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/ui/"})

    async def ping(self, request: web.Request) -> web.Response:
        """``pong``; in quotes for who takes only JSON; nothing for who takes neither."""
        accept = request.headers.get("Accept", "*/*")
        if any(kind in accept for kind in ("*/*", "text/*", "text/plain", "text/html")):
            return web.Response(text="pong", content_type="text/plain")
        if "application/json" in accept or "application/*" in accept:
            return web.Response(text='"pong"', content_type="application/json")
        return web.Response(status=204)

    async def metrics(self, request: web.Request) -> web.Response:
        state = self._engine.state
        gauges = {
            "marathon.apps.active.gauge": len(state.apps),
            "marathon.deployments.active.gauge": len(self._engine.deployments.running),
            "marathon.http.event-streams.active.gauge": self._engine.events.streams,
            "marathon.instances.running.gauge": sum(task.state == RUNNING for task in state.tasks.values()),
            "marathon.instances.staged.gauge": sum(task.state != RUNNING for task in state.tasks.values()),
        }
        shown = {name: {"value": value} for name, value in gauges.items()}
        return answer({"version": "4.0.0", "gauges": shown, "counters": {}, "histograms": {}, "meters": {}, "timers": {}})

    async def prometheus(self, request: web.Request) -> web.Response:
        raise not_found("Prometheus reporter is disabled")

    async def tasks(self, request: web.Request) -> web.Response:
        wanted = {text.lower() for text in [*request.query.getall("status", []), *request.query.getall("status[]", [])]}
        found = []
        for task in self._engine.state.tasks.values():
            kind = "running" if task.state == RUNNING else "staging"
            if not wanted or kind in wanted:
                found.append(views.task(self._engine, task))
        return answer({"tasks": found})

    async def delete_tasks(self, request: web.Request) -> web.Response:
        data = await body(request)
        task_ids = data.get("ids") if isinstance(data, dict) else None
        if not isinstance(task_ids, list) or not all(isinstance(one, str) for one in task_ids):
            problem = "error.path.missing" if task_ids is None else "error.expected.jsarray"
            raise wrong_type("/ids", problem)
        for one in task_ids:
            if not ids.is_task_id(one):
                raise failed(400, f"Invalid task id '{one}'.")
        return self._apps.kill(request, task_ids, scale=flag(request, "scale"), wipe=flag(request, "wipe"))

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

    def _leader(self) -> str:
        return f"{self._engine.config.host}:{self._engine.config.marathon_port}"

    async def info(self, request: web.Request) -> web.Response:
        config = self._engine.config
        return answer(
            {
                "name": "marathon",
                "version": MARATHON_VERSION,
                "buildref": f"zeus-standalone-{ENGINE_VERSION}",
                "elected": True,
                "leader": self._leader(),
                "frameworkId": self._engine.state.framework_id,
                "marathon_config": {
                    "access_control_allow_origin": None,
                    "checkpoint": True,
                    "decline_offer_duration": 120000,
                    "default_network_name": None,
                    "env_vars_prefix": None,
                    "executor": "//cmd",
                    "failover_timeout": 604800,
                    "features": ["task_killing"],
                    "framework_name": "marathon",
                    "ha": False,
                    "hostname": config.address,
                    "launch_token": 100,
                    "launch_token_refresh_interval": 30000,
                    "leader_proxy_connection_timeout_ms": 5000,
                    "leader_proxy_read_timeout_ms": 10000,
                    "local_port_max": 20000,
                    "local_port_min": 10000,
                    "master": f"{config.host}:{config.mesos_port}",
                    "max_instances_per_offer": 100,
                    "max_running_deployments": config.max_running_deployments,
                    "mesos_bridge_name": "mesos-bridge",
                    "mesos_heartbeat_failure_threshold": 5,
                    "mesos_heartbeat_interval": 15000,
                    "mesos_leader_ui_url": f"http://{config.host}:{config.mesos_port}",
                    "mesos_role": "*",
                    "mesos_user": config.default_user,
                    "min_revive_offers_interval": 5000,
                    "offer_matching_timeout": 3000,
                    "on_elected_prepare_timeout": 180000,
                    "reconciliation_initial_delay": 15000,
                    "reconciliation_interval": 600000,
                    "revive_offers_for_new_apps": True,
                    "revive_offers_repetitions": 3,
                    "scale_apps_initial_delay": 15000,
                    "scale_apps_interval": 300000,
                    "store_cache": True,
                    "task_launch_confirm_timeout": 300000,
                    "task_launch_timeout": 300000,
                    "task_lost_expunge_initial_delay": 300000,
                    "task_lost_expunge_interval": 30000,
                    "task_reservation_timeout": 20000,
                    "webui_url": None,
                },
                "zookeeper_config": {},
                "http_config": {"http_port": config.marathon_port, "https_port": 8443},
            }
        )

    async def leader(self, request: web.Request) -> web.Response:
        return answer({"leader": self._leader()})

    async def abdicate(self, request: web.Request) -> web.Response:
        """Marathon's process ends half a second later and is started again by its service manager; so does this one."""
        asyncio.get_running_loop().call_later(0.5, self._engine.stop)
        return answer({"message": "Leadership abdicated"})

    async def pods(self, request: web.Request) -> web.Response:
        return answer([])

    async def plugins(self, request: web.Request) -> web.Response:
        return answer({"plugins": []})

    async def events(self, request: web.Request) -> web.StreamResponse:
        if "text/event-stream" not in request.headers.get("Accept", ""):
            return web.Response(status=405, text=_NOT_SSE, content_type="text/html")
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream;charset=utf-8", "Cache-Control": "no-cache, no-store, must-revalidate"}
        )
        await response.prepare(request)
        stream = self._engine.events.attach(request.query.getall("event_type", []), request.remote or "")
        try:
            while True:
                try:
                    data = await asyncio.wait_for(stream.next(), HEARTBEAT)
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
