# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The drift of a running agent, from recorded answers of a real Mesos 1.11.0 (docs/mesos-traps.md)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._agent_drift import Running, drift, find, held, refusal, running_agents

RECORDED = Path(__file__).parents[4] / "fixtures" / "mesos"
WEB = {"dc": "bj01", "vcluster": "web", "rack": "r1"}


def recorded(name: str) -> Any:
    return json.loads((RECORDED / name).read_text(encoding="utf-8"))["body"]


def agent(*attributes: tuple[str, str], hostname: str = "10.1.0.31", active: bool = True) -> Running:
    return Running("S1", hostname, "10.1.0.31", 5051, active, False, attributes)


def test_recorded_agents_are_found_by_their_address() -> None:
    found = running_agents(recorded("idle/GET_AGENTS.json"))
    batch = next(one for one in found if ("vcluster", "batch") in one.attributes)
    assert find(found, batch.address, batch.port, "another name") == batch
    assert batch.active
    assert not batch.deactivated


def test_a_recorded_agent_with_its_own_attributes_does_not_differ() -> None:
    for one in running_agents(recorded("idle/GET_AGENTS.json")):
        assert not drift(one, dict(one.attributes), one.hostname)


def test_the_typed_list_tells_a_name_that_stands_twice_where_slaves_folds_it() -> None:
    """Trap 6: isolation is checked by the typed list."""
    doubled = [one for one in running_agents(recorded("attributes/GET_AGENTS.json")) if len(dict(one.attributes)) < len(one.attributes)]
    assert doubled
    for one in doubled:
        assert drift(one, dict(one.attributes), one.hostname).changed
    assert not [one for one in running_agents(recorded("attributes/slaves.json")) if len(dict(one.attributes)) < len(one.attributes)]


def test_a_draining_agent_is_deactivated() -> None:
    states = [(one.active, one.deactivated) for one in running_agents(recorded("operated/GET_AGENTS-draining.json"))]
    assert (False, True) in states


def test_older_masters_tell_the_same_by_slaves() -> None:
    new = {one.id: set(one.attributes) for one in running_agents(recorded("idle/GET_AGENTS.json"))}
    old = {one.id: set(one.attributes) for one in running_agents(recorded("idle/slaves.json"))}
    assert old == new


def test_moving_between_clusters_is_never_additive() -> None:
    """Trap 2: its tasks would be lost under either policy."""
    found = drift(agent(("dc", "bj01"), ("vcluster", "web"), ("rack", "r1")), {**WEB, "vcluster": "batch", "disk": "ssd"}, "10.1.0.31")
    assert found.changed == ("vcluster (web to batch)",)
    assert not found.additive


def test_who_leaves_a_cluster_is_told_apart() -> None:
    running = agent(("dc", "bj01"), ("vcluster", "web"), ("rack", "r1"))
    assert drift(running, {**WEB, "vcluster": "batch"}, "10.1.0.31").moves
    assert not drift(running, {**WEB, "rack": "r2"}, "10.1.0.31").moves
    # One that belonged to none leaves none.
    assert not drift(agent(("dc", "bj01")), WEB, "10.1.0.31").moves


def test_the_refusal_names_the_playbook_and_the_host() -> None:
    running = agent(("dc", "bj01"), ("vcluster", "web"), ("rack", "r1"))
    told = refusal(drift(running, {**WEB, "vcluster": "batch"}, "10.1.0.31"), "bj01-web-1", "S1")
    assert "vcluster (web to batch) is changed" in told
    assert "run the playbook zeus.paas.attributes (-e host=bj01-web-1), which drains it first" in told


def test_only_more_attributes_are_additive() -> None:
    found = drift(agent(("dc", "bj01"), ("vcluster", "web"), ("rack", "r1")), {**WEB, "disk": "ssd"}, "10.1.0.31")
    assert found.additive
    assert found.added == ("disk (ssd)",)


def test_a_removed_attribute_is_no_addition() -> None:
    found = drift(agent(*WEB.items(), ("old", "x")), {**WEB, "disk": "ssd"}, "10.1.0.31")
    assert found.removed == ("old (x)",)
    assert not found.additive


def test_another_host_name_is_drift() -> None:
    """Trap 1: the same for the host name."""
    assert drift(agent(*WEB.items(), hostname="old"), WEB, "new").changed == ("hostname (old to new)",)


def test_another_port_is_drift() -> None:
    """Trap 1: the same for the port, at which the agent is not found."""
    found = find([agent(*WEB.items())], "10.1.0.31", 5052, "x")
    assert found is not None
    assert drift(found, WEB, "10.1.0.31", 5052).changed == ("port (5051 to 5052)",)
    assert find([agent(*WEB.items())], "10.1.0.32", 5052, "x") is None


ADDITIVE, EQUAL = 'MESOS_RECONFIGURATION_POLICY="additive"', 'MESOS_RECONFIGURATION_POLICY="equal"'


@pytest.mark.parametrize(
    ("last", "now", "expected"),
    [
        ('MESOS_RESOURCES="cpus:2"\nMESOS_PORT="1"\n', 'MESOS_RESOURCES="cpus:2"\nMESOS_PORT="2"\n', ()),
        ('MESOS_RESOURCES="cpus:2"\n', 'MESOS_RESOURCES="cpus:4"\n', ("resources (cpus:2 to cpus:4)",)),
        ('MESOS_PORT="1"\n', 'MESOS_RESOURCES="cpus:4"\n', ("resources (none to cpus:4)",)),
        ('MESOS_RESOURCES="cpus:2"\n', "", ("resources (cpus:2 to none)",)),
        ('MESOS_PORT="1"\n', 'MESOS_DEFAULT_ROLE="web"\n', ("default_role (none to web)",)),
        ("", 'MESOS_RESOURCES="cpus:4"\n', ()),
        (ADDITIVE, EQUAL, ("reconfiguration_policy (additive to equal)",)),
        (EQUAL, ADDITIVE, ()),
        (ADDITIVE, ADDITIVE, ()),
    ],
)
def test_what_the_last_start_holds_an_agent_to(last: str, now: str, expected: tuple[str, ...]) -> None:
    """Trap 1: the same for the resources. Trap 3: the policy that took an addition stays on for good."""
    assert held(last, now) == expected
    assert not expected or not drift(agent(*WEB.items()), {**WEB, "disk": "ssd"}, "10.1.0.31", 5051, expected).additive


def test_the_order_of_attributes_is_no_drift() -> None:
    assert not drift(agent(*reversed(WEB.items())), WEB, "10.1.0.31")


def test_the_active_one_counts_of_two_at_one_address() -> None:
    """Trap 4: after a reset the old agent stays for a while."""
    gone, here = agent(active=False), agent(*WEB.items())
    assert find([gone, here], "10.1.0.31", 5051, "x") is here


def test_no_answer_knows_no_agent() -> None:
    assert find(running_agents({}), "10.1.0.31", 5051, "x") is None


def test_the_refusal_names_the_playbook_and_what_differs() -> None:
    told = refusal(drift(agent(*WEB.items()), {**WEB, "vcluster": "batch"}, "10.1.0.31"), "bj01-web-1", "S1")
    assert told.startswith("bj01-web-1: its Mesos agent S1 runs with other attributes")
    assert "vcluster (web to batch) is changed" in told
    assert "zeus.paas.attributes" in told


@pytest.mark.parametrize("pid", ["slave(1)@[fd00::1]:5051", "slave(1)@fd00::1:5051"])
def test_addresses_of_ipv6(pid: str) -> None:
    found = running_agents({"get_agents": {"agents": [{"agent_info": {"id": {"value": "S"}, "hostname": "h"}, "pid": pid}]}})
    assert (found[0].address, found[0].port) == ("fd00::1", 5051)
