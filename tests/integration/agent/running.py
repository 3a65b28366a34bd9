# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The agent as a router node runs it, with Debian's own Python libraries, and beside it real HAProxy and Redis, in one container.

nginx is a container of its own (tests/integration/nginx); all of them share this machine's network, so that backends and Marathons may
be threads of the test.
"""

from __future__ import annotations

import importlib.util
import json
import os
import secrets
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import jinja2
import requests
import yaml

from integration.nginx.running import IMAGE, RunningNginx, free_port, until

ROOT = Path(__file__).resolve().parents[3]
AGENT = ROOT / "roles" / "router_agent" / "files"
HAPROXY = ROOT / "roles" / "router_haproxy"


def crossplane_directory() -> Path:
    """Pure Python: the test's own copy serves in the container."""
    spec = importlib.util.find_spec("crossplane")
    if spec is None or spec.origin is None:
        raise AssertionError("crossplane is among the tests' requirements")
    return Path(spec.origin).parent


class Node:
    """One container on this machine's network; ``run`` leaves a process in it whose pid is known."""

    def __init__(self) -> None:
        self.name = f"{os.environ.get('ZEUS_TEST_PREFIX', 'zeus-test-')}node-{uuid.uuid4().hex[:8]}"
        self.directory = Path(tempfile.mkdtemp(prefix="zeus-node-"))
        self.directory.chmod(0o755)

    def start(self, *volumes: str) -> None:
        given = [part for volume in volumes for part in ("-v", volume)]
        self.docker(
            *("run", "-d", "--init", "--name", self.name, "--network", "host", "-v", f"{self.directory}:/node", *given),
            *("--entrypoint", "sleep", IMAGE, "infinity"),
        )

    def remove(self) -> None:
        subprocess.run(["docker", "rm", "-f", self.name], capture_output=True, check=False)
        shutil.rmtree(self.directory, ignore_errors=True)

    def docker(self, *arguments: str, check: bool = True) -> str:
        result = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
        if check and result.returncode:
            raise AssertionError(f"docker {' '.join(arguments)}: {result.stderr or result.stdout}")
        return result.stdout

    def execute(self, *command: str, check: bool = True) -> str:
        return self.docker("exec", self.name, *command, check=check)

    def spawn(self, name: str, command: str) -> int:
        """Run in the background, output to ``<name>.log``; the pid in the container."""
        path = self.directory / f"{name}.pid"
        path.unlink(missing_ok=True)
        self.execute("sh", "-c", f"cd /; setsid sh -c 'echo $$ > /node/{name}.pid; exec {command}' >> /node/{name}.log 2>&1 < /dev/null &")
        return int(until(lambda: path.exists() and path.read_text().strip(), what=f"the pid of {name}"))

    def kill(self, pid: int, signal: str = "TERM") -> None:
        self.execute("kill", f"-{signal}", str(pid))
        # A zombie is an end, too: the container's init has not looked yet.
        until(lambda: not self._alive(pid), what=f"the end of {pid}")

    def _alive(self, pid: int) -> bool:
        return (
            self.execute("sh", "-c", f"test -d /proc/{pid} && ! grep -q '^State:.Z' /proc/{pid}/status && echo yes || true").strip()
            == "yes"
        )

    def log(self, name: str) -> str:
        path = self.directory / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""


class RunningAgent:
    """``with RunningAgent(marathon.url, nginx=nginx, haproxy=True, store=…) as agent:`` …"""

    def __init__(
        self,
        marathon_url: str,
        *,
        nginx: RunningNginx | None = None,
        haproxy: bool = False,
        store: Mapping[str, Any] | None = None,
        **config: Any,
    ) -> None:
        self.node = Node()
        self.nginx = nginx
        self.token = secrets.token_hex(16)
        self.port = free_port()
        self.health_port = free_port()
        self.run_directory = nginx.run_directory if nginx else self.node.directory / "run"
        self.state = nginx.directory if nginx else self.node.directory / "state"
        self._haproxy = haproxy
        self.pid = self.haproxy_pid = 0
        self.config = {
            "router": "router-1",
            "datacenter": "bj01",
            "vcluster": "web",
            "state_dir": "/state",
            "api": {"address": "127.0.0.1", "port": self.port, "token": self.token},
            "marathon": {"urls": [marathon_url]},
            "store": dict(store) if store else None,
            "nginx": {
                "socket": "/run/zeus-router/nginx.sock",
                "apply_socket": "/run/zeus-router/apply.sock",
                "snippets_dir": "/state/live",
            }
            if nginx
            else None,
            "haproxy": {
                "socket": "/run/zeus-router/haproxy.sock",
                "master_socket": "/run/zeus-router/haproxy-master.sock",
                "frame": "/etc/haproxy/haproxy.cfg",
                "services": "/etc/haproxy/zeus.d/services.cfg",
                "bind": ["127.0.0.1"],
            }
            if haproxy
            else None,
            "regions": {},
            "reserved_ports": [],
            "reload_interval": 0.2,
            **config,
        }

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.run_directory.mkdir(exist_ok=True)
        self.state.mkdir(exist_ok=True)
        packages = "/opt/zeus/ansible_collections/zeus/paas/plugins/module_utils"
        try:
            self.node.start(
                f"{self.run_directory}:/run/zeus-router",
                f"{self.state}:/state",
                f"{AGENT / 'zeus_router_agent'}:/opt/zeus/zeus_router_agent:ro",
                f"{ROOT / 'plugins' / 'module_utils'}:{packages}:ro",
                f"{crossplane_directory()}:/opt/zeus/crossplane:ro",
            )
            if self._haproxy:
                self.start_haproxy()
            self.start()
        except BaseException:
            print(self.node.log("agent"), self.node.log("haproxy"))
            self.node.remove()
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if error is not None:
            print(self.node.log("agent"))
        self.node.remove()

    # its life

    def start(self, *, wait: bool = True) -> None:
        (self.node.directory / "agent.json").write_text(json.dumps(self.config))
        command = "env PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=/opt/zeus python3 -m zeus_router_agent --config /node/agent.json"
        self.pid = self.node.spawn("agent", command)
        if wait:
            until(lambda: self.get("/v1/status").ok, what="the agent's API")

    def stop(self, signal: str = "TERM") -> None:
        self.node.kill(self.pid, signal)

    def restart(self, signal: str = "TERM") -> None:
        self.stop(signal)
        self.start()

    def start_haproxy(self) -> None:
        values = {"ansible_managed": "a test's copy"}
        for name in ("defaults", "vars"):
            values.update(yaml.safe_load((HAPROXY / name / "main.yml").read_text()))
        values.update(
            {"router_haproxy_health_port": self.health_port, "router_haproxy_maxconn": 1000, "__router_haproxy_group": "root"}  # type: ignore[dict-item]
        )
        environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(HAPROXY / "templates"),
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            keep_trailing_newline=True,
        )
        (self.node.directory / "haproxy.cfg").write_text(environment.get_template("haproxy.cfg.j2").render(values))
        self.node.execute("sh", "-c", "cp /node/haproxy.cfg /etc/haproxy/haproxy.cfg && mkdir -p /etc/haproxy/zeus.d")
        self.run_haproxy()

    def run_haproxy(self) -> None:
        command = (
            "haproxy -W -f /etc/haproxy/haproxy.cfg -f /etc/haproxy/zeus.d"
            " -S /run/zeus-router/haproxy-master.sock,mode,660,group,root,level,operator"
        )
        self.haproxy_pid = self.node.spawn("haproxy", command)
        until(lambda: self.haproxy("show info", check=False), what="HAProxy's socket")

    def haproxy(self, command: str, *, check: bool = True) -> str:
        return self.node.execute("sh", "-c", f"echo '{command}' | socat - UNIX-CONNECT:/run/zeus-router/haproxy.sock", check=check)

    def haproxy_worker(self) -> str:
        return next(line for line in self.haproxy("show info").splitlines() if line.startswith("Pid:"))

    # talking to it

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.ask("GET", path, **options)

    def ask(self, method: str, path: str, *, token: str | None = None, **options: Any) -> requests.Response:
        given = self.token if token is None else token
        headers = {"Authorization": f"Bearer {given}"} if given else {}
        return requests.request(method, self.url + path, headers=headers, timeout=60, **options)

    def plan(self) -> dict[str, Any]:
        plan: dict[str, Any] = self.get("/v1/plan").json()
        return plan

    def peers(self, name: str, variant: str = "stable") -> set[str]:
        """Task ids that run for ``/test/shop/<name>``."""
        entry = self.plan()["apps"].get(f"/test/shop/{name}") or {"variants": {}}
        return {peer["task"] for peer in entry["variants"].get(variant, {"peers": []})["peers"]}

    def problems(self) -> list[dict[str, str]]:
        problems: list[dict[str, str]] = self.get("/v1/status").json()["problems"]
        return problems
