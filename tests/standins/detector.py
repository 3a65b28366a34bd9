# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who leads the masters: from ZooKeeper, or the one address that was given."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import aiohttp

from . import group, wire


class Detector:
    """`url` is ``zk://…/path`` or ``host:port``. Raises group.UrlError for anything else."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url, self._timeout = url, timeout
        self._zookeeper = group.parse(url) if url.startswith("zk://") or "/" in url else None
        self.leader: str | None = None if self._zookeeper else url
        self._zk: group.ZooKeeper | None = None

    async def run(self) -> None:
        if self._zookeeper is not None:
            self._zk = group.ZooKeeper(self._zookeeper, self._timeout)
            await group.Group(self._zk, self._zookeeper.path, "json.info_", None, self._changed).run()

    def _changed(self, members: list[dict[str, Any]]) -> None:
        if members:  # without ZooKeeper the last known leader stays, as an agent keeps its connection
            address = members[0]["address"]
            self.leader = f"{address['ip']}:{address['port']}"

    async def stay_connected(
        self,
        session: aiohttp.ClientSession,
        who: str,
        opened: Callable[[wire.Wire], None],
        receive: wire.Receive,
        closed: Callable[[], None],
    ) -> None:
        """For ever: a connection to whoever leads, tried again each second."""
        while True:
            if leader := self.leader:
                following = asyncio.create_task(wire.connect(session, f"http://{leader}/standin/{who}", opened, receive))
                while not following.done() and self.leader == leader:
                    await asyncio.wait([following], timeout=0.5)
                following.cancel()
                await asyncio.wait([following])
                if not following.cancelled() and (error := following.exception()) and not isinstance(error, (aiohttp.ClientError, OSError)):
                    raise error
                closed()
            await asyncio.sleep(1.0 if self.leader is not None else 0.2)
