# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The catalogue of virtual clusters, ``zeus_vclusters``: read once, for projects and for the inventory."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_attributes import read_attributes
from ansible_collections.zeus.paas.plugins.module_utils._fields import (
    Where,
    each,
    integer,
    known_keys,
    mapping,
    matching,
    number,
    one_of,
)

ROUTERS = ("nginx", "haproxy", "both", "none")
# Group names of an inventory are made of these names, joined by "_": so a name has none, and is no word that the groups use themselves.
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")
_TAKEN = ("control", "compute", "router", "all", "ungrouped")
_PROJECT = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True)
class VCluster:
    """One virtual cluster. ``agents`` is the number of virtual agents that the standalone engine runs for it."""

    name: str
    router: str
    owners: tuple[str, ...]
    attributes: Mapping[str, str]
    agents: int

    @property
    def serves_web(self) -> bool:
        return self.router in ("nginx", "both")

    @property
    def serves_ports(self) -> bool:
        return self.router in ("haproxy", "both")


def read_catalogue(data: Any, source: str, key: str = "zeus_vclusters") -> dict[str, VCluster]:
    """The virtual clusters by name. Raises InputError for an unknown key or value."""
    where = Where(source, key)
    raw = mapping(data, where, "a mapping of virtual clusters: {web: {router: both}, batch: {router: none}}")
    if not raw:
        where.refuse("there is no virtual cluster", "at least one, such as {web: {router: both}}")
    return {name: _vcluster(name, value, where.at(name)) for name, value in raw.items()}


def _vcluster(name: str, data: Any, where: Where) -> VCluster:
    matching(name, _NAME, where, "a name of lower-case letters, digits and hyphens that starts with a letter, at most 31 characters")
    if name in _TAKEN:
        where.refuse("a virtual cluster cannot have this name", "another name than " + ", ".join(_TAKEN), name)
    raw = mapping(data, where)
    known_keys(raw, ("router", "attributes", "owners", "standalone"), where)
    if "router" not in raw:
        where.at("router").refuse("the kind of router is missing", "one of " + ", ".join(ROUTERS))
    engine = mapping(raw.get("standalone", {}), where.at("standalone"))
    known_keys(engine, ("agents", "cpus", "mem", "disk"), where.at("standalone"))
    for amount in ("cpus", "mem", "disk"):
        if amount in engine:
            number(engine[amount], where.at("standalone").at(amount), 0, 1e9)
    agents = integer(engine["agents"], where.at("standalone").at("agents"), 0, 1000) if "agents" in engine else 1
    return VCluster(
        name=name,
        router=one_of(raw["router"], ROUTERS, where.at("router")),
        owners=each(raw.get("owners", []), where.at("owners"), lambda v, w: matching(v, _PROJECT, w, "a project's name")),
        attributes=read_attributes(raw.get("attributes", {}), where.at("attributes")),
        agents=agents,
    )
