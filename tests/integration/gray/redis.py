# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Redis in a container, with the role's own configuration and users."""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import Any

import jinja2
import redis
import yaml

from integration.engine.running import docker
from integration.nginx.running import free_port, until

ROLE = Path(__file__).resolve().parents[3] / "roles" / "policy_store"


class RunningRedis:
    """``port`` on this machine's loopback; ``writer`` and ``reader`` are the passwords of zeus-writer and zeus-reader."""

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.name = f"{os.environ.get('ZEUS_TEST_PREFIX', 'zeus-test-')}redis-{secrets.token_hex(4)}"
        self.port = free_port()
        self.writer, self.reader = secrets.token_urlsafe(24), secrets.token_urlsafe(24)

    def __enter__(self) -> RunningRedis:
        image = os.environ.get("ZEUS_TEST_IMAGE", "zeus-dev:latest")
        docker("run", "-d", "--init", "--name", self.name, "--network", "host", image, "sleep", "infinity")
        try:
            for template, place in (("redis.conf.j2", "/etc/redis/redis.conf"), ("zeus-users.acl.j2", "/etc/redis/zeus-users.acl")):
                docker("exec", "-i", self.name, "sh", "-c", f"cat > {place}", data=self._rendered(template))
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        docker("rm", "-f", "-v", self.name, check=False)

    def start(self) -> None:
        docker("exec", self.name, "redis-server", "/etc/redis/redis.conf", "--daemonize", "yes", "--pidfile", "/run/zeus-redis.pid")
        until(self._answers, what="Redis")

    def stop(self) -> None:
        docker("exec", self.name, "sh", "-c", "kill $(cat /run/zeus-redis.pid)")
        until(lambda: not self._answers(), what="the end of Redis")

    def forget(self) -> None:
        """As if the store had been lost."""
        self.stop()
        docker("exec", self.name, "sh", "-c", "rm -rf /var/lib/redis/*")
        self.start()

    def values(self) -> dict[str, str]:
        """Every value by its key."""
        client = self._client()
        return {key: str(client.get(key)) for key in sorted(client.scan_iter("zeus:*"))}

    def _client(self) -> Any:
        return redis.Redis(
            self.host, self.port, username="zeus-writer", password=self.writer, decode_responses=True, socket_connect_timeout=1
        )

    def _answers(self) -> bool:
        try:
            return bool(self._client().ping())
        except redis.exceptions.ConnectionError:
            return False

    def _rendered(self, template: str) -> str:
        values: dict[str, Any] = {"ansible_managed": "a test's copy"}
        for name in ("defaults", "vars"):
            values.update(yaml.safe_load((ROLE / name / "main.yml").read_text()))
        values.update(
            {
                "policy_store_port": self.port,
                "policy_store_bind": [self.host],
                "policy_store_writer_password": self.writer,
                "policy_store_reader_password": self.reader,
            }
        )
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(ROLE / "templates"),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
        )
        environment.filters["hash"] = lambda text, kind: hashlib.new(kind, str(text).encode()).hexdigest()
        return environment.get_template(template).render(values)
