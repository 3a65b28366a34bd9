# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks as Docker containers, and finds them again after a restart of the engine, or of Docker.

Docker is asked what there is whenever it answers (anew) and once a minute, and tells of ends meanwhile. A container of this engine (by its
label) whose task nobody knows any more is removed; those of others are left alone.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import shutil
import signal
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import cgroups, container_spec
from .container_logs import ContainerLogs
from .definitions import is_host
from .docker_api import DockerApi, DockerError, NotFoundError, UnreachableError
from .executor import Exit, Launch, LaunchError, Listener
from .images import Images
from .memory_watch import MemoryWatch
from .threads import in_thread

_log = logging.getLogger(__name__)
SYNC_SECONDS = 60.0
RECONNECT_SECONDS = 1.0
#: The same while no container is known that could end.
IDLE_SECONDS = 60.0
#: How long the last lines of an ended container may take to arrive before its end is told without them.
LOG_SECONDS = 5.0
#: How often a command that is late is asked for its process.
COMMAND_SECONDS = 0.2
_GONE = "The engine ended before the task was started"


@dataclass
class Container:
    """One task's container. `id` is Docker's, empty until there is one."""

    launch: Launch
    id: str = ""
    network: Path | None = None
    stop_signal: str = "SIGTERM"
    logs: ContainerLogs | None = None
    started: bool = False
    ending: bool = False
    memory: MemoryWatch | None = None
    oom: bool = False
    #: The most memory it used, if it exceeded its limit.
    used: int | None = None
    #: The exit code that an event told before the start was complete.
    died: int | None = None
    #: Asked to end; matters to what is still being started.
    terminated: asyncio.Event = field(default_factory=asyncio.Event)


class ContainerExecutor:
    """Files: ``<state>/tasks/<task>`` (root only) and ``<state>/sandboxes/<task>``, which the container sees as /mnt/mesos/sandbox."""

    def __init__(self, api: DockerApi, state_dir: Path, engine: str, cpu_limit: str | None, log_max_bytes: int, log_max_files: int) -> None:
        """`engine` is this engine's lasting identity; a `cpu_limit` of None sets no limits at all."""
        self._api = api
        self._records = state_dir / "tasks"
        self._sandboxes = state_dir / "sandboxes"
        self._engine = engine
        self._label = f"{container_spec.ENGINE_LABEL}={engine}"
        self._cpu_limit = cpu_limit
        self._log_limits = (log_max_bytes, log_max_files)
        self._images = Images(api)
        self._known: dict[str, Container] = {}
        self._awaited: dict[str, Launch] = {}
        self._listener: Listener | None = None
        self._background: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._wanted = asyncio.Event()

    # Starting.

    async def launch(self, launch: Launch, listener: Listener) -> None:
        self._watch(listener)
        self._wanted.set()
        container = self._known[launch.task_id] = Container(launch)
        docker = launch.definition["container"]["docker"]
        try:
            await self._images.provide(docker["image"], docker["forcePullImage"], container.terminated)
            container.id = await in_thread(self._create, launch)
            if container.terminated.is_set():
                raise LaunchError("Container destroyed before it was started")
            await in_thread(self._api.start, container.id)
            found = await in_thread(self._api.inspect, container.id)
        except (DockerError, LaunchError) as error:
            self._known.pop(launch.task_id, None)
            self._spawn(self._remove(container.id or container_spec.container_name(launch)))
            if isinstance(error, LaunchError):
                raise
            raise LaunchError(f"Failed to launch container: {error}") from error
        self._adopt(container, found)

    def _create(self, launch: Launch) -> str:
        record, sandbox = self._records / launch.task_id, self._sandboxes / launch.task_id
        record.mkdir(mode=0o700)
        sandbox.mkdir()
        # Who runs in the container is the image's business: anybody may write here, but only root can swap the log files.
        sandbox.chmod(0o1777)
        limits = cgroups.limits_of(launch.definition, self._cpu_limit) if self._cpu_limit else None
        config = container_spec.build(launch, self._engine, sandbox, limits, self._log_limits[0] * self._log_limits[1])
        return self._api.create(container_spec.container_name(launch), config)

    def _adopt(self, container: Container, found: Mapping[str, Any]) -> None:
        """A container that was started, by this engine or by one before it; it may have ended again."""
        assert self._listener is not None
        task_id = container.launch.task_id
        settings = found["NetworkSettings"]
        container.id = found["Id"]
        container.stop_signal = found["Config"].get("StopSignal") or "SIGTERM"
        own_network = not is_host(container.launch.definition)
        container.network = Path(settings["SandboxKey"]) if own_network and settings["SandboxKey"] else None
        container.logs = ContainerLogs(self._api, container.id, self._sandboxes / task_id, self._records / task_id, *self._log_limits)
        container.started = True
        container.logs.follow()
        if found["State"]["Running"]:
            container.memory = MemoryWatch(found["State"]["Pid"], lambda used: self._exceeded(container, used))
        self._listener.started(task_id, found["State"]["Pid"], settings["Networks"]["bridge"]["IPAddress"] if own_network else "")
        if container.died is not None or not found["State"]["Running"]:
            self._spawn(self._ended(container, container.died))

    # Finding again.

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        self._awaited = {launch.task_id: launch for launch in launches}
        self._watch(listener)

    def _watch(self, listener: Listener) -> None:
        self._listener = listener
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch_docker())

    async def _watch_docker(self) -> None:
        """Follow Docker's events, for ever; each time it answers anew look at everything."""
        loop = asyncio.get_running_loop()
        periodic = loop.create_task(self._sync_now_and_then())
        told = ""
        try:
            while True:
                try:
                    await in_thread(
                        self._api.watch,
                        self._label,
                        lambda: loop.call_soon_threadsafe(lambda: self._spawn(self._sync())),
                        lambda event: loop.call_soon_threadsafe(self._event, event),
                    )
                    told = ""
                except DockerError as error:
                    if str(error) != told and (self._known or self._awaited):
                        _log.warning("%s; trying again every second", error)
                        told = str(error)
                self._wanted.clear()
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wanted.wait(), RECONNECT_SECONDS if self._known or self._awaited else IDLE_SECONDS)
        finally:
            periodic.cancel()

    async def _sync_now_and_then(self) -> None:
        while True:
            await asyncio.sleep(SYNC_SECONDS)
            await self._sync()

    def _event(self, event: Mapping[str, Any]) -> None:
        task_id = event["Actor"]["Attributes"].get(container_spec.TASK_LABEL, "")
        container = self._known.get(task_id)
        if container is None or container.id != event["Actor"]["ID"]:
            return
        if event["Action"] == "oom":
            self._exceeded(container, None)
        elif event["Action"] == "die":
            container.died = int(event["Actor"]["Attributes"]["exitCode"])
            if container.started:
                self._spawn(self._ended(container, container.died))

    def _exceeded(self, container: Container, used: int | None) -> None:
        """Ends whole, as a process task that exceeds its memory."""
        container.oom = True
        container.used = used or container.used
        self.kill(container.launch.task_id)

    async def _sync(self) -> None:
        """Make what is known equal to what is there."""
        try:
            listed = await in_thread(self._api.labelled, self._label)
            there = {one["Labels"].get(container_spec.TASK_LABEL, ""): one for one in listed}
            for task_id in list(self._awaited):
                await self._recover(self._awaited[task_id], there.get(task_id))
            for one in listed:
                if one["Labels"].get(container_spec.TASK_LABEL) not in self._known:
                    _log.info(
                        "removing container %s of task %s, which is forgotten", one["Id"][:12], one["Labels"].get(container_spec.TASK_LABEL)
                    )
                    self._spawn(self._remove(one["Id"]))
        except UnreachableError:
            return  # the watch says so, and calls again
        except DockerError as error:
            _log.warning("cannot look for containers: %s", error)
            return
        for task_id, container in list(self._known.items()):
            if not container.started:
                continue
            state = there[task_id]["State"] if task_id in there else ""
            if state in ("running", "paused", "restarting") and container.logs is not None:
                container.logs.follow()
            else:
                self._spawn(self._ended(container))

    async def _recover(self, launch: Launch, listed: Mapping[str, Any] | None) -> None:
        assert self._listener is not None
        task_id = launch.task_id
        found = None
        if listed is not None and listed["State"] != "created":
            with contextlib.suppress(NotFoundError):
                found = await in_thread(self._api.inspect, listed["Id"])
        if self._awaited.pop(task_id, None) is None:
            return
        if found is None:
            self._listener.lost(task_id, _GONE)
            return
        container = self._known[task_id] = Container(launch)
        self._adopt(container, found)

    # Ending.

    def terminate(self, task_id: str) -> None:
        container = self._known.get(task_id)
        if container is None:
            return
        container.terminated.set()
        if container.started:
            self._spawn(self._signal(container, container.stop_signal))

    def kill(self, task_id: str) -> None:
        container = self._known.get(task_id)
        if container is not None and container.started:
            self._spawn(self._signal(container, signal.SIGKILL.name))

    async def _signal(self, container: Container, name: str) -> None:
        try:
            await in_thread(self._api.signal, container.id, name)
        except DockerError as error:
            _log.debug("cannot send %s to container %s: %s", name, container.id[:12], error)  # it has ended; or it is asked again

    async def _ended(self, container: Container, code: int | None = None) -> None:
        """Tell how a container ended, once, after its last output has arrived."""
        if container.ending or self._listener is None:
            return
        container.ending = True
        try:
            state = (await in_thread(self._api.inspect, container.id))["State"]
            if state["Running"]:
                container.ending = False
                return
            code, error = state["ExitCode"], state["Error"]
            container.oom = container.oom or state["OOMKilled"]
            if container.logs is not None:
                await container.logs.finish(LOG_SECONDS)
        except NotFoundError:
            error = "" if code is not None else "The container was removed by somebody else"
        except DockerError:
            container.ending = False  # Docker went away; once it is back everything is looked at
            return
        self._listener.ended(
            container.launch.task_id, Exit(code, None, oom=container.oom, memory=container.used, error=error, what="Container")
        )

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        self._awaited.pop(task_id, None)
        container = self._known.pop(task_id, None)
        if container is not None and container.memory:
            container.memory.close()
        if container is not None and container.id:
            self._spawn(self._remove(container.id))
        shutil.rmtree(self._records / task_id, ignore_errors=True)
        if sandbox:
            shutil.rmtree(self._sandboxes / task_id, ignore_errors=True)

    async def _remove(self, container: str) -> None:
        try:
            await in_thread(self._api.remove, container)
        except NotFoundError:
            pass
        except DockerError as error:
            _log.info("cannot remove container %s yet: %s", container[:12], error)  # the next look at everything removes it

    # Checking.

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        container = self._known.get(launch.task_id)
        if container is None or not container.started:
            return "The container does not run"
        try:
            number = await in_thread(self._api.exec_create, container.id, ["/bin/sh", "-c", command])
            running = asyncio.ensure_future(in_thread(self._api.exec_run, number))
            try:
                ended, _late = await asyncio.wait({running}, timeout=timeout)
            except asyncio.CancelledError:
                running.cancel()
                raise
            if not ended:
                self._spawn(self._kill_command(number, running))
                return f"Command timed out after {timeout:g} s"
            code = running.result()
        except DockerError as error:
            return f"Command could not be run in the container: {error}"
        return None if code == 0 else f"Command exited with status {code}"

    async def _kill_command(self, number: str, running: asyncio.Future[int]) -> None:
        """On a busy host the command of a check may not even have begun when its time is over: it is killed as soon as it has a process.

        Whether it has ended, `running` tells, also if its container or Docker ends: then Docker tells of no process, or nothing at all.
        """
        killed = False
        while not killed and not running.done():
            with contextlib.suppress(DockerError, ProcessLookupError):
                pid = await in_thread(self._api.exec_pid, number)
                if pid is not None:
                    os.killpg(pid, signal.SIGKILL)
                    killed = True
            await asyncio.wait({running}, timeout=COMMAND_SECONDS)
        with contextlib.suppress(DockerError):
            await running

    def network(self, task_id: str) -> Path | None:
        container = self._known.get(task_id)
        return container.network if container is not None else None

    def close(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
        for task in self._background:
            task.cancel()
        for container in self._known.values():
            if container.memory:
                container.memory.close()

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
