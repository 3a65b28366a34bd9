# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts together and runs them."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

from aiohttp import web

from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._routing_build import fleet_of
from zeus_router_agent.api import Api
from zeus_router_agent.config import Config, StoreConfig
from zeus_router_agent.disk import Disk
from zeus_router_agent.drains import Drains
from zeus_router_agent.haproxy import HaproxyDriver
from zeus_router_agent.haproxy_api import HaproxyApi, HaproxyError
from zeus_router_agent.loop import Loop
from zeus_router_agent.marathon import MarathonFollower
from zeus_router_agent.nginx import NginxDriver, NginxQuestions
from zeus_router_agent.planner import Planner
from zeus_router_agent.ports import bindable
from zeus_router_agent.snippets import SnippetWriter
from zeus_router_agent.status import Status
from zeus_router_agent.store import StoreFollower
from zeus_router_agent.unixhttp import NginxError, UnixHttp
from zeus_router_agent.world import State, World

log = logging.getLogger(__name__)

SYNC_TIMEOUT = 8.0


class Agent:
    """``start`` begins to follow; ``stop`` ends it. What serves traffic is not touched by either."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self.disk = Disk(config.state_dir)
        self.world = World(self._first_state())
        self.nginx = NginxDriver(self.world, UnixHttp(config.nginx.socket)) if config.nginx else None
        self._questions = NginxQuestions(config.nginx.socket) if config.nginx else None
        self._haproxy_api = HaproxyApi(config.haproxy.socket, config.haproxy.master_socket) if config.haproxy else None
        self.haproxy = self._haproxy_driver()
        self.status = Status(config, self.world, self.nginx, self.haproxy)
        self.planner = Planner(self.world, self.disk, config.vcluster, config.regions, (config.api.port, *config.reserved_ports))
        self.marathon = MarathonFollower(self.world, self._marathon("events"), self._marathon("reader"), config.marathon.resync)
        self.store = self._store_follower()
        self.drains = Drains(self.world, self.disk, self._inflight, self._sessions)
        self.api = Api(
            token=config.api.token, world=self.world, status=self.status, drains=self.drains, nginx=self._questions, sync=self.sync
        )
        self._loops = self._make_loops()

    def _first_state(self) -> State:
        """From disk: so a restart changes nothing for anybody, whatever Marathon and the store do meanwhile."""
        plan = self.disk.load_plan()
        state = State(entries=self.disk.load_entries(), drains=self.disk.load_drains())
        if plan is None:
            return state
        log.info("starting from the plan on disk, %s, with %d apps", plan.digest[:12], len(plan.apps))
        installed = {key: entry.snippet for key, entry in plan.apps.items() if entry.snippet is not None}
        return replace(state, plan=plan, ready=True, fleet=fleet_of(plan, self.config.vcluster), installed=installed)

    def _marathon(self, use: str) -> Marathon:
        config = self.config.marathon
        options = HttpOptions(
            user=config.user, password=config.password, ca_path=config.ca_path, validate_certs=config.validate_certs, rounds=1
        )
        return Marathon(HttpClient(f"Marathon ({use})", list(config.urls), options))

    def _store_follower(self) -> StoreFollower | None:
        return None if self.config.store is None else StoreFollower(self.world, self.disk, _store(self.config.store))

    def _haproxy_driver(self) -> HaproxyDriver | None:
        config = self.config.haproxy
        if config is None or self._haproxy_api is None:
            return None
        return HaproxyDriver(
            self.world,
            self._haproxy_api,
            frame=Path(config.frame),
            services=Path(config.services),
            check_dir=Path(self.config.state_dir) / "haproxy",
            bind=[address for address in config.bind if bindable(address)],
            reload_interval=self.config.reload_interval,
        )

    def _make_loops(self) -> list[Loop]:
        stopping = self.world.stopping
        reader = Loop("marathon-reader", self.marathon.read, stopping)
        # If events come again, an answer will, too: read at once instead of waiting for the end of a pause.
        self.marathon.on_open = reader.nudge
        loops = [Loop("planner", self.planner.turn, stopping), Loop("marathon-events", self.marathon.follow, stopping), reader]
        if self.store is not None:
            loops.append(Loop("store", self.store.follow, stopping))
        if self.nginx is not None and self.config.nginx is not None:
            loops.append(Loop("nginx", self.nginx.turn, stopping, self.nginx.failed))
            writer = SnippetWriter(
                self.world, self.config.nginx, Path(self.config.state_dir), self.config.reload_interval, self.status.reloads
            )
            loops.append(Loop("snippets", writer.turn, stopping, writer.failed))
        if self.haproxy is not None:
            loops.append(Loop("haproxy", self.haproxy.turn, stopping, self.haproxy.failed))
        return loops

    def start(self) -> None:
        for loop in self._loops:
            loop.start()

    def stop(self) -> None:
        self.world.stop()
        for loop in self._loops:
            loop.nudge()
        for loop in self._loops:
            loop.join(0.5)  # one that waits for an answer from far away is a daemon thread and ends with the process

    def sync(self) -> list[str]:
        """Read Marathon and the store again now; what could not be read."""
        failures = []
        ticket = self.marathon.ask(full=True)
        if self.config.store is not None:
            store = _store(self.config.store)
            try:
                StoreFollower(self.world, self.disk, store).scan()
            except Exception as exc:  # told to whoever asked
                failures.append(str(exc))
            finally:
                store.close()
        if not self.marathon.wait_answered(ticket, SYNC_TIMEOUT):
            failures.append(f"Marathon: {self.world.state.marathon.holding or 'no answer in time'}")
        return failures

    def web_app(self) -> web.Application:
        return self.api.app()

    def _inflight(self) -> dict[str, int]:
        return self._questions.inflight() if self._questions else {}

    def _sessions(self) -> dict[str, int]:
        return self._haproxy_api.sessions() if self._haproxy_api else {}


def _store(config: StoreConfig) -> PolicyStore:
    return PolicyStore(config.host, config.port, config.user, config.password)


__all__ = ["Agent", "HaproxyError", "NginxError"]
