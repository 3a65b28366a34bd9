# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must be so before anything is started: every problem at once, each with what to do."""

from __future__ import annotations

import ipaddress
import json
import os
import platform
import shutil
from pathlib import Path

from zeus_demo import docker
from zeus_demo.command import capture
from zeus_demo.errors import DemoError
from zeus_demo.settings import Settings

FREE_GIB = 5
MEMORY_GIB = 3


def check(settings: Settings) -> None:
    """Raise one DemoError that lists all problems."""
    problems = [*_system(), *_docker(), *_space(settings), *_subnet(settings)]
    if problems:
        raise DemoError("This machine cannot run it yet:\n" + "\n".join(f"  - {problem}" for problem in problems))


def check_docker() -> None:
    """The part that tests without the demo's networks need."""
    problems = [*_system(), *_docker()]
    if problems:
        raise DemoError("This machine cannot run it yet:\n" + "\n".join(f"  - {problem}" for problem in problems))


def check_networks(settings: Settings) -> None:
    """The subnets again, once Docker answers: a daemon that had died left bridges behind, and only Docker knows whose they are."""
    if problems := _subnet(settings):
        raise DemoError("The networks cannot be made:\n" + "\n".join(f"  - {problem}" for problem in problems))


def _system() -> list[str]:
    problems = []
    if platform.system() != "Linux":
        problems.append(
            f"{platform.system()} is not supported: containers must be reachable by their own addresses, which only Linux gives"
        )
    for tool in ("ssh", "ssh-keygen", "tar"):
        if shutil.which(tool) is None:
            problems.append(f"{tool} is missing (Debian and Ubuntu: apt install {'tar' if tool == 'tar' else 'openssh-client'})")
    return problems


def _docker() -> list[str]:
    if os.environ.get("DOCKER_HOST", "").startswith(("tcp://", "ssh://")):
        return ["DOCKER_HOST names another machine; the demo needs the Docker of this one (unset DOCKER_HOST)"]
    if docker.answers():
        return []
    said = docker.why_not()
    if "permission denied" in said.lower():
        return [
            "Docker runs, but this user has no rights on it: run as root, or join its group (usermod -aG docker $USER, then log in again)"
        ]
    if os.geteuid() != 0:
        return ["Docker does not answer, and only root can install or start it: run as root, or start Docker first"]
    if shutil.which("dockerd") is None and shutil.which("apt-get") is None:
        return ["Docker Engine is not installed, and this is no Debian-like system where it could be installed for you: install it first"]
    if said and "is the docker daemon running" not in said.lower() and "cannot connect" not in said.lower():
        return [f"Docker does not answer: {said}"]
    return []


def _space(settings: Settings) -> list[str]:
    problems = []
    existing = settings.state
    while not existing.exists():
        existing = existing.parent
    docker = Path("/var/lib/docker")
    for place in sorted({existing, docker if docker.is_dir() else existing}):
        free = shutil.disk_usage(place).free / 2**30
        if free < FREE_GIB:
            problems.append(f"{place} has {free:.1f} GiB free; {FREE_GIB} GiB are needed (ZEUS_STATE=/elsewhere moves the state folder)")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    if memory < MEMORY_GIB:
        problems.append(f"the machine has {memory:.1f} GiB of memory; {MEMORY_GIB} GiB are needed")
    return problems


def _subnet(settings: Settings) -> list[str]:
    """Networks of the machine or of Docker that overlap with ours (but are not ours)."""
    nets = [settings.center_net, *(datacenter.net for datacenter in settings.datacenters)]
    answers = docker.answers()
    ours = set(docker.names("network", settings.label)) if answers else set()
    taken: dict[str, str] = {}
    own_bridges = set()
    if answers:
        everything = docker.docker("network", "ls", "--quiet").split()
        for network in docker.inspect("network", everything):
            subnets = [entry["Subnet"] for entry in network["IPAM"]["Config"] or [] if "Subnet" in entry]
            if network["Name"] in ours:
                own_bridges.update(subnets)
            else:
                taken.update(dict.fromkeys(subnets, f"Docker's network {network['Name']}"))
    if shutil.which("ip"):
        for route in json.loads(capture(["ip", "-json", "route", "show"], check=False) or "[]"):
            left_behind = not answers and docker.BRIDGE.fullmatch(str(route.get("dev", "")))
            if route["dst"] not in ("default", *own_bridges) and not left_behind:
                taken.setdefault(route["dst"], f"a route of this machine by {route.get('dev', '?')}")
    problems = []
    for subnet, what in taken.items():
        try:
            other = ipaddress.ip_network(subnet, strict=False)
        except ValueError:
            continue
        if other.version == 4 and any(net.overlaps(ipaddress.IPv4Network(str(other))) for net in nets):
            problems.append(f"the subnet {subnet} is in use ({what}): choose a free one, such as ZEUS_DEMO_SUBNET=10.222.0.0/16")
    return problems
