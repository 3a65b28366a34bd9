# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents as hosts: variables, groups, and what is not believed of what agents say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_hosts import agent_hosts
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Attribute, Mesos, Resources
from fakes.server import Server, as_json

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures" / "mesos"


def agent(number: int, hostname: str, address: str = "10.1.10.11", **attributes: str) -> Agent:
    found = tuple(Attribute(name, "TEXT", value) for name, value in attributes.items())
    return Agent(f"id-{number}", hostname, True, found, Resources(4, 1024), Resources(1, 512), address)


def recorded(situation: str) -> tuple[Agent, ...]:
    """What a real 1.11.0 answered."""
    body: dict[str, Any] = json.loads((FIXTURES / situation / "GET_AGENTS.json").read_text("utf-8"))["body"]
    with Server(lambda _request: as_json(body)) as server:
        return Mesos(HttpClient("Mesos", [server.url])).agents()


def test_of_a_real_master() -> None:
    agents = recorded("idle")
    found = agent_hosts(agents)
    assert sorted(found.hosts) == sorted(one.hostname for one in agents) == found.groups["mesos_agents"]
    assert found.remarks == []
    for one in agents:
        variables = found.hosts[one.hostname]
        assert variables["ansible_host"] == one.address != ""
        [vcluster], [rack] = variables["mesos_attributes"]["vcluster"], variables["mesos_attributes"]["rack"]
        assert one.hostname in found.groups[f"vcluster_{vcluster}"]
        assert one.hostname in found.groups[f"rack_{rack}"]
    assert json.loads(json.dumps(found.hosts)) == found.hosts


def test_an_attribute_that_stands_twice_shows_both_values() -> None:
    """Mesos takes it silently, and ``/slaves`` hides one of the two: traps 5 and 6."""
    doubled = Agent(
        "id", "a", True, (Attribute("vcluster", "TEXT", "web"), Attribute("vcluster", "TEXT", "batch")), Resources(), Resources()
    )
    found = agent_hosts([doubled])
    assert found.hosts["a"]["mesos_attributes"] == {"vcluster": ["web", "batch"]}
    assert found.groups == {"mesos_agents": ["a"], "vcluster_batch": ["a"], "vcluster_web": ["a"]}


def test_variables() -> None:
    found = agent_hosts([agent(1, "web-1.bj01", dc="bj01", vcluster="tv-home", rack="r12", disk="ssd")])
    assert found.hosts == {
        "web-1.bj01": {
            "ansible_host": "10.1.10.11", "mesos_agent_id": "id-1", "mesos_active": True,
            "mesos_attributes": {"dc": ["bj01"], "vcluster": ["tv-home"], "rack": ["r12"], "disk": ["ssd"]},
            "mesos_resources": {"cpus": 4, "mem": 1024, "disk": 0, "gpus": 0},
            "mesos_used": {"cpus": 1, "mem": 512, "disk": 0, "gpus": 0},
        }
    }  # fmt: skip
    assert sorted(found.groups) == ["dc_bj01", "mesos_agents", "rack_r12", "vcluster_tv_home"]


def test_a_hostname_that_would_be_an_option_of_ssh_is_left_out() -> None:
    found = agent_hosts([agent(1, "-oProxyCommand=sh"), agent(2, "{{ lookup('pipe', 'id') }}"), agent(3, ""), agent(4, "good")])
    assert sorted(found.hosts) == ["good"]
    assert found.remarks == [
        "agent id-3 is left out: its hostname '' is none",
        "agent id-1 is left out: its hostname '-oProxyCommand=sh' is none",
        "agent id-2 is left out: its hostname \"{{ lookup('pipe', 'id') }}\" is none",
    ]


def test_an_address_that_is_none_is_not_taken() -> None:
    assert "ansible_host" not in agent_hosts([agent(1, "a", address="-oProxyCommand=sh")]).hosts["a"]
    assert agent_hosts([agent(1, "a", address="2001:db8::1")]).hosts["a"]["ansible_host"] == "2001:db8::1"


def test_several_agents_on_one_host() -> None:
    """Trap 21: no role sets them up, but a cluster of somebody else may have them."""
    found = agent_hosts([agent(2, "a", vcluster="batch"), agent(1, "a", vcluster="web")])
    assert found.hosts["a"]["mesos_agent_id"] == "id-1"
    assert (found.groups["vcluster_web"], found.groups["vcluster_batch"], found.groups["mesos_agents"]) == (["a"], ["a"], ["a"])
    assert found.remarks == ["a has several agents; its variables are those of id-1, its groups those of all"]


def test_no_agents() -> None:
    assert agent_hosts([]).groups == {"mesos_agents": []}
