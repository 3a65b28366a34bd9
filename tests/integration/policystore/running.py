# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Redis with the role's own configuration and users, in a container."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jinja2
import redis
import yaml

from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from integration.agent.running import Node
from integration.nginx.running import free_port, until

ROLE = Path(__file__).resolve().parents[3] / "roles" / "policy_store"
WRITER, READER = "writer-password-1", "reader-password-2"


def sha256(text: str, kind: str) -> str:
    import hashlib

    return hashlib.new(kind, text.encode()).hexdigest()


class RunningStore:
    """``with RunningStore() as store: store.writer().put(…)``. ``admin`` may do what no user of the role may."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.node = Node()
        self.port = free_port()
        self.pid = 0

    def __enter__(self) -> Self:
        try:
            self.node.start()
            self._configure()
            self.start()
        except BaseException:
            print(self.node.log("redis"))
            self.node.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.node.remove()

    def _configure(self) -> None:
        values: dict[str, Any] = {"ansible_managed": "a test's copy", "zeus_policy_store_host": self.host}
        for name in ("defaults", "vars"):
            values.update(yaml.safe_load((ROLE / name / "main.yml").read_text()))
        values.update(
            {
                "policy_store_bind": [self.host],
                "policy_store_port": self.port,
                "policy_store_writer_password": WRITER,
                "policy_store_reader_password": READER,
                "__policy_store_acl": "/node/users.acl",
                "__policy_store_data": "/node",
            }
        )
        environment = jinja2.Environment(loader=jinja2.FileSystemLoader(ROLE / "templates"), undefined=jinja2.StrictUndefined)
        environment.filters["hash"] = sha256
        for template, name in (("zeus-users.acl.j2", "users.acl"), ("redis.conf.j2", "redis.conf")):
            (self.node.directory / name).write_text(environment.get_template(template).render(values) + "\n")
        with (self.node.directory / "users.acl").open("a") as users:
            users.write("user test-admin on >admin ~* &* +@all\n")

    def start(self) -> None:
        self.pid = self.node.spawn("redis", "redis-server /node/redis.conf --logfile /dev/stdout")
        until(self._answers, seconds=10, what="Redis")

    def _answers(self) -> bool:
        try:
            return bool(self.admin().ping())
        except redis.ConnectionError:
            return False

    def stop(self, signal: str = "TERM") -> None:
        self.node.kill(self.pid, signal)

    def wipe(self) -> None:
        """The files of a stopped store are gone: as on a new machine."""
        self.node.execute("sh", "-c", "rm -rf /node/appendonlydir /node/dump.rdb")

    def admin(self) -> Any:
        return redis.Redis(host=self.host, port=self.port, username="test-admin", password="admin", socket_timeout=5)

    def writer(self, **options: Any) -> PolicyStore:
        return PolicyStore(self.host, self.port, "zeus-writer", WRITER, **options)

    def reader(self) -> PolicyStore:
        return PolicyStore(self.host, self.port, "zeus-reader", READER)

    @property
    def for_agent(self) -> dict[str, Any]:
        """The agent's settings."""
        return {"host": self.host, "port": self.port, "user": "zeus-reader", "password": READER}
