# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Control hosts of one datacenter in containers, reached by ssh, with the inventory that a site would write for them."""

from __future__ import annotations

import ipaddress
import os
import shlex
import subprocess
import sys
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_members import Member
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_report import report
from zeus_demo import docker
from zeus_demo.hosts import Keys, Machine, Owner, ensure_machines, ensure_network, remove, ssh_options

NET = ipaddress.IPv4Network("10.219.7.0/24")


def name(number: int) -> str:
    return f"dc-control-{number}"


@dataclass
class Ensemble:
    """``numbers`` are the last ones of addresses: 11 is 10.219.7.11, its host ``dc-control-11``."""

    folder: Path
    numbers: Sequence[int]
    label: str = field(default_factory=lambda: f"zeus-zk-{uuid.uuid4().hex[:8]}")

    def __post_init__(self) -> None:
        self.image = os.environ["ZEUS_TEST_IMAGE"]
        self.keys = Keys(self.folder / "keys")

    def machine(self, number: int) -> Machine:
        return Machine(f"{self.label}-{number}", name(number), {self.label: str(NET[number])})

    def start(self) -> None:
        machines, owner = [self.machine(number) for number in self.numbers], Owner(self.label, "test")
        self.keys.make(machines)
        ensure_network(self.label, NET, owner)
        ensure_machines(machines, self.image, self.keys, owner)

    def stop(self) -> None:
        remove(self.label, self.image)

    def kill(self, number: int) -> None:
        docker.docker("kill", self.machine(number).container)

    def inventory(self, *numbers: int) -> None:
        """It names these control hosts, and no others."""
        site = self.folder / "site"
        (site / "common").mkdir(parents=True, exist_ok=True)
        (site / "dc/group_vars/dc").mkdir(parents=True, exist_ok=True)
        (site / "common/site.yml").write_text(yaml.safe_dump({"zeus_engine": "mesos", "zeus_vclusters": {"web": {"router": "none"}}}))
        (site / "dc/topology.zeus.yml").write_text("plugin: zeus.paas.topology\ncommon: ../common\n")
        hosts = {name(number): {"ansible_host": str(NET[number]), "zeus_node_role": "control", "zeus_rack": "r1"} for number in numbers}
        # A cluster has a compute host; nobody asks this one for anything.
        hosts["dc-web-1"] = {"ansible_host": str(NET[200]), "zeus_node_role": "compute", "zeus_vcluster": "web", "zeus_rack": "r1"}
        (site / "dc/hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": hosts}}))
        given = {
            "ansible_user": "root",
            "ansible_ssh_private_key_file": str(self.keys.private),
            "ansible_ssh_common_args": shlex.join(ssh_options(self.keys)),
            "ansible_python_interpreter": "/usr/bin/python3",
        }
        (site / "dc/group_vars/dc/main.yml").write_text(yaml.safe_dump(given))

    def play(self, playbook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.folder / "site/dc"), playbook, "--limit=control", *arguments]
        environment = {**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_PIPELINING": "1"}
        return subprocess.run(
            command, cwd=self.folder, env=environment, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
        )

    def install(self) -> subprocess.CompletedProcess[str]:
        """The role on the members, as ``zeus.paas.site`` has it."""
        play = self.folder / "members.yml"
        role = {"name": "ZooKeeper runs", "hosts": "zookeepers", "gather_facts": False, "roles": [{"role": "zeus.paas.zookeeper"}]}
        play.write_text(yaml.safe_dump([role]))
        return self.play(str(play))

    def serving(self, *numbers: int) -> tuple[int, int]:
        """How many of these serve, and how many of them lead."""
        told = report([Member(number, str(NET[number])) for number in numbers], timeout=3.0)
        roles = [member["role"] for member in told["members"]]
        return sum(role != "" for role in roles), sum(role in ("leader", "standalone") for role in roles)

    def client(self, number: int, *words: str) -> str:
        """ZooKeeper's own client, on one member."""
        return docker.run_in(self.machine(number).container, "/usr/share/zookeeper/bin/zkCli.sh", "-server", f"{NET[number]}:2181", *words)
