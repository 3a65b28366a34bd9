# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The tree of groups: every app lies in a group, every group but ``/`` in another. Groups stay when they are empty."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from . import ids

ROOT = "/"
App = Mapping[str, Any]


@dataclass(frozen=True)
class Group:
    """What a group has of its own; its apps and child groups follow from their ids.

    `dependencies` are absolute ids of groups. `enforce_role` is None where nobody said; only top-level groups may have it.
    """

    id: str
    dependencies: tuple[str, ...] = ()
    enforce_role: bool | None = None

    def to_json(self) -> dict[str, Any]:
        return {"id": self.id, "dependencies": list(self.dependencies), "enforceRole": self.enforce_role}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Group:
        return cls(data["id"], tuple(data["dependencies"]), data["enforceRole"])


@dataclass(frozen=True)
class Tree:
    """All apps and groups by id. The root and every parent of what is there are in `groups`. Changes return a new tree."""

    apps: Mapping[str, App] = field(default_factory=dict)
    groups: Mapping[str, Group] = field(default_factory=lambda: {ROOT: Group(ROOT)})

    def with_app(self, app: App) -> Tree:
        """Add or replace an app. A group of its name gives way if no app lies in it, as in Marathon."""
        app_id = app["id"]
        made = self
        if app_id in self.groups and not any(self.apps_in(app_id)):
            made = self.without_group(app_id)
        return replace(made, apps={**made.apps, app_id: app}).with_parents(app_id)

    def without_app(self, app_id: str) -> Tree:
        return replace(self, apps={other: app for other, app in self.apps.items() if other != app_id})

    def with_group(self, group: Group) -> Tree:
        return replace(self, groups={**self.groups, group.id: group}).with_parents(group.id)

    def without_group(self, group_id: str) -> Tree:
        """Without this group and all below it; of the root only the content goes."""
        if group_id == ROOT:
            return Tree()
        return Tree(
            {app_id: app for app_id, app in self.apps.items() if not ids.is_below(app_id, group_id)},
            {other: group for other, group in self.groups.items() if other != group_id and not ids.is_below(other, group_id)},
        )

    def with_parents(self, some_id: str) -> Tree:
        missing = [group_id for group_id in ids.groups_of(some_id) if group_id not in self.groups]
        return replace(self, groups={**self.groups, **{one: Group(one) for one in missing}}) if missing else self

    def grafted(self, other: Tree, group_id: str) -> Tree:
        """This tree with one group, and all below it, as it is in `other`."""
        if group_id == ROOT:
            return other
        rest = self.without_group(group_id)
        apps = {app_id: other.apps[app_id] for app_id in other.apps_in(group_id)}
        groups = {one: group for one, group in other.groups.items() if one == group_id or ids.is_below(one, group_id)}
        return Tree({**rest.apps, **apps}, {**rest.groups, **groups}).with_parents(group_id)

    def apps_in(self, group_id: str) -> Iterator[str]:
        """Ids of the apps in this group and below."""
        return (app_id for app_id in self.apps if ids.is_below(app_id, group_id))

    def children(self, group_id: str) -> list[str]:
        """Ids of the groups right below this one."""
        return [one for one in self.groups if one != ROOT and ids.parent(one) == group_id]

    def clashes(self) -> set[str]:
        """Names that are an app and a group at once. Marathon forbids them."""
        return self.apps.keys() & self.groups.keys()


def of_apps(apps: Mapping[str, App], groups: Iterable[Group] = ()) -> Tree:
    """A tree of these apps and groups, with every parent that they need."""
    known = {ROOT: Group(ROOT)} | {group.id: group for group in groups}
    for some_id in [*apps, *known]:
        for group_id in ids.groups_of(some_id):
            known.setdefault(group_id, Group(group_id))
    return Tree(dict(apps), known)
