# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Health checks of running tasks, and the readiness checks of deployments.

MESOS_* and COMMAND checks run beside the task (a container's in it, or in its network) against 127.0.0.1 after delaySeconds; HTTP, HTTPS
and TCP against the host's address at once.
While a task has never been healthy the next try comes after a quarter of a second at most (unlike Marathon; see docs/engine.md), later ones
after intervalSeconds.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import aiohttp

from . import checks, networks, timestamps
from .definitions import is_host, ports_of
from .model import Health, Task

if TYPE_CHECKING:
    from .tasks import Tasks

_log = logging.getLogger(__name__)
FIRST_RETRY = 0.25


class HealthChecks:
    def __init__(self, tasks: Tasks) -> None:
        self._tasks = tasks
        self._running: dict[str, list[asyncio.Task[None]]] = {}
        self._readiness: dict[str, asyncio.Task[None]] = {}
        self._session: aiohttp.ClientSession | None = None

    def start(self, task: Task) -> None:
        """Begin all checks of a running task; a task that has them already keeps them."""
        if task.task_id in self._running or not task.running:
            return
        loop = asyncio.get_running_loop()
        self._running[task.task_id] = [
            loop.create_task(self._watch(task, index, check)) for index, check in enumerate(task.definition.get("healthChecks", ()))
        ]

    def start_readiness(self, task: Task) -> None:
        """Ask until the task is ready, once per task."""
        given = task.definition.get("readinessChecks")
        if given and not task.ready and task.running and task.task_id not in self._readiness:
            self._readiness[task.task_id] = asyncio.get_running_loop().create_task(self._until_ready(task, given[0]))

    def stop(self, task: Task) -> None:
        for running in self._running.pop(task.task_id, ()):
            running.cancel()
        if waiting := self._readiness.pop(task.task_id, None):
            waiting.cancel()

    def close(self) -> None:
        for group in self._running.values():
            for running in group:
                running.cancel()
        for waiting in self._readiness.values():
            waiting.cancel()

    async def close_session(self) -> None:
        if self._session is not None:
            await self._session.close()

    def _http(self) -> aiohttp.ClientSession:
        if self._session is None:
            # A new connection per check: a kept one would say nothing about the task's listening socket.
            self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(force_close=True, limit=0))
        return self._session

    async def _watch(self, task: Task, index: int, check: Mapping[str, Any]) -> None:
        beside = check["protocol"] == "COMMAND" or check["protocol"].startswith("MESOS_")
        known = task.health.get(index)
        if beside and known is None:
            await asyncio.sleep(check["delaySeconds"])
        interval = float(check["intervalSeconds"])
        while True:
            begun = time.monotonic()
            try:
                cause = await self._probe(task, check, beside)
            except asyncio.CancelledError:
                raise
            except Exception as error:  # a defect in one probe must not end the checks of a task
                _log.exception("health check %s of %s", index, task.task_id)
                cause = f"{type(error).__name__}: {error}"
            self._result(task, index, check, cause)
            never = index not in task.health or task.health[index].first_success is None
            pause = min(interval, FIRST_RETRY) if never else interval
            await asyncio.sleep(max(0.05, pause - (time.monotonic() - begun)))

    async def _probe(self, task: Task, check: Mapping[str, Any], beside: bool) -> str | None:
        timeout = float(check["timeoutSeconds"]) or 20.0
        protocol = check["protocol"].removeprefix("MESOS_")
        if protocol == "COMMAND":
            return await self._tasks.executor.check(self._tasks.launch_of(task), check["command"]["value"], timeout)
        loopback = "::1" if check["ipProtocol"] == "IPv6" else "127.0.0.1"
        host = loopback if beside else self._tasks.state.config.address
        port = _port(task, check, beside)
        network = self._tasks.executor.network(task.task_id) if beside else None
        if protocol == "TCP":
            return await (networks.tcp(network, host, port, timeout) if network else checks.tcp(host, port, timeout))
        shown = f"[{host}]" if ":" in host else host
        path = f"/{check.get('path', '/').removeprefix('/')}"
        if network:
            answer = await networks.http(network, protocol.lower(), host, port, path, timeout)
        else:
            answer = await checks.http(self._http(), f"{protocol.lower()}://{shown}:{port}{path}", timeout)
        if isinstance(answer, str):
            return answer
        return None if 200 <= answer.status < 400 else f"HTTP status {answer.status}"

    def _result(self, task: Task, index: int, check: Mapping[str, Any], cause: str | None) -> None:
        health = task.health.get(index)
        before = task.healthy
        moment = timestamps.now()
        if cause is None:
            flipped = health is None or not health.alive
            health = health or Health()
            health.alive, health.consecutive_failures = True, 0
            health.first_success = health.first_success or moment
            health.last_success = moment
            task.health[index] = health
        else:
            if (health is None or health.first_success is None) and self._in_grace(task, check):
                return
            flipped = health is None or health.alive
            health = health or Health()
            health.alive = False
            health.consecutive_failures += 1
            health.last_failure, health.last_failure_cause = moment, cause
            task.health[index] = health
            self._tasks.events.emit("failed_health_check_event", appId=task.app_id, healthCheck=dict(check), taskId=task.task_id)
        if flipped:
            self._flipped(task, health.alive, before)
        if cause is not None and 0 < check["maxConsecutiveFailures"] <= health.consecutive_failures:
            self._tasks.kill_unhealthy(task, cause)

    def _flipped(self, task: Task, alive: bool, before: bool | None) -> None:
        self._tasks.save(task)
        self._tasks.events.emit(
            "health_status_changed_event", appId=task.app_id, instanceId=task.instance_id, version=task.version, alive=alive
        )
        if task.healthy != before:
            self._tasks.events.emit(
                "instance_health_changed_event",
                instanceId=task.instance_id,
                runSpecId=task.app_id,
                healthy=task.healthy,
                runSpecVersion=task.version,
            )

    @staticmethod
    def _in_grace(task: Task, check: Mapping[str, Any]) -> bool:
        started = timestamps.seconds(task.started_at) if task.started_at else time.time()
        return time.time() < started + float(check["gracePeriodSeconds"])

    async def _until_ready(self, task: Task, check: Mapping[str, Any]) -> None:
        names = [one.get("name") for one in ports_of(task.definition)]
        port = task.ports[names.index(check["portName"])]
        url = f"{check['protocol'].lower()}://{self._tasks.state.config.host}:{port}{check['path']}"
        while True:
            answer = await checks.http(self._http(), url, float(check["timeoutSeconds"]))
            ready = not isinstance(answer, str) and answer.status in check["httpStatusCodesForReady"]
            result: dict[str, Any] = {"name": check["name"], "taskId": task.task_id, "ready": ready}
            if check["preserveLastResponse"] and not isinstance(answer, str):
                result["lastResponse"] = {"status": answer.status, "contentType": answer.content_type, "body": answer.body}
            task.readiness, task.ready = [result], ready
            self._tasks.save(task)
            if ready:
                return
            await asyncio.sleep(float(check["intervalSeconds"]))


def _port(task: Task, check: Mapping[str, Any], beside: bool) -> int:
    """Where the task listens: seen from beside it on a network of its own that is the container's port, from outside always the host's."""
    if "port" in check:
        return int(check["port"])
    index = int(check.get("portIndex", 0))
    inside = 0 if is_host(task.definition) else int(ports_of(task.definition)[index]["containerPort"])
    return inside if beside and inside else task.ports[index]
