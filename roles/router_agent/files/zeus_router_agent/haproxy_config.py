# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's part of HAProxy's configuration, and the names in it. Pure.

Every value was checked when the plan was built and is printed again from its parsed form: names of ``[a-z0-9-]``, addresses, numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry, Peer
from ansible_collections.zeus.paas.plugins.module_utils._routing_labels import STABLE

FRONTEND = "zeus_in_"
BACKEND = "zeus_"
DEFAULTS = "zeus_service"


@dataclass(frozen=True)
class Service:
    """One service as HAProxy has it. A TCP connection shows nothing to decide by, so only stable's instances take part."""

    key: str
    port: int
    peers: tuple[Peer, ...]

    @property
    def backend(self) -> str:
        return BACKEND + _name(self.key)

    @property
    def frontend(self) -> str:
        # The port is part of the name: which frontends run tells which ports are served.
        return f"{FRONTEND}{_name(self.key)}_{self.port}"

    @property
    def servers(self) -> dict[str, str]:
        """Server name → ``address:port``."""
        return {server_name(peer.task): place(peer) for peer in self.peers}


def services_of(entries: Mapping[str, Entry]) -> list[Service]:
    found = []
    for key in sorted(entries):
        stable = entries[key].variants.get(STABLE)
        found.append(Service(key, entries[key].port, stable.peers if stable else ()))
    return found


def server_name(task: str) -> str:
    """Task ids may be longer than HAProxy takes; a digest is as unique, and the same after a restart."""
    return "t_" + hashlib.sha256(task.encode()).hexdigest()[:20]


def place(peer: Peer) -> str:
    return f"[{peer.address}]:{peer.port}" if ":" in peer.address else f"{peer.address}:{peer.port}"


def render(services: Iterable[Service], bind: Sequence[str]) -> str:
    """The file with all services and the servers that they have now, so that a restart of HAProxy loses nothing."""
    lines = ["# Written by the zeus router agent from the plan: changes by hand are lost.", ""]
    for service in services:
        lines.append(f"frontend {service.frontend} from {DEFAULTS}")
        lines += [f"    bind {_listen(address, service.port)}" for address in bind]
        lines += [f"    default_backend {service.backend}", "", f"backend {service.backend} from {DEFAULTS}"]
        lines += [f"    server {name} {address}" for name, address in sorted(service.servers.items())]
        lines.append("")
    return "\n".join(lines)


def _listen(address: str, port: int) -> str:
    return f"[{address}]:{port} v6only" if ":" in address else f"{address}:{port}"


def _name(key: str) -> str:
    return key.strip("/").replace("/", "_")
