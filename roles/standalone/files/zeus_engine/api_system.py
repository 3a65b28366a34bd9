# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Marathon tells about itself: ping, metrics, configuration, loggers, leader; and the pods that are not there."""

from __future__ import annotations

import asyncio
import dataclasses
import time
from pathlib import Path
from typing import Any

from aiohttp import web

from . import ENGINE_VERSION, MARATHON_VERSION, ids, loggers
from .engine import Engine
from .errors import failed, not_found
from .model import RUNNING
from .store import VERSIONS_KEPT
from .web import answer, body

_NO_PODS = "The standalone engine runs no pods; make each container an app, or use a Mesos cluster"


class SystemApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/", self.root),
            web.get("/ping", self.ping),
            web.get("/metrics", self.metrics),
            web.get("/metrics/prometheus", self.prometheus),
            web.get("/config", self.config),
            web.get("/logging", self.loggers),
            web.post("/logging", self.set_logger),
            web.get("/v2/info", self.info),
            web.get("/v2/leader", self.leader),
            web.delete("/v2/leader", self.abdicate),
            web.get("/v2/plugins", self.plugins),
            web.get("/v2/pods", self.pods),
            web.get("/v2/pods/::status", self.pods),
            web.post("/v2/pods", self.no_pods),
            web.get("/v2/pods/{rest:.+}", self.unknown_pod),
            web.put("/v2/pods/{rest:.+}", self.no_pods),
            web.delete("/v2/pods/{rest:.+}", self.unknown_pod),
        ]

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
            "marathon.groups.active.gauge": len(state.groups),
            "marathon.uptime.gauge.seconds": int(time.time() - self._engine.started_at),
            "marathon.deployments.active.gauge": len(self._engine.deployments.running),
            "marathon.http.event-streams.active.gauge": self._engine.events.streams,
            "marathon.instances.running.gauge": sum(task.state == RUNNING for task in state.tasks.values()),
            "marathon.instances.staged.gauge": sum(task.state != RUNNING for task in state.tasks.values()),
        }
        shown = {name: {"value": value} for name, value in gauges.items()}
        return answer({"version": "4.0.0", "gauges": shown, "counters": {}, "histograms": {}, "meters": {}, "timers": {}})

    async def prometheus(self, request: web.Request) -> web.Response:
        raise not_found("Prometheus reporter is disabled")

    async def config(self, request: web.Request) -> web.Response:
        """The engine's own configuration, but for its password."""
        return answer({"zeus": _plain({**dataclasses.asdict(self._engine.config), "password": None})})

    async def loggers(self, request: web.Request) -> web.Response:
        return answer(loggers.levels())

    async def set_logger(self, request: web.Request) -> web.Response:
        change = loggers.read(await body(request))
        loggers.apply(change)
        return answer(change)

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
                    "checkpoint": True,
                    "decline_offer_duration": 120000,
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
                    "scale_apps_initial_delay": 15000,
                    "scale_apps_interval": 300000,
                    "store_cache": True,
                    "task_launch_confirm_timeout": 300000,
                    "task_launch_timeout": 300000,
                    "task_lost_expunge_initial_delay": 300000,
                    "task_lost_expunge_interval": 30000,
                    "task_reservation_timeout": 20000,
                },
                # There is no ZooKeeper; the numbers are those that hold for the engine's own store.
                "zookeeper_config": {
                    "zk": "",
                    "zk_compression": False,
                    "zk_connection_timeout": 10000,
                    "zk_max_versions": VERSIONS_KEPT,
                    "zk_session_timeout": 10000,
                    "zk_timeout": 10000,
                },
                "http_config": {"http_port": config.marathon_port, "https_port": 8443},
            }
        )

    async def leader(self, request: web.Request) -> web.Response:
        return answer({"leader": self._leader()})

    async def abdicate(self, request: web.Request) -> web.Response:
        """Marathon's process ends half a second later and is started again by its service manager; so does this one."""
        for name in ("backup", "restore"):
            if request.query.get(name):
                raise failed(501, f"{name}: the standalone engine keeps its state in {self._engine.config.state_dir}; copy that instead")
        asyncio.get_running_loop().call_later(0.5, self._engine.stop)
        return answer({"message": "Leadership abdicated"})

    async def plugins(self, request: web.Request) -> web.Response:
        return answer({"plugins": []})

    async def pods(self, request: web.Request) -> web.Response:
        return answer([])

    async def no_pods(self, request: web.Request) -> web.Response:
        raise failed(501, _NO_PODS)

    async def unknown_pod(self, request: web.Request) -> web.Response:
        raise not_found(f"Pod '{ids.absolute('/' + request.match_info['rest'].partition('::')[0])}' does not exist")


def _plain(value: Any) -> Any:
    """As JSON takes it; without what is None."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one is not None}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Path) else value
