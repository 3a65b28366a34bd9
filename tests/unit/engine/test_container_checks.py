# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A health check's command in a container, with a Docker that is slow to begin it and to answer."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from zeus_engine import containers
from zeus_engine.docker_api import DockerError
from zeus_engine.executor import Launch

PID = 4711
LAUNCH = Launch("task-1", "uuid", {}, {}, ())


class StandInDocker:
    """Runs a command until it is killed; of its process it tells one after the other of ``told``."""

    def __init__(self, *told: int | DockerError | None) -> None:
        self.ended = threading.Event()
        self.killed: list[int] = []
        self.told: Iterator[int | DockerError | None] = iter(told)

    def exec_create(self, container: str, command: list[str]) -> str:
        return f"{container} {command[-1]}"

    def exec_run(self, number: str) -> int:
        if not self.ended.wait(60):
            raise DockerError(f"nobody has killed {number}")
        return 137

    def exec_pid(self, number: str) -> int | None:
        told = next(self.told)
        if isinstance(told, DockerError):
            raise told
        return told

    def kill(self, group: int, signal: int) -> None:
        self.killed.append(group)
        self.ended.set()


def checked(docker: StandInDocker, tmp_path: Path) -> str | None:
    """What a check of 10 ms says, once nothing of it is left."""

    async def check() -> str | None:
        api: Any = docker
        executor = containers.ContainerExecutor(api, tmp_path, "engine-1", None, 1000, 1)
        executor._known[LAUNCH.task_id] = containers.Container(LAUNCH, id="c", started=True)
        said = await executor.check(LAUNCH, "sleep 77", 0.01)
        await asyncio.gather(*executor._background)
        return said

    return asyncio.run(check())


@pytest.mark.parametrize("told", [[PID], [None, None, PID], [None, DockerError("read timed out"), PID]])
def test_a_command_that_is_late_is_killed_as_soon_as_it_has_a_process(
    told: list[int | DockerError | None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker = StandInDocker(*told)
    monkeypatch.setattr(containers, "COMMAND_SECONDS", 0.001)
    monkeypatch.setattr(containers.os, "killpg", docker.kill)
    assert checked(docker, tmp_path) == "Command timed out after 0.01 s"
    assert docker.killed == [PID]


def test_a_command_that_has_ended_by_then_is_not_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    docker = StandInDocker()

    def looks() -> Iterator[None]:
        yield from [None] * 3
        docker.ended.set()
        while True:
            yield None

    docker.told = looks()
    monkeypatch.setattr(containers, "COMMAND_SECONDS", 0.001)
    monkeypatch.setattr(containers.os, "killpg", docker.kill)
    assert checked(docker, tmp_path) == "Command timed out after 0.01 s"
    assert docker.killed == []
