# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What finishing a gray release needs for a while besides what runs, and whether a virtual cluster has it. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._constraints import ATTRIBUTE
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Resources

App = Mapping[str, Any]
#: Sums of floats are compared with this much tolerance.
NOISE = 1e-6


@dataclass(frozen=True)
class Need:
    """Instances that must find a place besides all that runs now, each of this size, and why."""

    instances: int
    each: Resources
    why: str


def size_of(app: App) -> Resources:
    """What one instance takes; Marathon's defaults where the definition is silent (1 CPU, 128 MiB)."""
    return Resources(
        cpus=float(app.get("cpus", 1)), mem=float(app.get("mem", 128)), disk=float(app.get("disk", 0)), gpus=float(app.get("gpus", 0))
    )


def surge_of(app: App, instances: int) -> int:
    """How many instances a rolling update of the app runs in addition, at most.

    Marathon rounds the additional share down and the healthy share up; when that leaves no room at all, it takes one more instance.
    """
    strategy = app.get("upgradeStrategy") or {}
    over, least = float(strategy.get("maximumOverCapacity", 1.0)), float(strategy.get("minimumHealthCapacity", 1.0))
    most = math.floor(round(instances * (1 + over), 6))
    healthy = math.ceil(round(instances * least, 6))
    return most - instances + (1 if most == healthy else 0)


def finish_needs(stable: App, promoted: App, gray_now: int, gray_then: int) -> list[Need]:
    """For finishing: gray grows from ``gray_now`` to ``gray_then`` instances, then stable becomes ``promoted`` by a rolling update."""
    new, old = size_of(promoted), size_of(stable)
    have, wanted = int(stable.get("instances", 1)), int(promoted.get("instances", 1))
    surge = surge_of(promoted, wanted) if wanted else 0
    largest = Resources(*(max(getattr(new, name), getattr(old, name)) for name in ("cpus", "mem", "disk", "gpus")))
    needs = [
        Need(max(0, gray_then - gray_now), new, "gray as many as stable"),
        Need(max(0, wanted - have) + surge, largest, "stable's rolling update"),
    ]
    return [need for need in needs if need.instances]


def lacking(needs: Sequence[Need], agents: Iterable[Agent], vcluster: str) -> str:
    """Why these instances find no place in the virtual cluster; empty if they do.

    They are placed one by one, the larger ones first, each on the agent with the least room that is enough.
    """
    free = [agent.total - agent.used for agent in agents if agent.active and agent.values(ATTRIBUTE) == (vcluster,)]
    rooms = list(free)
    missing: list[str] = []
    for need in sorted(needs, key=lambda need: (need.each.mem, need.each.cpus), reverse=True):
        placed = sum(1 for _unused in range(need.instances) if _place(need.each, rooms))
        if placed < need.instances:
            more = need.instances - placed
            missing.append(
                f"{need.why} needs {need.instances} more instances of {_told(need.each)}, of which {more} find no place "
                f"(missing: {_told(_times(need.each, more))})"
            )
    if not missing:
        return ""
    total = sum(free, Resources())
    return f"{'; '.join(missing)}; virtual cluster {vcluster} has {_told(total)} free on {len(free)} agents"


def _place(size: Resources, rooms: list[Resources]) -> bool:
    fitting = [index for index, room in enumerate(rooms) if _fits(size, room)]
    if not fitting:
        return False
    best = min(fitting, key=lambda index: (rooms[index].mem, rooms[index].cpus))
    rooms[best] = rooms[best] - size
    return True


def _fits(size: Resources, room: Resources) -> bool:
    return all(getattr(size, name) <= getattr(room, name) + NOISE for name in ("cpus", "mem", "disk", "gpus"))


def _times(size: Resources, count: int) -> Resources:
    return Resources(size.cpus * count, size.mem * count, size.disk * count, size.gpus * count)


def _told(amount: Resources) -> str:
    parts = [f"{round(amount.cpus, 4):g} CPUs", f"{round(amount.mem, 4):g} MiB of memory"]
    parts += [f"{round(amount.disk, 4):g} MiB of disk"] if amount.disk else []
    parts += [f"{round(amount.gpus, 4):g} GPUs"] if amount.gpus else []
    return ", ".join(parts)
