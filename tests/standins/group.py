# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Leader election on ZooKeeper, as Mesos does it: each member is an ephemeral node with a number, the lowest one leads."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import KazooException, NoNodeError

Members = Callable[[list[dict[str, Any]]], None]


@dataclass(frozen=True)
class Url:
    """``zk://[user:password@]host:port,…/path``"""

    hosts: str
    path: str
    auth: str | None = None


class UrlError(Exception):
    """Mesos' own text."""


def parse(text: str) -> Url:
    found = re.fullmatch(r"zk://(?:([^@/]+)@)?([^/@]+)(/.*)?", text)
    if not text.startswith("zk://") or found is None:
        raise UrlError("Expecting 'zk://' at the beginning of the URL")
    return Url(found[2], (found[3] or "/").rstrip("/") or "/", found[1])


class ZooKeeper:
    """One session; a new one is opened when it expires. `lost` is called in the event loop each time the session is over."""

    def __init__(self, url: Url, timeout: float, lost: Callable[[], None] = lambda: None) -> None:
        self._loop = asyncio.get_running_loop()
        self._lost = lost
        auth = [("digest", url.auth)] if url.auth else None
        self.client = KazooClient(hosts=url.hosts, timeout=timeout, auth_data=auth, connection_retry={"max_tries": -1, "max_delay": 1.0})
        self.client.add_listener(self._state)
        self.client.start_async()

    def _state(self, state: str) -> None:
        if state == KazooState.LOST:
            self._loop.call_soon_threadsafe(self._lost)

    def close(self) -> None:
        self.client.stop()
        self.client.close()


class Group:
    """Be a member (with `data`) of the group at `path`, or only watch it (None). `changed` hears of the members, the leader first."""

    def __init__(self, zookeeper: ZooKeeper, path: str, prefix: str, data: dict[str, Any] | None, changed: Members) -> None:
        self._client = zookeeper.client
        self._path, self._prefix, self._data, self._changed = path, prefix, data, changed
        self._mine = ""
        self._seen: list[dict[str, Any]] | None = None

    async def run(self) -> None:
        """For ever: join again after a lost session, and look at once when something changes (every second otherwise)."""
        loop = asyncio.get_running_loop()
        while True:
            woken = asyncio.Event()
            try:
                async with asyncio.timeout(30):
                    found = await asyncio.to_thread(self._look, lambda _event, woken=woken: loop.call_soon_threadsafe(woken.set))
            except (KazooException, TimeoutError, OSError):
                found = None
            if not self._client.connected:
                found = None
            if found != self._seen:
                self._seen = found
                self._changed(found or [])
            try:
                async with asyncio.timeout(1.0):
                    await woken.wait()
            except TimeoutError:
                pass

    def _look(self, watch: Callable[[Any], None]) -> list[dict[str, Any]] | None:
        if not self._client.connected:
            return None
        if self._data is not None and not (self._mine and self._client.exists(self._mine)):
            text = json.dumps(self._data).encode()
            self._mine = self._client.create(f"{self._path}/{self._prefix}", text, ephemeral=True, sequence=True, makepath=True)
        try:
            names = [name for name in self._client.get_children(self._path, watch=watch) if name.startswith(self._prefix)]
        except NoNodeError:
            return []
        members = []
        for name in sorted(names, key=lambda one: one[-10:]):
            try:
                members.append(json.loads(self._client.get(f"{self._path}/{name}")[0]))
            except NoNodeError:
                continue
        return members
