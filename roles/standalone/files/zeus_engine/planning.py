# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two states of all apps to the steps of a deployment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .definitions import is_upgrade
from .errors import not_valid
from .ids import groups_of

START, STOP, SCALE, RESTART = "StartApplication", "StopApplication", "ScaleApplication", "RestartApplication"
Apps = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Action:
    action: str
    app: str


Step = tuple[Action, ...]


def dependencies(apps: Apps) -> dict[str, set[str]]:
    """App -> the existing apps it depends on; a dependency on a group means all apps below it."""
    found: dict[str, set[str]] = {}
    for app_id, app in apps.items():
        wanted: set[str] = set()
        for dependency in app.get("dependencies", ()):
            wanted.update(other for other in apps if other == dependency or dependency in groups_of(other) or dependency == "/")
        found[app_id] = wanted
    return found


def levels(apps: Apps) -> dict[str, int]:
    """App -> length of its longest dependency path. Raises the API's 422 on a cycle."""
    edges = dependencies(apps)
    done: dict[str, int] = {}
    visiting: set[str] = set()

    def depth(app_id: str) -> int:
        if app_id not in done:
            if app_id in visiting:
                raise not_valid("/", "Dependency graph has cyclic dependencies.")
            visiting.add(app_id)
            done[app_id] = 1 + max((depth(other) for other in edges[app_id]), default=0)
            visiting.discard(app_id)
        return done[app_id]

    for app_id in apps:
        depth(app_id)
    return done


def steps(original: Apps, target: Apps, restart: Sequence[str] = (), kill: Sequence[str] = ()) -> tuple[Step, ...]:
    """The plan: stop what is gone, start what is new, then one step per dependency level.

    `restart` are apps to restart although unchanged, `kill` apps that lose chosen tasks by this scaling.
    """
    gone = sorted(set(original) - set(target))
    new = sorted(set(target) - set(original))
    by_level: dict[int, list[Action]] = {}
    depth = levels(target)
    for app_id in sorted(target):
        action = _action(original.get(app_id), target[app_id], app_id in restart, app_id in kill)
        if action:
            by_level.setdefault(depth[app_id], []).append(Action(action, app_id))
    first = [tuple(Action(STOP, one) for one in gone), tuple(Action(START, one) for one in new)]
    return tuple(step for step in [*first, *(tuple(by_level[level]) for level in sorted(by_level))] if step)


def _action(old: Mapping[str, Any] | None, new: Mapping[str, Any], restart: bool, kill: bool) -> str | None:
    if old is None:
        return SCALE
    if is_upgrade(old, new) or restart:
        return RESTART if new["instances"] else SCALE
    return SCALE if kill or old["instances"] != new["instances"] else None
