# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role mesos_master refuses, and what it gives a master to run with (docs/mesos-traps.md)."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from integration.roles.rehearsal import ROLES, Rehearsed, rehearse

SECRET = "geheim-0123456789"
SECRETS = {"mesos_master_agent_secret": SECRET, "mesos_master_framework_secret": SECRET, "mesos_master_password": SECRET}
SECURE = {"mesos_master_authentication": True, "mesos_master_user": "operator", **SECRETS}
#: How many masters there are besides the host itself, and what else is special.
HOSTS: dict[str, tuple[int, dict[str, Any]]] = {
    "alone": (0, {}),
    "two": (1, {}),
    "three": (2, {}),
    "five": (4, {}),
    "no-path": (0, {"mesos_master_zookeeper_path": "/"}),
    "a-url": (0, {"mesos_master_zookeeper_hosts": ["zk://10.1.0.11:2181"]}),
    "secure": (0, SECURE),
    "half-secure": (0, {**SECURE, "mesos_master_agent_secret": ""}),
}


@pytest.fixture(scope="module")
def masters(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsed]:
    common = {
        "mesos_master_source": {"type": "preinstalled", "path": "/opt/vendor/mesos", "version": "1.11.0"},
        "mesos_master_address": "10.1.0.11",
        "mesos_master_urls": ["http://10.1.0.11:5050"],
        "mesos_master_zookeeper_hosts": ["10.1.0.11:2181", "10.1.0.12:2181", "10.1.0.13:2181"],
        "mesos_master_cluster": "bj01",
    }
    hosts = {
        host: {**common, "mesos_master_hosts": [host, *(f"other-{number}" for number in range(others))], **more}
        for host, (others, more) in HOSTS.items()
    }
    return rehearse(tmp_path_factory.mktemp("masters"), "mesos_master", hosts, mesos_master_room=0)


@pytest.mark.parametrize(("host", "quorum"), [("alone", "1"), ("three", "2"), ("five", "3")])
def test_the_quorum_is_a_majority_and_always_said(masters: dict[str, Rehearsed], host: str, quorum: str) -> None:
    """Trap 9: a master with ZooKeeper and without a quorum ends, and one that is too small is not noticed."""
    assert masters[host].refusal == ""
    assert masters[host].environment("master.env")["MESOS_QUORUM"] == quorum


def test_an_even_number_of_masters_is_refused(masters: dict[str, Rehearsed]) -> None:
    """Trap 9."""
    assert masters["two"].refusal.startswith("mesos_master_hosts: 2 masters (two, other-0); expected an odd number (1, 3, 5)")


def test_the_registry_has_its_zookeeper_and_its_folder(masters: dict[str, Rehearsed]) -> None:
    """Trap 10."""
    found = masters["alone"].environment("master.env")
    assert found["MESOS_ZK"] == "zk://10.1.0.11:2181,10.1.0.12:2181,10.1.0.13:2181/mesos"
    assert found["MESOS_WORK_DIR"] == "/var/lib/mesos/master"


@pytest.mark.parametrize(("host", "said"), [("no-path", "a path below / (got /)"), ("a-url", "host:port (got zk://10.1.0.11:2181)")])
def test_a_zookeeper_that_mesos_would_end_from_is_refused(masters: dict[str, Rehearsed], host: str, said: str) -> None:
    """Trap 10."""
    assert said in masters[host].refusal


def test_who_authenticates_has_credentials_in_the_form_that_mesos_reads(masters: dict[str, Rehearsed]) -> None:
    """Trap 20: without them a master starts and refuses everybody, and lines of text end it."""
    found = masters["secure"].environment("master.env")
    for flag in ("FRAMEWORKS", "AGENTS", "HTTP_READONLY", "HTTP_READWRITE"):
        assert found[f"MESOS_AUTHENTICATE_{flag}"] == "true"
    assert found["MESOS_CREDENTIALS"] == "/etc/mesos/credentials.json"
    credentials = masters["secure"].json("credentials.json")
    assert {frozenset(one) for one in credentials.pop("credentials")} == {frozenset({"principal", "secret"})}
    assert credentials == {}
    register = masters["secure"].json("acls.json")["register_agents"]
    assert register[0] == {"principals": {"values": ["zeus-agent"]}, "agents": {"type": "ANY"}}
    assert register[1] == {"principals": {"type": "ANY"}, "agents": {"type": "NONE"}}
    assert not [name for name in masters["alone"].environment("master.env") if "AUTHENTICATE" in name or "CREDENTIAL" in name]


def test_half_of_the_credentials_are_refused(masters: dict[str, Rehearsed]) -> None:
    """Trap 20."""
    assert "not all of zeus_mesos_agent_secret" in masters["half-secure"].refusal
    assert SECRET not in masters["half-secure"].refusal


def test_a_site_starts_what_others_need_before_them() -> None:
    """Trap 22. Trap 9: the masters all at once, since one that finds no majority within a minute ends."""
    plays = yaml.safe_load((ROLES.parent / "playbooks" / "site.yml").read_text(encoding="utf-8"))
    groups = [play.get("hosts") for play in plays]
    order = [groups.index(group) for group in ("zookeepers", "mesos_masters", "mesos_agents", "marathons", "chronoses")]
    assert order == sorted(order)
    assert "serial" not in plays[groups.index("mesos_masters")]


def test_it_comes_back_and_hangs_on_no_other_unit(masters: dict[str, Rehearsed]) -> None:
    """Trap 22: a master waits for ZooKeeper by itself. Trap 9: one that finds no majority ends, and has to try again for ever."""
    unit = masters["three"].unit()
    assert "zookeeper.service" in unit["After"][0].split()
    assert not {"Requires", "BindsTo", "Requisite", "PartOf"} & set(unit)
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == (["always"], ["0"])
    assert int(unit["RestartSec"][0]) > 0
