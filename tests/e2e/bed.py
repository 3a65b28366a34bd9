# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running demo as the tests see it: hosts, APIs and processes. Nothing here goes through the collection's own clients."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import requests
import yaml

from zeus_demo import docker
from zeus_demo.errors import DemoError
from zeus_demo.settings import Datacenter, Host, Settings

T = TypeVar("T")
ENVIRONMENT = "production"
PROGRAM = re.compile(r"python3 (web|catalog|price|mailer)\.py$")
ENGINE, REDIS, AGENT = "zeus-standalone", "redis-server", "zeus-router-agent"


def until(condition: Callable[[], T], seconds: float, what: str, every: float = 0.1) -> T:
    """Wait until ``condition`` gives something true, and return that; what it last raised or gave is in the failure's text."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            last: object = (value := condition())
            if value:
                return value
        except (requests.RequestException, DemoError, KeyError) as error:
            last = f"{type(error).__name__}: {error}"
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}; last seen: {last!r}"
        time.sleep(every)


@dataclass(frozen=True)
class Center:
    """One datacenter of the demo."""

    settings: Settings
    datacenter: Datacenter
    session: requests.Session = field(default_factory=requests.Session, compare=False)

    @property
    def name(self) -> str:
        return self.datacenter.name

    @property
    def inventory(self) -> Path:
        return self.settings.site / self.name

    @property
    def control(self) -> Host:
        return self.datacenter.control

    @property
    def router(self) -> Host:
        return self.datacenter.routers[0]

    @cached_property
    def secrets(self) -> dict[str, str]:
        text = (self.inventory / "group_vars" / self.name / "secrets.yml").read_text(encoding="utf-8")
        found: dict[str, str] = yaml.safe_load(text)
        return found

    # -- hosts --------------------------------------------------------------------------------------------------------------------

    def run(self, host: Host, *command: str, stdin: str | None = None) -> str:
        return docker.run_in(self.settings.container(host), *command, stdin=stdin)

    def unit(self, host: Host, action: str, *units: str) -> None:
        self.run(host, "systemctl", action, *units)

    def processes(self, host: Host, name: str) -> list[str]:
        """``pid parent start-time`` of every process of this name: equal lists mean that nothing was replaced."""
        listed = docker.docker("exec", self.settings.container(host), "ps", "-e", "-o", "pid=,ppid=,lstart=,comm=")
        return sorted(" ".join(line.split()[:-1]) for line in listed.splitlines() if line.split()[-1] == name)

    def programs(self) -> list[str]:
        """The processes of all instances of the sample's programs, also those of the shop itself."""
        listed = docker.docker("exec", self.settings.container(self.control), "ps", "-e", "-o", "pid=,lstart=,args=")
        return sorted(line.strip() for line in listed.splitlines() if PROGRAM.search(line))

    def balancers(self) -> dict[str, list[str]]:
        """The processes of the router that must live through everything that is no change of its frame."""
        return {name: self.processes(self.router, name) for name in ("nginx", "haproxy")}

    def restart_agent(self) -> None:
        """Returns when the new one serves its plan and follows both of its sources."""
        self.unit(self.router, "restart", AGENT)
        self.agent_follows()

    def agent_follows(self) -> None:
        def follows() -> bool:
            status = self.agent("GET", "/v1/status")
            return bool(status["running"] and status["marathon"]["connected"] and status["store"]["connected"])

        until(follows, 30, f"{self.name}: the router agent runs its plan and follows Marathon and the store")

    # -- APIs ---------------------------------------------------------------------------------------------------------------------

    def marathon(self, method: str, path: str, body: Any = None, ok: tuple[int, ...] = (200, 201)) -> Any:
        answer = self.session.request(
            method,
            f"http://{self.control.address}:8080{path}",
            json=body,
            auth=(self.secrets["zeus_marathon_user"], self.secrets["zeus_marathon_password"]),
            timeout=10,
        )
        assert answer.status_code in ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def tasks(self, app_id: str) -> list[dict[str, Any]]:
        """The app's tasks as Marathon tells them; none if there is no such app."""
        found = self.marathon("GET", f"/v2/apps/{app_id.strip('/')}/tasks", ok=(200, 404))
        return list(found.get("tasks", []))

    def app(self, app_id: str) -> dict[str, Any] | None:
        found = self.marathon("GET", f"/v2/apps/{app_id.strip('/')}", ok=(200, 404))
        app: dict[str, Any] | None = found.get("app")
        return app

    def agent(self, method: str, path: str, body: Any = None) -> Any:
        """The router agent's API."""
        answer = self.session.request(
            method,
            f"http://{self.router.address}:8700{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.secrets['zeus_router_token']}"},
            timeout=10,
        )
        assert answer.status_code == 200, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json()

    def routed(self, key: str) -> dict[str, dict[str, Any]]:
        """``{variant: {"version", "peers"}}`` of an app in the plan that the router runs; empty if it is not in it."""
        entry = self.agent("GET", "/v1/plan")["apps"].get(key)
        found: dict[str, dict[str, Any]] = entry["variants"] if entry else {}
        return found

    def reloads(self) -> dict[str, int]:
        found: dict[str, int] = self.agent("GET", "/v1/status")["reloads"]
        return found

    def store(self) -> dict[str, str]:
        """All keys of the policy store with their values, read as its writer; the password goes by standard input."""
        script = (
            "read -r REDISCLI_AUTH; export REDISCLI_AUTH; "
            'ask() { redis-cli -h "$0" --user zeus-writer --no-auth-warning --raw "$@" </dev/null; }; '
            'ask --scan --pattern \'zeus:*\' | sort | while read -r key; do echo "$key"; ask GET "$key"; done'
        )
        secret = self.secrets["zeus_policy_store_writer_password"]
        lines = self.run(self.control, "sh", "-c", script, self.control.address, stdin=f"{secret}\n").splitlines()
        return dict(zip(lines[::2], lines[1::2], strict=True))

    def state(self) -> str:
        """What a refused run must leave as it was: every app with its version and instances, every value of the store."""
        apps = {app["id"]: (app["version"], app["instances"]) for app in self.marathon("GET", "/v2/apps")["apps"]}
        return json.dumps({"apps": apps, "store": self.store()}, sort_keys=True)

    # -- requests as users make them ----------------------------------------------------------------------------------------------

    def request(self, host: str, path: str = "/", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """A request for `Bed.ask` through this datacenter's nginx."""
        return {"address": f"{self.router.address}:80", "host": host, "path": path, "headers": dict(headers or {})}


@dataclass(frozen=True)
class Bed:
    settings: Settings
    centers: tuple[Center, ...]

    @classmethod
    def open(cls) -> Bed:
        settings = Settings.from_environment()
        return cls(settings, tuple(Center(settings, datacenter) for datacenter in settings.datacenters))

    @property
    def first(self) -> Center:
        return self.centers[0]

    @property
    def second(self) -> Center:
        return self.centers[1]
