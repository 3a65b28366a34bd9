# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon: elected through ZooKeeper, where its state lies too, it runs the standalone engine's API over the agents of a cluster."""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import logging
import os
import socket
import sqlite3
import sys
import tempfile
import uuid
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from kazoo.exceptions import NoNodeError
from zeus_engine.api_marathon import MarathonApi
from zeus_engine.config import Config
from zeus_engine.engine import Engine

from . import flags, group
from .framework import Framework, principal
from .remote import RemoteCluster, RemoteExecutor

_log = logging.getLogger("marathon")
_PIECE = 512 * 1024
_NOT_PROXIED = ("Host", "Content-Length", "Transfer-Encoding", "Connection", "Content-Encoding")


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(levelname)s %(message)s (%(name)s)", stream=sys.stderr)
    try:
        values = flags.scallop("marathon", "MARATHON_", arguments, environ)
        if values["zk"] is None:
            raise flags.FlagError("Required option 'zk' not found")
        url = group.parse(values["zk"])
    except (flags.FlagError, group.UrlError) as error:
        print(f"[scallop] Error: {error}", file=sys.stderr)
        return 1
    asyncio.run(Marathon(values, url).run())
    return 0


class State:
    """The engine's database, kept in ZooKeeper: whoever is elected goes on with it."""

    def __init__(self, zookeeper: group.ZooKeeper, path: str, file: Path) -> None:
        self._client, self._path, self._file = zookeeper.client, f"{path}/state", file
        self._db: sqlite3.Connection | None = None
        self._seen: int | None = None
        self._lock = asyncio.Lock()

    def fetch(self) -> None:
        try:
            names = sorted(self._client.get_children(f"{self._path}/{self._current()}"))
            packed = b"".join(self._client.get(f"{self._path}/{self._current()}/{name}")[0] for name in names)
            self._file.write_bytes(zlib.decompress(packed))
        except NoNodeError:
            pass

    def _current(self) -> str:
        return str(self._client.get(self._path)[0].decode())

    async def save(self) -> None:
        """What changed since the last time; an answer is given only after this."""
        async with self._lock:
            self._db = self._db or sqlite3.connect(self._file, check_same_thread=False)
            now = self._db.execute("PRAGMA data_version").fetchone()[0]
            if now != self._seen:
                copy = sqlite3.connect(":memory:")
                self._db.backup(copy)
                await asyncio.to_thread(self._put, zlib.compress(copy.serialize()))
                copy.close()
                self._seen = now

    def _put(self, packed: bytes) -> None:
        client = self._client
        client.ensure_path(self._path)
        number = int(client.get(self._path)[0].decode() or 0)
        folder = f"{self._path}/{number + 1}"
        client.delete(folder, recursive=True)
        for piece in range(0, len(packed), _PIECE):
            client.create(f"{folder}/{piece // _PIECE:04d}", packed[piece : piece + _PIECE], makepath=True)
        client.set(self._path, str(number + 1).encode())
        client.delete(f"{self._path}/{number}", recursive=True)


class Marathon:
    def __init__(self, values: Mapping[str, Any], url: group.Url) -> None:
        self._values, self._url = values, url
        self._hostname = values["hostname"] or socket.getfqdn()
        self._address = f"{self._hostname}:{values['http_port']}"
        self._me = {"leader": self._address, "process": uuid.uuid4().hex}
        self._leader: str | None = None
        self._api: web.AppRunner | None = None
        self._proxy: aiohttp.ClientSession
        self._engine: Engine | None = None
        self._leading = False

    async def run(self) -> None:
        values = self._values
        self._zookeeper = group.ZooKeeper(self._url, values["zk_session_timeout"] / 1000, self._lost)
        async with aiohttp.ClientSession(auto_decompress=False) as self._proxy:
            front = web.AppRunner(self._standby(), access_log=None)
            await front.setup()
            await web.TCPSite(front, values["http_address"] or "0.0.0.0", values["http_port"], shutdown_timeout=1.0).start()
            await group.Group(self._zookeeper, f"{self._url.path}/leader-curator", "latch-", self._me, self._elected).run()

    def _lost(self) -> None:
        if self._leading:
            _log.error("Lost leadership; exiting")
            os._exit(1)

    def _elected(self, members: list[dict[str, Any]]) -> None:
        self._leader = members[0]["leader"] if members else None
        _log.info("leader is now %s", self._leader)
        # Not by its address alone: the node of the process before it, at the same address, stays until its session has ended.
        if members and members[0] == self._me and not self._leading:
            self._leading = True
            self._work = [asyncio.get_running_loop().create_task(self._lead())]

    async def _lead(self) -> None:
        values = self._values
        folder = Path(tempfile.mkdtemp(prefix="marathon-"))
        state = State(self._zookeeper, self._url.path, folder / "engine.db")
        await asyncio.to_thread(state.fetch)
        user, password = values["http_credentials"].split(":", 1) if values["http_credentials"] else (None, None)
        task_user = values["mesos_user"] or getpass.getuser()
        config = Config(
            agents=(),
            address=self._hostname,
            marathon_port=values["http_port"],
            user=user,
            password=password,
            state_dir=folder,
            default_user=task_user,
            max_running_deployments=values["max_running_deployments"],
        )
        executor = RemoteExecutor(task_user)
        engine = Engine(config, executor)
        fresh = engine.store.meta("framework_taken") is None
        info: dict[str, Any] = {"name": values["framework_name"], "hostname": self._hostname, "user": task_user}
        info |= {"webui_url": values["webui_url"] or f"http://{self._address}", "failover_timeout": float(values["failover_timeout"])}
        info |= principal(values) | ({} if fresh else {"id": engine.state.framework_id})
        framework = Framework(info, values["mesos_authentication_secret_file"], values["master"], self._hear)
        self._cluster = RemoteCluster(engine, framework, executor)
        self._framework = framework
        engine.recover()
        application = MarathonApi(engine).application()
        self._api = web.AppRunner(application, access_log=None)
        await self._api.setup()
        self._path = str(folder / "api.sock")
        await web.UnixSite(self._api, self._path).start()
        self._inside = aiohttp.ClientSession(connector=aiohttp.UnixConnector(self._path, limit=0), auto_decompress=False)
        await state.save()
        self._state, self._engine = state, engine
        loop = asyncio.get_running_loop()
        self._work += [loop.create_task(engine.run()), loop.create_task(framework.run(self._proxy)), loop.create_task(self._keep())]
        _log.info("elected; framework %s", info.get("id", "new"))
        await engine.stopping.wait()
        await state.save()
        os._exit(0)  # it gave its leadership up, and is started again

    def _hear(self, kind: str, message: dict[str, Any]) -> None:
        assert self._engine is not None
        if kind == "subscribed":
            self._engine.state.framework_id = message["id"]
            self._engine.store.set_meta("framework", message["id"])
            self._engine.store.set_meta("framework_taken", "1")
        elif kind == "error":
            _log.error("the master: %s", message["message"])
            os._exit(1)
        self._cluster.hear(kind, message)

    async def _keep(self) -> None:
        assert self._engine is not None
        while True:
            await asyncio.sleep(0.2)
            await self._state.save()

    # In front of the leader's API, or of nothing.

    def _standby(self) -> web.Application:
        app = web.Application(client_max_size=64 * 1024 * 1024)
        app.add_routes([web.route("*", "/{rest:.*}", self._any)])
        return app

    async def _any(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/ping":
            json_only = request.headers.get("Accept") == "application/json"
            return web.Response(text='"pong"' if json_only else "pong", content_type="application/json" if json_only else "text/plain")
        if self._engine is not None:
            return await self._pass_on(request, self._inside, f"http://marathon{request.rel_url}")
        if self._leader is None or self._leader == self._address:
            if request.path == "/v2/leader":
                return web.json_response({"message": "There is no leader"}, status=404)
            return web.json_response({"message": "Could not determine the current leader"}, status=503)
        if request.path == "/v2/leader":
            return web.json_response({"leader": self._leader})
        if request.path == "/v2/events":
            return web.Response(status=307, headers={"Location": f"http://{self._leader}{request.rel_url}"})
        if "X-Marathon-Via" in request.headers:
            return web.json_response({"message": "Detected proxying loop."}, status=502)
        return await self._pass_on(request, self._proxy, f"http://{self._leader}{request.rel_url}")

    async def _pass_on(self, request: web.Request, session: aiohttp.ClientSession, url: str) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name not in _NOT_PROXIED}
        if session is self._proxy:
            headers["X-Marathon-Via"] = f"1.1 {self._address}"
        limit = aiohttp.ClientTimeout(total=None, sock_connect=5)
        data = await request.read()
        try:
            async with session.request(request.method, url, headers=headers, data=data, timeout=limit, allow_redirects=False) as found:
                if session is not self._proxy and request.method not in ("GET", "HEAD"):
                    await self._state.save()
                kept = {name: value for name, value in found.headers.items() if name not in _NOT_PROXIED[2:4]}
                response = web.StreamResponse(status=found.status, headers=kept)
                await response.prepare(request)
                with contextlib.suppress(ConnectionError):
                    async for chunk in found.content.iter_any():
                        await response.write(chunk)
                    await response.write_eof()
                return response
        except aiohttp.ClientError as error:
            return web.json_response({"message": f"the leader does not answer: {error}"}, status=503)
