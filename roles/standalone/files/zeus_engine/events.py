# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event bus: what happens, to every listening stream, in order.

Each stream has its own queue, so a slow reader delays nobody. A reader that is more than `BOUND` events behind is cut off rather than given
a stream with holes: it connects again and reads the state anew.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Collection
from typing import Any

from .timestamps import now

BOUND = 10_000


class Stream:
    """One reader. `closed` means that no more events will come after those in the queue."""

    def __init__(self, types: Collection[str], remote: str) -> None:
        self.types = frozenset(types)
        self.remote = remote
        self.closed = False
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue()

    def wants(self, event_type: str) -> bool:
        return not self.types or event_type in self.types

    def push(self, data: bytes) -> None:
        if self.closed:
            return
        if self._queue.qsize() >= BOUND:
            self.close()
        else:
            self._queue.put_nowait(data)

    def close(self) -> None:
        if not self.closed:
            self.closed = True
            self._queue.put_nowait(None)

    async def next(self) -> bytes | None:
        """The next event as it goes over the wire; None at the end."""
        return await self._queue.get()


class Events:
    def __init__(self) -> None:
        self._streams: list[Stream] = []

    @property
    def streams(self) -> int:
        return len(self._streams)

    def attach(self, types: Collection[str], remote: str) -> Stream:
        stream = Stream(types, remote)
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
