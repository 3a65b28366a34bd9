# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks without processes: they run at once, end when they are asked to, and can be told to fail, to hang or to be ill.

    python -m fakes.noop_executor --config engine.json

serves a whole engine on them, for measurements (tests/bench) and for clients that need no real tasks. Wants the engine's folder
(roles/standalone/files) on the path.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zeus_engine.executor import Exit, Launch, LaunchError, Listener


@dataclass
class Running:
    """One task that "runs". `ill`: its health checks fail. `stubborn`: only a kill ends it. `exit`: how it ended, once it has."""

    launch: Launch
    pid: int
    ill: bool = False
    stubborn: bool = False
    exit: Exit | None = None


class NoopExecutor:
    """Outlives its engines, as processes do: an engine that starts finds what runs and what ended meanwhile by :meth:`recover`.

    `start_delay` seconds pass before a task runs, `end_delay` between SIGTERM and its end. Apps in `broken` cannot be launched,
    those in `ill` are born ill, those in `stubborn` ignore SIGTERM.
    """

    def __init__(self, start_delay: float = 0.0, end_delay: float = 0.0) -> None:
        self.start_delay = start_delay
        self.end_delay = end_delay
        self.broken: set[str] = set()
        self.ill: set[str] = set()
        self.stubborn: set[str] = set()
        self.tasks: dict[str, Running] = {}
        #: Every task that was ever launched: none may be twice.
        self.launched: list[str] = []
        self._pids = itertools.count(1000)
        self._listener: Listener | None = None

    # What the engine calls.

    async def launch(self, launch: Launch, listener: Listener) -> None:
        self._listener = listener
        app_id = launch.definition["id"]
        if app_id in self.broken:
            raise LaunchError(f"{app_id} was told to be broken")
        self.launched.append(launch.task_id)
        self.tasks[launch.task_id] = Running(launch, next(self._pids), app_id in self.ill, app_id in self.stubborn)
        if self.start_delay:
            await asyncio.sleep(self.start_delay)
        task = self.tasks.get(launch.task_id)
        if task is not None and task.exit is None:
            listener.started(launch.task_id, task.pid)

    def recover(self, launches: Sequence[Launch], listener: Listener) -> None:
        self._listener = listener
        for launch in launches:
            task = self.tasks.get(launch.task_id)
            if task is None:
                listener.lost(launch.task_id, "The engine ended before the task was started")
            elif task.exit is not None:
                listener.ended(launch.task_id, task.exit)
            else:
                listener.started(launch.task_id, task.pid)

    def terminate(self, task_id: str) -> None:
        task = self.tasks.get(task_id)
        if task is not None and task.exit is None and not task.stubborn:
            ended = Exit(None, signal.SIGTERM)
            if self.end_delay:
                asyncio.get_running_loop().call_later(self.end_delay, self.end, task_id, ended)
            else:
                asyncio.get_running_loop().call_soon(self.end, task_id, ended)

    def kill(self, task_id: str) -> None:
        asyncio.get_running_loop().call_soon(self.end, task_id, Exit(None, signal.SIGKILL))

    async def check(self, launch: Launch, command: str, timeout: float) -> str | None:
        task = self.tasks.get(launch.task_id)
        return "told to be ill" if task is None or task.ill else None

    def network(self, task_id: str) -> Path | None:
        return None

    def forget(self, task_id: str, *, sandbox: bool) -> None:
        self.tasks.pop(task_id, None)

    def close(self) -> None:
        self._listener = None

    # What tests call.

    def alive(self) -> list[str]:
        """The tasks that "run", oldest first."""
        return [task_id for task_id, task in self.tasks.items() if task.exit is None]

    def end(self, task_id: str, exit: Exit) -> None:
        """The task ends like this; without an engine at work its next one will hear of it."""
        task = self.tasks.get(task_id)
        if task is not None and task.exit is None:
            task.exit = exit
            if self._listener is not None:
                self._listener.ended(task_id, exit)

    def abandon(self) -> None:
        """The engine was killed: nobody listens until the next one recovers."""
        self._listener = None


def main() -> None:
    from zeus_engine.__main__ import serve
    from zeus_engine.config import load

    parser = argparse.ArgumentParser(prog="noop_executor", description="The standalone engine on tasks without processes.")
    parser.add_argument("--config", type=Path, required=True)
    asyncio.run(serve(load(parser.parse_args().config), NoopExecutor()))


if __name__ == "__main__":
    main()
