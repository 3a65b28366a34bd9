# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Docker daemon: the one that runs, or Debian's, started the way this machine starts services."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from zeus_demo import docker
from zeus_demo.command import capture, logged, succeeds, tail
from zeus_demo.errors import DemoError
from zeus_demo.settings import Settings

#: What Docker in containers of this kind was tried with; a slow disk makes the first start slow.
START_SECONDS = 60
INTERFACES = Path("/sys/class/net")
#: Docker's rule for what leaves a bridge network, as iptables-save prints it.
TRANSLATION = re.compile(rf"-A (?P<rule>POSTROUTING -s \S+ ! -o (?P<bridge>{docker.BRIDGE.pattern}) -j MASQUERADE)")


def ensure(settings: Settings) -> str:
    """Make a daemon answer; returns how it came to be, for the stage's line."""
    if docker.answers():
        return "Docker runs"
    came = "Docker started"
    if shutil.which("dockerd") is None:
        log = settings.logs / "docker-install.log"
        logged(["apt-get", "update"], log, verbose=settings.verbose)
        environment = {"DEBIAN_FRONTEND": "noninteractive"}
        # --no-recommends leaves the firewall tool out that the daemon needs for its networks, so it is named.
        packages = ["docker.io", "iptables"] + ([] if shutil.which("docker") else ["docker-cli"] if _is_package("docker-cli") else [])
        logged(["apt-get", "install", "-y", "--no-install-recommends", *packages], log, verbose=settings.verbose, environment=environment)
        came = "Docker installed from Debian and started"
    if Path("/run/systemd/system").is_dir():
        logged(["systemctl", "start", "docker"], settings.logs / "docker-install.log")
    if not docker.answers():
        _start_by_hand(settings)
    return came


def _is_package(name: str) -> bool:
    return succeeds(["apt-cache", "show", name])


def _start_by_hand(settings: Settings) -> None:
    """No service manager: a daemon of our own, in its own session so that it outlives make."""
    folder = settings.state / "docker"
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "dockerd.log"
    # A pid file that a killed daemon left behind would keep the next one from starting.
    stale = Path("/var/run/docker.pid")
    if stale.is_file() and not Path(f"/proc/{stale.read_text().strip()}").is_dir():
        stale.unlink()
    _forget_lost_bridges()
    start = log.stat().st_size if log.exists() else 0
    with log.open("ab") as sink:
        process = subprocess.Popen(["dockerd"], stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True, cwd="/")
    (folder / "dockerd.pid").write_text(f"{process.pid}\n")
    deadline = time.monotonic() + START_SECONDS
    while not docker.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DemoError(f"Docker's daemon did not start. The end of {os.path.relpath(log)}:\n{tail(log, start)}")
        time.sleep(0.2)


def _forget_lost_bridges() -> None:
    """Remove the address translation of bridges that are gone. A daemon that was killed, and whose data and bridges were removed, left it.

    With it, what containers of a new network of that subnet send to each other would come from the bridge's address.
    """
    if shutil.which("iptables-save") is None:
        return
    for line in capture(["iptables-save", "-t", "nat"], check=False).splitlines():
        found = TRANSLATION.fullmatch(line)
        if found and not (INTERFACES / found["bridge"]).exists():
            capture(["iptables", "-t", "nat", "-D", *found["rule"].split()])


def stop_ours(settings: Settings) -> bool:
    """Stop the daemon that we started by hand, if it still is that one; another is never touched."""
    record = settings.state / "docker" / "dockerd.pid"
    if not record.is_file():
        return False
    pid = int(record.read_text())
    record.unlink()
    try:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return False
    if name != "dockerd":
        return False
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while Path(f"/proc/{pid}").is_dir() and time.monotonic() < deadline:
        time.sleep(0.1)
    return True
