# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See virtual_agents.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

KEYS = ("agents", "cpus", "mem", "disk")


def virtual_agents(
    vclusters: Any, datacenter: str, first_port: int = 31000, ports_per_agent: int = 100, last_port: int = 32767
) -> list[dict[str, Any]]:
    """One agent per ``standalone.agents`` of each cluster. Raises AnsibleFilterError naming the key that cannot be used."""
    if not isinstance(vclusters, Mapping) or not vclusters:
        raise AnsibleFilterError(
            f"zeus_vclusters: expected a mapping of virtual clusters such as {{web: {{router: both}}}}, got {vclusters!r}"
        )
    agents: list[dict[str, Any]] = []
    for name, cluster in vclusters.items():
        given = (cluster.get("standalone") or {}) if isinstance(cluster, Mapping) else {}
        unknown = sorted(set(given) - set(KEYS))
        if unknown:
            raise AnsibleFilterError(f"zeus_vclusters.{name}.standalone.{unknown[0]}: unknown key; expected one of {', '.join(KEYS)}")
        amounts = {key: _amount(given.get(key, default), name, key) for key, default in (("cpus", 2), ("mem", 1024), ("disk", 10240))}
        for number in range(1, int(_amount(given.get("agents", 1), name, "agents")) + 1):
            first = first_port + len(agents) * ports_per_agent
            last = first + ports_per_agent - 1
            if last > last_port:
                raise AnsibleFilterError(
                    f"zeus_vclusters.{name}.standalone.agents: agent {number} would need the ports {first}-{last}, beyond {last_port}; "
                    "expected fewer agents, fewer ports per agent or a lower first port"
                )
            attributes = {**(cluster.get("attributes") or {}), "dc": datacenter, "vcluster": name, "rack": f"r{number}"}
            agents.append({"hostname": f"{name}-{number}.{datacenter}", "attributes": attributes, **amounts, "ports": [[first, last]]})
    return agents


def _amount(value: Any, cluster: str, key: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value <= 0:
        raise AnsibleFilterError(f"zeus_vclusters.{cluster}.standalone.{key}: expected a number above 0, got {value!r}")
    return value


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"virtual_agents": virtual_agents}
