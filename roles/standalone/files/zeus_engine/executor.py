# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What runs tasks, as the engine sees it: told to start, to end and to forget them, it tells how they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol


@dataclass(frozen=True)
class Launch:
    """What it takes to start a task. `env` is Marathon's part of its environment, `ports` are its host ports."""

    task_id: str
    container_id: str
    definition: Mapping[str, Any]
    env: Mapping[str, str]
    ports: Sequence[int]


@dataclass(frozen=True)
class Exit:
    """How a task ended. `memory` is the most it used, in bytes, if known. `what` ended is Mesos' word for it."""

    code: int | None
    signal: int | None
    oom: bool = False
    memory: int | None = None
    error: str = ""
    what: str = "Command"


class Listener(Protocol):
    def started(self, task_id: str, pid: int, address: str = "") -> None:
        """`address` is the task's own, if it has one."""

    def ended(self, task_id: str, result: Exit) -> None:
        """The task has come to its end."""

    def lost(self, task_id: str, message: str) -> None:
        """Nothing is known of it any more."""


class LaunchError(Exception):
    """The task cannot be started; the text is for its owner."""


class Executor(Protocol):
    """Nothing here blocks: all calls are made in the engine's event loop."""

    async def launch(self, launch: Launch, listener: Listener) -> None:
        """Start the task; the listener hears of it. Raises LaunchError if it cannot even be tried."""

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        """Find the tasks that an earlier engine started, all that are still wanted, or tell how each ended meanwhile."""

    def terminate(self, task_id: str) -> None:
        """Ask the task to end, also while it is being started."""

    def kill(self, task_id: str) -> None:
        """End the task at once."""

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        """Run a health check's command where the task is: None if it passed, else why not."""

    def network(self, task_id: str) -> Path | None:
        """The network namespace in which the task listens; None is the host's."""

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        """Remove what is kept of an ended task; its sandbox too if wanted."""

    def close(self) -> None:
        """Stop watching; the tasks go on."""
