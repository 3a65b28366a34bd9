# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From what runs to the plan. Pure; see ``_routing`` for the plan itself and ``_routing_fleet`` for what is known of tasks."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry, Peer, Plan, Problem, Variant
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import OUT_OF_SIGHT, RUNNING, App, Fleet, Task
from ansible_collections.zeus.paas.plugins.module_utils._routing_labels import STABLE, Route


@dataclass(frozen=True)
class Inputs:
    """All that a plan is made of, but for the plan before.

    ``gray``: compiled rules by app key; ``snippets``: digests that are installed, by app key; ``draining``: task ids that must not
    be peers; ``addresses``: host name → IP address, for agents that do not call themselves by their address;
    ``reserved_ports``: what this node listens on itself, which no service may take.
    """

    vcluster: str
    fleet: Fleet
    gray: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    snippets: Mapping[str, str] = field(default_factory=dict)
    draining: Collection[str] = ()
    addresses: Mapping[str, str] = field(default_factory=dict)
    reserved_ports: Collection[int] = ()


@dataclass(frozen=True)
class Labelled:
    """An app and the route that counts for it: its own, or its last good one."""

    app: App
    route: Route


Groups = dict[str, dict[str, Labelled]]


@dataclass(frozen=True)
class Built:
    plan: Plan
    problems: tuple[Problem, ...]


def build_plan(inputs: Inputs, previous: Plan) -> Built:
    """The plan that ``inputs`` ask for.

    Entries that came out as before are the *same objects* as in ``previous``, so unchanged apps cost neither a digest nor a push.
    """
    problems: list[Problem] = []
    groups = _groups(inputs, previous, problems)
    routes = {key: _route_of(key, apps, previous.apps.get(key), problems) for key, apps in groups.items()}
    routes = _settle_hosts(routes, previous, problems)
    routes = _settle_ports(routes, previous, inputs.reserved_ports, problems)
    entries: dict[str, Entry] = {}
    for key in sorted(routes):
        entry = _build_entry(key, routes[key], groups[key], inputs, previous.apps.get(key), problems)
        entries[key] = entry
    same = len(entries) == len(previous.apps) and all(previous.apps.get(key) is entry for key, entry in entries.items())
    return Built(previous if same else Plan(entries), tuple(sorted(set(problems))))


def fleet_of(plan: Plan, vcluster: str) -> Fleet:
    """What the plan says that runs: an agent starts from this, so that Marathon's first answer is merged like any other."""
    apps: dict[str, App] = {}
    for entry in plan.apps.values():
        for name, variant in entry.variants.items():
            route = Route(
                entry.environment,
                entry.project,
                entry.app,
                name,
                variant.version,
                vcluster,
                entry.kind,
                entry.hosts,
                entry.path,
                entry.port,
            )
            tasks = {peer.task: Task(peer.task, peer.address, (peer.port,), RUNNING) for peer in variant.peers}
            app_id = f"{entry.key}/{name}"
            apps[app_id] = App(app_id, route, 0, "", tasks)
    return Fleet(apps)


def _groups(inputs: Inputs, previous: Plan, problems: list[Problem]) -> Groups:
    """App key → variant → app, for routed apps of this virtual cluster. An app with bad labels stays under its last good ones."""
    groups: Groups = {}
    for app in inputs.fleet.apps.values():
        route = app.route
        if app.problem:
            problems.append(Problem("labels", app.id, app.problem))
            route = _last_good(app.id, previous, inputs.vcluster)
        if route is not None and route.routed and route.vcluster == inputs.vcluster:
            groups.setdefault(route.key, {})[route.variant] = Labelled(app, route)
    return groups


def _last_good(app_id: str, previous: Plan, vcluster: str) -> Route | None:
    key, _unused, variant = app_id.rpartition("/")
    entry = previous.apps.get(key)
    if entry is None or variant not in entry.variants:
        return None
    return Route(
        entry.environment, entry.project, entry.app, variant, entry.variants[variant].version, vcluster,
        entry.kind, entry.hosts, entry.path, entry.port,
    )  # fmt: skip


def _route_of(key: str, apps: Mapping[str, Labelled], before: Entry | None, problems: list[Problem]) -> Route:
    """While variants differ, stable's labels route; without a stable app the plan before does, then the first variant."""
    route = (apps.get(STABLE) or apps[min(apps)]).route
    if STABLE not in apps and before is not None:
        route = replace(route, kind=before.kind, hosts=before.hosts, path=before.path, port=before.port)
    for name, other in apps.items():
        if other.route.kind != route.kind:
            said = f"ZEUS_TYPE is {other.route.kind}, but {key} is routed as {route.kind}: variant {name} is left out"
            problems.append(Problem("labels", other.app.id, said))
    return route


def _settle_hosts(routes: Mapping[str, Route], previous: Plan, problems: list[Problem]) -> dict[str, Route]:
    """One host + path belongs to one app: who had it keeps it, else the first by name gets it. The other loses that host only."""
    claims: dict[tuple[str, str], list[str]] = {}
    for key, route in routes.items():
        for host in route.hosts:
            claims.setdefault((host, _plain(route.path)), []).append(key)
    lost: dict[str, set[str]] = {}
    for (host, path), keys in claims.items():
        if len(keys) == 1:
            continue
        owner = min(keys, key=lambda key: (not _had_host(previous, key, host, path), key))
        for key in keys:
            if key != owner:
                lost.setdefault(key, set()).add(host)
                problems.append(Problem("conflict", key, f"{host}{path} belongs to {owner}: this app is not reachable by it"))
    settled = dict(routes)
    for key, hosts in lost.items():
        left = tuple(host for host in routes[key].hosts if host not in hosts)
        if left:
            settled[key] = replace(routes[key], hosts=left)
        else:
            del settled[key]
    return settled


def _settle_ports(routes: Mapping[str, Route], previous: Plan, reserved: Collection[int], problems: list[Problem]) -> dict[str, Route]:
    claims: dict[int, list[str]] = {}
    for key, route in routes.items():
        if route.kind == "service":
            claims.setdefault(route.port, []).append(key)
    settled = dict(routes)
    for port, keys in claims.items():
        owner: str | None = min(keys, key=lambda key: (not _had_port(previous, key, port), key))
        if port in reserved:
            owner = None
        for key in keys:
            if key != owner:
                reason = f"belongs to {owner}" if owner else "is used by the router node itself"
                problems.append(Problem("conflict", key, f"port {port} {reason}: this app is not published"))
                del settled[key]
    return settled


def _build_entry(
    key: str, route: Route, apps: Mapping[str, Labelled], inputs: Inputs, before: Entry | None, problems: list[Problem]
) -> Entry:
    variants: dict[str, Variant] = {}
    for name in sorted(apps):
        app, own = apps[name].app, apps[name].route
        if own.kind == route.kind:
            was = frozenset(peer.task for peer in before.variants[name].peers) if before and name in before.variants else frozenset()
            variants[name] = Variant(own.version, tuple(sorted(_peers(app, was, inputs, problems))))
    common = (route.kind, route.environment, route.project, route.app, variants)
    candidate: dict[str, Any]
    if route.kind == "web":
        candidate = {"hosts": route.hosts, "path": route.path, "gray": inputs.gray.get(key), "snippet": inputs.snippets.get(key)}
    else:
        candidate = {"port": route.port}
    if before is not None and _same(before, common, candidate):
        return before
    return Entry(*common, **candidate)


def _same(before: Entry, common: tuple[Any, ...], rest: Mapping[str, Any]) -> bool:
    """Compared before it is built: building one makes its JSON and digest, which is what costs."""
    have = (before.kind, before.environment, before.project, before.app, before.variants)
    return have == common and all(getattr(before, name) is value or getattr(before, name) == value for name, value in rest.items())


def _peers(app: App, was: Collection[str], inputs: Inputs, problems: list[Problem]) -> Iterable[Peer]:
    for task in app.tasks.values():
        if task.id in inputs.draining or not _serves(app, task, task.id in was):
            continue
        if not task.ports:
            problems.append(Problem("task", app.id, f"task {task.id} has no port: it cannot be a peer"))
            continue
        address = _address(task.host, inputs.addresses)
        if address is None:
            problems.append(Problem("task", app.id, f"task {task.id} runs on {task.host!r}, which is no address and resolves to none"))
            continue
        yield Peer(task.id, address, task.ports[0])


def _serves(app: App, task: Task, was_peer: bool) -> bool:
    if task.state in OUT_OF_SIGHT:
        return was_peer
    if task.state != RUNNING or not all(task.alive):
        return False
    if was_peer:
        return True  # nobody said that it is not well: a Marathon that has just begun to lead knows no results of before
    if task.version and app.config_version and task.version < app.config_version:
        # Started from an older definition, which may have had other checks: what it showed so far counts.
        return len(task.alive) > 0 or app.health_checks == 0
    return len(task.alive) >= app.health_checks


def _address(host: str, known: Mapping[str, str]) -> str | None:
    text = known.get(host, host)
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None


def _plain(path: str) -> str:
    return path.rstrip("/") or "/"


def _had_host(plan: Plan, key: str, host: str, path: str) -> bool:
    entry = plan.apps.get(key)
    return entry is not None and host in entry.hosts and _plain(entry.path) == path


def _had_port(plan: Plan, key: str, port: int) -> bool:
    entry = plan.apps.get(key)
    return entry is not None and entry.kind == "service" and entry.port == port
