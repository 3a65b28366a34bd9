# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real nginx with the role's own template and Lua code, in a container, for the tests of whatever talks to it.

The container shares this machine's network, so backends may be threads of the test; its unix socket and its state lie in a
directory of this machine.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import random
import shutil
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

import jinja2
import yaml

ROLE = Path(__file__).resolve().parents[3] / "roles" / "router_nginx"
IMAGE = os.environ.get("ZEUS_TEST_IMAGE", "zeus-dev:latest")
T = TypeVar("T")
_GIVEN: set[int] = set()


def free_port() -> int:
    """A port that no other test gets, of up to three processes of one pytest, and below those that the kernel hands out.

    So nobody takes it before its server starts. Those of the stand-in agents' tasks end at 28400.
    """
    first = 28500 + int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) % 3 * 1400
    while True:
        port = random.choice([one for one in range(first, first + 1400) if one not in _GIVEN] or [0])
        assert port, "1400 ports are in use, or were"
        _GIVEN.add(port)
        with contextlib.suppress(OSError), socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::", port))
            return port


def until(condition: Callable[[], T | None], *, seconds: float = 90.0, what: str = "the condition") -> T:
    """The condition's first true value; fails when it stays false."""
    ends = time.monotonic() + seconds
    while True:
        with contextlib.suppress(OSError, http.client.HTTPException):
            value = condition()
            if value:
                return value
        if time.monotonic() > ends:
            raise AssertionError(f"{what} did not come true within {seconds} s")
        time.sleep(0.005)


class UnixConnection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: str, timeout: float = 30.0) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


def render(role_variables: Mapping[str, Any]) -> str:
    """nginx.conf as the role renders it: its template with its own defaults and these variables."""
    values: dict[str, Any] = {"ansible_managed": "a test's copy", "zeus_trusted_proxies": []}
    for name in ("defaults", "vars"):
        values.update(yaml.safe_load((ROLE / name / "main.yml").read_text()))
    values.update(role_variables)
    for name in ("router_nginx_trusted_proxies", "router_nginx_certificates"):
        # Not evaluated here: its default is what the inventory says.
        values[name] = [] if isinstance(values[name], str) else values[name]
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(ROLE / "templates"), undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True
    )
    return environment.get_template("nginx.conf.j2").render(values)


class RunningNginx:
    """``with RunningNginx() as nginx:`` … ``nginx.get("shop.test", "/")``, ``nginx.admin("GET", "/status")``.

    ``name`` is the container's, ``address`` and ``port`` where it listens, ``socket`` the unix socket's path on this machine,
    ``directory`` the state directory with ``plan.json``, ``snippets`` what nginx includes, ``logs`` its logs.
    """

    address = "127.0.0.1"

    def __init__(
        self, *, workers: int = 2, snapshot: Mapping[str, Any] | None = None, lua: Path = ROLE / "files" / "lua", **role_variables: Any
    ) -> None:
        self.name = f"dev-B-nginx-{uuid.uuid4().hex[:8]}"
        self.port = free_port()
        self.workers = workers
        self._lua = lua
        self.directory = Path(tempfile.mkdtemp(prefix="zeus-nginx-"))
        self.run_directory, self.snippets, self.logs = (self.directory / part for part in ("run", "snippets", "logs"))
        for part in (self.run_directory, self.snippets, self.logs):
            part.mkdir()
        self.directory.chmod(0o755)
        self.socket = str(self.run_directory / "nginx.sock")
        self.snapshot = self.directory / "plan.json"
        if snapshot is not None:
            self.snapshot.write_text(json.dumps(snapshot))
        config = render(
            {
                "router_nginx_port": self.port,
                "router_nginx_workers": workers,
                "router_nginx_worker_connections": 1024,
                "router_nginx_open_files": 4096,
                "router_nginx_snapshot": "/state/plan.json",
                "__router_nginx_logs": "/state/logs",
                "__router_nginx_snippets": "/state/snippets",
                **role_variables,
            }
        )
        (self.directory / "nginx.conf").write_text(config)

    def __enter__(self) -> Self:
        try:
            self._docker(
                *("run", "-d", "--init", "--name", self.name, "--network", "host", "-v", f"{self.directory}:/state"),
                *("-v", f"{self.run_directory}:/run/zeus-router", "-v", f"{self._lua}:/usr/local/share/zeus-router/lua:ro"),
                *("--entrypoint", "sleep", IMAGE, "infinity"),
            )
            self.execute("cp", "/state/nginx.conf", "/etc/nginx/nginx.conf")
            self.start()
        except BaseException:
            self._remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._remove()

    def _remove(self) -> None:
        subprocess.run(["docker", "rm", "-f", self.name], capture_output=True, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _docker(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
        if check and result.returncode:
            raise AssertionError(f"docker {' '.join(arguments)}: {result.stderr or result.stdout}")
        return result.stdout + result.stderr

    def execute(self, *command: str, check: bool = True) -> str:
        """Run a command in the container; its output."""
        return self._docker("exec", self.name, *command, check=check)

    # its life

    def start(self) -> None:
        """Start nginx; returns when every worker has reported."""
        self.execute("nginx")
        until(lambda: len(self.admin("GET", "/status")["workers"]) == self.workers, what="all workers' reports")

    def stop(self) -> None:
        self.execute("nginx", "-s", "quit")
        until(lambda: not os.path.exists(self.socket), what="the end of nginx")

    def restart(self) -> None:
        self.stop()
        self.start()

    def reload(self) -> None:
        """As ``systemctl reload``; returns when the new workers serve."""
        before = set(self.worker_pids())
        self.execute("nginx", "-s", "reload")
        until(lambda: len(self.worker_pids()) == self.workers and not before & set(self.worker_pids()), what="the new workers")

    def worker_pids(self) -> list[int]:
        return [worker["pid"] for worker in self.admin("GET", "/status")["workers"]]

    def error_log(self) -> str:
        return (self.logs / "error.log").read_text(errors="replace")

    def access_log(self) -> list[dict[str, str]]:
        path = self.logs / "access.log"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    # talking to it

    def admin_raw(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Status and JSON answer of a call on the unix socket."""
        connection = UnixConnection(self.socket)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = self.admin_raw(method, path, body)
        if status != 200:
            raise AssertionError(f"{method} {path}: {status} {answer}")
        return answer

    def push(self, apps: Mapping[str, Mapping[str, Any]], digest: str | None = None) -> dict[str, Any]:
        """PUT a whole plan and wait until every worker serves it; the answer to the PUT."""
        index = {key: entry["digest"] for key, entry in apps.items()}
        plan = {"schema": 1, "digest": digest or uuid.uuid4().hex, "index": index, "apps": apps}
        answer: dict[str, Any] = self.admin("PUT", "/plan", plan)
        self.settle(answer["generation"])
        return answer

    def settle(self, generation: int) -> None:
        """Wait until every worker serves at least this generation."""

        def settled() -> bool:
            workers = self.admin("GET", "/status")["workers"]
            return len(workers) == self.workers and all(worker["generation"] >= generation for worker in workers)

        until(settled, what=f"generation {generation} in every worker")

    def request(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        source: str = "",
    ) -> tuple[int, dict[str, str], bytes]:
        """One request on a connection of its own, never repeated: status, headers in lower case, body."""
        connection = http.client.HTTPConnection(self.address, self.port, timeout=30, source_address=(source, 0) if source else None)
        try:
            connection.request(method, path, body, {"Host": host, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()
