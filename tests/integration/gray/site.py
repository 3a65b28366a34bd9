# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter in small: engine, artifact store, Redis, and a router of nginx and agent; and a shop that is released on it."""

from __future__ import annotations

import contextlib
import copy
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from fakes.mesos_operated import OperatedMaster
from integration.agent.running import RunningAgent
from integration.engine.running import RunningEngine
from integration.gray.redis import RunningRedis
from integration.marathon.running import call
from integration.nginx.running import RunningNginx, until
from integration.project.store import RunningStore

HOST = "shop.example.com"
KEY = "/production/shop/web"
STABLE, GRAY = f"{KEY}/stable", f"{KEY}/2-0"
BINDING = "zeus:binding:production:shop:web"
POLICY = "shop-web"
CATALOGUE = {"web": {"router": "both"}, "batch": {"router": "none"}}
REGIONS = {"CN-BJ": ["10.201.0.0/16"], "CN-SH": ["10.202.0.0/16"]}
WEB = """
import http.server, json, os, signal, sys, threading
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # one write per answer: a program that ends has sent all of it or nothing
    def do_GET(self):
        body = json.dumps({name: os.environ["ZEUS_" + name.upper()] for name in ("version", "variant")}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *arguments):
        pass
server = http.server.ThreadingHTTPServer(("0.0.0.0", int(os.environ["PORT0"])), Handler)
signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
if os.environ.get("BROKEN"):
    sys.exit(1)
server.serve_forever()
"""
WEB_APP: dict[str, Any] = {
    "type": "web", "vcluster": "web", "version": "1.0", "files": "web", "cmd": "exec python3 web.py", "instances": 2,
    "resources": {"cpus": 0.1, "mem": 64}, "hosts": [HOST], "health": {"path": "/", "interval": 1, "timeout": 1, "failures": 2},
    "grace_period": 2, "gray": {"version": "2.0", "instances": 1, "policy": POLICY},
}  # fmt: skip


def policy(*rules: Mapping[str, Any], name: str = POLICY) -> dict[str, Any]:
    """A policy whose rules are for 2.0 unless they say otherwise."""
    return {"policy": name, "rules": [{"variant": "2.0", **rule} for rule in rules]}


TESTERS = policy({"name": "tester", "when": {"cookie": {"name": "beta", "in": ["1", "v*"]}}})
EVERYONE = policy({"name": "everyone", "when": {"percent": 100}})


@dataclass
class Site:
    engine: RunningEngine
    artifacts: RunningStore
    redis: RunningRedis
    nginx: RunningNginx
    agent: RunningAgent
    folder: Path
    app: dict[str, Any] = field(default_factory=lambda: copy.deepcopy(WEB_APP))
    #: A stand-in for a master that can do what the engine cannot, over the engine's agents, and its address; only where a test wants it.
    operated: OperatedMaster | None = None
    operated_url: str = ""
    #: Other apps of the file, by name.
    others: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def file(self) -> Path:
        return self.folder / "shop.yml"

    # -- what a user does ---------------------------------------------------------------------------------------------------------

    def connection(self) -> dict[str, Any]:
        return {
            "marathon_urls": [self.engine.url], "marathon_user": "zeus", "marathon_password": "engine-password-0",
            "artifact_url": self.artifacts.url, "artifact_token": self.artifacts.token,
            "policy_store_host": self.redis.host, "policy_store_port": self.redis.port, "policy_store_password": self.redis.writer,
            **self.routers(),
        }  # fmt: skip

    def routers(self) -> dict[str, Any]:
        return {"router_urls": {"web": [self.agent.url]}, "router_token": self.agent.token}

    def project(self) -> dict[str, Any]:
        """The file says what `app` says, and that is what runs as stable."""
        return self.module("project", {**self._where(), **self.connection(), "wait_timeout": 60})

    def release(self, state: str, *, check: bool = False, **parameters: Any) -> dict[str, Any]:
        mesos = {"mesos_urls": [self.engine.mesos_url], "mesos_user": "zeus", "mesos_password": "engine-password-0"}
        given = {"state": state, "app": "web", "regions": REGIONS, "wait_timeout": 60, **parameters}
        return self.module("gray_release", {**self._where(), **self.connection(), **mesos, **given}, check=check)

    def policy(self, policy: Mapping[str, Any] | None = None, *, check: bool = False, **parameters: Any) -> dict[str, Any]:
        given = {} if policy is None else {"policy": dict(policy)}
        store = {key: value for key, value in self.connection().items() if key.startswith(("policy_store", "router"))}
        return self.module("gray_policy", {**store, "regions": REGIONS, "wait_timeout": 20, **given, **parameters}, check=check)

    def explain(self, **request: Any) -> dict[str, Any]:
        return self.module("gray_explain", {**self.routers(), "host": HOST, **request})

    def _where(self) -> dict[str, Any]:
        self.write()
        return {"src": str(self.file), "environment_name": "production", "datacenter": "bj01", "vclusters": CATALOGUE}

    def write(self) -> None:
        data = {"project": "shop", "environments": {"production": {}}, "apps": {"web": self.app, **self.others}}
        self.file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

    def module(self, name: str, arguments: Mapping[str, Any], *, check: bool = False) -> dict[str, Any]:
        return call(name, {key: value for key, value in arguments.items() if value is not None}, check=check)

    # -- what is true -------------------------------------------------------------------------------------------------------------

    def get(self, **headers: str) -> dict[str, str]:
        """The answer of the program that a request through nginx reached."""
        status, _headers, body = self.nginx.request(HOST, headers={name.replace("_", "-"): value for name, value in headers.items()})
        assert status == 200, (status, body)
        answer: dict[str, str] = json.loads(body)
        return answer

    def variants(self, count: int = 8, **headers: str) -> set[str]:
        return {self.get(**headers)["variant"] for _unused in range(count)}

    def apps(self) -> dict[str, tuple[str, int]]:
        """Version and instances by id."""
        return {app["id"]: (app["labels"]["ZEUS_VERSION"], app["instances"]) for app in self.engine.call("GET", "/v2/apps")["apps"]}

    def values(self) -> dict[str, Any]:
        """The bodies in the policy store."""
        return {key: json.loads(text).get("body") for key, text in self.redis.values().items() if key != "zeus:store"}

    def binding(self) -> Any:
        return self.values().get(BINDING)

    def state(self) -> str:
        """Everything that a refused run must leave alone."""
        return json.dumps([self.engine.call("GET", "/v2/apps")["apps"], self.redis.values(), sorted(self.artifacts.have())], default=str)

    def gray(self) -> Any:
        """What the router's running plan says of the app's release."""
        return self.agent.plan()["apps"].get(KEY, {}).get("gray")

    def clean(self) -> None:
        """Nothing runs, nothing is bound."""
        for deployment in self.engine.call("GET", "/v2/deployments"):
            self.engine.call("DELETE", f"/v2/deployments/{deployment['id']}", ok=(200, 202, 404), force="true")
        self.release("aborted", force=True)
        for app in self.engine.call("GET", "/v2/apps")["apps"]:
            self.engine.call("DELETE", f"/v2/apps{app['id']}", force="true")
        self.engine.wait_deployed()
        for key, body in self.values().items():
            if key.startswith("zeus:policy:") and body is not None:
                assert self.policy(state="absent", name=key.removeprefix("zeus:policy:")).get("changed") is True
        until(lambda: KEY not in self.agent.plan()["apps"], what="an empty plan")
        self.artifacts.forget()


def done(result: dict[str, Any], changed: bool = True) -> dict[str, Any]:
    assert not result.get("failed"), result
    assert not result.get("unreachable"), result
    assert result["changed"] is changed, result
    return result


def kinds(result: dict[str, Any]) -> dict[str, str]:
    return {change["id"]: change["action"] for change in result["changes"] if not change["id"].endswith(".tar.gz")}


def predicted(site: Site, state: str, **parameters: Any) -> dict[str, Any]:
    """Check mode says what the run will do, and does nothing."""
    before = site.state()
    told = done(site.release(state, check=True, **parameters))
    assert site.state() == before
    real = done(site.release(state, **parameters))
    assert (told["changes"], told["diff"]) == (real["changes"], real["diff"])
    done(site.release(state, **parameters), changed=False)
    return real


@contextlib.contextmanager
def running_site(folder: Path, agents: Sequence[Mapping[str, Any]]) -> Iterator[Site]:
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(RunningEngine(agents, user="zeus", password="engine-password-0"))
        artifacts = stack.enter_context(RunningStore())
        redis = stack.enter_context(RunningRedis())
        nginx = stack.enter_context(RunningNginx(router_nginx_trusted_proxies=["127.0.0.1"]))
        agent = stack.enter_context(
            RunningAgent(
                engine.url,
                nginx=nginx,
                marathon={"urls": [engine.url], "user": "zeus", "password": "engine-password-0"},
                store={"host": redis.host, "port": redis.port, "user": "zeus-reader", "password": redis.reader},
                regions=REGIONS,
            )
        )
        (folder / "web").mkdir()
        (folder / "web" / "web.py").write_text(WEB)
        yield Site(engine, artifacts, redis, nginx, agent, folder)
