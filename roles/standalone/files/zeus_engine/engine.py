# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine: its parts, and the loop that makes what runs equal to what is wanted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time

from .backoff import Backoff
from .cgroups import CgroupError, Cgroups
from .config import Config, ConfigError
from .containers import ContainerExecutor
from .deployments import Deployments, keep_count
from .docker_api import DockerApi, DockerError
from .events import Events
from .executor import Executor
from .executors import Executors
from .groups import Groups
from .launchqueue import LaunchQueue
from .processes import ProcessExecutor
from .reachability import Reachability
from .state import State
from .store import Store
from .tasks import Tasks

_log = logging.getLogger(__name__)
LOOK_AT_ALL = 5.0


class Engine:
    def __init__(self, config: Config, executor: Executor | None = None) -> None:
        """`executor` runs the tasks; None is this machine's own."""
        self.config = config
        self.started_at = time.time()
        config.state_dir.mkdir(parents=True, exist_ok=True)
        self.store = Store(config.state_dir / "engine.db")
        self.state = State(config, self.store)
        self.events = Events()
        self.backoff = Backoff()
        no_images = ""
        if executor is None:
            executor, no_images = _executors(config, self.state.master_id)
        self._woken = asyncio.Event()
        self.stopping = asyncio.Event()
        self._ended_seen = 0
        self._next_look_at_all = 0.0
        self.tasks = Tasks(self.state, self.events, executor, self.backoff, self.wake)
        self.queue = LaunchQueue(self.state, self.tasks, self.backoff)
        self.deployments = Deployments(self.state, self.events, self.tasks, self.queue)
        self.reachability = Reachability(self.state, self.tasks, self.queue)
        self.groups = Groups(self.state, self.events, self.deployments, no_images)

    def wake(self) -> None:
        """Something changed: look again soon."""
        self._woken.set()

    def stop(self) -> None:
        """Ask the process to end; the tasks go on."""
        self.stopping.set()

    def recover(self) -> None:
        """Before the APIs open: find again what an earlier engine left."""
        self.tasks.recover()

    async def run(self) -> None:
        self._tell_registered()
        while True:
            self._woken.clear()
            pause = 1.0
            try:
                pause = self.reconcile()
            except Exception:  # one broken app must not stop the others for ever
                _log.exception("reconciliation failed; trying again in a second")
            # Not wait_for: on Python 3.11 it forgets that it was cancelled when what it waits for comes at the same moment.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._woken.wait()

    def _tell_registered(self) -> None:
        """As Marathon's scheduler does when Mesos' master has taken it, for the first time or again."""
        master = f"{self.config.host}:{self.config.mesos_port}"
        if self.store.meta("registered"):
            self.events.emit("scheduler_reregistered_event", master=master)
        else:
            self.events.emit("scheduler_registered_event", frameworkId=self.state.framework_id, master=master)
            self.store.set_meta("registered", "1")

    def reconcile(self) -> float:
        """One look at everything; returns after how many seconds the next is due if nothing happens."""
        if self.tasks.ended_so_far != self._ended_seen:
            self._ended_seen = self.tasks.ended_so_far
            self.queue.resources_freed()
        pause = min(LOOK_AT_ALL, self.reachability.look())
        self.deployments.advance()
        locked = self.deployments.locked()
        for app_id in sorted(self._worth_a_look() - locked):
            tasks = self.state.tasks_of(app_id)
            definition = self.state.apps.get(app_id)
            if definition is None:
                for task in tasks:
                    self.tasks.kill(task, "The app is unknown")
                continue
            alive = [task for task in tasks if task.counted]
            if len(alive) != definition["instances"] or app_id in self.queue.items:
                keep_count(self.tasks, self.queue, definition, alive)
        for app_id in [app_id for app_id in self.queue.items if app_id not in self.state.apps]:
            self.queue.drop(app_id)
        return min(pause, self.queue.launch())

    def _worth_a_look(self) -> set[str]:
        """The apps that changed or wait for something; now and then all of them, so that nothing rests on having been told."""
        now = time.monotonic()
        if now < self._next_look_at_all:
            apps = self.state.touched | self.queue.items.keys()
        else:
            apps = self.state.apps_with_tasks() | self.state.apps.keys()
            self._next_look_at_all = now + LOOK_AT_ALL
        self.state.touched = set()
        return apps

    def close(self) -> None:
        self.events.close()
        self.tasks.close()
        self.store.close()


def _executors(config: Config, identity: str) -> tuple[Executor, str]:
    """What runs tasks on this machine, and why that is no images, if so."""
    logs = (config.log_max_bytes, config.log_max_files)
    processes = ProcessExecutor(config.state_dir, config.default_user, _cgroups(config), config.cpu_limit, *logs)
    if config.docker == "off":
        return Executors(processes, None), "it was told to run no images (standalone_docker: off)"
    docker = DockerApi()
    try:
        _log.info("images run with Docker %s", docker.version())
    except DockerError as error:
        if config.docker == "required":
            raise ConfigError(f"docker: required, but images cannot be run here: {error}") from error
        if not docker.installed():
            _log.info("images are refused: %s", error)
            return Executors(processes, None), str(error)
        _log.warning("%s; images fail to start until it does", error)
    cpu_limit = None if config.cgroups == "off" else config.cpu_limit
    return Executors(processes, ContainerExecutor(docker, config.state_dir, identity, cpu_limit, *logs)), ""


def _cgroups(config: Config) -> Cgroups | None:
    if config.cgroups == "off":
        return None
    try:
        return Cgroups.prepare()
    except CgroupError as error:
        if config.cgroups == "required":
            raise ConfigError(f"cgroups: required, but limits cannot be set here: {error}") from error
        _log.warning("tasks run without memory and CPU limits: %s", error)
        return None
