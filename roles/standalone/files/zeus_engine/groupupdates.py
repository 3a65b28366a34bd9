# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Updates of groups as ``/v2/groups`` takes them: from a body to the tree of apps and groups that it asks for.

An update replaces what it mentions: an app missing from a given `apps` is removed, a group missing from a given `groups` too; an absent
`apps`, `groups` or `dependencies` keeps what was there.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

from . import definitions, ids
from .errors import ApiError, Problems, failed
from .schema import array, boolean, number, record, string
from .timestamps import readable
from .tree import ROOT, App, Group, Tree

Update = Mapping[str, Any]
#: (the groups as they will be, fields of the app, the group it lies in) -> its whole definition; raises the API's 422.
Completion = Callable[[Mapping[str, Group], Mapping[str, Any], str], App]


def _children(value: Any, path: str, problems: Problems) -> Any:
    return array(_GROUP)(value, path, problems)


def _version(value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, str):
        problems.add(path, "error.expected.jsstring")
    elif readable(value) is None:
        problems.add(path, "error.expected.date.isoformat")
    else:
        return readable(value)
    return value


_GROUP = record(
    {
        "id": string(),
        "apps": array(definitions.APP),
        "groups": _children,
        "dependencies": array(string()),
        "scaleBy": number(minimum=0),
        "version": _version,
        "enforceRole": boolean,
    }
)
_PARTIAL = record({"enforceRole": boolean})


def read(body: Any) -> Update:
    """The known fields of an update. Raises the API's 422 for wrong types and for fields that exclude each other."""
    problems = Problems()
    update = _GROUP(body, "", problems)
    problems.raise_wrong_types()
    _exclusive(update, "", problems)
    problems.raise_not_valid()
    return dict(update)


def read_partial(body: Any) -> Update:
    problems = Problems()
    update = _PARTIAL(body, "", problems)
    problems.raise_wrong_types()
    return dict(update)


def _exclusive(update: Update, path: str, problems: Problems) -> None:
    for name in ("version", "scaleBy"):
        if name in update and len(update) > 1:
            problems.add(f"{path}/{name}", "not allowed in conjunction with other properties.")
    for index, child in enumerate(update.get("groups", ())):
        _exclusive(child, f"{path}/groups({index})", problems)


def check(update: Update, group_id: str, groups: Mapping[str, Group]) -> None:
    """Rules on the ids and roles of an update for this group, beside the `groups` that are there. Raises the API's 422."""
    problems = Problems()
    _check(update, group_id, groups, "", problems)
    problems.raise_not_valid()


def _check(update: Update, group_id: str, groups: Mapping[str, Group], path: str, problems: Problems) -> None:
    if "enforceRole" in update:
        if group_id == ROOT or ids.parent(group_id) != ROOT:
            problems.add(f"{path}/enforceRole", "enforceRole can only be set for top-level groups")
        elif group_id in groups and bool(groups[group_id].enforce_role) != update["enforceRole"] and _has_apps(update):
            problems.add(f"{path}/enforceRole", "enforceRole cannot be changed in a request that also changes services")
    for index, dependency in enumerate(update.get("dependencies", ())):
        for text in ids.path_problems(dependency):
            problems.add(f"{path}/dependencies({index})", text)
    for index, app in enumerate(update.get("apps", ())):
        where = f"{path}/apps({index})/id"
        if "id" not in app:
            problems.add(where, "error.path.missing")
        elif ids.parent(ids.absolute(app["id"], group_id)) != group_id:
            problems.add(where, f"Identifier is not child of '{group_id}'")
    for index, child in enumerate(update.get("groups", ())):
        where = f"{path}/groups({index})"
        if "id" not in child:
            problems.add(f"{where}/id", "error.path.missing")
            continue
        child_id = ids.absolute(child["id"], group_id)
        for text in ids.problems(child_id):
            problems.add(f"{where}/id", text)
        if child_id == ROOT or ids.parent(child_id) != group_id:
            problems.add(f"{where}/id", f"Identifier is not child of '{group_id}'")
        for name in ("version", "scaleBy"):
            if name in child:
                problems.add(f"{where}/{name}", "only allowed for the group of the request")
        _check(child, child_id, groups, where, problems)


def _has_apps(update: Update) -> bool:
    return "apps" in update or any(_has_apps(child) for child in update.get("groups", ()))


def apply(tree: Tree, group_id: str, update: Update, complete: Completion) -> Tree:
    """The tree with this update, which is neither a rollback nor a scaling. Raises the API's 422 with the problems of all its apps."""
    problems = Problems()
    made = _apply(tree, group_id, update, complete, "", problems)
    problems.raise_not_valid()
    return made


def _apply(tree: Tree, group_id: str, update: Update, complete: Completion, path: str, problems: Problems) -> Tree:
    before = tree.groups.get(group_id, Group(group_id))
    dependencies = before.dependencies
    if "dependencies" in update:
        dependencies = tuple(dict.fromkeys(ids.absolute(one, group_id) for one in update["dependencies"]))
    made = tree.with_group(Group(group_id, dependencies, update.get("enforceRole", before.enforce_role)))
    if "groups" in update:
        given = {ids.absolute(child["id"], group_id): child for child in update["groups"]}
        for child_id in made.children(group_id):
            if child_id not in given:
                made = made.without_group(child_id)
        for index, (child_id, child) in enumerate(given.items()):
            made = _apply(made, child_id, child, complete, f"{path}/groups({index})", problems)
    if "apps" in update:
        made = Tree({app_id: app for app_id, app in made.apps.items() if ids.parent(app_id) != group_id}, made.groups)
        for index, fields in enumerate(update["apps"]):
            try:
                made = made.with_app(complete(made.groups, fields, group_id))
            except ApiError as error:
                problems.take(error, f"{path}/apps({index})")
    return made


def scaled(tree: Tree, group_id: str, factor: float) -> Tree:
    """Every app of the group, and below, with its instances multiplied and rounded up."""
    apps = {
        app_id: {**tree.apps[app_id], "instances": math.ceil(round(tree.apps[app_id]["instances"] * factor, 6))}
        for app_id in tree.apps_in(group_id)
    }
    known = tree if group_id in tree.groups else tree.with_group(Group(group_id))
    return Tree({**known.apps, **apps}, known.groups)


def rolled_back(tree: Tree, group_id: str, old: Tree | None, version: str) -> Tree:
    """The tree with this group as it was in `old`. Raises the API's 422 if it was not there."""
    if old is None or group_id not in old.groups:
        raise failed(422, f"Group {group_id} not available in version {version}")
    return tree.grafted(old, group_id)
