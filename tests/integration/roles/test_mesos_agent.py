# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the role mesos_agent refuses, by the recorded answers of a real 1.11.0 master, and what it gives an agent to run with
(docs/mesos-traps.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.mesos import master
from fakes.server import Server
from integration.roles.rehearsal import Rehearsed, rehearse

SECRET = "geheim-0123456789"
#: What the recorded agent at this address has, and the datacenter.
ADDRESS, HOSTNAME, ATTRIBUTES = "127.0.10.13", "batch-r1.mesos.test", "dc:bj01;vcluster:batch;rack:r1"
UNIFIED = Path("/sys/fs/cgroup/cgroup.controllers").exists()
RESOURCES = {"mesos_agent_settings": {"resources": "cpus:3;mem:2048"}}
ADDITIVE = {"mesos_agent_reconfiguration_policy": "additive"}
SECURE = {"mesos_agent_authentication": True, "mesos_agent_user": "operator", "mesos_agent_password": SECRET}
#: What is special about each host, and the lines besides the attributes with which its agent was last started.
HOSTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "same": (RESOURCES, {"MESOS_RESOURCES": "cpus:3;mem:2048"}),
    "moved": ({"mesos_agent_vcluster": "web", **ADDITIVE}, {}),
    "added": (
        {"mesos_agent_attributes": {"disk": "ssd"}, **ADDITIVE},
        {"MESOS_RECONFIGURATION_POLICY": "additive", "MESOS_ATTRIBUTES": "dc:bj01;vcluster:batch"},
    ),
    "no-more-additive": ({}, {"MESOS_RECONFIGURATION_POLICY": "additive"}),
    "other-port": ({"mesos_agent_port": 5052}, {"MESOS_PORT": "5051"}),
    "resources": (RESOURCES, {"MESOS_RESOURCES": "cpus:2;mem:1024"}),
    "away": ({"mesos_agent_address": "127.0.10.99", "mesos_agent_hostname": "away"}, {"MESOS_ATTRIBUTES": "dc:bj01;vcluster:web"}),
    "reset": ({"mesos_agent_vcluster": "web", "mesos_agent_attribute_changes": True}, {"MESOS_RESOURCES": "cpus:1"}),
    "secure": ({**SECURE, "mesos_agent_secret": SECRET, "mesos_agent_systemd_slice": True}, {}),
    "half-secure": (SECURE, {}),
}


def with_datacenter(request: str, body: Any) -> Any:
    if request == "GET_AGENTS":
        for agent in body["get_agents"]["agents"]:
            agent["agent_info"]["attributes"].append({"name": "dc", "type": "TEXT", "text": {"value": "bj01"}})
    return body


@pytest.fixture(scope="module")
def agents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Rehearsed]:
    folder = tmp_path_factory.mktemp("agents")
    with Server(master("loaded", with_datacenter)) as leader:
        common = {
            "mesos_agent_source": {"type": "preinstalled", "path": "/opt/vendor/mesos", "version": "1.12.0" if UNIFIED else "1.11.0"},
            "mesos_agent_address": ADDRESS,
            "mesos_agent_hostname": HOSTNAME,
            "mesos_agent_datacenter": "bj01",
            "mesos_agent_vcluster": "batch",
            "mesos_agent_rack": "r1",
            "mesos_agent_attributes": {},
            "mesos_agent_zookeeper_hosts": ["10.1.0.11:2181"],
            "mesos_agent_master_urls": [leader.url],
        }
        for host, (_special, last) in HOSTS.items():
            (folder / host / "meta" / "slaves").mkdir(parents=True)
            (folder / host / "meta" / "slaves" / "latest").symlink_to("S2")
            lines = {"MESOS_ATTRIBUTES": ATTRIBUTES, "MESOS_RECONFIGURATION_POLICY": "equal", **last}
            (folder / host / "agent.env").write_text("".join(f'{name}="{value}"\n' for name, value in lines.items()))
        here = f"{folder}/{{{{ inventory_hostname }}}}"
        return rehearse(
            folder, "mesos_agent", {host: {**common, **special} for host, (special, _last) in HOSTS.items()},
            then="situation", mesos_agent_room=0,
            __mesos_agent_state=here, __mesos_agent_file=f"{here}/agent.env", __mesos_agent_mark=f"{here}/mark",
        )  # fmt: skip


@pytest.mark.parametrize(("host", "differs"), [
    ("moved", "vcluster (batch to web) is changed"),
    ("other-port", "port (5051 to 5052) is changed"),
    ("resources", "resources (cpus:2;mem:1024 to cpus:3;mem:2048) is changed"),
])  # fmt: skip
def test_what_an_agent_would_end_from_is_refused(agents: dict[str, Rehearsed], host: str, differs: str) -> None:
    """Trap 1."""
    assert agents["same"].refusal == ""
    assert differs in agents[host].refusal
    assert f"run the playbook zeus.paas.attributes (-e host={host})" in agents[host].refusal


@pytest.mark.parametrize("host", ["moved", "other-port", "resources", "no-more-additive"])
def test_the_playbook_for_it_makes_a_new_agent(agents: dict[str, Rehearsed], host: str) -> None:
    """Trap 4: drained, reset and started, whatever differs; but not one of which nobody knows whether tasks run there."""
    found = agents[host].then
    assert (found["step"], found["reset"], found["refusal"]) == ("change", True, "")
    assert found["moves"] is (host == "moved")
    assert (agents["away"].then["step"], agents["away"].then["reset"]) == ("", False)


def test_an_agent_that_no_master_knows_starts_only_as_it_ended(agents: dict[str, Rehearsed]) -> None:
    """Trap 1: what it was last started with counts then."""
    assert "no master knows its Mesos agent at the moment" in agents["away"].refusal
    assert "zeus.paas.attributes" in agents["away"].refusal


def test_additive_takes_what_is_added_and_nothing_else(agents: dict[str, Rehearsed]) -> None:
    """Trap 2. Trap 3: the master is asked, since what the agent was first started with says less than it has."""
    assert agents["added"].refusal == ""
    assert agents["added"].environment("agent.env")["MESOS_RECONFIGURATION_POLICY"] == "additive"
    assert "vcluster (batch to web) is changed" in agents["moved"].refusal


def test_once_additive_is_always_additive(agents: dict[str, Rehearsed]) -> None:
    """Trap 3: its checkpoint lacks what was added, so it would end."""
    assert "reconfiguration_policy (additive to equal) is changed" in agents["no-more-additive"].refusal


def test_a_drained_and_reset_agent_takes_everything(agents: dict[str, Rehearsed]) -> None:
    """Trap 4: it is a new one."""
    assert agents["reset"].refusal == ""
    assert agents["reset"].environment("agent.env")["MESOS_ATTRIBUTES"] == "dc:bj01;vcluster:web;rack:r1"


def test_settings_are_an_environment_file(agents: dict[str, Rehearsed]) -> None:
    """Trap 7: a flag of the command line would win over them."""
    unit = agents["same"].unit()
    assert unit["EnvironmentFile"][0].endswith("/agent.env")
    assert unit["ExecStart"] == ["/opt/mesos/current/sbin/mesos-agent"]
    assert agents["same"].environment("agent.env")["MESOS_RESOURCES"] == "cpus:3;mem:2048"


def test_the_agents_credential_is_one_object(agents: dict[str, Rehearsed]) -> None:
    """Trap 20: the masters' is a list, and either of them ends from the other's form."""
    assert agents["secure"].environment("agent.env")["MESOS_CREDENTIAL"] == "/etc/mesos/credential.json"
    assert agents["secure"].json("credential.json") == {"principal": "zeus-agent", "secret": SECRET}
    assert list(agents["secure"].json("http_credentials.json")) == ["credentials"]
    assert "not all of zeus_mesos_agent_secret" in agents["half-secure"].refusal
    assert SECRET not in agents["half-secure"].refusal


def test_it_hangs_on_no_unit(agents: dict[str, Rehearsed]) -> None:
    """Trap 22."""
    assert not {"Requires", "BindsTo", "Requisite", "PartOf"} & set(agents["same"].unit())


def test_its_tasks_outlive_a_restart(agents: dict[str, Rehearsed]) -> None:
    """Traps 19 and 23: SIGTERM lets executors be, and nothing but the agent is ended, in whichever control group systemd sees executors."""
    unit = agents["same"].unit()
    assert (unit["KillMode"], unit["Delegate"], unit["TasksMax"]) == (["process"], ["yes"], ["infinity"])
    assert int(unit["LimitNOFILE"][0]) >= 65536
    assert "KillSignal" not in unit
    found = agents["same"].environment("agent.env")
    assert found["MESOS_SYSTEMD_ENABLE_SUPPORT"] == "false"
    assert "MESOS_LAUNCHER" not in found
    assert agents["secure"].unit()["KillMode"] == ["process"]
    assert agents["secure"].environment("agent.env")["MESOS_SYSTEMD_ENABLE_SUPPORT"] == "true"


def test_it_comes_back_although_it_ended_well(agents: dict[str, Rehearsed]) -> None:
    """Trap 18: an agent whose machine is down ends with 0 at every start, and has to be there when the machine is up again. Trap 23."""
    unit = agents["same"].unit()
    assert (unit["Restart"], unit["StartLimitIntervalSec"]) == (["always"], ["0"])
    assert int(unit["RestartSec"][0]) > 0
