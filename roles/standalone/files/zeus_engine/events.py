# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event bus: what happens, to every listening stream, in order.

Each event is encoded once; a backlog holds it by reference, so a slow reader delays nobody and several slow ones cost no more memory
than the slowest. A reader more than `BOUND` bytes of events behind is cut off rather than given a stream with holes: it connects again and
reads the state anew.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable, Collection
from typing import Any

from .timestamps import now

#: About 150 000 events of an ordinary task.
BOUND = 64 * 1024 * 1024
#: So much is handed over at once to a reader that is behind.
CHUNK = 64 * 1024


class Stream:
    """One reader. `cut` is called when it is given up; `closed` means that no more events will come after those in the backlog."""

    def __init__(self, types: Collection[str], remote: str, cut: Callable[[], None]) -> None:
        self.types = frozenset(types)
        self.remote = remote
        self.closed = False
        self._cut = cut
        self._backlog: deque[bytes] = deque()
        self._behind = 0
        self._news = asyncio.Event()

    def wants(self, event_type: str) -> bool:
        return not self.types or event_type in self.types

    def push(self, data: bytes) -> None:
        if self.closed:
            return
        if self._behind + len(data) > BOUND:
            self._backlog.clear()
            self.close()
            self._cut()
            return
        self._backlog.append(data)
        self._behind += len(data)
        self._news.set()

    def close(self) -> None:
        self.closed = True
        self._news.set()

    async def next(self) -> bytes | None:
        """The next events as they go over the wire, as many as are there up to about `CHUNK`; None at the end."""
        while not self._backlog:
            if self.closed:
                return None
            self._news.clear()
            await self._news.wait()
        taken: list[bytes] = []
        size = 0
        while self._backlog and size < CHUNK:
            taken.append(self._backlog.popleft())
            size += len(taken[-1])
        self._behind -= size
        return b"".join(taken)


def _nothing() -> None:
    """For readers that notice the end of their stream by themselves."""


class Events:
    def __init__(self) -> None:
        self._streams: list[Stream] = []

    @property
    def streams(self) -> int:
        return len(self._streams)

    def attach(self, types: Collection[str], remote: str, cut: Callable[[], None] = _nothing) -> Stream:
        stream = Stream(types, remote, cut)
        self._streams.append(stream)
        self.emit("event_stream_attached", remoteAddress=remote)
        return stream

    def detach(self, stream: Stream) -> None:
        if stream in self._streams:
            self._streams.remove(stream)
            stream.close()
            self.emit("event_stream_detached", remoteAddress=stream.remote)

    def emit(self, event_type: str, **fields: Any) -> None:
        """Hand an event to every stream that wants it. Fields that are None stay out, but for `healthy`, where null is a value."""
        payload = {key: value for key, value in fields.items() if value is not None or key == "healthy"}
        payload |= {"eventType": event_type, "timestamp": now()}
        data: bytes | None = None
        for stream in self._streams:
            if stream.wants(event_type):
                if data is None:
                    data = f"event: {event_type}\r\ndata: {json.dumps(payload, separators=(',', ':'))}\r\n\r\n".encode()
                stream.push(data)

    def close(self) -> None:
        for stream in self._streams:
            stream.close()
