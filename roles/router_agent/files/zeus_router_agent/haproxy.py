# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps HAProxy's services as the plan has them: servers by the runtime API, only new or removed services by a reload."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path

from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry, Plan, Problem
from zeus_router_agent.disk import write_atomically
from zeus_router_agent.haproxy_api import FORCED_DRAIN, FORCED_MAINTENANCE, HaproxyApi, HaproxyError, Server
from zeus_router_agent.haproxy_config import FRONTEND, Service, render, services_of
from zeus_router_agent.ports import listening_ports
from zeus_router_agent.world import World

log = logging.getLogger(__name__)

# How long (seconds) a reload may take until the new process shows what it was given.
RELOAD_DEADLINE = 10.0
RETRY_REFUSED = 60.0


class HaproxyDriver:
    """One thread works; ``running`` and ``reloads`` may be read by others at any time."""

    def __init__(
        self,
        world: World,
        api: HaproxyApi,
        *,
        frame: Path,
        services: Path,
        check_dir: Path,
        bind: Sequence[str],
        reload_interval: float,
        listening: Callable[[], Collection[int]] = listening_ports,
    ) -> None:
        self._world = world
        self._api = api
        self._frame = frame
        self._services = services
        self._check_dir = check_dir
        self._bind = tuple(bind)
        self._interval = reload_interval
        self._listening = listening
        self._seen = -1
        self._synced: str | None = None
        self._leaving = False
        self._looked = 0.0
        self._reloaded = float("-inf")
        self._refused: dict[str, tuple[str, str, float]] = {}
        self.running: Mapping[str, Entry] = {}
        self.reloads = 0
        self.problem = "not asked yet"

    def turn(self) -> None:
        self._seen = self._world.wait(self._seen, 0.25 if self._leaving else 1.0)
        state = self._world.state
        if self._world.stopping.is_set() or not state.ready:
            return
        if state.plan.digest != self._synced or time.monotonic() - self._looked >= (0.25 if self._leaving else 1.0):
            self._sync(state.plan)

    def failed(self, problem: str) -> None:
        self.problem = problem
        self._synced = None
        self._world.set_problems("haproxy", [Problem("haproxy", "haproxy", problem)])

    # -- one round ----------------------------------------------------------------------------------------------------------------

    def _sync(self, plan: Plan) -> None:
        entries = plan.of_kind("service")
        wanted = services_of(entries)
        frontends = self._api.frontends()
        self._forget_refused(wanted)
        problems = self._taken_ports(wanted, frontends)
        usable = [service for service in wanted if service.key not in problems]
        # First what is urgent: instances that end leave the rotation before any file is written.
        self._sync_servers([service for service in usable if service.frontend in frontends])
        same = frontends == {service.frontend for service in usable}
        self._write(usable, test=not same)
        if not same and self._structural(usable, problems):
            self._sync_servers(usable)
            same = True
        usable = [service for service in usable if service.key not in problems and (same or service.frontend in frontends)]
        self._synced = plan.digest if same else None
        self._looked = time.monotonic()
        self.running = {service.key: entries[service.key] for service in usable}
        self.problem = ""
        self._world.set_problems("haproxy", [Problem("haproxy", key, text) for key, text in sorted(problems.items())])

    def _sync_servers(self, services: Sequence[Service]) -> None:
        """Add what is new and use it, take what is gone out of the rotation at once, and remove it when its last connection ended."""
        have = self._api.servers()
        leaving = False
        for service in services:
            servers = have.get(service.backend)
            if servers is None:
                raise HaproxyError(f"HAProxy: the backend {service.backend} is missing in the running process")
            self._add(service, servers)
            leaving = self._remove(service, servers) or leaving
        self._leaving = leaving

    def _add(self, service: Service, servers: Mapping[str, Server]) -> None:
        for name, address in service.servers.items():
            known = servers.get(name)
            if known is None:
                self._api.add(service.backend, name, address)
            elif known.admin & (FORCED_DRAIN | FORCED_MAINTENANCE):
                self._api.set_state(service.backend, name, "ready")

    def _remove(self, service: Service, servers: Mapping[str, Server]) -> bool:
        gone = [name for name in servers if name not in service.servers]
        for name in gone:
            if not servers[name].admin & (FORCED_DRAIN | FORCED_MAINTENANCE):
                self._api.set_state(service.backend, name, "drain")
        if not gone:
            return False
        sessions = self._api.sessions()
        left = False
        for name in gone:
            if sessions.get(name, 0) > 0:
                left = True
                continue
            self._api.set_state(service.backend, name, "maint")
            if not self._api.delete(service.backend, name):
                self._api.set_state(service.backend, name, "drain")
                left = True
        return left

    # -- structure ----------------------------------------------------------------------------------------------------------------

    def _structural(self, services: Sequence[Service], problems: dict[str, str]) -> bool:
        """Reload for new and removed services. ``False``: not now (the last reload is too young), or refused."""
        if time.monotonic() - self._reloaded < self._interval:
            return False
        pid = self._api.pid()
        self._reloaded = time.monotonic()
        self._api.reload()
        self.reloads += 1
        wanted = {service.frontend for service in services}
        log.info("HAProxy is reloaded for new or removed services: %s", ", ".join(sorted(wanted)) or "none")
        end = time.monotonic() + RELOAD_DEADLINE
        while time.monotonic() < end and not self._world.stopping.is_set():
            try:
                if self._api.pid() != pid and self._api.frontends() == wanted:
                    return True
            except HaproxyError:
                pass  # the moment between two processes
            time.sleep(0.02)
        running = self._api.frontends()
        for service in services:
            if service.frontend not in running:
                problems[service.key] = f"HAProxy did not start with port {service.port}; it goes on as it was"
                self._refused[service.key] = (service.frontend, problems[service.key], time.monotonic())
        self._write([service for service in services if service.frontend in running], test=True)
        return False

    def _taken_ports(self, services: Sequence[Service], frontends: Collection[str]) -> dict[str, str]:
        """A port that another program listens on would keep HAProxy from starting at all, so such a service is left out beforehand."""
        new = [service for service in services if service.frontend not in frontends]
        problems = {key: text for key, (_frontend, text, _when) in self._refused.items()}
        if new:
            own = {int(name.rpartition("_")[2]) for name in frontends if name.startswith(FRONTEND)}
            taken = set(self._listening()) - own
            problems.update(
                {
                    s.key: f"another program on this node listens on port {s.port}: the service is not published"
                    for s in new
                    if s.port in taken
                }
            )
        return problems

    def _forget_refused(self, services: Sequence[Service]) -> None:
        """Another port, or a minute later: worth another try."""
        names = {service.key: service.frontend for service in services}
        young = time.monotonic() - RETRY_REFUSED
        self._refused = {key: item for key, item in self._refused.items() if names.get(key) == item[0] and item[2] > young}

    def _write(self, services: Sequence[Service], *, test: bool) -> None:
        """Test on a copy, then swap. The file always has all servers, so a restart of HAProxy starts where this process is.

        Other addresses in tested lines need no test: they are numbers printed from numbers, and a process per change would cost time.
        """
        text = render(services, self._bind)
        try:
            if self._services.read_text(encoding="utf-8") == text:
                return
        except FileNotFoundError:
            pass
        if test:
            self._test(text)
        write_atomically(self._services, text)

    def _test(self, text: str) -> None:
        self._check_dir.mkdir(mode=0o750, exist_ok=True)
        candidate = self._check_dir / self._services.name
        write_atomically(candidate, text)
        command = ["haproxy", "-c", "-q", "-f", str(self._frame), "-f", str(candidate)]
        result = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        if result.returncode != 0:
            raise HaproxyError(f"HAProxy refuses the services' configuration, the file stays as it was: {result.stderr.strip()[-500:]}")
