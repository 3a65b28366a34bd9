# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the stand-ins talk among themselves: JSON over a WebSocket. (Mesos has libprocess there, which no test can see.)"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from aiohttp import web

Message = dict[str, Any]
Receive = Callable[[Message], Awaitable[None]]


class Wire:
    """One side of a connection. What is sent after it broke is lost: both sides tell all again when they meet anew."""

    def __init__(self, socket: web.WebSocketResponse | aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._queue: asyncio.Queue[Message] = asyncio.Queue()
        self.open = True

    def send(self, kind: str, **fields: Any) -> None:
        if self.open:
            self._queue.put_nowait({"kind": kind, **fields})

    async def run(self, receive: Receive) -> None:
        """Until the connection ends."""
        writer = asyncio.get_running_loop().create_task(self._write())
        try:
            async for message in self._socket:
                if message.type is not aiohttp.WSMsgType.TEXT:
                    break
                await receive(json.loads(message.data))
        finally:
            self.open = False
            writer.cancel()

    async def _write(self) -> None:
        while True:
            message = await self._queue.get()
            try:
                await self._socket.send_str(json.dumps(message))
            except (ConnectionError, RuntimeError):
                return

    async def close(self) -> None:
        self.open = False
        await self._socket.close()


async def accept(request: web.Request, receive: Callable[[Wire, Message], Awaitable[None]]) -> tuple[Wire, web.WebSocketResponse]:
    """The server's side, until it ends."""
    socket = web.WebSocketResponse(max_msg_size=0)
    await socket.prepare(request)
    wire = Wire(socket)
    await wire.run(lambda message: receive(wire, message))
    return wire, socket


async def connect(session: aiohttp.ClientSession, url: str, opened: Callable[[Wire], None], receive: Receive) -> None:
    """The client's side, until it ends. Raises aiohttp.ClientError if there is nobody."""
    async with session.ws_connect(url, max_msg_size=0) as socket:
        wire = Wire(socket)
        opened(wire)
        await wire.run(receive)
