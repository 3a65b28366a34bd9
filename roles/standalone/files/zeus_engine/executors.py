# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""This machine's executors, and which one a task wants: its definition says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from .definitions import image_of
from .executor import Executor, Launch, LaunchError, Listener


class Executors:
    """Processes, and containers where this machine runs them."""

    def __init__(self, processes: Executor, containers: Executor | None) -> None:
        self._processes = processes
        self._containers = containers
        self._by_task: dict[str, Executor] = {}

    async def launch(self, launch: Launch, listener: Listener) -> None:
        await self._of(launch).launch(launch, listener)

    def _of(self, launch: Launch) -> Executor:
        executor = self._containers if image_of(launch.definition) else self._processes
        if executor is None:
            raise LaunchError("Failed to launch container: this engine runs no images (standalone_docker)")
        self._by_task[launch.task_id] = executor
        return executor

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        wanted: dict[bool, list[Launch]] = {True: [], False: []}
        for launch in launches:
            wanted[bool(image_of(launch.definition))].append(launch)
        for executor, mine in ((self._processes, wanted[False]), (self._containers, wanted[True])):
            if executor is None:
                for launch in mine:
                    listener.lost(launch.task_id, "This engine runs no images any more (standalone_docker)")
                continue
            for launch in mine:
                self._by_task[launch.task_id] = executor
            executor.recover(mine, listener)

    def terminate(self, task_id: str) -> None:
        if executor := self._by_task.get(task_id):
            executor.terminate(task_id)

    def kill(self, task_id: str) -> None:
        if executor := self._by_task.get(task_id):
            executor.kill(task_id)

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        return await self._of(launch).check(launch, command, timeout)

    def network(self, task_id: str) -> Path | None:
        executor = self._by_task.get(task_id)
        return executor.network(task_id) if executor else None

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        """Of a task that ended before the engine was restarted nobody knows who ran it; its files lie where all do."""
        self._by_task.pop(task_id, self._processes).forget(task_id, sandbox=sandbox)

    def close(self) -> None:
        self._processes.close()
        if self._containers:
            self._containers.close()
