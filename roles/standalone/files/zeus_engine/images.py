# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gets images onto this machine, telling in the engine's log how far it is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from typing import Any

from .docker_api import DockerApi, DockerError, UnreachableError
from .executor import LaunchError
from .threads import in_thread

_log = logging.getLogger(__name__)
PROGRESS_SECONDS = 5.0


class Images:
    """An image that several tasks want at once is pulled once."""

    def __init__(self, api: DockerApi) -> None:
        self._api = api
        self._pulls: dict[str, asyncio.Task[None]] = {}

    async def provide(self, name: str, always: bool, unwanted: asyncio.Event) -> None:
        """Return once the image is here; `always` asks the registry even if it is. Raises LaunchError, also once it is `unwanted`."""
        if not always and await in_thread(self._api.has_image, name):
            return
        pull = self._pulls.get(name)
        if pull is None:
            pull = self._pulls[name] = asyncio.get_running_loop().create_task(self._pull(name))
            pull.add_done_callback(lambda _: self._pulls.pop(name, None))
        given_up = asyncio.get_running_loop().create_task(unwanted.wait())
        try:
            await asyncio.wait((pull, given_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            given_up.cancel()
        if not pull.done():
            raise LaunchError("Container destroyed while pulling image")
        try:
            await pull
        except UnreachableError:
            raise
        except DockerError as error:
            raise LaunchError(
                f"Failed to launch container: the image '{name}' {'' if always else 'is not on this host and '}cannot be pulled: {error}. "
                "Correct its name, let the host reach and log in to its registry, or load it there (docker load)"
                f"{' and leave forcePullImage out' if always else ''}"
            ) from error

    async def _pull(self, name: str) -> None:
        _log.info("pulling image %s", name)
        await in_thread(self._api.pull, name, _Progress(name))
        _log.info("pulled image %s", name)


class _Progress:
    """Sums up the layers of a pull, not more often than every few seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._layers: dict[str, tuple[int, int]] = {}
        self._next = time.monotonic() + PROGRESS_SECONDS

    def __call__(self, line: Mapping[str, Any]) -> None:
        detail = line.get("progressDetail") or {}
        if line.get("status") == "Downloading" and detail.get("total"):
            self._layers[line["id"]] = (detail["current"], detail["total"])
        if time.monotonic() >= self._next and self._layers:
            self._next = time.monotonic() + PROGRESS_SECONDS
            done, total = (sum(numbers) / 1e6 for numbers in zip(*self._layers.values(), strict=True))
            _log.info("pulling image %s: %.0f of %.0f MB of %d layers", self._name, done, total, len(self._layers))
