# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A standalone engine as a process of its own on this machine, whose tasks are :mod:`fakes.noop_executor`'s.

with NoopEngine() as engine:
    requests.get(engine.url + "/v2/apps")
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import requests

TESTS = Path(__file__).resolve().parents[1]
PROGRAM = TESTS.parent / "roles" / "standalone" / "files"


def agent(number: int) -> dict[str, Any]:
    """One of eight agents that have room for thousands of tasks together."""
    ports = [[20001 + 1500 * number, 21500 + 1500 * number]]
    return {
        "hostname": f"host-{number}",
        "attributes": {"rack": f"r{number % 2}"},
        "cpus": 500,
        "mem": 200_000,
        "disk": 200_000,
        "ports": ports,
    }


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class NoopEngine:
    """`url` is Marathon's. `settings` are added to the engine's configuration."""

    def __init__(self, **settings: Any) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="zeus-noop-engine-"))
        self.port, mesos_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = {
            "agents": [agent(number) for number in range(8)],
            "state_dir": str(self._folder / "state"),
            "cgroups": "off",
            "address": "127.0.0.1",
            "bind": "127.0.0.1",
            "marathon_port": self.port,
            "mesos_port": mesos_port,
            **settings,
        }
        (self._folder / "engine.json").write_text(json.dumps(config))
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> NoopEngine:
        command = [sys.executable, "-m", "fakes.noop_executor", "--config", str(self._folder / "engine.json")]
        with (self._folder / "log").open("wb") as log:
            environment = {**os.environ, "PYTHONPATH": f"{TESTS}:{PROGRAM}"}
            self._process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        end = time.monotonic() + 30
        while True:
            try:
                requests.get(f"{self.url}/ping", timeout=5)
                return self
            except requests.ConnectionError:
                if self._process.poll() is not None or time.monotonic() > end:
                    raise AssertionError(f"the engine does not answer: {self.log()}") from None
                time.sleep(0.05)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        self._process.terminate()
        self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def log(self) -> str:
        return (self._folder / "log").read_text()

    def _proc(self, name: str) -> str:
        assert self._process is not None
        return Path(f"/proc/{self._process.pid}/{name}").read_text()

    def memory(self) -> float:
        """The most that the process ever had in memory, in MiB."""
        line = next(one for one in self._proc("status").splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024

    def processor_time(self) -> float:
        """Seconds of processor time so far."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait_deployed(self, seconds: float = 120) -> None:
        end = time.monotonic() + seconds
        while requests.get(f"{self.url}/v2/deployments", timeout=30).json():
            assert time.monotonic() < end, "deployments go on and on"
            time.sleep(0.1)
