# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What stands in the way is said before anything is started, all of it at once, with what to do."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from zeus_demo import docker, preflight
from zeus_demo.errors import DemoError
from zeus_demo.settings import Settings

Machine = Callable[..., Settings]


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Machine:
    """A machine that lacks nothing, except what a test takes away."""

    def make(
        *,
        system: str = "Linux",
        root: bool = True,
        tools: tuple[str, ...] = ("ssh", "ssh-keygen", "tar", "ip", "dockerd", "apt-get"),
        docker_says: str | None = None,
        networks: tuple[tuple[str, str], ...] = (),
        ours: tuple[str, ...] = (),
        routes: tuple[str, ...] = (),
        device: str = "eth0",
    ) -> Settings:
        for name in ("DOCKER_HOST", "ZEUS_BED", "ZEUS_DEMO_SUBNET", "ZEUS_DEMO_DATACENTERS"):
            monkeypatch.delenv(name, raising=False)
        monkeypatch.setenv("ZEUS_STATE", str(tmp_path))
        monkeypatch.setattr(preflight.platform, "system", lambda: system)
        monkeypatch.setattr(preflight.os, "geteuid", lambda: 0 if root else 1000)
        monkeypatch.setattr(preflight.shutil, "which", lambda tool: f"/usr/bin/{tool}" if tool in tools else None)
        monkeypatch.setattr(docker, "answers", lambda: docker_says is None)
        monkeypatch.setattr(docker, "why_not", lambda: docker_says or "")
        monkeypatch.setattr(docker, "docker", lambda *_: " ".join(name for name, _unused in networks))
        monkeypatch.setattr(docker, "names", lambda *_: list(ours))
        inspected: list[dict[str, Any]] = [{"Name": name, "IPAM": {"Config": [{"Subnet": subnet}]}} for name, subnet in networks]
        monkeypatch.setattr(docker, "inspect", lambda *_: inspected)
        monkeypatch.setattr(preflight, "capture", lambda *_, **__: json.dumps([{"dst": route, "dev": device} for route in routes]))
        return Settings.from_environment()

    return make


def test_a_good_machine_passes(machine: Machine) -> None:
    preflight.check(machine(routes=("default", "192.168.0.0/24"), networks=(("bridge", "172.17.0.0/16"),)))


def test_docker_may_be_missing_where_it_can_be_installed(machine: Machine) -> None:
    preflight.check(machine(docker_says="", tools=("ssh", "ssh-keygen", "tar", "apt-get")))


@pytest.mark.parametrize(
    ("lack", "told"),
    [
        ({"system": "Darwin"}, "Darwin is not supported"),
        ({"tools": ("ssh-keygen", "tar", "dockerd", "apt-get")}, "ssh is missing .*openssh-client"),
        ({"docker_says": "permission denied while trying to connect"}, "no rights on it: run as root, or join its group"),
        ({"docker_says": "Cannot connect to the Docker daemon", "root": False}, "only root can install or start it"),
        ({"docker_says": "", "tools": ("ssh", "ssh-keygen", "tar")}, "no Debian-like system"),
        ({"networks": (("office", "10.210.0.0/20"),)}, r"10.210.0.0/20 is in use \(Docker's network office\): .*ZEUS_DEMO_SUBNET="),
        ({"routes": ("10.0.0.0/8",)}, r"10.0.0.0/8 is in use \(a route of this machine by eth0\)"),
    ],
)
def test_what_is_wrong_is_named_with_a_way_out(machine: Machine, lack: dict[str, Any], told: str) -> None:
    with pytest.raises(DemoError, match=told):
        preflight.check(machine(**lack))


def test_our_own_networks_are_not_in_our_way(machine: Machine) -> None:
    preflight.check(machine(networks=(("zeus-demo-bj01", "10.210.1.0/24"),), ours=("zeus-demo-bj01",), routes=("10.210.1.0/24",)))


def test_all_problems_are_told_at_once(machine: Machine) -> None:
    with pytest.raises(DemoError) as raised:
        preflight.check(machine(system="Darwin", docker_says="permission denied"))
    assert str(raised.value).count("\n  - ") == 2


def test_a_docker_of_another_machine_is_refused(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = machine()
    monkeypatch.setenv("DOCKER_HOST", "tcp://192.0.2.1:2375")
    with pytest.raises(DemoError, match="DOCKER_HOST names another machine"):
        preflight.check(settings)


def test_bridges_of_a_docker_that_died_are_judged_once_docker_answers(machine: Machine) -> None:
    left = {"routes": ("10.210.1.0/24",), "device": "br-0123456789ab"}
    preflight.check(machine(docker_says="", **left))
    with pytest.raises(DemoError, match=r"10\.210\.1\.0/24 is in use"):
        preflight.check(machine(docker_says="", routes=left["routes"]))
    ours = {"networks": (("zeus-demo-bj01", "10.210.1.0/24"),)}
    preflight.check_networks(machine(**left, **ours, ours=("zeus-demo-bj01",)))
    with pytest.raises(DemoError, match="ZEUS_DEMO_SUBNET"):
        preflight.check_networks(machine(**left, **ours))
