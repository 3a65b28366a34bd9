# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The project file: read, validated as a whole, and merged for one environment and one datacenter.

Merge order, low to high: ``apps.<app>``, ``environments.<environment>.<app>``, ``apps.<app>.datacenters.<datacenter>``.
The file is validated in *every* combination it names, so a mistake is found by the first run and not by the one that needs it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, text
from ansible_collections.zeus.paas.plugins.module_utils._project_keys import (
    APP,
    OVERRIDABLE,
    PROJECT_KEYS,
    merge,
    name,
    read_layer,
    slug,
)
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App, Gray, Health, Resources, Upgrade
from ansible_collections.zeus.paas.plugins.module_utils._yaml import parse_yaml

Layer = Mapping[str, Any]


@dataclass(frozen=True)
class Project:
    """A valid project file. Values are typed but not merged; ``expand`` merges them."""

    name: str
    owner: str | None
    source: str
    environments: tuple[str, ...]
    apps: Mapping[str, Layer]
    by_environment: Mapping[str, Mapping[str, Layer]]
    by_datacenter: Mapping[str, Mapping[str, Layer]]

    def expand(self, environment: str, datacenter: str) -> tuple[App, ...]:
        """The apps of one environment in one datacenter, by name. Raises InputError for an unknown environment."""
        if environment not in self.by_environment:
            raise InputError(
                self.source, "environments", "this environment is not in the file", "one of " + ", ".join(self.environments), environment
            )
        return tuple(self._merged(app, environment, datacenter) for app in sorted(self.apps))

    def _merged(self, app: str, environment: str, datacenter: str) -> App:
        layers = (
            self.apps[app],
            self.by_environment[environment].get(app, {}),
            self.by_datacenter.get(datacenter, {}).get(app, {}),
        )
        merged: Layer = {}
        for layer in layers:
            merged = merge(merged, layer)
        return _build(app, merged, Where(self.source, f"apps.{app}"), f" in environment {environment}, datacenter {datacenter}")


def parse_project(content: str, source: str) -> Project:
    """A project from the text of its file. Raises InputError."""
    return load_project(parse_yaml(content, source), source)


def load_project(data: Any, source: str) -> Project:
    """A project from its file's data; ``source`` names the file in messages. Raises InputError."""
    top = Where(source)
    raw = mapping(data, top, "a project: the keys " + ", ".join(PROJECT_KEYS))
    known_keys(raw, PROJECT_KEYS, top)
    for key in ("project", "environments", "apps"):
        if key not in raw:
            top.at(key).refuse("this key is missing", {"project": "the project's name"}.get(key, "a mapping with at least one entry"))
    apps = _non_empty(raw["apps"], top.at("apps"))
    environments = _non_empty(raw["environments"], top.at("environments"))
    base: dict[str, Layer] = {}
    by_datacenter: dict[str, dict[str, Layer]] = {}
    for app, value in apps.items():
        where = top.at("apps").at(app)
        name(app, where)
        layer = read_layer(value, where, APP)
        for datacenter, override in layer.pop("datacenters", {}).items():
            at = where.at("datacenters").at(datacenter)
            name(datacenter, at)
            by_datacenter.setdefault(datacenter, {})[app] = read_layer(override, at, OVERRIDABLE)
        base[app] = layer
    project = Project(
        name=name(raw["project"], top.at("project")),
        owner=text(raw["owner"], top.at("owner")) if "owner" in raw else None,
        source=source,
        environments=tuple(environments),
        apps=base,
        by_environment={key: _environment(key, value, base, top.at("environments").at(key)) for key, value in environments.items()},
        by_datacenter=by_datacenter,
    )
    for environment in project.environments:
        for datacenter in (*sorted(by_datacenter), "any other"):
            project.expand(environment, datacenter)
    return project


def _environment(key: str, value: Any, apps: Mapping[str, Layer], where: Where) -> dict[str, Layer]:
    name(key, where)
    overrides = mapping({} if value is None else value, where)
    known_keys(overrides, apps, where, what="app")
    return {app: read_layer(layer, where.at(app), OVERRIDABLE) for app, layer in overrides.items()}


def _non_empty(value: Any, where: Where) -> Mapping[str, Any]:
    found = mapping(value, where)
    if not found:
        where.refuse("this is empty", "at least one entry")
    return found


def _build(app: str, merged: Layer, where: Where, when: str) -> App:
    """Check what holds between keys, fill in defaults. ``when`` says for which combination of layers."""
    kind = merged.get("type")
    if kind is None:
        where.at("type").refuse("this key is missing", "web, service or worker")
    required = {"vcluster": "the virtual cluster it runs in", "version": 'a version, such as "1.4"', "cmd": "the command that runs it"}
    if kind == "web":
        required["hosts"] = "a list with at least one DNS name"
    if kind == "service":
        required["port"] = "the port that HAProxy publishes"
    for key, expected in required.items():
        if key not in merged or merged[key] == ():
            where.at(key).refuse(f"this key is missing{when}", expected)
    for key, types in {"hosts": ("web",), "path": ("web",), "nginx": ("web",), "gray": ("web",), "port": ("service",)}.items():
        if key in merged and kind not in types:
            where.at(key).refuse(f"an app of type {kind} cannot have this key", "it only in apps of type " + " or ".join(types))
    if kind == "worker" and "health" in merged:
        where.at("health").refuse("a worker has no port that could be checked", "no health for an app of type worker")
    return App(
        where=where.key,
        name=app,
        type=kind,
        vcluster=merged["vcluster"],
        version=merged["version"],
        cmd=merged["cmd"],
        files=merged.get("files"),
        env=merged.get("env", {}),
        instances=merged.get("instances", 1),
        resources=Resources(**{"cpus": 0.1, "mem": 128.0, "disk": 0.0, **merged.get("resources", {})}),
        hosts=merged.get("hosts", ()),
        path=merged.get("path", "/") if kind == "web" else None,
        port=merged.get("port"),
        health=None if kind == "worker" else build_health(merged.get("health", {}), where.at("health")),
        upgrade=Upgrade(**{"minimum_health_capacity": 1.0, "maximum_over_capacity": 0.5, **merged.get("upgrade", {})}),
        grace_period=merged.get("grace_period", 10),
        snippet=merged.get("nginx", {}).get("snippet"),
        gray=_gray(merged["gray"], merged, where.at("gray"), when) if "gray" in merged else None,
    )


def build_health(health: Layer, where: Where) -> Health:
    """Short times by default: what is not alive should be replaced within seconds."""
    if "path" in health and "tcp" in health:
        where.refuse("a check has either a path or tcp", "path: /… for HTTP, or tcp: true")
    return Health(
        path=health.get("path"),
        grace=health.get("grace", 30),
        interval=health.get("interval", 2),
        timeout=health.get("timeout", 2),
        failures=health.get("failures", 3),
    )


def _gray(gray: Layer, app: Layer, where: Where, when: str) -> Gray:
    if "version" not in gray:
        where.at("version").refuse(f"this key is missing{when}", 'the gray version, such as "2.0"')
    if gray["version"] == app["version"]:
        where.at("version").refuse(f"this is the stable version{when}", "another version than the app's own", gray["version"])
    if slug(gray["version"]) in ("stable", "restart", "tasks", "versions"):
        where.at("version").refuse("a gray version cannot have this name", "another version", gray["version"])
    build_health(merge({"health": app.get("health", {})}, {"health": gray.get("health", {})})["health"], where.at("health"))
    return Gray(
        version=gray["version"],
        policy=gray.get("policy"),
        instances=gray.get("instances", 1),
        cmd=gray.get("cmd"),
        files=gray.get("files"),
        env=gray.get("env", {}),
        resources=gray.get("resources", {}),
        health=gray.get("health", {}),
    )
