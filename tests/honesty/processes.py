# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real runs of ansible-playbook, which may be killed with all that they have started, at once and without a chance to tidy up."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Running:
    """A run in a session of its own; its output goes to ``log``."""

    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] = field(init=False)
    began: float = field(init=False)
    lasted: float = field(init=False, default=0.0)

    def __post_init__(self) -> None:
        self.began = time.monotonic()
        with self.log.open("wb") as out:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT, env=dict(self.environment),
                start_new_session=True,
            )  # fmt: skip

    def ended(self, timeout: float = 300) -> tuple[int, str]:
        """The exit code, and what was printed in one line: the callback folds long ones."""
        code = self.process.wait(timeout)
        self.lasted = time.monotonic() - self.began
        return code, " ".join(self.log.read_text(encoding="utf-8", errors="replace").split())

    def kill_at(self, seconds: float) -> bool:
        """Kill it with all its descendants so many seconds after its start; False if it had ended before."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, self.began + seconds - time.monotonic()))
            return False
        self.kill()
        return True

    def kill(self) -> None:
        """Stopped first, so that none starts another one while they are counted; Ansible's workers have groups of their own."""
        victims = [self.process.pid]
        seen: set[int] = set()
        while set(victims) - seen:
            for pid in set(victims) - seen:
                _send(pid, signal.SIGSTOP)
                seen.add(pid)
            victims = list(_descendants(self.process.pid))
        for pid in seen:
            _send(pid, signal.SIGKILL)
        self.process.wait(10)


def moments(seed: int, count: int, duration: float) -> list[float]:
    """Random moments, one in each of ``count`` equal parts of a run's duration: so they are spread over the whole of it."""
    dice = random.Random(seed)
    part = duration / count
    return [round((number + dice.random()) * part, 2) for number in range(count)]


def _descendants(root: int) -> Iterator[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # "pid (name, which may hold anything) state parent …"
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    waiting = [root]
    while waiting:
        pid = waiting.pop()
        yield pid
        waiting += parents.get(pid, [])


def _send(pid: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
