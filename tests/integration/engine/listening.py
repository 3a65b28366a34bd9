# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A reader of Marathon's event stream that keeps everything it hears, with the time it heard it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
import urllib.parse
from dataclasses import dataclass, field
from typing import Any

from .running import RunningEngine


@dataclass(frozen=True)
class Heard:
    at: float
    type: str
    data: dict[str, Any]


@dataclass
class Listener:
    """Use as a context manager: entered, it is attached; `events` grows while it listens."""

    engine: RunningEngine
    types: tuple[str, ...] = ()
    events: list[Heard] = field(default_factory=list)

    def __enter__(self) -> Listener:
        self._connection = http.client.HTTPConnection(self.engine.address, 8080, timeout=30)
        types = (*self.types, "event_stream_attached") if self.types else ()
        query = urllib.parse.urlencode([("event_type", one) for one in types])
        self._connection.request("GET", f"/v2/events?{query}", headers={"Accept": "text/event-stream"})
        answer = self._connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        threading.Thread(target=self._read, args=(answer,), daemon=True).start()
        self.engine.wait(lambda: any(one.type == "event_stream_attached" for one in self.events), what="the stream's first event")
        return self

    def __exit__(self, *_: object) -> None:
        # Closing alone would wait for the reader, and the reader for the next heartbeat.
        if self._connection.sock is not None:
            self._connection.sock.shutdown(socket.SHUT_RDWR)

    def _read(self, answer: http.client.HTTPResponse) -> None:
        kind = ""
        with contextlib.suppress(OSError, http.client.HTTPException):  # cut off by the engine's end or by ours
            while line := answer.readline():
                text = line.decode().strip()
                if text.startswith("event: "):
                    kind = text.removeprefix("event: ")
                elif text.startswith("data: "):
                    self.events.append(Heard(time.time(), kind, json.loads(text.removeprefix("data: "))))

    def of(self, *types: str) -> list[Heard]:
        return [one for one in self.events if one.type in types]

    def wait(self, event_type: str, **fields: Any) -> Heard:
        """The first event of this type with these fields."""

        def found() -> Heard | None:
            return next((one for one in self.of(event_type) if all(one.data.get(key) == value for key, value in fields.items())), None)

        heard = self.engine.wait(found, what=lambda: f"{event_type} {fields} among {[(one.type, one.data) for one in self.events]}")
        assert heard is not None
        return heard
