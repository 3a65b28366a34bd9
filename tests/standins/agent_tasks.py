# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tasks of an agent: run by the standalone engine's executors, told to the master, and found again when the agent is restarted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from zeus_engine.containers import ContainerExecutor
from zeus_engine.docker_api import DockerApi
from zeus_engine.executor import Executor, Exit, Launch, LaunchError
from zeus_engine.executors import Executors
from zeus_engine.processes import ProcessExecutor

from . import log

Task = dict[str, Any]
DEFAULT_GRACE = 3.0
_LOGS = (2 * 1024 * 1024, 5)
#: Where systemd's own hierarchy is: version 1, or the unified one.
_HIERARCHIES = (Path("/sys/fs/cgroup/systemd"), Path("/sys/fs/cgroup"))


def executors(work_dir: Path, identity: str, containerizers: list[str]) -> Executor:
    """Processes always; images only with the docker containerizer."""
    state = work_dir / "executors"
    processes = ProcessExecutor(state, "root", None, "shares", *_LOGS)
    containers = ContainerExecutor(DockerApi(), state, identity, "shares", *_LOGS) if "docker" in containerizers else None
    return Executors(processes, containers)


class Tasks:
    """Implements the executors' listener. `tell` sends a message to the master; what it does not hear now it hears when it is back."""

    def __init__(self, work_dir: Path, executor: Executor, address: str, slice_: bool, tell: Callable[..., None]) -> None:
        self._file = work_dir / "meta" / "tasks.json"
        self._records = work_dir / "executors" / "tasks"
        self._executor, self._address, self._slice, self._tell = executor, address, slice_, tell
        self.tasks: dict[str, Task] = json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}

    def forget_all(self) -> None:
        """A new agent: the old one's tasks are not recovered."""
        self.tasks = {}
        self._save()

    def recover(self) -> None:
        running = [self._launch(task) for task in self.tasks.values() if not task["ended"]]
        self._executor.recover(running, self)
        for task in self.tasks.values():
            if task["killing"] and not task["ended"]:
                self.terminate(task["task_id"])

    @staticmethod
    def _launch(task: Task) -> Launch:
        given = task["launch"]
        return Launch(given["task_id"], given["container_id"], given["definition"], given["env"], tuple(given["ports"]))

    async def launch(self, framework_id: str, launch: dict[str, Any]) -> None:
        task: Task = {"task_id": launch["task_id"], "framework_id": framework_id, "launch": launch, "state": "TASK_STAGING", "statuses": []}
        task |= {"pid": None, "address": self._address, "ended": None, "killing": False, "reason": ""}
        self.tasks[launch["task_id"]] = task
        self._change(task, "TASK_STARTING")
        try:
            await self._executor.launch(self._launch(task), self)
        except (LaunchError, OSError) as error:
            self.ended(launch["task_id"], Exit(None, None, error=str(error)))
            return
        self._move(launch["task_id"])

    def _move(self, task_id: str) -> None:
        """Out of the agent's own control group, so that its restart does not end the task: systemd's executors' slice, as Mesos does."""
        root = next((one for one in _HIERARCHIES if (one / "cgroup.procs").exists()), None)
        if not self._slice or root is None:
            return
        folder = root / "mesos_executors.slice"
        folder.mkdir(exist_ok=True)
        for name in ("shim.json", "task.json"):
            with contextlib.suppress(OSError, ValueError):
                pid = json.loads((self._records / task_id / name).read_text(encoding="utf-8"))["pid"]
                for one in [pid, *_children(pid)]:
                    (folder / "cgroup.procs").write_text(str(one), encoding="utf-8")

    def terminate(self, task_id: str, grace: float | None = None, reason: str = "") -> None:
        """SIGTERM now and SIGKILL when the grace is over. A drain is told first as TASK_KILLING."""
        task = self.tasks.get(task_id)
        if task is None or task["ended"]:
            return
        if reason and not task["killing"]:
            task["reason"] = reason
            self._change(task, "TASK_KILLING", "Draining the agent")
        task["killing"] = True
        self._save()
        self._executor.terminate(task_id)
        if grace is None:
            grace = float(task["launch"]["definition"].get("taskKillGracePeriodSeconds", DEFAULT_GRACE))
        asyncio.get_running_loop().call_later(grace, self.kill, task_id)

    def kill(self, task_id: str) -> None:
        task = self.tasks.get(task_id)
        if task is not None and not task["ended"]:
            self._executor.kill(task_id)

    def drain(self, grace: float | None) -> None:
        for task in list(self.tasks.values()):
            own = float(task["launch"]["definition"].get("taskKillGracePeriodSeconds", DEFAULT_GRACE))
            docker = bool(task["launch"]["definition"].get("container"))
            # Command tasks keep their own grace period (a real agent's default executor drops the override).
            self.terminate(task["task_id"], min(own, grace) if docker and grace is not None else own, "REASON_AGENT_DRAINING")

    def end_all(self) -> None:
        """SIGUSR1: the tasks end with the agent."""
        for task in self.tasks.values():
            if not task["ended"]:
                self._executor.kill(task["task_id"])

    async def check(self, task_id: str, command: str, timeout: float) -> str | None:
        task = self.tasks.get(task_id)
        return await self._executor.check(self._launch(task), command, timeout) if task else "no such task"

    def network(self, task_id: str) -> Path | None:
        return self._executor.network(task_id)

    def forget(self, task_id: str, sandbox: bool) -> None:
        """The framework knows how it ended."""
        if self.tasks.pop(task_id, None) is not None:
            self._save()
        self._executor.forget(task_id, sandbox=sandbox)
        self._tell("forgotten", task_id=task_id)

    def close(self) -> None:
        self._executor.close()

    # What the executors tell.

    def started(self, task_id: str, pid: int, address: str = "") -> None:
        task = self.tasks.get(task_id)
        if task is not None and task["state"] in ("TASK_STAGING", "TASK_STARTING"):
            task["pid"], task["address"] = pid, address or self._address
            self._change(task, "TASK_RUNNING")

    def ended(self, task_id: str, result: Exit) -> None:
        task = self.tasks.get(task_id)
        if task is None or task["ended"]:
            return
        task["ended"] = {"code": result.code, "signal": result.signal, "oom": result.oom, "memory": result.memory, "error": result.error}
        state = "TASK_KILLED" if task["killing"] else "TASK_FINISHED" if result.code == 0 and not result.error else "TASK_FAILED"
        self._change(task, state, result.error)

    def lost(self, task_id: str, message: str) -> None:
        task = self.tasks.get(task_id)
        if task is not None and not task["ended"]:
            task["ended"] = {"lost": message}
            self._change(task, "TASK_LOST", message)

    def _change(self, task: Task, state: str, message: str = "") -> None:
        task["state"] = state
        reason = {"reason": task["reason"]} if task["reason"] else {}
        task["statuses"].append({"state": state, "timestamp": time.time(), "message": message} | reason)
        self._save()
        log.info("slave.cpp:5511", f"Handling status update {state} for task {task['task_id']} of framework {task['framework_id']}")
        self._tell("task", task=task)

    def _save(self) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps(self.tasks), encoding="utf-8")
        fresh.replace(self._file)


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for thread in os.listdir(f"/proc/{pid}/task"):
        text = Path(f"/proc/{pid}/task/{thread}/children").read_text(encoding="utf-8")
        for child in map(int, text.split()):
            found += [child, *_children(child)]
    return found
