# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``zeus.paas.preflight`` on a real machine with several things wrong at once, in a repository that ``zeus.paas.init`` wrote."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from zeus_demo import docker
from zeus_demo.hosts import SYSTEMD_OPTIONS, cgroups_of

#: What a machine writes by itself while somebody logs in.
BY_ITSELF = ("/var/log", "/var/lib/systemd", "/run")


@dataclass(frozen=True)
class Team:
    """A repository, and the machine that is its one datacenter."""

    folder: Path
    container: str
    address: str

    def play(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "ansible", "playbook", "-i", "inventories/paas/dc1", *arguments]
        environment = {key: value for key, value in os.environ.items() if key != "ANSIBLE_CONFIG"}
        return subprocess.run(
            command, cwd=self.folder, env={**environment, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def on(self, *command: str) -> str:
        return docker.run_in(self.container, *command)

    def set(self, **variables: object) -> None:
        path = self.folder / "inventories/paas/dc1/group_vars/dc1/main.yml"
        path.write_text(yaml.safe_dump(variables))


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("preflight")
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    container = f"zeus-test-preflight-{uuid.uuid4().hex[:8]}"
    identity = docker.docker("run", "--detach", "--name", container, *SYSTEMD_OPTIONS, os.environ["ZEUS_TEST_IMAGE"]).strip()
    try:
        (network,) = docker.inspect("container", [container])[0]["NetworkSettings"]["Networks"].values()
        docker.run_in(
            container,
            "sh",
            "-c",
            "umask 077; mkdir -p /root/.ssh; cat > /root/.ssh/authorized_keys",
            stdin=key.with_suffix(".pub").read_text(),
        )
        docker.run_in(container, "ssh-keygen", "-A")
        docker.run_in(container, "sh", "-c", "until systemctl restart ssh; do systemctl reset-failed ssh; done 2>/dev/null")
        given = json.dumps({"dest": str(folder / "team"), "init_address": network["IPAddress"], "init_ssh_key": str(key)})
        subprocess.run([sys.executable, "-m", "ansible", "playbook", "zeus.paas.init", "-e", given], check=True, capture_output=True)
        host_key = docker.run_in(container, "cat", "/etc/ssh/ssh_host_ed25519_key.pub")
        with (folder / "team/known_hosts").open("a") as known:
            known.write(f"{network['IPAddress']} {host_key}")
        yield Team(folder / "team", container, network["IPAddress"])
    finally:
        docker.docker("rm", "--force", container)
        for path in cgroups_of([identity]):
            for inner in sorted(
                [path, *(entry for entry in path.rglob("*") if entry.is_dir())], key=lambda entry: len(entry.parts), reverse=True
            ):
                inner.rmdir()


def listed(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The list that people see."""
    found = re.search(r"^dc1: .*\n(?:  .*\n)*", done.stdout, re.MULTILINE)
    assert found, done.stdout + done.stderr
    return found[0].splitlines()


def changed_files(team: Team) -> set[str]:
    return {line for line in docker.docker("diff", team.container).splitlines() if not line[2:].startswith(BY_ITSELF)}


@pytest.mark.parametrize("mode", [[], ["--check"]], ids=["run", "check"])
def test_a_machine_that_is_well_and_is_left_as_it_was(team: Team, mode: list[str]) -> None:
    before = changed_files(team)
    done = team.play("zeus.paas.preflight", *mode)
    assert done.returncode == 0, done.stdout
    assert listed(done) == ["dc1: nothing is wrong (2 hosts)"]
    assert "changed=0" in done.stdout
    assert changed_files(team) == before


def test_everything_that_is_wrong_is_said_at_once(team: Team) -> None:
    team.set(zeus_artifact_url="http://artifacts.invalid:8600")
    team.on("systemd-run", "--quiet", "--unit=other", "python3", "-m", "http.server", "8080")
    team.on("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "6379", "-j", "DROP")
    team.on("iptables", "-A", "INPUT", "-p", "tcp", "--dport", "8080", "-j", "REJECT", "--reject-with", "tcp-reset")
    team.on("sh", "-c", "until ss -ltn | grep -q :8080; do :; done")
    try:
        done = team.play("zeus.paas.preflight", "-e", "preflight_timeout=1")
    finally:
        team.on("systemctl", "stop", "other.service")
        team.on("iptables", "-F")
        team.set(zeus_trusted_proxies=[])
    assert done.returncode == 2
    unknown = "DNS: cannot resolve artifacts.invalid; expected every name of the inventory known, by DNS or /etc/hosts"
    no_store = (
        f"network: the policy store at {team.address}:6379 cannot be reached: no answer within 1 s; expected TCP to port 6379 allowed"
    )
    refuses = f"Marathon at {team.address}:8080 refuses, though it listens there"
    no_marathon = f"network: {refuses}; expected no firewall in between, and no bind to 127.0.0.1"
    assert listed(done) == [
        "dc1: 8 errors (2 hosts)",
        "  dc1-control-1",
        "    error:   port: 8080 (Marathon's API) is taken by python3 (other.service); expected it free: stop that program, or move it",
        f"    error:   {unknown}",
        "  dc1-web-router-1",
        f"    error:   {no_marathon}",
        f"    error:   {no_store}",
        f"    error:   {unknown}",
        "  controller",
        f"    error:   {unknown}",
        f"    error:   {no_marathon}",
        f"    error:   {no_store}",
    ]
    assert "dc1-control-1: port: 8080 (Marathon's API) is taken by python3" in re.sub(r"\s+", " ", done.stdout.replace("''", "'"))


def test_a_host_that_says_nothing_does_not_hide_the_others(team: Team) -> None:
    hosts = team.folder / "inventories/paas/dc1/hosts.yml"
    before = hosts.read_text()
    found = yaml.safe_load(before)
    found["all"]["hosts"]["dc1-web-router-1"] |= {"ansible_user": "nobody-here"}
    hosts.write_text(yaml.safe_dump(found))
    try:
        done = team.play("zeus.paas.preflight")
    finally:
        hosts.write_text(before)
    assert done.returncode == 2
    head, host, finding = listed(done)
    assert (head, host) == ("dc1: 1 error (2 hosts)", "  dc1-web-router-1")
    assert "ssh: " in finding
    assert "Permission denied" in finding
    assert finding.endswith("expected a machine that ansible_user can log in to")


def test_a_host_whose_key_is_unknown(team: Team) -> None:
    known = team.folder / "known_hosts"
    before = known.read_text()
    known.write_text("")
    try:
        done = team.play("zeus.paas.preflight", "-e", "ansible_ssh_common_args='-o ControlPath=none'")
    finally:
        known.write_text(before)
    assert done.returncode == 2
    assert [line for line in listed(done) if "ssh-keyscan -t ed25519 <address> >> known_hosts" in line]
