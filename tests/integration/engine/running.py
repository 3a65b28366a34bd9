# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real standalone engine in a container, for every integration test that needs Marathon or Mesos.

    with RunningEngine() as engine:
        requests.post(engine.url + "/v2/apps", json={...})

The container has no service manager: its first process only collects orphans, so that it starts within a second. The engine's program comes
from this checkout, mounted read-only; the image's name from ZEUS_TEST_IMAGE, the container's prefix from ZEUS_TEST_PREFIX.
"""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import requests

T = TypeVar("T")
CHECKOUT = Path(__file__).resolve().parents[3]
PROGRAM = CHECKOUT / "roles" / "standalone" / "files"
_ORPHANS = "import os, time\nwhile True:\n    try:\n        os.wait()\n    except ChildProcessError:\n        time.sleep(0.05)"


def agent(
    hostname: str, vcluster: str, first_port: int, *, rack: str = "r1", cpus: float = 4, mem: float = 2048, ports: int = 50
) -> dict[str, Any]:
    """One virtual agent as the engine's configuration wants it, with `ports` ports from `first_port`."""
    return {
        "hostname": hostname,
        "attributes": {"dc": "bj01", "vcluster": vcluster, "rack": rack},
        "cpus": cpus,
        "mem": mem,
        "disk": 10240,
        "ports": [[first_port, first_port + ports - 1]],
    }


DEFAULT_AGENTS = (
    agent("web-1.bj01", "web", 31000, rack="r1"),
    agent("web-2.bj01", "web", 31100, rack="r2"),
    agent("batch-1.bj01", "batch", 31200, rack="r1"),
)


def docker(*arguments: str, check: bool = True, data: str | None = None) -> str:
    """Run the docker command and return its output. Raises AssertionError with the command's own words."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, input=data, check=False)
    if check and done.returncode:
        raise AssertionError(f"docker {' '.join(arguments)}: exit {done.returncode}: {done.stderr.strip()}")
    return done.stdout


class RunningEngine:
    """`url` is Marathon's, `mesos_url` the master's, `address` the container's; `session` carries the credentials, if any."""

    def __init__(
        self,
        agents: Sequence[Mapping[str, Any]] = DEFAULT_AGENTS,
        *,
        user: str | None = None,
        password: str | None = None,
        settings: Mapping[str, Any] | None = None,
        network: str | None = None,
        volumes: Sequence[str] = (),
        options: Sequence[str] = (),
    ) -> None:
        """`options` are further ones of ``docker run``."""
        self.name = f"{os.environ.get('ZEUS_TEST_PREFIX', 'zeus-test-')}engine-{secrets.token_hex(4)}"
        self._agents = [dict(one) for one in agents]
        self._settings = dict(settings or {})
        if user is not None:
            self._settings |= {"http_user": user, "http_password": password}
        self._network = network
        self._volumes = list(volumes)
        self._options = list(options)
        self.session = requests.Session()
        if user is not None:
            self.session.auth = (user, password or "")
        self.address = ""

    @property
    def url(self) -> str:
        return f"http://{self.address}:8080"

    @property
    def mesos_url(self) -> str:
        return f"http://{self.address}:5050"

    def __enter__(self) -> RunningEngine:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the container, write the configuration, start the engine and wait until it answers."""
        options = ["--hostname", "control", "--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN", "--security-opt", "seccomp=unconfined"]
        options += [
            "--security-opt",
            "apparmor=unconfined",
            "-v",
            "/sys/fs/cgroup:/sys/fs/cgroup:rw",
            "-v",
            f"{PROGRAM}:/opt/zeus-standalone:ro",
        ]
        options += self._options
        options += [part for volume in self._volumes for part in ("-v", volume)]
        if self._network:
            options += ["--network", self._network]
        image = os.environ.get("ZEUS_TEST_IMAGE", "zeus-dev:latest")
        docker("run", "-d", "--name", self.name, *options, image, "/usr/bin/python3", "-c", _ORPHANS)
        networks = json.loads(docker("inspect", "-f", "{{json .NetworkSettings.Networks}}", self.name))
        self.address = next(iter(networks.values()))["IPAddress"]
        self.exec("useradd", "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", "zeus-task")
        self.configure(self._agents)
        self.prepare()
        self.restart()

    def prepare(self) -> None:
        """What the machine needs besides, before the engine starts for the first time."""

    def configure(self, agents: Sequence[Mapping[str, Any]]) -> None:
        """Write the engine's configuration; it counts from the next restart on."""
        config = {"cluster": "bj01", "address": self.address, "agents": list(agents), **self._settings}
        self.exec("sh", "-c", "mkdir -p /etc/zeus-standalone && cat > /etc/zeus-standalone/engine.json", data=json.dumps(config))

    def exec(self, *command: str, check: bool = True, data: str | None = None) -> str:
        """Run a command as root in the container; returns its output."""
        return docker("exec", *(["-i"] if data is not None else []), self.name, *command, check=check, data=data)

    @property
    def pid(self) -> int | None:
        """The engine's process id in the container, None if it does not run."""
        found = self.exec("pgrep", "-f", "^/usr/bin/python3 -m zeus_engine", check=False).split()
        return int(found[0]) if found else None

    def restart(self) -> None:
        """Start the engine again (after :meth:`kill9`, or after a gentle end if it runs) and wait until it answers."""
        self._signal("TERM")
        command = "exec /usr/bin/python3 -m zeus_engine --config /etc/zeus-standalone/engine.json >> /var/log/engine.log 2>&1"
        docker("exec", "-d", "-e", "PYTHONPATH=/opt/zeus-standalone", "-e", "PYTHONDONTWRITEBYTECODE=1", self.name, "sh", "-c", command)
        self.wait(self._answers, what=lambda: f"the engine's API; its log: {self.log()[-2000:]}")

    def kill9(self) -> None:
        """End the engine's process, and nothing else, without a chance to clean up."""
        self._signal("KILL")

    def _signal(self, name: str) -> None:
        pid = self.pid
        if pid is not None:
            self.exec("kill", f"-{name}", str(pid), check=False)
            self.wait(lambda: self.pid != pid, what="the engine's end")

    def stop(self) -> None:
        """Remove the container with all its tasks."""
        self.session.close()
        docker("rm", "-f", "-v", self.name, check=False)

    def log(self) -> str:
        return self.exec("cat", "/var/log/engine.log", check=False)

    def _answers(self) -> bool:
        try:
            return bool(self.session.get(f"{self.url}/v2/info", timeout=2).json()["elected"])
        except (requests.RequestException, ValueError, KeyError):
            return False

    def wait(self, condition: Callable[[], T], *, seconds: float = 90.0, what: str | Callable[[], str] = "a condition") -> T:
        """The first true value of `condition`. Raises AssertionError after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            value = condition()
            if value:
                return value
            if time.monotonic() > end:
                raise AssertionError(f"waited {seconds:g} s in vain for {what() if callable(what) else what}")
            time.sleep(0.05)

    # Shorthands of the Marathon API that most tests want.

    def call(self, method: str, path: str, body: Any = None, *, ok: Sequence[int] = (200, 201), **parameters: Any) -> Any:
        """The answer's JSON. Raises AssertionError for a status that is not in `ok`."""
        answer = self.session.request(method, self.url + path, json=body, params=parameters, timeout=60)
        assert answer.status_code in ok, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def app(self, app_id: str) -> dict[str, Any]:
        return dict(self.call("GET", f"/v2/apps{app_id}")["app"])

    def tasks(self, app_id: str) -> list[dict[str, Any]]:
        return list(self.call("GET", f"/v2/apps{app_id}/tasks")["tasks"])

    def wait_deployed(self, deployment_id: str | None = None, *, seconds: float = 90.0) -> None:
        """Until this deployment, or every one, has ended."""

        def ended() -> bool:
            running = [one["id"] for one in self.call("GET", "/v2/deployments")]
            return deployment_id not in running if deployment_id else not running

        self.wait(
            ended,
            seconds=seconds,
            what=lambda: f"deployments: {self.call('GET', '/v2/deployments')}; queue: {self.call('GET', '/v2/queue')}",
        )

    def deploy(self, definition: Mapping[str, Any], *, seconds: float = 30.0) -> dict[str, Any]:
        """PUT the whole app, wait until it is deployed, and return it."""
        result = self.call("PUT", f"/v2/apps{definition['id']}", dict(definition), partialUpdate="false")
        self.wait_deployed(result["deploymentId"], seconds=seconds)
        return self.app(definition["id"])
