# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Memory and CPU limits of tasks, by cgroups below the engine's own, version 1 or 2.

Version 1: ``<own>/zeus-tasks/<container>`` in the memory and cpu hierarchies. Version 2 allows processes only in leaves: the engine moves
into ``<own>/engine`` and tasks get ``<own>/tasks/<container>``. Before systemd can start the unit again, ``--release`` (ExecStopPost) hands
the controllers back; the next engine takes them again and writes the limits anew.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MEBIBYTE = 1024 * 1024
MIN_MEMORY = 32 * MEBIBYTE  # Mesos' own least limit
PERIOD = 100_000
_PROC = Path("/proc/self")


class CgroupError(Exception):
    """There is no cgroup to work in; the text says which and why."""


@dataclass(frozen=True)
class Limits:
    """Memory in bytes and CPUs; None is no limit. `shares` are the CPUs asked for."""

    memory: int | None
    cpus: float | None
    shares: float


def limits_of(definition: Mapping[str, Any], cpu_limit: str) -> Limits:
    given = definition.get("resourceLimits", {})
    memory = given.get("mem", definition["mem"])
    cpus = given.get("cpus", definition["cpus"] if cpu_limit == "quota" else "unlimited")
    return Limits(
        None if memory == "unlimited" else max(int(memory * MEBIBYTE), MIN_MEMORY),
        None if cpus == "unlimited" else max(float(cpus), 0.01),
        float(definition["cpus"]),
    )


class Cgroups:
    """`roots` are the folders, one per hierarchy, below which tasks get theirs; the memory one is first."""

    def __init__(self, version: int, roots: tuple[Path, ...]) -> None:
        self.version = version
        self.roots = roots

    @classmethod
    def prepare(cls) -> Cgroups:
        """Find and prepare the place. Raises CgroupError."""
        try:
            return cls._prepare()
        except OSError as error:
            raise CgroupError(f"{error.filename}: {error.strerror}") from error

    @classmethod
    def _prepare(cls) -> Cgroups:
        own = {controller: folder for controllers, folder in _own_folders() for controller in controllers}
        if "memory" in own and "cpu" in own:
            roots = tuple(own[name] / "zeus-tasks" for name in ("memory", "cpu"))
            for root in roots:
                root.mkdir(exist_ok=True)
            return cls(1, roots)
        if "" not in own:
            raise CgroupError("neither cgroup v2 nor the memory and cpu controllers of v1 are mounted")
        base = own[""]
        base = base.parent if base.name in ("engine", ".control") else base
        (base / "engine").mkdir(exist_ok=True)
        for pid in (base / "cgroup.procs").read_text().split():
            with contextlib.suppress(ProcessLookupError):
                (base / "engine" / "cgroup.procs").write_text(pid)
        tasks = base / "tasks"
        tasks.mkdir(exist_ok=True)
        for folder in (base, tasks):
            (folder / "cgroup.subtree_control").write_text("+memory +cpu")
        return cls(2, (tasks,))

    def create(self, name: str, limits: Limits) -> tuple[Path, ...]:
        """Make the task's folders with their limits; returns them, the memory one first. Also writes the limits of existing ones anew."""
        folders = tuple(root / name for root in self.roots)
        for folder in folders:
            folder.mkdir(exist_ok=True)
        if self.version == 1:
            self._limit_v1(folders, limits)
        else:
            _limit_v2(folders[0], limits)
        return folders

    @staticmethod
    def _limit_v1(folders: tuple[Path, ...], limits: Limits) -> None:
        memory, cpu = folders
        if limits.memory is not None:
            (memory / "memory.limit_in_bytes").write_text(str(limits.memory))
            with contextlib.suppress(FileNotFoundError):  # kernels without swap accounting
                (memory / "memory.memsw.limit_in_bytes").write_text(str(limits.memory))
        (cpu / "cpu.shares").write_text(str(max(2, int(1024 * limits.shares))))
        if limits.cpus is not None:
            (cpu / "cpu.cfs_period_us").write_text(str(PERIOD))
            (cpu / "cpu.cfs_quota_us").write_text(str(max(1000, int(PERIOD * limits.cpus))))

    def oom_control(self, folders: tuple[Path, ...]) -> str | None:
        """The file through which version 1 tells of an over-limit group."""
        return str(folders[0] / "memory.oom_control") if self.version == 1 else None


def _limit_v2(folder: Path, limits: Limits) -> None:
    if limits.memory is not None:
        (folder / "memory.max").write_text(str(limits.memory))
        with contextlib.suppress(FileNotFoundError):
            (folder / "memory.swap.max").write_text("0")
        (folder / "memory.oom.group").write_text("1")
    (folder / "cpu.weight").write_text(str(min(10000, max(1, int(100 * limits.shares)))))
    if limits.cpus is not None:
        (folder / "cpu.max").write_text(f"{max(1000, int(PERIOD * limits.cpus))} {PERIOD}")


def pids(folder: Path) -> list[int]:
    try:
        return [int(pid) for pid in (folder / "cgroup.procs").read_text().split()]
    except OSError:
        return []


def remove(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.rmdir()


def memory_folder(pid: int) -> Path | None:
    """Where version 1 keeps account of this process' memory."""
    try:
        return next((folder for controllers, folder in _folders(Path("/proc") / str(pid)) if "memory" in controllers), None)
    except OSError:
        return None


def _own_folders() -> Iterator[tuple[list[str], Path]]:
    return _folders(_PROC)


def _folders(process: Path) -> Iterator[tuple[list[str], Path]]:
    """(controllers, folder of the process) per mounted hierarchy; version 2 has the one controller ``""``."""
    mounts = list(_mounts())
    for line in (process / "cgroup").read_text().splitlines():
        _unused, names, path = line.split(":", 2)
        controllers = names.split(",")
        for kind, options, root, point in mounts:
            wanted = kind == "cgroup2" if names == "" else kind == "cgroup" and set(controllers) <= options
            if wanted and (path == root or root == "/" or path.startswith(root + "/")):
                yield controllers, point / path.removeprefix(root if root != "/" else "").lstrip("/")
                break


def _mounts() -> Iterator[tuple[str, set[str], str, Path]]:
    for line in (_PROC / "mountinfo").read_text().splitlines():
        left, _unused, right = line.partition(" - ")
        kind, _unused, options = right.split(" ", 2)
        if kind.startswith("cgroup"):
            fields = left.split(" ")
            yield kind, set(options.split(",")), fields[3], Path(fields[4])


def release() -> None:
    """Give the controllers back so that systemd can start the unit again (version 2 only)."""
    own = {controller: folder for controllers, folder in _own_folders() for controller in controllers}
    if "memory" in own or "" not in own:
        return
    base = own[""].parent if own[""].name == ".control" else own[""]
    for folder in (base / "tasks", base):
        with contextlib.suppress(OSError):
            (folder / "cgroup.subtree_control").write_text("-memory -cpu")


if __name__ == "__main__":
    if sys.argv[1:] != ["--release"]:
        sys.exit(f"usage: {os.path.basename(sys.argv[0])} --release")
    release()
