# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs tasks as processes, each under its shim, and finds them again after a restart of the engine."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import grp
import json
import os
import pwd
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import cgroups, checks
from .executor import Exit, Launch, LaunchError, Listener
from .shim import identity

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_SHIM = str(Path(__file__).with_name("shim.py"))


class ProcessExecutor:
    """Files: ``<state>/tasks/<task>`` (root only) and ``<state>/sandboxes/<task>`` (the task's working folder, with its logs)."""

    def __init__(
        self, state_dir: Path, default_user: str, groups: cgroups.Cgroups | None, cpu_limit: str, log_max_bytes: int, log_max_files: int
    ) -> None:
        self._records = state_dir / "tasks"
        self._sandboxes = state_dir / "sandboxes"
        self._default_user = default_user
        self._cgroups = groups
        self._cpu_limit = cpu_limit
        self._log = {"log_max_bytes": log_max_bytes, "log_max_files": log_max_files}
        self._watched: dict[str, int] = {}
        self._pids: dict[str, int] = {}
        for folder, mode in ((self._records, 0o700), (self._sandboxes, 0o711)):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(mode)

    def sandbox(self, task_id: str) -> Path:
        return self._sandboxes / task_id

    async def launch(self, launch: Launch, listener: Listener) -> None:
        record = self._prepare(launch)
        reading, writing = os.pipe()
        os.set_inheritable(writing, True)
        with (record / "shim.log").open("wb") as log:
            first = subprocess.Popen(
                ["/usr/bin/python3", "-I", "-S", _SHIM, str(record), str(writing)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                start_new_session=True,
                env={},
            )
        os.close(writing)
        line = await _read_all(reading)
        first.wait()  # it ended right after its fork
        try:
            told = json.loads(line)
        except ValueError:
            listener.lost(launch.task_id, f"The shim ended early: {(record / 'shim.log').read_text()[-500:]}")
            return
        self._pids[launch.task_id] = told["pid"]
        if not told["error"]:
            listener.started(launch.task_id, told["pid"])
        self._watch(launch.task_id, told["shim"], listener)

    def _prepare(self, launch: Launch) -> Path:
        user = launch.definition.get("user") or self._default_user
        try:
            account = pwd.getpwnam(user)
        except KeyError:
            raise LaunchError(f"Failed to get user information for '{user}': no such user") from None
        record, sandbox = self._records / launch.task_id, self.sandbox(launch.task_id)
        record.mkdir(mode=0o700)
        sandbox.mkdir()
        # Sticky and owned by root: the task can write here but not swap its log files for something else.
        os.chown(sandbox, os.getuid(), account.pw_gid)
        sandbox.chmod(0o1770)
        folders: tuple[Path, ...] = ()
        if self._cgroups:
            folders = self._cgroups.create(launch.container_id, cgroups.limits_of(launch.definition, self._cpu_limit))
        command = launch.definition.get("cmd")
        spec = {
            "argv": ["/bin/sh", "-c", command] if command else launch.definition["args"],
            "env": self._env(launch),
            "user": user,
            "uid": account.pw_uid,
            "gid": account.pw_gid,
            "groups": sorted({account.pw_gid, *(one.gr_gid for one in grp.getgrall() if user in one.gr_mem)}),
            "sandbox": str(sandbox),
            "cgroup_procs": [str(folder / "cgroup.procs") for folder in folders],
            "oom_control": self._cgroups.oom_control(folders) if self._cgroups else None,
            "grace": launch.definition.get("taskKillGracePeriodSeconds", 3),
            **self._log,
        }
        path = record / "spec.json"
        path.touch(mode=0o600)
        path.write_text(json.dumps(spec))
        return record

    def _env(self, launch: Launch) -> dict[str, str]:
        return {"PATH": PATH, "MESOS_SANDBOX": str(self.sandbox(launch.task_id)), **launch.env}

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        for launch in launches:
            self._recover(launch, listener)

    def _recover(self, launch: Launch, listener: Listener) -> None:
        record = self._records / launch.task_id
        if not record.is_dir():
            listener.lost(launch.task_id, "The engine ended before the task was started")
            return
        with (record / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            shim = _read_json(record / "shim.json")
            if shim is None:
                (record / "cancelled").touch()
        if shim is None:
            listener.lost(launch.task_id, "The engine ended before the task was started")
            return
        if self._cgroups and _read_json(record / "exit.json") is None and _lives(shim):
            self._cgroups.create(launch.container_id, cgroups.limits_of(launch.definition, self._cpu_limit))
        task = _read_json(record / "task.json")
        if task is not None:
            self._pids[launch.task_id] = task["pid"]
            listener.started(launch.task_id, task["pid"])
        elif _lives(shim):
            asyncio.get_running_loop().call_later(0.05, self._recover, launch, listener)
            return
        if _lives(shim):
            self._watch(launch.task_id, shim["pid"], listener)
        else:
            self._shim_ended(launch.task_id, listener)

    def _watch(self, task_id: str, shim_pid: int, listener: Listener) -> None:
        try:
            descriptor = os.pidfd_open(shim_pid)
        except ProcessLookupError:
            self._shim_ended(task_id, listener)
            return
        self._watched[task_id] = descriptor
        asyncio.get_running_loop().add_reader(descriptor, self._shim_ended, task_id, listener)

    def _shim_ended(self, task_id: str, listener: Listener) -> None:
        descriptor = self._watched.pop(task_id, None)
        if descriptor is not None:
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
        result = _read_json(self._records / task_id / "exit.json")
        if result is not None:
            listener.ended(task_id, Exit(result["code"], result["signal"], result["oom"], result["memory"], result["error"]))
            return
        self.kill(task_id)  # nobody watches over these processes any more
        listener.lost(task_id, "The task's shim is gone and left no exit status")

    def terminate(self, task_id: str) -> None:
        self._signal(task_id, signal.SIGTERM)

    def kill(self, task_id: str) -> None:
        self._signal(task_id, signal.SIGKILL)

    def _signal(self, task_id: str, number: int) -> None:
        """To every process of the task."""
        for pid in self._tree(task_id):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _tree(self, task_id: str) -> list[int]:
        spec = _read_json(self._records / task_id / "spec.json")
        task = _read_json(self._records / task_id / "task.json")
        if spec is None:
            return []
        if spec["cgroup_procs"]:
            return cgroups.pids(Path(spec["cgroup_procs"][0]).parent)
        return _session(task["pid"]) if task is not None and _lives(task) else []

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        user = launch.definition.get("user") or self._default_user
        sandbox = str(self.sandbox(launch.task_id))
        return await checks.command(command, user, self._env(launch), sandbox, self._cgroup_procs(launch.task_id), timeout)

    def network(self, task_id: str) -> Path | None:
        return None

    def _cgroup_procs(self, task_id: str) -> list[str]:
        spec = _read_json(self._records / task_id / "spec.json")
        return list(spec["cgroup_procs"]) if spec else []

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        for procs in self._cgroup_procs(task_id):
            cgroups.remove(Path(procs).parent)
        self._pids.pop(task_id, None)
        shutil.rmtree(self._records / task_id, ignore_errors=True)
        if sandbox:
            shutil.rmtree(self.sandbox(task_id), ignore_errors=True)

    def close(self) -> None:
        for descriptor in self._watched.values():
            asyncio.get_running_loop().remove_reader(descriptor)
            os.close(descriptor)
        self._watched.clear()


async def _read_all(descriptor: int) -> bytes:
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _unused = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(descriptor, "rb", 0))
    try:
        return await reader.read()
    finally:
        transport.close()


def _read_json(path: Path) -> dict[str, Any] | None:
    try:
        return dict(json.loads(path.read_text()))
    except FileNotFoundError:
        return None


def _lives(recorded: Mapping[str, Any]) -> bool:
    """Is this very process still there, not a later one with its pid?"""
    return identity(recorded["pid"]) == dict(recorded)


def _session(leader: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[3]) == leader and fields[0] != "Z":
                    found.append(int(entry.name))
    return found
