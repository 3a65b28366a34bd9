# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of rolling replacements, as Marathon's TaskReplaceActor does it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Strategy:
    """`kill_now` old tasks may go at once; at most `max_capacity` tasks, old and new together, at any time."""

    kill_now: int
    max_capacity: int


def strategy(definition: Mapping[str, Any], healthy: int, current: int) -> Strategy:
    """`healthy` are the tasks that serve now, `current` all tasks, both of any version."""
    instances = int(definition["instances"])
    upgrade = definition["upgradeStrategy"]
    # Rounding first: 3 * (1 + 0.1) style products must not fall just beside a whole number.
    min_healthy = math.ceil(round(instances * upgrade["minimumHealthCapacity"], 6))
    max_capacity = math.floor(round(instances * (1 + upgrade["maximumOverCapacity"]), 6))
    kill_now = max(0, healthy - min_healthy)
    if min_healthy == max_capacity and max_capacity <= healthy:
        max_capacity += 1  # else nothing could ever move
    if instances < current:
        kill_now = max(kill_now, current - instances)
    return Strategy(kill_now, max_capacity)


def launch_now(definition: Mapping[str, Any], max_capacity: int, old: int, new: int) -> int:
    """How many new tasks may start beside `old` and `new` active ones."""
    return max(0, min(int(definition["instances"]) - new, max_capacity - old - new))
