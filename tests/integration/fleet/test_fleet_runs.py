# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The fleet as a user calls it: real ansible-playbook processes, in which hosts fail, or cannot be reached."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

PLAY = """
- name: First
  hosts: all
  gather_facts: false
  tasks:
    - name: The host answers
      ansible.builtin.ping:
- name: Second
  hosts: control
  gather_facts: false
  tasks:
    - name: A secret is used
      ansible.builtin.debug:
        msg: "{{ secret | default('') }}"
      no_log: true
    - name: It works here
      ansible.builtin.assert:
        that: broken | default('') != zeus_datacenter
      tags: [assert]
    - name: A file is there
      ansible.builtin.copy:
        content: "{{ zeus_datacenter }}"
        dest: "{{ inventory_dir }}/made"
        mode: "0644"
- name: Third
  hosts: routers
  gather_facts: false
  tasks: []
"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Three datacenters whose hosts are this machine."""
    common = {
        "zeus_engine": "standalone", "zeus_vclusters": {"web": {"router": "both"}}, "ansible_connection": "local",
        "ansible_python_interpreter": sys.executable,
    }  # fmt: skip
    write(tmp_path / "site" / "common" / "site.yml", common)
    for name in ("bj01", "gz03", "sh02"):
        write(tmp_path / "site" / name / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
        write(tmp_path / "site" / name / "hosts.yml", {"all": {"hosts": {
            f"{name}-control": {"zeus_node_role": "control"},
            f"{name}-router": {"zeus_node_role": "router", "zeus_vcluster": "web"},
        }}})  # fmt: skip
    (tmp_path / "play.yml").write_text(PLAY)
    return tmp_path / "site"


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data))


def cut_off(site: Path, *names: str) -> None:
    """Nobody listens where these hosts are."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in names:
        path = site / name.rpartition("-")[0] / "hosts.yml"
        hosts = yaml.safe_load(path.read_text())
        hosts["all"]["hosts"][name] |= {
            "ansible_connection": "ssh",
            "ansible_host": "127.0.0.1",
            "ansible_port": port,
            "ansible_timeout": 5,
        }
        write(path, hosts)


def fleet(site: Path, *arguments: str) -> tuple[subprocess.CompletedProcess[str], dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "zeus.paas.fleet", "-e", f"site={site}", "-e", f"fleet_report_dir={site.parent}/out",
         "-e", f"play={site.parent}/play.yml", *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip
    report = site.parent / "out" / "report.json"
    return done, json.loads(report.read_text()) if report.exists() else {}


def states(report: dict[str, Any]) -> dict[str, str]:
    return {name: entry["state"] for name, entry in report["datacenters"].items()}


def made(site: Path) -> set[str]:
    return {path.parent.name for path in site.glob("*/made")}


def test_all_datacenters_are_done(site: Path) -> None:
    done, report = fleet(site)
    assert done.returncode == 0, done.stdout
    assert report["state"] == "done"
    assert states(report) == {"bj01": "done", "gz03": "done", "sh02": "done"}
    entry = report["datacenters"]["gz03"]
    assert (entry["exit_code"], entry["changed"], entry["failures"], entry["unreachable"]) == (0, 1, [], [])
    assert entry["plays"] == {"First": "done", "Second": "done", "Third": "done"}
    assert entry["hosts"]["gz03-router"]["ok"] == 1
    assert "PLAY RECAP" in Path(entry["log"]).read_text()
    assert Path(entry["log"]).stat().st_mode & 0o777 == 0o600
    assert made(site) == {"bj01", "gz03", "sh02"}
    lines = done.stdout.splitlines()
    for line in ("sh02: started " + str(site.parent / "play.yml"), "sh02: First", "sh02: Second", "sh02: Third"):
        assert lines.count(line) == 1
    _again, report = fleet(site)
    assert {entry["changed"] for entry in report["datacenters"].values()} == {0}


def test_a_datacenter_that_is_away_does_not_hold_up_the_others(site: Path) -> None:
    cut_off(site, "gz03-control")
    cut_off(site, "gz03-router")
    hosts = yaml.safe_load((site / "gz03" / "hosts.yml").read_text())
    hosts["all"]["hosts"]["gz03-router"]["ansible_host"] = "127.0.0.2"
    write(site / "gz03" / "hosts.yml", hosts)
    done, report = fleet(site)
    assert done.returncode == 4, done.stdout
    assert states(report) == {"bj01": "done", "gz03": "away", "sh02": "done"}
    away = report["datacenters"]["gz03"]
    assert away["exit_code"] == 4
    assert sorted(entry["host"] for entry in away["unreachable"]) == ["gz03-control", "gz03-router"]
    assert away["plays"]["First"] == "unreachable"
    assert away["plays"]["Third"] in ("not reached", "done")
    assert made(site) == {"bj01", "sh02"}
    assert "fleet: done: bj01, sh02; away (nothing that could not be reached was done): gz03" in done.stdout


def test_a_failure_counts_more_than_an_absence(site: Path) -> None:
    cut_off(site, "gz03-control")
    done, report = fleet(site, "-e", "broken=sh02", "-e", "secret=never-to-be-seen")
    assert done.returncode == 2
    assert states(report) == {"bj01": "done", "gz03": "away", "sh02": "failed"}
    [failure] = report["datacenters"]["sh02"]["failures"]
    assert (failure["host"], failure["task"]) == ("sh02-control", "It works here")
    assert made(site) == {"bj01"}
    outputs = [json.dumps(report), *(Path(entry["log"]).read_text() for entry in report["datacenters"].values())]
    assert not any("never-to-be-seen" in output for output in outputs)


def test_a_playbook_that_cannot_be_read_is_a_failure(site: Path) -> None:
    """ansible-playbook exits 4 then, as if hosts could not be reached."""
    (site.parent / "play.yml").write_text("- hosts: all\n  tasks: [{nonsense: }]\n")
    done, report = fleet(site)
    assert done.returncode == 2
    assert set(states(report).values()) == {"failed"}
    assert {entry["exit_code"] for entry in report["datacenters"].values()} <= {1, 4}
    assert "nonsense" in report["datacenters"]["bj01"]["failures"][0]["message"]


def test_options_go_on(site: Path) -> None:
    done, report = fleet(site, "--check", "--diff", "-v", "--skip-tags", "assert", "-e", "broken=bj01", "-e", "only=bj01")
    assert done.returncode == 0, done.stdout
    assert (report["check"], states(report)) == (True, {"bj01": "done"})
    log = Path(report["datacenters"]["bj01"]["log"]).read_text()
    assert "+bj01" in log
    assert "It works here" not in log
    assert report["datacenters"]["bj01"]["changed"] == 1
    assert made(site) == set()
    done, report = fleet(site, "--tags", "assert", "-e", "only=bj01,sh02")
    assert (done.returncode, sorted(states(report)), made(site)) == (0, ["bj01", "sh02"], set())


def test_vault_passwords_go_on(site: Path) -> None:
    (site.parent / "password").write_text("vault-password\n")
    secret = site / "common" / "secrets.yml"
    write(secret, {"a_secret": "b"})
    command = [sys.executable, "-m", "ansible", "vault", "encrypt", "--encrypt-vault-id", "prod"]
    vault_id = f"prod@{site.parent}/password"
    subprocess.run([*command, "--vault-id", vault_id, str(secret)], check=True, capture_output=True)
    assert fleet(site)[0].returncode == 2
    assert fleet(site, "--vault-id", vault_id)[0].returncode == 0


@pytest.mark.parametrize(("arguments", "message"), [
    (["-e", "only=behind"], "only=behind: this version cannot tell yet which datacenters are behind; name them: only=bj01,gz03,sh02"),
    (["-e", "only=xa05"], "fleet: only: there is no datacenter of this name in {site} (got 'xa05'); expected one of bj01, gz03, sh02"),
    (["-e", "play=fleet"], "play=fleet: the fleet does not start itself"),
    (["-e", "site=/nowhere"], "/nowhere: there is no datacenter in this folder; expected a folder per datacenter with a topology.zeus.yml"),
    (["--limit", "localhost"], "--limit: the fleet runs whole datacenters"),
    (["--vault-id", "prod@prompt"], "--vault-id prod@prompt: several processes cannot ask"),
])  # fmt: skip
def test_what_is_refused(site: Path, arguments: list[str], message: str) -> None:
    done, report = fleet(site, *arguments)
    assert done.returncode != 0
    if "@prompt" not in message:
        assert done.returncode == 2
        assert " ".join(message.format(site=site).split()) in " ".join((done.stdout + done.stderr).split())
    assert report == {}
    assert made(site) == set()
