# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From two states of all apps to the steps of a deployment."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .definitions import is_upgrade
from .errors import not_valid
from .ids import groups_of
from .tree import ROOT, Group

START, STOP, SCALE, RESTART = "StartApplication", "StopApplication", "ScaleApplication", "RestartApplication"
Apps = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Action:
    action: str
    app: str


Step = tuple[Action, ...]


def dependencies(apps: Apps, groups: Iterable[Group] = ()) -> dict[str, set[str]]:
    """App -> the existing apps it depends on.

    A dependency on a group means all apps below it; a group that depends on a group makes all apps of the one depend on all of the other.
    """
    members: dict[str, list[str]] = {ROOT: list(apps)}
    for app_id in apps:
        for group_id in groups_of(app_id):
            members.setdefault(group_id, []).append(app_id)
    found: dict[str, set[str]] = {app_id: set() for app_id in apps}
    for app_id, app in apps.items():
        for dependency in app.get("dependencies", ()):
            found[app_id].update([dependency] if dependency in apps else members.get(dependency, ()))
    for group in groups:
        for dependency in group.dependencies:
            for app_id in members.get(group.id, ()):
                found[app_id].update(members.get(dependency, ()))
    return found


def levels(apps: Apps, groups: Iterable[Group] = ()) -> dict[str, int]:
    """App -> length of its longest dependency path. Raises the API's 422 on a cycle."""
    edges = dependencies(apps, groups)
    done: dict[str, int] = {}
    try:
        for app_id in TopologicalSorter(edges).static_order():
            done[app_id] = 1 + max((done[other] for other in edges[app_id]), default=0)
    except CycleError:
        raise not_valid("/", "Dependency graph has cyclic dependencies.") from None
    return done


def shown(step: Step) -> dict[str, Any]:
    """A step as the API writes it."""
    return {"actions": [{"action": action.action, "app": action.app} for action in step]}


def steps(
    original: Apps, target: Apps, restart: Collection[str] = (), kill: Collection[str] = (), groups: Iterable[Group] = ()
) -> tuple[Step, ...]:
    """The plan: stop what is gone, start what is new, then one step per dependency level.

    `restart` are apps to restart although unchanged, `kill` apps that lose chosen tasks by this scaling, `groups` those of the target.
    """
    gone = sorted(set(original) - set(target))
    new = sorted(set(target) - set(original))
    by_level: dict[int, list[Action]] = {}
    depth = levels(target, groups)
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
