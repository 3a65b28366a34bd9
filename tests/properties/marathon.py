# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Marathon 1.11 makes of an app's body: its defaults, what a change is, what a plan is.

Written from Marathon's documented behaviour and its sources' rules alone; nothing of the engine is imported here.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

App = dict[str, Any]
#: A plan's steps: per step the set of (action, app).
Plan = list[set[tuple[str, str]]]
SERVER = ("version", "versionInfo")


def absolute(raw: str, group: str = "/") -> str:
    parts = [] if raw.startswith("/") else [one for one in group.split("/") if one]
    for one in raw.split("/"):
        if one == "..":
            parts = parts[:-1]
        elif one not in ("", "."):
            parts.append(one)
    return "/" + "/".join(parts)


def parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def within(path: str, group: str) -> bool:
    return path.startswith(group.rstrip("/") + "/")


def with_parents(groups: Mapping[str, Sequence[str]], ids: Iterable[str]) -> dict[str, list[str]]:
    """Groups by id, with their dependencies; every app and group lies in groups up to the root."""
    found = {group: list(dependencies) for group, dependencies in groups.items()}
    for one in [*ids, *groups]:
        while one != "/":
            one = parent(one)
            found.setdefault(one, [])
    return found


Tree = tuple[dict[str, App], dict[str, list[str]]]


def without(tree: Tree, group: str) -> Tree:
    """Everything but a group and what is in it; the root itself stays."""
    apps, groups = tree
    kept = {one: dependencies for one, dependencies in groups.items() if one != group and not within(one, group)}
    return {one: app for one, app in apps.items() if not within(one, group)}, {"/": [], **kept} if group == "/" else kept


def put_group(tree: Tree, group: str, update: Mapping[str, Any]) -> Tree:
    """What an update mentions is replaced whole, what it does not mention stays."""
    apps, groups = dict(tree[0]), dict(tree[1])
    groups[group] = [absolute(one, group) for one in update.get("dependencies", groups.get(group, []))]
    if "groups" in update:
        children = {absolute(one["id"], group): one for one in update["groups"]}
        for gone in [one for one in groups if one != "/" and parent(one) == group and one not in children]:
            apps, groups = without((apps, groups), gone)
        for child, inner in children.items():
            apps, groups = put_group((apps, groups), child, inner)
    if "apps" in update:
        apps = {one: app for one, app in apps.items() if parent(one) != group}
        for body in update["apps"]:
            app = read_back({**body, "id": absolute(body["id"], group)})
            apps[app["id"]] = app
    return apps, with_parents(groups, apps)


def scaled(tree: Tree, group: str, factor: float) -> Tree:
    return {
        one: {**app, "instances": math.ceil(round(app["instances"] * factor, 9))} if within(one, group) else app
        for one, app in tree[0].items()
    }, tree[1]


def grafted(tree: Tree, old: Tree, group: str) -> Tree:
    """One group as it was."""
    apps, groups = without(tree, group)
    apps |= {one: plain(app) for one, app in old[0].items() if within(one, group)}
    groups |= {one: dependencies for one, dependencies in old[1].items() if one == group or within(one, group)}
    return apps, with_parents(groups, apps)


def read_back(body: Mapping[str, Any]) -> App:
    """A whole body with every default that Marathon writes; ports that are 0 are still 0."""
    given = {key: value for key, value in copy.deepcopy(dict(body)).items() if key not in (*SERVER, "ports", "unknownField")}
    app: App = {
        "backoffSeconds": 1,
        "backoffFactor": 1.15,
        "maxLaunchDelaySeconds": 300,
        "cpus": 1.0,
        "mem": 128.0,
        "disk": 0.0,
        "gpus": 0,
        "instances": 1,
        "executor": "",
        "requirePorts": False,
        "killSelection": "YOUNGEST_FIRST",
        "labels": {},
        "networks": [{"mode": "host"}],
        "upgradeStrategy": {"minimumHealthCapacity": 1, "maximumOverCapacity": 1},
        "unreachableStrategy": {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
        "role": "*",
        **given,
    }
    app["killSelection"] = app["killSelection"].upper()
    ports = given.get("portDefinitions")
    if ports is None:
        ports = [{"port": one} for one in body["ports"]] if "ports" in body else [{"port": 0, "name": "default"}]
    app["portDefinitions"] = [{"port": 0, **one, "protocol": one.get("protocol", "tcp").lower()} for one in ports]
    if "constraints" in app:
        app["constraints"] = [[one[0], one[1].upper(), *one[2:]] for one in app["constraints"]]
    if "dependencies" in app:
        app["dependencies"] = [absolute(one, parent(app["id"])) for one in app["dependencies"]]
    if "healthChecks" in app:
        app["healthChecks"] = [_health_check(one, app) for one in app["healthChecks"]]
    for name in ("args", "constraints", "dependencies", "env", "healthChecks", "acceptedResourceRoles"):
        if not app.get(name):
            app.pop(name, None)
    return app


def _health_check(given: Mapping[str, Any], app: Mapping[str, Any]) -> App:
    check: App = {
        "protocol": "COMMAND" if "command" in given and "protocol" not in given else "HTTP",
        "gracePeriodSeconds": 300,
        "intervalSeconds": 60,
        "timeoutSeconds": 20,
        "maxConsecutiveFailures": 3,
        "delaySeconds": 15,
        "ipProtocol": "IPv4",
        **given,
    }
    check["protocol"] = check["protocol"].upper()
    if check["protocol"] in ("HTTP", "HTTPS"):
        check.setdefault("ignoreHttp1xx", False)
    if check["protocol"] != "COMMAND" and "port" not in check and "portIndex" not in check and app["portDefinitions"]:
        check["portIndex"] = 0
    return check


def merged(old: Mapping[str, Any], update: Mapping[str, Any]) -> App:
    """A partial update as a whole body: top-level fields are replaced, cmd and args exclude each other."""
    body = {key: value for key, value in old.items() if key not in SERVER}
    if "cmd" in update:
        body.pop("args", None)
    if "args" in update:
        body.pop("cmd", None)
    if "ports" in update:
        body.pop("portDefinitions", None)
    return body | dict(update)


def with_ports(app: App, old: Mapping[str, Any] | None, answered: Sequence[int], others: Iterable[int]) -> App:
    """Service ports that were 0 are what the engine said, if it was allowed to say that: the old ones, else free ones of the range."""
    taken = set(others)
    before = [one["port"] for one in old["portDefinitions"]] if old else []
    wanted = [one["port"] for one in app["portDefinitions"]]
    assert len(answered) == len(wanted), f"{len(wanted)} ports wanted, {answered} answered"
    again = iter([one for one in before if 10000 <= one < 20000 and one not in wanted])
    for index, (want, got) in enumerate(zip(wanted, answered, strict=True)):
        if want:
            assert got == want, f"port {index}: asked for {want}, got {got}"
        elif kept := next(again, None):
            assert got == kept, f"port {index} was {kept} and became {got}"
        else:
            assert 10000 <= got <= 20000, f"port {got} is not in Marathon's range"
            assert got not in taken, f"port {got} belongs to another app"
    assert len(set(answered)) == len(answered), f"ports {answered} are not unique"
    ports = [{**one, "port": got} for one, got in zip(app["portDefinitions"], answered, strict=True)]
    return {**app, "portDefinitions": ports}


def plain(app: Mapping[str, Any]) -> App:
    return {key: value for key, value in app.items() if key not in SERVER}


def upgrade(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Does the change restart the tasks? Everything but the number of instances does."""
    return plain(old) | {"instances": 0} != plain(new) | {"instances": 0}


def versioned(new: App, old: Mapping[str, Any] | None, version: str, restarted: bool) -> App:
    if old is None or upgrade(old, new):
        info = {"lastScalingAt": version, "lastConfigChangeAt": version}
    elif restarted:
        info = {**old["versionInfo"], "lastConfigChangeAt": version}
    elif old["instances"] != new["instances"]:
        info = {**old["versionInfo"], "lastScalingAt": version}
    else:
        return dict(old)
    return {**new, "version": version, "versionInfo": info}


def needs(apps: Mapping[str, Mapping[str, Any]], groups: Mapping[str, Sequence[str]] | None = None) -> dict[str, set[str]]:
    """App -> apps it depends on: apps and groups that itself names, and groups that a group it lies in names; of groups all their apps."""
    found: dict[str, set[str]] = {}
    for app_id, app in apps.items():
        by_group = {one for group, dependencies in (groups or {}).items() if within(app_id, group) for one in dependencies}
        found[app_id] = {other for one in app.get("dependencies", ()) for other in apps if other == one or within(other, one)}
        found[app_id] |= {other for one in by_group for other in apps if within(other, one)}
    return found


def depths(edges: Mapping[str, set[str]]) -> dict[str, int] | None:
    """App -> length of its longest dependency path; None if there is a cycle."""
    depth: dict[str, int] = {}
    left = dict(edges)
    while left:
        free = [app for app, wanted in left.items() if wanted <= depth.keys()]
        if not free:
            return None
        for app in free:
            depth[app] = 1 + max((depth[one] for one in left[app]), default=0)
        for app in free:
            del left[app]
    return depth


def plan(
    old: Mapping[str, Mapping[str, Any]],
    new: Mapping[str, Mapping[str, Any]],
    depth: Mapping[str, int],
    restarted: Iterable[str] = (),
    killed: Iterable[str] = (),
) -> Plan:
    levels: dict[int, set[tuple[str, str]]] = {}
    for app_id, app in new.items():
        before = old.get(app_id)
        if before is None:
            action = "ScaleApplication"
        elif upgrade(before, app) or app_id in restarted:
            action = "RestartApplication" if app["instances"] else "ScaleApplication"
        elif before["instances"] != app["instances"] or app_id in killed:
            action = "ScaleApplication"
        else:
            continue
        levels.setdefault(depth[app_id], set()).add((action, app_id))
    steps = [{("StopApplication", one) for one in old if one not in new}, {("StartApplication", one) for one in new if one not in old}]
    return [step for step in [*steps, *(levels[level] for level in sorted(levels))] if step]


def rolling(app: Mapping[str, Any]) -> tuple[int, int]:
    """(least healthy, most tasks) while an app is replaced."""
    strategy, instances = app["upgradeStrategy"], app["instances"]
    least = math.ceil(round(instances * strategy["minimumHealthCapacity"], 9))
    most = math.floor(round(instances * (1 + strategy["maximumOverCapacity"]), 9))
    return least, most + (least == most)
