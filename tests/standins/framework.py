# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A framework's side: its election among its like, and its connection to the leading master."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import aiohttp

from .detector import Detector
from .wire import Message, Wire


class Away(Exception):
    """Master or agent do not answer now: that says nothing about the task."""


class Framework:
    """`hear` gets the master's messages; `subscribed` tells whether it has taken this framework."""

    def __init__(self, info: dict[str, Any], secret_file: str | None, master: str, hear: Callable[[str, Message], None]) -> None:
        self.info, self._hear = info, hear
        self._secret = Path(secret_file).read_text(encoding="utf-8").strip() if secret_file else None
        self._detector = Detector(master, 10.0)
        self._wire: Wire | None = None
        self.master = ""
        self._calls: dict[str, asyncio.Future[str | None]] = {}
        self._number = 0

    async def run(self, session: aiohttp.ClientSession) -> None:
        stay = self._detector.stay_connected(session, "framework", self._opened, self._receive, self._closed)
        await asyncio.gather(self._detector.run(), stay)

    def _opened(self, connection: Wire) -> None:
        self._wire = connection
        connection.send("subscribe", framework=self.info, secret=self._secret)

    def _closed(self) -> None:
        self._wire, self.master = None, ""
        for call in self._calls.values():
            if not call.done():
                call.set_exception(Away("the master is away"))
        self._calls.clear()
        self._hear("disconnected", {})

    async def _receive(self, message: Message) -> None:
        kind = message.pop("kind")
        if kind == "subscribed":
            self.info["id"], self.master = message["id"], message["master"]
        elif kind == "checked" and (call := self._calls.pop(message["call"], None)):
            if not call.done():
                call.set_result(message["problem"])
            return
        self._hear(kind, message)

    def send(self, kind: str, agent_id: str, **fields: Any) -> bool:
        """To an agent, through the master. False if there is no master."""
        if self._wire is None:
            return False
        self._wire.send(kind, agent_id=agent_id, **fields)
        return True

    async def check(self, agent_id: str, task_id: str, timeout: float, probe: Mapping[str, Any]) -> str | None:
        """Have an agent look at a task: None if all is well, else why not. Asks until it is answered."""
        while True:
            try:
                return await self._check(agent_id, task_id, timeout, probe)
            except Away:
                await asyncio.sleep(0.5)

    async def _check(self, agent_id: str, task_id: str, timeout: float, probe: Mapping[str, Any]) -> str | None:
        self._number += 1
        number = str(self._number)
        call: asyncio.Future[str | None] = asyncio.get_running_loop().create_future()
        if not self.send("check", agent_id, call=number, task_id=task_id, timeout=timeout, **probe):
            raise Away("the master is away")
        self._calls[number] = call
        try:
            async with asyncio.timeout(timeout + 5):
                return await call
        except TimeoutError:
            raise Away("the agent does not answer") from None
        finally:
            self._calls.pop(number, None)


def principal(values: Mapping[str, Any]) -> dict[str, str]:
    """The framework's principal, if it is to be authenticated."""
    given = values["mesos_authentication_principal"]
    return {"principal": given} if given else {}
