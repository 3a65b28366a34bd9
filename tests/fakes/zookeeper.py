# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Members of a ZooKeeper ensemble on addresses of this machine: they answer ``mntr`` and ``srvr`` as Debian's 3.8.0 was heard to."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Sequence
from types import TracebackType

COMMON = "zk_version\t3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC\nzk_num_alive_connections\t1\nzk_znode_count\t5\n"
FOLLOWER = COMMON + "zk_server_state\tfollower\nzk_peer_state\tfollowing - broadcast\nzk_quorum_size\t3\n"
LEADER = COMMON + (
    "zk_server_state\tleader\nzk_peer_state\tleading - broadcast\nzk_synced_followers\t2\nzk_synced_non_voting_followers\t0\n"
    "zk_synced_observers\t0\nzk_learners\t2\nzk_quorum_size\t3\n"
)
SRVR = "Zookeeper version: 3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC\nZxid: 0x10000002f\nMode: follower\nNode count: 5\n"
NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n"
NOT_ALLOWED = "mntr is not executed because it is not in the whitelist.\n"


class FakeEnsemble:
    """One member per answer, on 127.0.0.11 and the addresses after it; ``members`` are their endpoints."""

    def __init__(self, answers: Sequence[str] = (FOLLOWER, FOLLOWER, LEADER)) -> None:
        self._servers = [self._server(f"127.0.0.{11 + index}", answer) for index, answer in enumerate(answers)]
        self.members = tuple(f"{server.server_address[0]!s}:{server.server_address[1]}" for server in self._servers)

    @staticmethod
    def _server(address: str, answer: str) -> socketserver.ThreadingTCPServer:
        class Handler(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                word = self.request.recv(4)
                self.request.sendall({b"mntr": answer, b"srvr": SRVR}.get(word, "").encode())

        return socketserver.ThreadingTCPServer((address, 0), Handler)

    def __enter__(self) -> FakeEnsemble:
        for server in self._servers:
            threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        for server in self._servers:
            server.shutdown()
            server.server_close()
