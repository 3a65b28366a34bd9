# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HAProxy's runtime API, and the command line of its master process."""

from __future__ import annotations

import csv
import io
import re
import socket
from dataclasses import dataclass

from zeus_router_agent.haproxy_config import BACKEND, FRONTEND

FORCED_MAINTENANCE, FORCED_DRAIN = 0x01, 0x08


class HaproxyError(Exception):
    """HAProxy is not there, or refused a command."""


@dataclass(frozen=True)
class Server:
    """``admin``: the bits of its administrative state (0: ready)."""

    address: str
    admin: int


class HaproxyApi:
    def __init__(self, path: str, master_path: str, timeout: float = 3.0) -> None:
        self._path = path
        self._master_path = master_path
        self._timeout = timeout

    def pid(self) -> int:
        found = re.search(r"^Pid: (\d+)$", self._ask(self._path, "show info"), re.MULTILINE)
        if not found:
            raise HaproxyError("HAProxy: show info names no pid")
        return int(found.group(1))

    def frontends(self) -> set[str]:
        return {row["# pxname"] for row in self._stat(1) if row["# pxname"].startswith(FRONTEND)}

    def servers(self) -> dict[str, dict[str, Server]]:
        """Backend → server name → server, for our backends (also those without servers)."""
        found: dict[str, dict[str, Server]] = {
            line: {} for line in self._ask(self._path, "show backend").splitlines() if line.startswith(BACKEND)
        }
        lines = self._ask(self._path, "show servers state").splitlines()
        header = next((line[2:].split() for line in lines if line.startswith("# ")), None)
        if header is None:
            raise HaproxyError("HAProxy: show servers state has no header")
        for line in lines:
            fields = dict(zip(header, line.split(), strict=False))
            if not line.startswith("#") and fields.get("be_name", "").startswith(BACKEND):
                address = f"{fields['srv_addr']}:{fields['srv_port']}"
                found.setdefault(fields["be_name"], {})[fields["srv_name"]] = Server(address, int(fields["srv_admin_state"]))
        return found

    def sessions(self) -> dict[str, int]:
        """Server name → open connections, in the running process and in older ones that finish theirs."""
        counts: dict[str, int] = {}
        tables = [self._ask(self._path, "show stat -1 4 -1")]
        tables += [self._ask(self._master_path, f"@!{pid} show stat -1 4 -1") for pid in self.old_workers()]
        for table in tables:
            for row in _rows(table):
                if row["# pxname"].startswith(BACKEND) and row.get("scur", "").isdigit():
                    counts[row["svname"]] = counts.get(row["svname"], 0) + int(row["scur"])
        return counts

    def old_workers(self) -> list[int]:
        text = self._ask(self._master_path, "show proc")
        _current, _unused, old = text.partition("# old workers")
        return [int(line.split()[0]) for line in old.splitlines() if line.split()[1:2] == ["worker"]]

    def add(self, backend: str, name: str, address: str) -> None:
        answer = self._ask(self._path, f"add server {backend}/{name} {address}")
        if "New server registered" not in answer:
            raise HaproxyError(f"HAProxy: add server {backend}/{name} {address}: {answer.strip()}")
        self.set_state(backend, name, "ready")

    def set_state(self, backend: str, name: str, state: str) -> None:
        answer = self._ask(self._path, f"set server {backend}/{name} state {state}").strip()
        if answer:
            raise HaproxyError(f"HAProxy: set server {backend}/{name} state {state}: {answer}")

    def delete(self, backend: str, name: str) -> bool:
        """``False`` while it still has connections."""
        answer = self._ask(self._path, f"del server {backend}/{name}").strip()
        if "Server deleted" in answer:
            return True
        if "connections attached" in answer or "still has connections" in answer:
            return False
        raise HaproxyError(f"HAProxy: del server {backend}/{name}: {answer}")

    def reload(self) -> None:
        """The master starts a new worker, which takes over the listening sockets; the old one finishes its connections."""
        self._ask(self._master_path, "reload")

    def _stat(self, kind: int) -> list[dict[str, str]]:
        return _rows(self._ask(self._path, f"show stat -1 {kind} -1"))

    def _ask(self, path: str, command: str) -> str:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
                client.settimeout(self._timeout)
                client.connect(path)
                client.sendall(command.encode() + b"\n")
                # The master, unlike a worker, goes on waiting for commands until it is told that none will come.
                client.shutdown(socket.SHUT_WR)
                parts = []
                while part := client.recv(65536):
                    parts.append(part)
        except OSError as exc:
            raise HaproxyError(f"HAProxy: {path}: {exc}") from exc
        return b"".join(parts).decode("utf-8", "replace")


def _rows(table: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(table)))
