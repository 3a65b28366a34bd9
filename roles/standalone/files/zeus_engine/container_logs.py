# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Copies what a container prints into its sandbox, where Mesos' clients look for it, and goes on after a restart of the engine."""

from __future__ import annotations

import asyncio
import logging
import os
from datetime import UTC, datetime
from pathlib import Path

from .docker_api import DockerApi, DockerError
from .shim import Log
from .threads import in_thread

STREAMS = ("stdout", "stderr")
_log = logging.getLogger(__name__)


class Position:
    """How far a stream has been copied: the time of the last entry, and how many have this very time (the parts of a long line do).

    Written after each entry, so that an engine that is killed repeats at most one.
    """

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        text = os.pread(self._file, 64, 0).decode().split()
        self.stamp, self.count = (text[0], int(text[1])) if len(text) == 2 else ("", 0)

    def passed(self, stamp: str) -> None:
        self.count = self.count + 1 if stamp == self.stamp else 1
        self.stamp = stamp
        os.pwrite(self._file, f"{stamp} {self.count:<9}".encode(), 0)

    def close(self) -> None:
        os.close(self._file)


class ContainerLogs:
    """Follows both streams of one container until it ends, a thread for each: the SDK tells them apart only so."""

    def __init__(self, api: DockerApi, container: str, sandbox: Path, record: Path, max_bytes: int, max_files: int) -> None:
        self._api = api
        self._container = container
        self._sandbox = sandbox
        self._record = record
        self._limits = (max_bytes, max_files)
        self._following: list[asyncio.Task[None]] = []

    def follow(self) -> None:
        """Begin, or go on where an earlier try broke off."""
        if all(one.done() for one in self._following):
            self._following = [asyncio.get_running_loop().create_task(self._copy_in_thread(stream)) for stream in STREAMS]

    async def finish(self, seconds: float) -> None:
        """Wait until everything that the ended container printed is there, but not for ever."""
        self.follow()
        await asyncio.wait(self._following, timeout=seconds)

    async def _copy_in_thread(self, stream: str) -> None:
        try:
            await in_thread(self._copy, stream)
        except (DockerError, OSError) as error:
            _log.info("%s of container %s: %s", stream, self._container[:12], error)

    def _copy(self, stream: str) -> None:
        position = Position(self._record / f"{stream}.position")
        log = Log(str(self._sandbox), stream, *self._limits)
        try:
            since, seen, known = position.stamp, 0, position.count
            for entry in self._api.log(self._container, stream, _second(since)):
                stamp, _separator, text = entry.decode("latin-1").partition(" ")
                if stamp < since:
                    continue
                if stamp == since and seen < known:
                    seen += 1
                    continue
                log.write(text.encode("latin-1"))
                position.passed(stamp)
        finally:
            os.close(log.fd)
            position.close()


def _second(stamp: str) -> int:
    """The second in which an RFC 3339 time lies, since 1970; 0 for none."""
    if not stamp:
        return 0
    return int(datetime.strptime(stamp[:19], "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC).timestamp())
