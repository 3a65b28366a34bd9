# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Is there room to finish a gray release? Pure arithmetic over what Mesos tells of agents."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Resources

NAMES = ("cpus", "mem", "disk", "gpus")


@dataclass(frozen=True)
class Need:
    """``count`` instances that run beside everything that runs now."""

    what: str
    count: int
    each: Resources


def need_of(definition: Mapping[str, Any], count: int, what: str) -> Need:
    # Marathon's defaults, for a definition that leaves them out.
    defaults = {"cpus": 1.0, "mem": 128.0, "disk": 0.0, "gpus": 0.0}
    return Need(what, max(0, count), Resources(*(float(definition.get(name, defaults[name])) for name in NAMES)))


def surge(definition: Mapping[str, Any]) -> int:
    """How many more instances than wanted a rolling update of this app starts (Marathon's arithmetic)."""
    instances = int(definition.get("instances", 1))
    strategy = definition.get("upgradeStrategy") or {}
    healthy = math.ceil(instances * float(strategy.get("minimumHealthCapacity", 1.0)))
    most = math.floor(instances * (1 + float(strategy.get("maximumOverCapacity", 1.0))))
    return max(1 if healthy == most else 0, most - instances)


def check_room(agents: Sequence[Agent], vcluster: str, needs: Sequence[Need]) -> None:
    """Place every instance on some agent of the virtual cluster. Raises :class:`RefusedError`, which says how much is missing."""
    inside = [agent for agent in agents if agent.active and vcluster in agent.values("vcluster")]
    free = [agent.total - agent.used for agent in inside]
    # Big ones first: what does not fit in this order rarely fits in another.
    for need in sorted((need for need in needs if need.count), key=lambda need: (need.each.mem, need.each.cpus), reverse=True):
        placed = 0
        for index, room in enumerate(free):
            while placed < need.count and _fits(room, need.each):
                room = room - need.each
                placed += 1
            free[index] = room
        if placed < need.count:
            missing = need.count - placed
            left = sum(free, Resources())
            raise RefusedError(
                f"virtual cluster {vcluster} lacks room for {missing} of {need.count} instances: {need.what}. Each needs "
                f"{_told(need.each)}, so {_told(_times(need.each, missing))} more are needed, in pieces of this size; free on its {len(inside)} agents are then "
                f"{_told(left)}. Nothing was changed. Add agents, or free resources of this cluster"
            )


def _fits(room: Resources, each: Resources) -> bool:
    return all(getattr(room, name) + 1e-9 >= getattr(each, name) for name in NAMES)


def _times(each: Resources, count: int) -> Resources:
    return sum([each] * count, Resources())


def _told(amount: Resources) -> str:
    units = {"cpus": "cpus", "mem": "MB of memory", "disk": "MB of disk", "gpus": "gpus"}
    parts = [f"{value:g} {units[name]}" for name, value in amount.rounded().items() if value or name in ("cpus", "mem")]
    return " and ".join(parts)
