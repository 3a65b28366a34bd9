# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From a project's apps to Marathon definitions: ids, labels, the virtual cluster's constraint, checks, and what is published once only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._catalogue import VCluster
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._project import Project, build_health
from ansible_collections.zeus.paas.plugins.module_utils._project_command import FETCH_AND_RUN, RUN
from ansible_collections.zeus.paas.plugins.module_utils._project_keys import slug
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App, Health

STABLE = "stable"
Definition = dict[str, Any]


@dataclass(frozen=True)
class Site:
    """What a compilation needs to know of the datacenter.

    ``digests`` maps every ``files`` path of the project to the sha256 of its packed form; ``artifact_url`` serves ``<sha256>.tar.gz``.
    """

    datacenter: str
    catalogue: Mapping[str, VCluster]
    artifact_url: str = ""
    digests: Mapping[str, str] | None = None


def app_key(environment: str, project: str, app: str) -> str:
    return f"/{environment}/{project}/{app}"


def compile_apps(project: Project, environment: str, site: Site) -> dict[str, Definition]:
    """The stable definitions of one environment, by Marathon id. Raises InputError; also for other environments' collisions."""
    apps = project.expand(environment, site.datacenter)
    for app in apps:
        _check_cluster(project, app, site.catalogue)
    _check_published_once(project, site.datacenter)
    compiled = (_definition(project, environment, site, app, STABLE, "project") for app in apps)
    return {str(definition["id"]): definition for definition in compiled}


def compile_gray_app(project: Project, environment: str, site: Site, app_name: str) -> Definition:
    """The gray definition of one app: what ``gray`` overrides, the rest as stable. Raises InputError if the app has no ``gray``."""
    gray = gray_app(find_app(project, environment, site, app_name), project.source)
    return _definition(project, environment, site, gray, slug(gray.version), "gray_release")


def compile_promoted_app(project: Project, environment: str, site: Site, app_name: str) -> Definition:
    """Stable after the release has been finished: the gray version's definition at stable's id, with stable's number of instances.

    It equals what ``compile_apps`` makes once the user has moved the lines of ``gray`` up into the app.
    """
    app = find_app(project, environment, site, app_name)
    return _definition(project, environment, site, replace(gray_app(app, project.source), instances=app.instances), STABLE, "project")


def gray_app(app: App, source: str) -> App:
    """The app as its gray version, with gray's own number of instances."""
    gray = app.gray
    if gray is None:
        raise InputError(source, f"{app.where}.gray", "this app has no gray version", 'gray: {version: "2.0", …}')
    health = app.health
    if health is not None and gray.health:
        keep = {k: v for k, v in vars(health).items() if k != "path"}
        path = {} if "tcp" in gray.health or health.path is None else {"path": health.path}
        health = build_health({**keep, **path, **gray.health}, Where(source, f"{app.where}.gray.health"))
    return replace(
        app,
        version=gray.version,
        cmd=gray.cmd or app.cmd,
        files=gray.files or app.files,
        env={**app.env, **gray.env},
        resources=replace(app.resources, **gray.resources),
        health=health,
        instances=gray.instances,
    )


def files_of(apps: Iterable[App], source: str, *, gray: bool = False) -> dict[str, str]:
    """The ``files`` paths that must be packed, each with the key that names it; with ``gray`` those of the gray versions too."""
    found: dict[str, str] = {}
    for app in apps:
        if app.files is not None:
            found.setdefault(app.files, f"{app.where}.files")
        if gray and app.gray is not None and app.gray.files is not None:
            found.setdefault(app.gray.files, f"{app.where}.gray.files")
    return found


def published(labels: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """What a routed app takes for itself: pairs of virtual cluster and host + path, or port."""
    vcluster = labels.get("ZEUS_VCLUSTER", "")
    for host in filter(None, labels.get("ZEUS_HOSTS", "").split(",")):
        yield vcluster, f"{host}{labels.get('ZEUS_PATH', '/')}"
    if labels.get("ZEUS_PORT"):
        yield vcluster, f"port {labels['ZEUS_PORT']}"


def check_free(source: str, wanted: Mapping[str, Definition], running: Iterable[Mapping[str, Any]]) -> None:
    """Refuse what another app that already runs has published. ``running``: Marathon's apps with their labels."""
    taken: dict[tuple[str, str], str] = {}
    for app in running:
        labels = app.get("labels") or {}
        for place in published(labels):
            taken.setdefault(place, labels_key(labels))
    for definition in wanted.values():
        mine = labels_key(definition["labels"])
        for place in published(definition["labels"]):
            other = taken.get(place, mine)
            # An app that moves to another place while another app of this very run leaves it is not a collision.
            if other != mine and not _leaves(other, place, wanted):
                kind = "port" if place[1].startswith("port ") else "hosts"
                raise RefusedError(
                    f"{source}: apps.{definition['labels']['ZEUS_APP']}.{kind}: {place[1]} of virtual cluster {place[0]} already belongs "
                    f"to {other}, which runs in this datacenter; expected a host and path, or a port, that no other app has"
                )


def labels_key(labels: Mapping[str, str]) -> str:
    return app_key(*(labels.get(label, "?") for label in ("ZEUS_ENVIRONMENT", "ZEUS_PROJECT", "ZEUS_APP")))


def _leaves(other: str, place: tuple[str, str], wanted: Mapping[str, Definition]) -> bool:
    definition = wanted.get(f"{other}/{STABLE}")
    return definition is not None and place not in set(published(definition["labels"]))


def find_app(project: Project, environment: str, site: Site, app_name: str) -> App:
    """One app as it is in an environment and datacenter. Raises InputError: it is not in the file, or its virtual cluster not for it."""
    for app in project.expand(environment, site.datacenter):
        if app.name == app_name:
            _check_cluster(project, app, site.catalogue)
            return app
    raise InputError(project.source, "apps", "this app is not in the file", "one of " + ", ".join(sorted(project.apps)), app_name)


def _check_cluster(project: Project, app: App, catalogue: Mapping[str, VCluster]) -> None:
    where = Where(project.source, f"{app.where}.vcluster")
    cluster = catalogue.get(app.vcluster)
    if cluster is None:
        where.refuse("unknown virtual cluster", "one of " + ", ".join(sorted(catalogue)), app.vcluster)
    if cluster.owners and project.name not in cluster.owners:
        where.refuse(
            f"project {project.name} is not among the owners of this virtual cluster",
            f"a cluster of its own, or the project's name in the owners of zeus_vclusters.{cluster.name} (now {', '.join(cluster.owners)})",
            app.vcluster,
        )
    if app.type == "web" and not cluster.serves_web:
        where.refuse(f"this virtual cluster has no nginx (its router is {cluster.router})", "one with router nginx or both", app.vcluster)
    if app.type == "service" and not cluster.serves_ports:
        where.refuse(
            f"this virtual cluster has no HAProxy (its router is {cluster.router})", "one with router haproxy or both", app.vcluster
        )


def _check_published_once(project: Project, datacenter: str) -> None:
    taken: dict[tuple[str, str], tuple[str, str]] = {}
    for environment in project.environments:
        for app in project.expand(environment, datacenter):
            for place in published(_labels(project, environment, app, STABLE, "project")):
                other = taken.setdefault(place, (environment, app.where))
                if other != (environment, app.where):
                    key = f"{app.where}.{'port' if app.type == 'service' else 'hosts'}"
                    raise InputError(
                        project.source,
                        key,
                        f"{place[1]} of virtual cluster {place[0]} is taken twice: by {other[1]} in environment {other[0]} "
                        f"and by {app.where} in environment {environment}",
                        "a host and path, or a port, that belongs to one app; environments can override it",
                    )


def _labels(project: Project, environment: str, app: App, variant: str, owner: str) -> dict[str, str]:
    labels = {
        "ZEUS_ENVIRONMENT": environment,
        "ZEUS_PROJECT": project.name,
        "ZEUS_APP": app.name,
        "ZEUS_VARIANT": variant,
        "ZEUS_VERSION": app.version,
        "ZEUS_VCLUSTER": app.vcluster,
        "ZEUS_TYPE": app.type,
        "ZEUS_OWNER": owner,
    }
    if app.type == "web":
        labels["ZEUS_HOSTS"] = ",".join(sorted(app.hosts))
        labels["ZEUS_PATH"] = app.path or "/"
    if app.type == "service":
        labels["ZEUS_PORT"] = str(app.port)
    return labels


def _definition(project: Project, environment: str, site: Site, app: App, variant: str, owner: str) -> Definition:
    env = {
        **app.env,
        "ZEUS_CMD": app.cmd,
        "ZEUS_VERSION": app.version,
        "ZEUS_VARIANT": variant,
        "ZEUS_APP": app_key(environment, project.name, app.name),
        "ZEUS_DATACENTER": site.datacenter,
    }
    if app.files is not None:
        digest = (site.digests or {})[app.files]
        env["ZEUS_FILES_SHA256"] = digest
        env["ZEUS_FILES_URL"] = f"{site.artifact_url.rstrip('/')}/{digest}.tar.gz"
    routed = app.type != "worker"
    definition: Definition = {
        "id": f"{app_key(environment, project.name, app.name)}/{variant}",
        "cmd": FETCH_AND_RUN if app.files is not None else RUN,
        "env": env,
        "labels": _labels(project, environment, app, variant, owner),
        "constraints": [["vcluster", "CLUSTER", app.vcluster]],
        "instances": app.instances,
        "cpus": app.resources.cpus,
        "mem": app.resources.mem,
        "disk": app.resources.disk,
        "portDefinitions": [{"port": 0, "protocol": "tcp", "name": "default"}] if routed else [],
        "healthChecks": [] if app.health is None else [_health_check(app.health)],
        "upgradeStrategy": {
            "minimumHealthCapacity": app.upgrade.minimum_health_capacity,
            "maximumOverCapacity": app.upgrade.maximum_over_capacity,
        },
        "taskKillGracePeriodSeconds": app.grace_period,
        # What is gone for good should be replaced soon; Marathon's default of 300 s between tries is for clusters with broken programs.
        "maxLaunchDelaySeconds": 60,
    }
    return definition


def _health_check(health: Health) -> dict[str, Any]:
    """``delaySeconds: 0``: the grace period forgives early failures, and a first success must not wait (Marathon waits 15 s otherwise)."""
    check: dict[str, Any] = {
        "protocol": "MESOS_TCP" if health.path is None else "MESOS_HTTP",
        "portIndex": 0,
        "delaySeconds": 0,
        "gracePeriodSeconds": health.grace,
        "intervalSeconds": health.interval,
        "timeoutSeconds": health.timeout,
        "maxConsecutiveFailures": health.failures,
    }
    if health.path is not None:
        check["path"] = health.path
    return check
