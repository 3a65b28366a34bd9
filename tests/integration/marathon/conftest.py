# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine for all tests of this folder; each test has its own project, so none meets another's apps."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.router import Router
from integration.engine.running import RunningEngine, agent
from integration.marathon.running import call

USER, PASSWORD = "deployer", "geheim-marathon-7315"
ROUTER_TOKEN = "geheim-router-9921"


@pytest.fixture(scope="session")
def engine() -> Iterator[RunningEngine]:
    agents = [
        agent("web-1.bj01", "web", 31000, rack="r1"),
        agent("web-2.bj01", "web", 31100, rack="r2"),
        agent("batch-1.bj01", "batch", 31200),
    ]
    with RunningEngine(agents, user=USER, password=PASSWORD) as running:
        yield running


@pytest.fixture
def connection(engine: RunningEngine) -> dict[str, Any]:
    return {"marathon_urls": [engine.url], "marathon_user": USER, "marathon_password": PASSWORD}


@pytest.fixture
def mesos(engine: RunningEngine) -> dict[str, Any]:
    return {"mesos_urls": [engine.mesos_url], "mesos_user": USER, "mesos_password": PASSWORD}


@pytest.fixture
def project(engine: RunningEngine) -> Iterator[str]:
    """A project's name of this test alone; what it leaves is removed."""
    name = f"p{secrets.token_hex(4)}"
    yield name
    for app in engine.call("GET", "/v2/apps")["apps"]:
        if f"/{name}/" in app["id"]:
            engine.call("DELETE", f"/v2/apps{app['id']}", force="true")
    engine.wait_deployed()


@pytest.fixture
def web(project: str) -> Callable[..., dict[str, Any]]:
    """A definition of a small web app: ``web("shop", instances=2)``."""

    def define(name: str = "shop", **fields: Any) -> dict[str, Any]:
        key = f"/test/{project}/{name}"
        labels = {"ZEUS_PROJECT": project, "ZEUS_APP": name, "ZEUS_ENVIRONMENT": "test", "ZEUS_TYPE": "web", "ZEUS_HOSTS": f"{name}.test"}
        labels |= {"ZEUS_VARIANT": "stable", "ZEUS_VERSION": "1.0"}
        return {
            "id": f"{key}/stable",
            "cmd": "exec python3 -m http.server $PORT0",
            "cpus": 0.05,
            "mem": 32,
            "labels": {**labels, **fields.pop("labels", {})},
            "healthChecks": [{"protocol": "MESOS_HTTP", "path": "/", "delaySeconds": 0, "intervalSeconds": 1}],
            **fields,
        }

    return define


@pytest.fixture
def router(engine: RunningEngine) -> Iterator[Router]:
    """A stand-in for the router agent of ``web`` that follows the real engine."""
    with Router(lambda: engine.call("GET", "/v2/apps", embed="apps.tasks")["apps"], "web", ROUTER_TOKEN) as running:
        yield running


@pytest.fixture
def routers(router: Router) -> dict[str, Any]:
    return {"router_urls": {"web": [router.url]}, "router_token": ROUTER_TOKEN}


@pytest.fixture
def run(connection: dict[str, Any]) -> Callable[..., dict[str, Any]]:
    """``run("marathon_app", id=…)`` with the connection's options; ``check=True`` for check mode."""

    def module(name: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        return call(name, {**connection, **arguments}, check=check)

    return module
