# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos-master: flags, election, recovery, and its HTTP endpoints."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import json
import socket
import sys
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from zeus_engine.mesos_errors import MesosError, text, unauthorized, untyped_if_empty, wrong_method
from zeus_engine.web import answer

from . import flags, group, log, version, wire
from .cluster import Access, Cluster
from .master_calls import Calls
from .master_views import Views, build
from .registrar import Registrar, RegistryError, Replica

OPEN_PATHS = ("/health", "/master/health", "/version")
_LOCAL = (*OPEN_PATHS, "/flags", "/master/flags", "/metrics/snapshot")
Json = dict[str, Any]


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        values = flags.mesos("mesos-master", arguments, environ)
    except flags.FlagError as error:
        print(f"{error}\n\nSee `mesos-master --help` for a list of supported flags.", file=sys.stderr)
        return 1
    if values["version"]:
        print(f"mesos {version()}")
        return 0
    if values["help"]:
        print("Usage: mesos-master [options]\n\n" + "\n".join(f"  --{name}" for name in flags.table("mesos-master")))
        return 0
    asyncio.run(Master(values).run())
    return 0


def addresses(values: Mapping[str, Any]) -> tuple[str, str]:
    """(ip, hostname) as a master or an agent takes them from its flags."""
    ip = values["ip"]
    if ip is None:
        try:
            ip = socket.gethostbyname(socket.gethostname())
        except OSError:
            ip = "127.0.0.1"
    advertised = values["advertise_ip"] or ip
    return advertised, values["hostname"] or (socket.getfqdn() if values["hostname_lookup"] and values["ip"] is None else advertised)


def credentials(path: str) -> dict[str, str]:
    """``{"credentials": [{principal, secret}]}``; exits as a master does when it cannot read them."""
    log.info("credentials.hpp:37", f"Loading credentials for authentication from '{path}'")
    try:
        content = Path(path).read_text(encoding="utf-8")
    except OSError as error:
        log.end("master.cpp:527", f"Failed to read credentials file '{path}': {error.strerror} (see --credentials flag)")
    if Path(path).stat().st_mode & 0o007:
        wanted = "it is recommended that your credentials file is NOT accessible by others"
        log.warning("credentials.hpp:52", f"Permissions on credentials file '{path}' are too open; {wanted}")
    try:
        return {one["principal"]: one.get("secret", "") for one in json.loads(content)["credentials"]}
    except (ValueError, KeyError, TypeError):
        near = content.strip() if not content.strip().startswith("{") else ""
        log.end("master.cpp:527", f"Invalid json format: syntax error at line 1 near: {near} (see --credentials flag)")


class Master:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._id = str(uuid.uuid4())
        self._started, self._elected_at = time.time(), 0.0
        self._ip, self._hostname = addresses(values)
        self._port = values["advertise_port"] or values["port"]
        self.address = f"{self._ip}:{self._port}"
        self._leader: Json | None = None
        self._ready = False

    async def run(self) -> None:
        values = self._values
        _announce("main.cpp:243")
        try:
            listener = socket.create_server((values["ip"] or "0.0.0.0", values["port"]))
        except OSError:
            log.abort("process.cpp:1124", f"Failed to initialize: Failed to bind on {self._ip}:{values['port']}: Address already in use")
        log.info("main.cpp:345", "Using 'hierarchical' allocator")
        url = self._checked()
        if values["quorum"] is not None and values["quorum"] < 1:
            log.abort("recover.cpp:221", "CHECK_SOME(lowestBeginPosition): is NONE ")
        async with aiohttp.ClientSession() as session:
            in_memory = values["registry"] == "in_memory"
            quorum = values["quorum"] if url and not in_memory else 1
            replica = Replica(None if in_memory else Path(values["work_dir"]))
            self._registrar = Registrar(replica, session, quorum, values["registry_fetch_timeout"], values["registry_store_timeout"])
            ping = (values["agent_ping_timeout"], values["max_agent_ping_timeouts"])
            self._cluster = Cluster(self._id, f"master@{self.address}", self._registrar, self._access(), ping)
            self._views = Views(self._cluster)
            self._calls = Calls(self._cluster, self._views, self)
            runner = web.AppRunner(self._application(), access_log=None)
            await runner.setup()
            await web.SockSite(runner, listener, shutdown_timeout=1.0).start()
            work = [asyncio.create_task(self._registrar.caught_up()), asyncio.create_task(self._cluster.watch())]
            if url:
                zookeeper = group.ZooKeeper(url, values["zk_session_timeout"], self._session_lost)
                work += [
                    asyncio.create_task(group.Group(zookeeper, f"{url.path}/log_replicas", "", {"at": self.address}, self._replicas).run()),
                    asyncio.create_task(group.Group(zookeeper, url.path, "json.info_", self._info(), self._detected).run()),
                ]
            else:
                self._detected([self._info()])
            await asyncio.gather(*work)
            await asyncio.Event().wait()

    def _checked(self) -> group.Url | None:
        values = self._values
        if values["registry"] != "in_memory" and values["work_dir"] is None:
            log.end("main.cpp:360", "--work_dir needed for replicated log based registry")
        if values["zk"] is None:
            return None
        if values["registry"] != "in_memory" and values["quorum"] is None:
            log.end("main.cpp:374", "Need to specify --quorum for replicated log based registry when using ZooKeeper")
        try:
            url = group.parse(values["zk"])
        except group.UrlError as error:
            log.end("main.cpp:381", f"Error parsing ZooKeeper URL: {error}")
        if url.path == "/":
            log.end("main.cpp:425", "Failed to create a master contender: Expecting a (chroot) path for ZooKeeper ('/' is not supported)")
        return url

    def _access(self) -> Access:
        values = self._values
        known = credentials(values["credentials"]) if values["credentials"] else None
        if known is None:
            log.warning("authenticator.cpp:513", "No credentials provided, authentication requests will be refused")
        for name in ("readonly", "readwrite"):
            if values[f"authenticate_http_{name}"] and known is None:
                missing = f"No credentials provided for the default 'basic' HTTP authenticator for realm 'mesos-master-{name}'"
                log.end("master.cpp:604", f"Failed to create HTTP authenticator module 'basic': {missing}")
        return Access(known, values["acls"] or {}, values["authenticate_agents"], values["authenticate_frameworks"])

    # Election.

    def _info(self) -> Json:
        """MasterInfo as Mesos writes it to ZooKeeper."""
        number = int.from_bytes(ipaddress.IPv4Address(self._ip).packed, "little")
        info: Json = {"id": self._id, "ip": number, "port": self._port, "pid": f"master@{self.address}", "hostname": self._hostname}
        return info | {"version": version(), "address": {"hostname": self._hostname, "ip": self._ip, "port": self._port}}

    def _session_lost(self) -> None:
        if self._leader and self._leader["id"] == self._id and self._values["zk"]:
            log.end("master.cpp:2184", "Lost leadership... committing suicide!")

    def _replicas(self, members: list[Json]) -> None:
        if members:  # who was there before ZooKeeper went away may still be there
            self._registrar.peers = {one["at"] for one in members} - {self.address}

    def _detected(self, members: list[Json]) -> None:
        before, self._leader = self._leader, members[0] if members else None
        if self._leader is None:
            log.info("detector.cpp:152", "No leader is known")
            return
        log.info("master.cpp:2165", f"The newly elected leader is {self._leader['pid']} with id {self._leader['id']}")
        if self._leader["id"] == self._id and not (before and before["id"] == self._id):
            self._elected_at = time.time()
            self._recovery = asyncio.get_running_loop().create_task(self._recover())

    async def _recover(self) -> None:
        log.info("master.cpp:2180", "Elected as the leading master!")
        await self._registrar.fetch()
        self._ready = True
        log.info("master.cpp:1825", f"Recovered {len(self._registrar.value['agents'])} agents from the registry")

    @property
    def _leads(self) -> bool:
        return self._leader is not None and self._leader["id"] == self._id

    # What Calls asks.

    def leader(self) -> Json:
        capabilities = [{"type": "AGENT_UPDATE"}, {"type": "AGENT_DRAINING"}, {}]
        return {"master_info": self._info() | {"capabilities": capabilities}, "start_time": self._started, "elected_time": self._elected_at}

    def metrics(self) -> dict[str, float]:
        return self._views.metrics(elected=self._leads, started=self._started)

    def flags(self) -> dict[str, str]:
        return flags.shown("mesos-master", self._values)

    # HTTP.

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard], client_max_size=64 * 1024 * 1024)
        app.on_response_prepare.append(untyped_if_empty)
        both: list[tuple[str, str, Any]] = [
            ("GET", "/health", self._health),
            ("GET", "/flags", lambda request: _soon(answer({"flags": self.flags()}))),
            ("GET", "/redirect", self._redirect),
            ("GET", "/state", self._state),
            ("GET", "/state-summary", self._summary),
            ("GET", "/slaves", self._slaves),
            ("GET", "/frameworks", self._frameworks),
            ("GET", "/tasks", self._tasks),
            ("GET", "/roles", lambda request: _soon(answer({"roles": []}))),
            ("GET", "/quota", lambda request: _soon(answer(self._calls.quota()))),
            ("GET", "/weights", lambda request: _soon(answer(self._calls.weights()))),
            ("GET", "/maintenance/schedule", lambda request: _soon(answer(self._calls.schedule()))),
            ("POST", "/maintenance/schedule", self._set_schedule),
            ("GET", "/maintenance/status", lambda request: _soon(answer(self._calls.maintenance_status()))),
            ("POST", "/machine/down", self._down),
            ("POST", "/machine/up", self._up),
            ("*", "/api/v1", self._call),
        ]
        for prefix in ("", "/master"):
            app.add_routes([web.route(method, prefix + path, handler) for method, path, handler in both])
        app.add_routes([web.get("/version", lambda request: _soon(answer(build())))])
        app.add_routes([web.get("/metrics/snapshot", lambda request: _soon(answer(self.metrics())))])
        app.add_routes([web.post("/standin/replica/{what}", self._replica), web.get("/standin/{who}", self._connection)])
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
        try:
            if request.path.startswith("/standin/"):
                return await handler(request)  # type: ignore[no-any-return]
            refusal = unauthorized(request)
            kind = "readwrite" if "readwrite" in refusal.headers["WWW-Authenticate"] else "readonly"
            guarded = self._values[f"authenticate_http_{kind}"] and request.path not in OPEN_PATHS
            if guarded and not self._cluster.access.authentic(*_basic(request)):
                return refusal
            if request.path not in _LOCAL and not request.path.endswith("/redirect") and not self._leads:
                return self._elsewhere(request)
            return await handler(request)  # type: ignore[no-any-return]
        except MesosError as error:
            return text(error.status, error.text)
        except RegistryError as error:
            return text(500, str(error))

    def _elsewhere(self, request: web.Request) -> web.Response:
        if self._leader is None:
            return text(503, "No leader elected")
        path = request.path if request.path.startswith("/master/") else f"/master{request.path}"
        query = f"?{request.query_string}" if request.query_string else ""
        return web.Response(status=307, headers={"Location": f"{self._place()}{path}{query}"})

    def _place(self) -> str:
        assert self._leader is not None
        return f"//{self._leader['hostname']}:{self._leader['port']}"

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def _redirect(self, request: web.Request) -> web.Response:
        if self._leader is None:
            return text(503, "No leader elected")
        return web.Response(status=307, headers={"Location": self._place()})

    async def _state(self, request: web.Request) -> web.Response:
        views, pid = self._views, f"master@{self.address}"
        head: Json = build() | {"start_time": self._started, "elected_time": self._elected_at, "id": self._id, "pid": pid}
        head |= {"hostname": self._hostname, "capabilities": ["AGENT_UPDATE", "AGENT_DRAINING", "QUOTA_V2"], "leader": pid}
        head["leader_info"] = {"id": self._id, "pid": pid, "port": self._port, "hostname": self._hostname}
        if self._values["cluster"]:
            head["cluster"] = self._values["cluster"]
        body = {
            "flags": self.flags(),
            "slaves": [views.agent(agent, full=False) for agent in views.agents()],
            "recovered_slaves": views.recovered(),
            "frameworks": [views.framework(one) for one in self._cluster.frameworks.values()],
            "completed_frameworks": [],
            "orphan_tasks": [],
            "unregistered_frameworks": [],
        }
        return answer(head | views.counts() | body)

    async def _summary(self, request: web.Request) -> web.Response:
        views = self._views
        slaves = []
        for agent in views.agents():
            mine = {"framework_ids": sorted({task["framework_id"] for task in agent.tasks.values()})}
            slaves.append(views.agent(agent, full=False) | views.states(agent.tasks.values()) | mine)
        found: Json = {"hostname": self._hostname, "slaves": slaves, "frameworks": []}
        for framework in self._cluster.frameworks.values():
            mine = [task for _agent, task in views.tasks_of(framework)]
            shown = {key: value for key, value in views.framework(framework).items() if not key.endswith("tasks")}
            where = sorted({agent.id for agent, _task in views.tasks_of(framework)})
            found["frameworks"].append(shown | views.states(mine) | {"slave_ids": where})
        return answer(found | ({"cluster": self._values["cluster"]} if self._values["cluster"] else {}))

    async def _slaves(self, request: web.Request) -> web.Response:
        wanted = request.query.get("slave_id")
        shown = [self._views.agent(agent, full=True) for agent in self._views.agents() if wanted in (None, agent.id)]
        return answer({"slaves": shown, "recovered_slaves": self._views.recovered()})

    async def _frameworks(self, request: web.Request) -> web.Response:
        shown = [self._views.framework(one) for one in self._cluster.frameworks.values()]
        return answer({"frameworks": shown, "completed_frameworks": [], "unregistered_frameworks": []})

    async def _tasks(self, request: web.Request) -> web.Response:
        active = [self._views.task(task, agent.id) for agent, task in self._views.tasks_of()]
        ended = [self._views.task(task, task["agent_id"]) for one in self._cluster.frameworks.values() for task in one.completed]
        return answer({"tasks": (active + ended)[: int(request.query.get("limit", 100))]})

    async def _set_schedule(self, request: web.Request) -> web.Response:
        self._allow(request, "update_maintenance_schedules")
        await self._calls.update_schedule(await _json(request))
        return web.Response()

    async def _down(self, request: web.Request) -> web.Response:
        self._allow(request, "start_maintenances")
        await self._calls.machines_down(await _json(request))
        return web.Response()

    async def _up(self, request: web.Request) -> web.Response:
        self._allow(request, "stop_maintenances")
        await self._calls.machines_up(await _json(request))
        return web.Response()

    def _allow(self, request: web.Request, action: str) -> None:
        if not self._cluster.access.allowed(action, _basic(request)[0]):
            raise MesosError(403, "403 Forbidden.")

    async def _call(self, request: web.Request) -> web.Response:
        if request.method != "POST":
            return wrong_method(request.method, ["POST"])
        kind = request.headers.get("Content-Type")
        if kind is None:
            raise MesosError(400, "Expecting 'Content-Type' to be present")
        if not kind.startswith("application/json"):
            raise MesosError(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
        if not any(one in request.headers.get("Accept", "*/*") for one in ("application/json", "application/*", "*/*")):
            raise MesosError(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
        call = await _json(request, "Failed to parse body into JSON: ")
        if not self._ready:
            raise MesosError(503, "Master has not finished recovery")
        found = await self._calls.answer(call, _basic(request)[0])
        return web.Response() if found is None else answer(found)

    # The stand-ins among themselves.

    async def _replica(self, request: web.Request) -> web.Response:
        replica, body = self._registrar.replica, await request.json()
        what = request.match_info["what"]
        if what == "read":
            return answer(replica.entry)
        if what == "promise":
            return answer(replica.promise(body["epoch"]))
        return answer({"ok": replica.write(body)})

    async def _connection(self, request: web.Request) -> web.StreamResponse:
        if not self._leads or not self._ready:
            return web.Response(status=503)
        who = request.match_info["who"]
        receive = self._cluster.from_agent if who == "agent" else self._cluster.from_framework
        connection, response = await wire.accept(request, receive)
        if who == "agent":
            self._cluster.agent_lost(connection)
        return response


def _announce(where: str) -> None:
    facts = build()
    log.info(where, f"Build: {facts['build_date']} by {facts['build_user']}")
    log.info(where, f"Version: {version()}")


async def _soon(response: web.Response) -> web.Response:
    return response


def _basic(request: web.Request) -> tuple[str | None, str | None]:
    kind, _blank, given = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "basic":
        return None, None
    try:
        principal, _colon, secret = base64.b64decode(given).decode().partition(":")
    except ValueError:
        return None, None
    return principal, secret


async def _json(request: web.Request, before: str = "") -> Any:
    try:
        return json.loads(await request.text())
    except ValueError:
        raise MesosError(400, f"{before}syntax error at line 1 near: ") from None
