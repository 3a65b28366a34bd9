# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From the agents that Mesos knows to hosts of an inventory: their variables and groups.

What agents say of themselves is not trusted: a hostname becomes an argument of ssh, so it must be one, and an address must be an address.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent

#: Attributes that make a group each, ``<attribute>_<value>``.
GROUPED = ("dc", "vcluster", "rack")
_HOSTNAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,252}[A-Za-z0-9])?")
_NO_GROUP = re.compile(r"[^A-Za-z0-9_]")


@dataclass(frozen=True)
class AgentHosts:
    """``hosts``: name → variables; ``groups``: name → hosts, sorted. ``remarks``: what a reader should know, one sentence each."""

    hosts: dict[str, dict[str, Any]]
    groups: dict[str, list[str]]
    remarks: list[str]


def agent_hosts(agents: Sequence[Agent]) -> AgentHosts:
    """One host per hostname. Plain values only, so that a cache may keep them."""
    hosts: dict[str, dict[str, Any]] = {}
    groups: dict[str, set[str]] = defaultdict(set, {"mesos_agents": set()})
    remarks = []
    for agent in sorted(agents, key=lambda agent: (agent.hostname, agent.id)):
        name = agent.hostname
        if not _HOSTNAME.fullmatch(name):
            remarks.append(f"agent {agent.id} is left out: its hostname {name!r} is none")
            continue
        if name in hosts:
            remarks.append(
                f"{name} has several agents; its variables are those of {hosts[name]['mesos_agent_id']}, its groups those of all"
            )
        hosts.setdefault(name, _variables(agent))
        groups["mesos_agents"].add(name)
        for attribute in GROUPED:
            for value in agent.values(attribute):
                groups[_NO_GROUP.sub("_", f"{attribute}_{value}")].add(name)
    return AgentHosts(hosts, {name: sorted(members) for name, members in sorted(groups.items())}, remarks)


def _variables(agent: Agent) -> dict[str, Any]:
    attributes: dict[str, list[str]] = defaultdict(list)
    for attribute in agent.attributes:
        attributes[attribute.name].append(attribute.value)
    return {
        **({"ansible_host": agent.address} if _is_address(agent.address) else {}),
        "mesos_agent_id": agent.id,
        "mesos_active": agent.active,
        "mesos_attributes": dict(attributes),
        "mesos_resources": agent.total.rounded(),
        "mesos_used": agent.used.rounded(),
    }


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True
