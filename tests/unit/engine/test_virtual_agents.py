# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter that makes virtual agents of the catalogue."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from zeus_engine.config import parse

from ansible_collections.zeus.paas.plugins.filter.virtual_agents import virtual_agents


def test_agents_of_a_catalogue() -> None:
    catalogue = {
        "web": {"router": "both", "attributes": {"disk": "ssd"}, "standalone": {"agents": 2, "cpus": 4, "mem": 4096}},
        "batch": {"router": "none"},
    }
    agents = virtual_agents(catalogue, "bj01")
    assert [(one["hostname"], one["cpus"], one["mem"], one["ports"]) for one in agents] == [
        ("web-1.bj01", 4, 4096, [[31000, 31099]]),
        ("web-2.bj01", 4, 4096, [[31100, 31199]]),
        ("batch-1.bj01", 2, 1024, [[31200, 31299]]),
    ]
    assert agents[1]["attributes"] == {"disk": "ssd", "dc": "bj01", "vcluster": "web", "rack": "r2"}
    assert len(parse({"agents": agents}, "made").agents) == 3, "the engine takes what the filter makes"


def test_an_appended_cluster_moves_no_ports() -> None:
    before = virtual_agents({"web": {}, "batch": {}}, "bj01")
    assert virtual_agents({"web": {}, "batch": {}, "data": {}}, "bj01")[:2] == before


@pytest.mark.parametrize(
    ("catalogue", "text"),
    [
        ({}, "zeus_vclusters: expected a mapping"),
        ([], "zeus_vclusters: expected a mapping"),
        ({"web": {"standalone": {"cpu": 1}}}, "zeus_vclusters.web.standalone.cpu: unknown key; expected one of agents, cpus, mem, disk"),
        ({"web": {"standalone": {"cpus": 0}}}, "zeus_vclusters.web.standalone.cpus: expected a number above 0, got 0"),
        ({"web": {"standalone": {"agents": "2"}}}, "zeus_vclusters.web.standalone.agents: expected a number above 0, got '2'"),
        (
            {"web": {"standalone": {"agents": 18}}},
            "zeus_vclusters.web.standalone.agents: agent 18 would need the ports 32700-32799, beyond 32767",
        ),
    ],
)
def test_what_cannot_be_used_is_named(catalogue: Any, text: str) -> None:
    with pytest.raises(AnsibleFilterError) as caught:
        virtual_agents(catalogue, "bj01")
    assert text in str(caught.value)
