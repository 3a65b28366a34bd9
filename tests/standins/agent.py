# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos-agent: flags, recovery from its checkpoint, registration, and its HTTP endpoints."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Coroutine, Mapping, Sequence
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web
from zeus_engine import checks, networks
from zeus_engine.mesos_resources import amounts
from zeus_engine.web import answer

from . import agent_info, agent_tasks, flags, group, log, version
from .detector import Detector
from .master import addresses
from .master_views import build
from .wire import Message, Wire

_ISOLATORS = (
    "posix/",
    "cgroups/",
    "filesystem/",
    "namespaces/",
    "docker/",
    "disk/",
    "network/",
    "volume/",
    "gpu/",
    "linux/",
    "environment_secret",
)
_HINT = """
------------------------------------------------------------
If recovery failed due to a change in configuration and you want to
keep the current agent id, you might want to change the
`--reconfiguration_policy` flag to a more permissive value.

To restart this agent with a new agent id instead, do as follows:
rm -f {latest}
This ensures that the agent does not recover old live executors."""


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    try:
        values = flags.mesos("mesos-agent", arguments, environ)
    except flags.FlagError as error:
        print(f"{error}\n\nSee `mesos-agent --help` for a list of supported flags.", file=sys.stderr)
        return 1
    if values["version"]:
        print(f"mesos {version()}")
        return 0
    if values["help"]:
        print("Usage: mesos-agent [options]\n\n" + "\n".join(f"  --{name}" for name in flags.table("mesos-agent")))
        return 0
    if values["master"] is None and values["master_detector"] is None:
        log.end("main.cpp:313", "Missing required option `--master` or `--master_detector`")
    asyncio.run(Agent(values).run())
    return 0


class Agent:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._ip, self._hostname = addresses(values)
        self._port = values["advertise_port"] or values["port"]
        self._work_dir = Path(values["work_dir"]).absolute()
        self._checkpoint = agent_info.Checkpoint(self._work_dir)
        self._id: str | None = None
        self._wire: Wire | None = None
        self._master = ""
        self._started = time.time()
        self._connected_once = False
        self._begun: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        values = self._values
        facts = build()
        log.info("main.cpp:385", f"Build: {facts['build_date']} by {facts['build_user']}")
        log.info("main.cpp:386", f"Version: {version()}")
        try:
            listener = socket.create_server((values["ip"] or "0.0.0.0", values["port"]))
        except OSError:
            log.abort("process.cpp:1124", f"Failed to initialize: Failed to bind on {self._ip}:{values['port']}: Address already in use")
        containerizers = self._containerizers()
        log.info("slave.cpp:281", f"Mesos agent started on (1)@{self._ip}:{self._port}")
        self._credential = self._read_credential()
        self._info = self._own_info()
        if values["reconfiguration_policy"] not in ("equal", "additive"):
            given = values["reconfiguration_policy"]
            log.end(
                "slave.cpp:964",
                f"Unknown option for 'reconfiguration_policy' flag {given}. Please run the agent with '--help' to see the valid options.",
            )
        try:
            detector = Detector(values["master"], values["zk_session_timeout"])
        except group.UrlError as error:
            log.end("main.cpp:640", f"Failed to create a master detector: {error}")
        recovered = self._recover()
        executor = agent_tasks.executors(self._work_dir, self._hostname, containerizers)
        self._tasks = agent_tasks.Tasks(self._work_dir, executor, self._ip, values["systemd_enable_support"], self._send)
        if not recovered:
            self._tasks.forget_all()
        self._tasks.recover()
        loop = asyncio.get_running_loop()
        stopping = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopping.set)
        loop.add_signal_handler(signal.SIGUSR1, lambda: self._begin(self._unregister(stopping)))
        runner = web.AppRunner(self._application(), access_log=None)
        await runner.setup()
        await web.SockSite(runner, listener, shutdown_timeout=1.0).start()
        async with aiohttp.ClientSession() as session:
            self._session = session
            work = [
                loop.create_task(detector.run()),
                loop.create_task(detector.stay_connected(session, "agent", self._opened, self._receive, self._closed)),
            ]
            await stopping.wait()
            log.warning("logging.cpp:102", "RAW: Received signal SIGTERM; exiting")
            for one in work:
                one.cancel()
            self._tasks.close()
        os._exit(0)

    # Before anything runs.

    def _containerizers(self) -> list[str]:
        values = self._values
        if values["systemd_enable_support"] and shutil.which("systemctl") and not Path(values["systemd_runtime_directory"]).is_dir():
            where = values["systemd_runtime_directory"]
            log.end("main.cpp:497", f"Failed to initialize systemd: Failed to locate systemd runtime directory: {where}")
        wanted = [one.strip() for one in values["containerizers"].split(",")]
        for one in wanted:
            if one not in ("mesos", "docker"):
                log.end("main.cpp:610", f"Failed to create a containerizer: Unknown or unsupported containerizer: {one}")
        if "mesos" in wanted:
            for one in values["isolation"].split(","):
                if not one.strip().startswith(_ISOLATORS) or one.strip() == "no/such":
                    before = "Failed to create a containerizer: Could not create MesosContainerizer: "
                    log.end("main.cpp:610", f"{before}Unknown or unsupported isolator '{one.strip()}'")
        if "docker" in wanted:
            command = [values["docker"], "-H", f"unix://{values['docker_socket']}", "--version"]
            try:
                code = subprocess.run(command, capture_output=True, check=False).returncode
            except OSError:
                code = 127
            if code:
                before = "Failed to create a containerizer: Could not create DockerContainerizer: Failed to create docker: "
                failed = f"Failed to execute '{' '.join(command)}': exited with status {code}"
                log.end("main.cpp:610", f"{before}Failed to get docker version: {failed}")
        return wanted

    def _read_credential(self) -> dict[str, str] | None:
        path = self._values["credential"]
        if path is None:
            log.info("slave.cpp:1527", "No credentials provided. Attempting to register without authentication")
            return None
        log.info("credentials.hpp:73", f"Loading credential for authentication from '{path}'")
        try:
            found = json.loads(Path(path).read_text(encoding="utf-8"))
        except OSError as error:
            log.end("slave.cpp:307", f"Failed to read credential file '{path}': {error.strerror} (see --credential flag)")
        except ValueError:
            log.end("slave.cpp:307", "Invalid json format: syntax error at line 1 near:  (see --credential flag)")
        if "principal" not in found:
            log.end("slave.cpp:307", "Failed to parse credential: Missing required fields: principal (see --credential flag)")
        return {"principal": found["principal"], "secret": found.get("secret", "")}

    def _own_info(self) -> dict[str, Any]:
        try:
            attributes = agent_info.attributes(self._values["attributes"] or "")
        except agent_info.BadAttribute as error:
            log.abort(error.where, str(error))
        try:
            resources = agent_info.resources(self._values["resources"])
        except agent_info.BadResource as error:
            log.end("slave.cpp:491", str(error))
        log.info("slave.cpp:629", f"Agent resources: {json.dumps(resources)}")
        log.info("slave.cpp:637", f"Agent attributes: [ {', '.join(f'{name}={value}' for name, _kind, value in attributes)} ]")
        log.info("slave.cpp:646", f"Agent hostname: {self._hostname}")
        own = {"hostname": self._hostname, "port": self._port, "attributes": [list(one) for one in attributes], "resources": resources}
        return own | {"ip": self._ip}

    def _recover(self) -> bool:
        """Take the checkpointed id if the info fits. Returns whether tasks of before may be there."""
        known, rebooted = self._checkpoint.load(), self._checkpoint.rebooted()
        if rebooted:
            log.info("state.cpp:100", "Agent host rebooted")
        self._checkpoint.save_boot()
        if known is None:
            return False
        old = {key: value for key, value in known[1].items() if key != "ip"}
        new = {key: value for key, value in self._info.items() if key != "ip"}
        try:
            agent_info.check(self._values["reconfiguration_policy"], old, new)
        except agent_info.Incompatible as error:
            if not rebooted:
                log.end("slave.cpp:8355", f"Failed to perform recovery: {error}\n{_HINT.format(latest=self._checkpoint.latest)}")
            log.warning("slave.cpp:7961", f"Falling back to recover as a new agent due to error: {error}")
            self._checkpoint.forget()
            return False
        self._id = known[0]
        return not rebooted

    # With the master.

    def _send(self, kind: str, **fields: Any) -> None:
        if self._wire is not None:
            self._wire.send(kind, **fields)

    def _opened(self, connection: Wire) -> None:
        self._wire = connection
        self._register(connection)

    def _register(self, connection: Wire) -> None:
        own: dict[str, Any] = {"id": self._id, "info": self._info, "version": version(), "tasks": list(self._tasks.tasks.values())}
        connection.send("register", **own, **(self._credential or {}))
        asyncio.get_running_loop().call_later(2.0, self._again, connection)

    def _again(self, connection: Wire) -> None:
        """Not taken, and not told why: try for ever."""
        if connection.open and not self._master:
            self._register(connection)

    def _closed(self) -> None:
        self._wire, self._master = None, ""

    async def _receive(self, message: Message) -> None:
        kind = message.pop("kind")
        if kind == "registered":
            self._id, self._master = message["id"], message["master"]
            self._checkpoint.save(message["id"], self._info)
            done = "Re-registered" if message["again"] else "Registered"
            log.info("slave.cpp:1698", f"{done} with master {message['master']}; given agent ID {message['id']}")
        elif kind == "ping":
            self._send("pong")
        elif kind == "refused":
            log.end("slave.cpp:1661", "Master refused authentication")
        elif kind == "shutdown":
            self._tasks.end_all()
            log.leave("slave.cpp:1039", f"Agent asked to shut down by {self._master or 'the master'} because '{message['text']}'")
        elif kind == "launch":
            self._begin(self._tasks.launch(message["framework_id"], message["launch"]))
        elif kind == "terminate":
            self._tasks.terminate(message["task_id"])
        elif kind == "kill":
            self._tasks.kill(message["task_id"])
        elif kind == "forget":
            self._tasks.forget(message["task_id"], message["sandbox"])
        elif kind == "drain":
            self._tasks.drain(message["grace"])
        elif kind == "check":
            self._begin(self._check(message))

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        # The loop keeps no task alive: one that nobody holds may be collected in the middle of its work.
        task = asyncio.get_running_loop().create_task(work)
        self._begun.add(task)
        task.add_done_callback(self._begun.discard)

    async def _check(self, message: Message) -> None:
        """A health check beside the task: COMMAND, or MESOS_HTTP and MESOS_TCP against the loopback."""
        timeout, task_id = message["timeout"], message["task_id"]
        if "command" in message:
            problem = await self._tasks.check(task_id, message["command"], timeout)
        else:
            network = self._tasks.network(task_id)
            protocol, port, path = message["protocol"], message["port"], message["path"]
            if protocol == "TCP":
                tcp = networks.tcp(network, "127.0.0.1", port, timeout) if network else checks.tcp("127.0.0.1", port, timeout)
                problem = await tcp
            else:
                if network:
                    found = await networks.http(network, protocol.lower(), "127.0.0.1", port, path, timeout)
                else:
                    found = await checks.http(self._session, f"{protocol.lower()}://127.0.0.1:{port}{path}", timeout)
                good = not isinstance(found, str) and 200 <= found.status < 400
                problem = found if isinstance(found, str) else None if good else f"HTTP status {found.status}"
        self._send("checked", framework_id=message["framework_id"], call=message["call"], problem=problem)

    async def _unregister(self, stopping: asyncio.Event) -> None:
        self._send("unregister")
        self._tasks.end_all()
        await asyncio.sleep(0.5)  # the message and the tasks' ends are under way; nobody answers
        stopping.set()

    # HTTP.

    def _application(self) -> web.Application:
        app = web.Application()
        both = [("/health", self._health), ("/state", self._state), ("/flags", self._flags)]
        for prefix in ("", "/slave(1)"):
            app.add_routes([web.get(prefix + path, handler) for path, handler in both])
        app.add_routes([web.get("/version", self._version), web.get("/metrics/snapshot", self._metrics)])
        return app

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response()

    async def _version(self, request: web.Request) -> web.Response:
        return answer(build())

    async def _flags(self, request: web.Request) -> web.Response:
        return answer({"flags": flags.shown("mesos-agent", self._values)})

    async def _state(self, request: web.Request) -> web.Response:
        own = self._info["resources"]
        total = amounts(own["cpus"], own["mem"], own["disk"], list(map(tuple, own["ports"])))
        attributes = {name: float(value) if kind == "SCALAR" else value for name, kind, value in self._info["attributes"]}
        found = build() | {"start_time": self._started, "id": self._id or "", "pid": f"slave(1)@{self._ip}:{self._port}"}
        found |= {
            "hostname": self._hostname,
            "resources": total,
            "attributes": attributes,
            "flags": flags.shown("mesos-agent", self._values),
        }
        return answer(
            found | {"master_hostname": self._master.partition("@")[2].partition(":")[0], "frameworks": [], "completed_frameworks": []}
        )

    async def _metrics(self, request: web.Request) -> web.Response:
        running = sum(task["state"] == "TASK_RUNNING" for task in self._tasks.tasks.values())
        return answer(
            {
                "slave/registered": float(bool(self._master)),
                "slave/tasks_running": float(running),
                "slave/uptime_secs": time.time() - self._started,
            }
        )
