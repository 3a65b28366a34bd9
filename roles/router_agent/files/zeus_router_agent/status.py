# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent says about itself, and the plan as it really runs."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry, Plan
from zeus_router_agent import VERSION
from zeus_router_agent.config import Config
from zeus_router_agent.haproxy import HaproxyDriver
from zeus_router_agent.nginx import NginxDriver
from zeus_router_agent.world import World

# A driver that has had trouble for longer than this (seconds) makes the node unhealthy; a restart of nginx takes less.
PATIENCE = 10.0


class Status:
    def __init__(self, config: Config, world: World, nginx: NginxDriver | None, haproxy: HaproxyDriver | None) -> None:
        self._config = config
        self._world = world
        self._nginx = nginx
        self._haproxy = haproxy
        self._running: tuple[Mapping[str, Entry] | None, Mapping[str, Entry] | None, Plan] = (None, None, Plan())
        self._well = time.monotonic()
        self.reloads = {"nginx": 0, "haproxy": 0}

    def running(self) -> Plan:
        """What every nginx worker, and HAProxy, confirmed."""
        web = self._nginx.running if self._nginx else {}
        services = self._haproxy.running if self._haproxy else {}
        if self._running[0] is not web or self._running[1] is not services:
            self._running = (web, services, Plan({**web, **services}))
        return self._running[2]

    def reasons(self) -> list[str]:
        """Why this node should get no traffic; empty when it is well."""
        if not self._world.state.ready:
            return ["there is no plan yet: neither on disk nor from Marathon"]
        troubles = [f"{name}: {driver.problem}" for name, driver in self._drivers() if driver.problem]
        if not troubles:
            self._well = time.monotonic()
        return troubles if time.monotonic() - self._well > PATIENCE else []

    def full(self) -> dict[str, Any]:
        state = self._world.state
        epoch, counter = state.stamp
        running = self.running()
        return {
            "schema": 1,
            "router": self._config.router,
            "datacenter": self._config.datacenter,
            "vcluster": self._config.vcluster,
            "version": VERSION,
            "plan": state.plan.digest,
            "running": state.ready and running.digest == state.plan.digest,
            "nginx": None if self._nginx is None else {"problem": self._nginx.problem, **dict(self._nginx.status)},
            "haproxy": None if self._haproxy is None else {"problem": self._haproxy.problem, "services": sorted(self._haproxy.running)},
            "marathon": {"connected": state.marathon.connected, "holding": state.marathon.holding, "leader": state.marathon.leader},
            "store": {
                "connected": state.store_connected,
                "epoch": epoch,
                "counter": counter,
                "entries": {key: list(entry.stamp) for key, entry in sorted(state.entries.items())},
            },
            "problems": [problem.to_dict() for problem in state.all_problems()],
            "reloads": {**self.reloads, "haproxy": self._haproxy.reloads if self._haproxy else 0},
        }

    def _drivers(self) -> list[tuple[str, NginxDriver | HaproxyDriver]]:
        return [(name, driver) for name, driver in (("nginx", self._nginx), ("haproxy", self._haproxy)) if driver is not None]
