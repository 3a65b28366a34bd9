# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the masters agree on: a value that only a majority of their disks can read or replace.

One value with an epoch and a position stands for Mesos' replicated log: an elected master reads it from a quorum, raises the epoch so that
an earlier leader cannot write any more, and each change goes to a quorum before it is answered.
"""

from __future__ import annotations

import asyncio
import copy
import json
from pathlib import Path
from typing import Any

import aiohttp

from . import log

Value = dict[str, Any]
EMPTY: Value = {
    "agents": {}, "unreachable": {}, "gone": {}, "deactivated": [], "draining": {}, "schedule": {}, "down": [], "quota": {}, "weights": {}
}  # fmt: skip


class RegistryError(Exception):
    """The text of the 500."""


class Replica:
    """This master's copy, on its disk (nowhere for ``in_memory``)."""

    def __init__(self, folder: Path | None) -> None:
        self._file = folder / "replicated_log" / "registry.json" if folder else None
        self.entry: Value = {"epoch": 0, "position": 0, "value": EMPTY}
        if self._file and self._file.exists():
            self.entry = json.loads(self._file.read_text(encoding="utf-8"))

    def promise(self, epoch: int) -> Value | None:
        """Take no writes of an earlier epoch any more; None if a later one was promised."""
        if epoch <= self.entry["epoch"]:
            return None
        before = self.entry
        self._keep(before | {"epoch": epoch})
        return before

    def write(self, entry: Value) -> bool:
        if entry["epoch"] < self.entry["epoch"]:
            return False
        self._keep(entry)
        return True

    def _keep(self, entry: Value) -> None:
        self.entry = entry
        if self._file:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            fresh = self._file.with_suffix(".new")
            fresh.write_text(json.dumps(entry), encoding="utf-8")
            fresh.replace(self._file)


class Registrar:
    """The leader's way to the replicas. `peers` are the other masters' addresses (``host:port``), kept up by who watches ZooKeeper."""

    def __init__(self, replica: Replica, session: aiohttp.ClientSession, quorum: int, fetch_timeout: float, store_timeout: float) -> None:
        self.replica, self._session, self.quorum = replica, session, quorum
        self._fetch_timeout, self._store_timeout = fetch_timeout, store_timeout
        self.peers: set[str] = set()
        self.value: Value = EMPTY
        self.recovered = False
        self.aborted = False
        self._lock = asyncio.Lock()

    async def caught_up(self) -> None:
        """Wait until a quorum of replicas can be reached: ``registrar/log/recovered``."""
        while 1 + sum([one is not None for one in await self._ask("read", {})]) < self.quorum:
            await asyncio.sleep(0.5)
        self.recovered = True

    async def fetch(self) -> None:
        """Read the newest value from a quorum, and make this master the only one that writes. Aborts the process in the end, as Mesos."""
        try:
            async with asyncio.timeout(self._fetch_timeout):
                while not await self._try_fetch():
                    await asyncio.sleep(0.5)
        except TimeoutError:
            shown = "1mins" if self._fetch_timeout == 60 else f"{self._fetch_timeout:g}secs"
            log.abort("master.cpp:1661", f"Recovery failed: Failed to recover registrar: Failed to perform fetch within {shown}")

    async def _try_fetch(self) -> bool:
        entries = [self.replica.entry, *(one for one in await self._ask("read", {}) if one is not None)]
        if len(entries) < self.quorum:
            return False
        epoch = max(one["epoch"] for one in entries) + 1
        mine = self.replica.promise(epoch)
        promised = [one for one in [mine, *await self._ask("promise", {"epoch": epoch})] if one]
        if len(promised) < self.quorum:
            return False
        newest = max(promised, key=lambda one: (one["epoch"], one["position"]))
        self.value = copy.deepcopy(EMPTY) | newest["value"]
        return await self._write({"epoch": epoch, "position": newest["position"] + 1, "value": self.value})

    async def store(self, value: Value) -> None:
        """Replace the value. Raises RegistryError, from then on for ever, when no quorum takes it in time: the zombie leader."""
        async with self._lock:
            failed = f"Failed to update registry: Failed to perform store within {self._store_timeout:g}secs"
            if self.aborted:
                raise RegistryError(failed)
            entry = {"epoch": self.replica.entry["epoch"], "position": self.replica.entry["position"] + 1, "value": value}
            try:
                async with asyncio.timeout(self._store_timeout):
                    while not await self._write(entry):
                        await asyncio.sleep(0.5)
            except TimeoutError:
                self.aborted = True
                log.warning("registrar.cpp:545", "Registrar aborting: " + failed)
                raise RegistryError(failed) from None
            self.value = value

    async def _write(self, entry: Value) -> bool:
        if not self.replica.write(entry):
            return False
        return 1 + sum(one == {"ok": True} for one in await self._ask("write", entry)) >= self.quorum

    async def _ask(self, what: str, body: Value) -> list[Value | None]:
        return list(await asyncio.gather(*(self._one(peer, what, body) for peer in sorted(self.peers))))

    async def _one(self, peer: str, what: str, body: Value) -> Value | None:
        try:
            limit = aiohttp.ClientTimeout(total=2)
            async with self._session.post(f"http://{peer}/standin/replica/{what}", json=body, timeout=limit) as response:
                found = await response.json()
                return dict(found) if found else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None
