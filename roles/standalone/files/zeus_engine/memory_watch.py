# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Notices when a container exceeds its memory, on cgroup version 1, where Docker does not tell on every machine."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from pathlib import Path

from . import cgroups


class MemoryWatch:
    """`exceeded` is called once, in the event loop, with the most memory used, in bytes. Version 2 has no watch: there Docker tells."""

    def __init__(self, pid: int, exceeded: Callable[[int | None], None]) -> None:
        self._exceeded = exceeded
        self._event = self._control = -1
        self._folder = cgroups.memory_folder(pid)
        if self._folder is None:
            return
        try:
            self._control = os.open(self._folder / "memory.oom_control", os.O_RDONLY | os.O_CLOEXEC)
            self._event = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
            (self._folder / "cgroup.event_control").write_text(f"{self._event} {self._control}")
            asyncio.get_running_loop().add_reader(self._event, self._woken)
            asyncio.get_running_loop().call_soon(self._look)  # it may have happened before
        except OSError:  # it has ended
            self.close()

    def _woken(self) -> None:
        """The kernel is about to kill a process of the group, which its counter does not show yet; or the group has been removed."""
        os.eventfd_read(self._event)
        self._look(told=True)

    def _look(self, told: bool = False) -> None:
        if self._control < 0 or self._folder is None:
            return
        try:
            counted = dict(line.split() for line in os.pread(self._control, 4096, 0).decode().splitlines())
        except OSError:  # it is gone
            self.close()
            return
        if told or counted.get("oom_kill", "0") != "0":
            used = _number(self._folder / "memory.max_usage_in_bytes")
            self.close()
            self._exceeded(used)

    def close(self) -> None:
        if self._event >= 0:
            with contextlib.suppress(RuntimeError):  # the loop has ended
                asyncio.get_running_loop().remove_reader(self._event)
            os.close(self._event)
        if self._control >= 0:
            os.close(self._control)
        self._event = self._control = -1


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None
