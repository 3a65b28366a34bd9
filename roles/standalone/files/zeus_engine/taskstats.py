# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Counts of an app's tasks, as a whole and by configuration (``embed=apps.counts`` and ``apps.taskStats``)."""

from __future__ import annotations

import statistics
from collections.abc import Collection, Mapping
from typing import Any

from . import timestamps
from .model import RUNNING, STAGING, STARTING, Task


def counts(tasks: Collection[Task]) -> dict[str, int]:
    return {
        "staged": sum(one.state in (STAGING, STARTING) for one in tasks),
        "running": sum(one.state == RUNNING for one in tasks),
        "healthy": sum(one.state == RUNNING and one.healthy is True for one in tasks),
        "unhealthy": sum(one.state == RUNNING and one.healthy is False for one in tasks),
    }


def by_version(app: Mapping[str, Any], tasks: Collection[Task], now: float) -> dict[str, Any]:
    """Marathon's four groups of tasks; one without tasks is left out. `now` is the time in seconds since the epoch."""
    scaled, changed = app["versionInfo"]["lastScalingAt"], app["versionInfo"]["lastConfigChangeAt"]
    chosen = {
        "startedAfterLastScaling": [one for one in tasks if one.version >= scaled],
        "withLatestConfig": [one for one in tasks if one.version >= changed],
        "withOutdatedConfig": [one for one in tasks if one.version < changed],
        "totalSummary": list(tasks),
    }
    return {name: {"stats": _stats(some, now)} for name, some in chosen.items() if some}


def _stats(tasks: Collection[Task], now: float) -> dict[str, Any]:
    stats: dict[str, Any] = {"counts": counts(tasks)}
    lives = [max(0.0, now - timestamps.seconds(one.started_at)) for one in tasks if one.started_at]
    if lives:
        stats["lifeTime"] = {"averageSeconds": statistics.fmean(lives), "medianSeconds": statistics.median(lives)}
    return stats
