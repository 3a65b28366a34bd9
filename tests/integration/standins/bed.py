# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A cluster of stand-ins as processes of this machine, each on a loopback address of its own, with Debian's ZooKeeper in a container."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import requests

TESTS = Path(__file__).resolve().parents[2]
T = TypeVar("T")


def until(what: Callable[[], T], seconds: float = 120.0) -> T:
    """The first true result; what cannot be asked yet is asked again."""
    end, last = time.monotonic() + seconds, ""
    while time.monotonic() < end:
        try:
            if found := what():
                return found
            last = f"got {found!r}"
        except (requests.RequestException, KeyError, IndexError) as error:
            last = repr(error)
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds:g} s: {last}")


def _own_slot() -> tuple[int, socket.socket]:
    """A number from 1 to 20 that no other bed of this machine has, for as long as the socket is open, nor what was left of one."""
    for slot in range(1, 21):
        try:
            mine = socket.create_server((f"127.{slot}.0.1", 5050))
        except OSError:
            continue
        if all(_is_free(f"127.{slot}.{kind}.1", port) for kind, port in ((41, 5050), (42, 5051), (43, 8080))) and all(
            _is_free("", _task_ports(slot, number) + more) for number in (1, 2, 3, 4) for more in range(20)
        ):
            return slot, mine
        mine.close()
    raise AssertionError("20 beds of stand-ins are in use on this machine")


def _is_free(ip: str, port: int) -> bool:
    try:
        socket.create_server((ip, port)).close()
    except OSError:
        return False
    return True


def _task_ports(slot: int, number: int) -> int:
    """The first of an agent's 100: all addresses share them, since tasks listen on every one."""
    return 20000 + 400 * slot + 100 * (number - 1)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


class Bed:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._slot, self._held = _own_slot()
        #: What the addresses of masters (41), agents (42), Marathons (43) and Chronos (44) begin with.
        self.net = f"127.{self._slot}"
        self._container = f"zeus-standins-{uuid.uuid4().hex[:8]}"
        self._processes: dict[str, subprocess.Popen[bytes]] = {}
        self._commands: dict[str, tuple[list[str], dict[str, str]]] = {}
        self.zk = f"127.0.0.1:{free_port()}"

    def start_zookeeper(self) -> None:
        settings = f"tickTime=500\\ndataDir=/tmp/zk\\nclientPort={self.zk.rpartition(':')[2]}\\nadmin.enableServer=false\\n"
        run = "exec /usr/share/zookeeper/bin/zkServer.sh start-foreground /tmp/zoo.cfg"
        script = f"mkdir -p /tmp/zk; printf '{settings}' > /tmp/zoo.cfg; {run}"
        image = os.environ["ZEUS_TEST_IMAGE"]
        options = ["--name", self._container, "--network", "host", "--tmpfs", "/tmp", "--entrypoint", "sh"]
        subprocess.run(["docker", "run", "-d", *options, image, "-c", script], check=True, stdout=subprocess.DEVNULL)
        until(self._zookeeper_answers)

    def _zookeeper_answers(self) -> bool:
        host, _colon, port = self.zk.partition(":")
        try:
            with socket.create_connection((host, int(port)), timeout=2) as connection:
                connection.sendall(b"srvr")
                return b"Zookeeper version" in connection.recv(4096)
        except OSError:
            return False

    def start(self, name: str, program: str, *arguments: str, **environment: str) -> None:
        """As it was started before if no arguments are given. The log is ``<folder>/<name>.log``."""
        if arguments or environment:
            self._commands[name] = ([program, *arguments], environment)
        command, given = self._commands[name]
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("MESOS_", "MARATHON_"))}
        with (self.folder / f"{name}.log").open("ab") as log:
            self._processes[name] = subprocess.Popen(
                [sys.executable, "-m", "standins", *command],
                env=clean | given | {"PYTHONPATH": str(TESTS)},
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def master(self, number: int) -> None:
        ip = f"{self.net}.41.{number}"
        zk = f"--zk=zk://{self.zk}/mesos"
        # An agent that is started anew has to be back before it is given up, on a busy machine as well.
        quick = ["--zk_session_timeout=10secs", "--agent_ping_timeout=1secs", "--max_agent_ping_timeouts=10"]
        self.start(
            f"m{number}", "mesos-master", f"--ip={ip}", f"--hostname={ip}", zk, "--quorum=2", f"--work_dir={self.folder}/m{number}", *quick
        )

    def agent(self, number: int, attributes: str = "vcluster:web;rack:r1", *more: str) -> None:
        ip = f"{self.net}.42.{number}"
        where = [f"--ip={ip}", f"--hostname={ip}", f"--master=zk://{self.zk}/mesos", f"--work_dir={self.folder}/a{number}"]
        first = _task_ports(self._slot, number)
        own = [f"--attributes={attributes}", f"--resources=cpus:2;mem:512;disk:1000;ports:[{first}-{first + 99}]"]
        self.start(f"a{number}", "mesos-agent", *where, *own, "--no-systemd_enable_support", "--launcher=posix", *more)

    def marathon(self, number: int) -> None:
        ip = f"{self.net}.43.{number}"
        given = {"MASTER": f"zk://{self.zk}/mesos", "ZK": f"zk://{self.zk}/marathon", "HOSTNAME": ip, "HTTP_ADDRESS": ip}
        given |= {"ZK_SESSION_TIMEOUT": "10000", "MESOS_USER": "root", "HA": ""}
        self.start(f"marathon{number}", "marathon", **{f"MARATHON_{name}": value for name, value in given.items()})

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        self._processes[name].send_signal(number)
        self._processes[name].wait(30)

    def ended(self, name: str) -> int:
        return self._processes[name].wait(60)

    def log(self, name: str) -> str:
        return (self.folder / f"{name}.log").read_text()

    def close(self) -> None:
        for process in self._processes.values():
            if process.poll() is None:
                process.kill()
                process.wait(30)
        for spec in self.folder.glob("a*/executors/tasks/*/shim.json"):
            pid = int(spec.read_text().partition('"pid": ')[2].partition(",")[0])
            subprocess.run(["pkill", "-KILL", "-P", str(pid)], check=False)  # the tasks of this bed alone: children of its shims
        subprocess.run(["docker", "rm", "-f", self._container], check=False, stdout=subprocess.DEVNULL)
        self._held.close()

    # What is asked of the cluster.

    def leader(self, *numbers: int) -> str:
        """``ip`` of the leading master that has recovered, asked of these."""

        def ask() -> str:
            answer = requests.get(f"http://{self.net}.41.{numbers[0]}:5050/redirect", timeout=5, allow_redirects=False)
            ip = answer.headers["Location"].removeprefix("//").partition(":")[0]
            health = requests.post(f"http://{ip}:5050/api/v1", json={"type": "GET_HEALTH"}, timeout=5, allow_redirects=False)
            return ip if health.status_code == 200 else ""

        return until(ask)

    def call(self, kind: str, **payload: Any) -> requests.Response:
        body: dict[str, Any] = {"type": kind} | ({kind.lower(): payload} if payload else {})
        return requests.post(f"http://{self.leader(*self._masters())}:5050/api/v1", json=body, timeout=30)

    def _masters(self) -> list[int]:
        return [number for number in (1, 2, 3) if (one := self._processes.get(f"m{number}")) and one.poll() is None]

    def agents(self) -> dict[str, Any]:
        """By host name, as GET_AGENTS shows them."""
        found = self.call("GET_AGENTS").json()["get_agents"]["agents"]
        return {one["agent_info"]["hostname"]: one for one in found}

    def app(self, number: int, app_id: str) -> dict[str, Any]:
        return dict(requests.get(f"http://{self.net}.43.{number}:8080/v2/apps/{app_id}", timeout=30).json()["app"])
