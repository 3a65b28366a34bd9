# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Marathon refuses about a well-typed app, beyond types: its semantic rules, and what this engine cannot run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import constraints, docker_parameters, ids, oldfields
from .definitions import SERVER_ONLY, image_of, is_host, ports_of, with_defaults
from .errors import Problems, not_valid
from .roles import Roles
from .tree import ROOT

NOT_HERE = "the standalone engine runs plain processes, and images with Docker, on one machine"

ANY_ROLE = Roles()


def check_request(fields: Mapping[str, Any], *, update: bool) -> None:
    """Rules on the request itself, before defaults. Raises the API's 422."""
    problems = Problems()
    if update:
        if "version" in fields and set(fields) - {"id", "version"}:
            problems.add("/", "The 'version' field may only be combined with the 'id' field.")
        if fields.get("portDefinitions") and any(one.get("mode", "container") != "host" for one in fields.get("networks", ())):
            problems.add("/", "portDefinitions are only allowed with host-networking")
    oldfields.check(fields, problems)
    problems.raise_not_valid()


def complete(fields: Mapping[str, Any], base: str = ROOT, roles: Roles = ANY_ROLE) -> dict[str, Any]:
    """The whole definition that these fields of a request ask for. Raises 422 with every problem."""
    given = {key: value for key, value in fields.items() if key not in SERVER_ONLY}
    app = with_defaults({"role": roles.default} | given, base)
    check(app, roles)
    return app


def check(app: Mapping[str, Any], roles: Roles = ANY_ROLE) -> None:
    """Raises 422 with every problem of a definition in read-back form."""
    problems = Problems()
    for text in ids.problems(app["id"]):
        problems.add("/id", text)
    for index, dependency in enumerate(app.get("dependencies", ())):
        for text in ids.path_problems(dependency):
            problems.add(f"/dependencies({index})", text)
    _check_command(app, problems)
    _check_ports(app, problems)
    _check_networks(app, problems)
    for index, raw in enumerate(app.get("constraints", ())):
        for text in constraints.problems(raw):
            problems.add(f"/constraints({index})", text)
    _check_health(app, problems)
    _check_readiness(app, problems)
    _check_upgrade(app, problems)
    _check_resources(app, problems)
    if app["role"] not in roles.valid:
        problems.add("/role", f"got {app['role']}, expected one of: {', '.join(sorted(roles.valid))}")
    if image_of(app):
        _check_container(app, problems)
    _check_what_this_engine_lacks(app, problems)
    problems.raise_not_valid()


def _check_command(app: Mapping[str, Any], problems: Problems) -> None:
    container = app.get("container", {})
    image = bool(container.get("docker", {}).get("image"))
    has_cmd, has_args = bool(app.get("cmd")), bool(app.get("args"))
    if has_cmd == has_args and not (not has_cmd and (image or container.get("type") == "MESOS")):
        problems.add("/", "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'.")
    if "cmd" in app and len(app["cmd"]) <= 1:
        problems.add("/cmd", "must not be an empty string")
    if container.get("type") == "DOCKER" and not image:
        problems.add("/container/docker", "not defined")


def _check_ports(app: Mapping[str, Any], problems: Problems) -> None:
    ports = ports_of(app)
    where = "/portDefinitions" if is_host(app) else "/container/portMappings"
    names = [one["name"] for one in ports if "name" in one]
    if len(set(names)) != len(names):
        problems.add(where, "Port names must be unique.")
    numbers = [one[key] for one in ports if (key := "port" if is_host(app) else "servicePort") and one[key]]
    if len(set(numbers)) != len(numbers):
        problems.add(where, "Ports must be unique.")


def _check_networks(app: Mapping[str, Any], problems: Problems) -> None:
    networks = app["networks"]
    modes = [one["mode"] for one in networks]
    if any(one["mode"] == "host" and (one.get("name") or one.get("labels")) for one in networks):
        problems.add("/networks", "Host networks may not have names or labels")
    if any(one["mode"] == "container/bridge" and one.get("name") for one in networks):
        problems.add("/networks", "Bridge networks may not have names")
    names = [one.get("name") for one in networks if one["mode"] == "container"]
    if len(set(names)) != len(names):
        problems.add("/networks", "Duplicate networks are not allowed")
    if len(set(modes)) > 1 or (len(modes) > 1 and modes[0] != "container"):
        problems.add("/networks", "May specify a single host network, single bridge network, or else 1-to-n container networks")
    if None in names:
        problems.add("/networks", "Network name must be specified when container network is selected.")
    if is_host(app) and app.get("container", {}).get("portMappings"):
        problems.add("/", "portMappings are not allowed with host-networking")


def _check_health(app: Mapping[str, Any], problems: Problems) -> None:
    count = len(ports_of(app))
    checks = app.get("healthChecks", ())
    for index, one in enumerate(checks):
        path = f"/healthChecks({index})"
        protocol = one["protocol"]
        if protocol == "COMMAND":
            if "command" not in one:
                problems.add(path, "COMMAND must specify a command")
            continue
        if "command" in one:
            problems.add(path, f"{protocol} health check must not specify a command")
        addressed = one["portIndex"] < count if "portIndex" in one else "port" in one or count == 1
        if not addressed:
            problems.add(path, "Health check port indices must address an element of the ports array or container port mappings.")
        if one["ipProtocol"] == "IPv6" and not (protocol.startswith("MESOS_") and app.get("container", {}).get("type") == "DOCKER"):
            problems.add(path, "IPv6 is supported for Docker containers and Mesos health checks only")
    if sum(one["protocol"].startswith("MESOS_") for one in checks) > 1:
        problems.add("/healthChecks", "AppDefinition can contain at most one Mesos health check")


def _check_readiness(app: Mapping[str, Any], problems: Problems) -> None:
    checks = app.get("readinessChecks", ())
    if len(checks) > 1:
        problems.add("/readinessChecks", "may have at most one readiness check")
    names = {one.get("name") for one in ports_of(app)}
    for index, one in enumerate(checks):
        if one["portName"] not in names:
            problems.add(f"/readinessChecks({index})/portName", f"No port definition reference for portName {one['portName']}")
        if one["timeoutSeconds"] >= one["intervalSeconds"]:
            problems.add(
                f"/readinessChecks({index})/timeoutSeconds", f"got {one['timeoutSeconds']}, expected less than {one['intervalSeconds']}"
            )


def _check_upgrade(app: Mapping[str, Any], problems: Problems) -> None:
    if app["labels"].get("MARATHON_SINGLE_INSTANCE_APP") == "true":
        if app["instances"] > 1:
            problems.add("/", "Single instance apps may only have one instance")
        if any(app["upgradeStrategy"].values()):
            problems.add("/upgradeStrategy", "Single instance apps must have minimumHealthCapacity and maximumOverCapacity of 0")
    strategy = app["unreachableStrategy"]
    if isinstance(strategy, dict) and strategy["inactiveAfterSeconds"] > strategy["expungeAfterSeconds"]:
        problems.add("/unreachableStrategy", "inactiveAfterSeconds must be less or equal to expungeAfterSeconds")


def _check_resources(app: Mapping[str, Any], problems: Problems) -> None:
    for name, limit in app.get("resourceLimits", {}).items():
        if limit != "unlimited" and limit < app[name]:
            problems.add(f"/resourceLimits/{name}", f"resource limit for {name} must be greater than or equal to the request ({app[name]})")
    if app["gpus"]:
        problems.add("/", "Feature gpu_resources is not enabled. Enable with --enable_features gpu_resources)")
    if app.get("secrets") or any(isinstance(value, dict) for value in app.get("env", {}).values()):
        problems.add("/secrets", "Feature secrets is not enabled. Enable with --enable_features secrets)")
    roles = app.get("acceptedResourceRoles")
    if roles is not None and not set(roles) <= {"*", app["role"]}:
        problems.add("/acceptedResourceRoles", f"acceptedResourceRoles must be a subset of '*' and '{app['role']}'")


def _check_container(app: Mapping[str, Any], problems: Problems) -> None:
    """What would make Docker refuse the container, or make it another one than wanted."""
    container = app["container"]
    if app["gpus"]:
        problems.add("/gpus", "GPU resources only work with the Mesos containerizer")
    for index, volume in enumerate(container["volumes"]):
        path = f"/container/volumes({index})"
        kind = next((one for one in ("persistent", "external", "secret") if one in volume), None)
        if kind:
            problems.add(path, f"{NOT_HERE}: {kind} volumes are not supported, use a hostPath")
            continue
        for key in ("hostPath", "mode"):
            if key not in volume:
                problems.add(f"{path}/{key}", "not defined")
        paths = [volume.get("hostPath", "/"), volume["containerPath"]]
        if any(":" in one for one in paths):
            problems.add(path, "a path must not have a colon in it: Docker takes it for the end of the path")
        if not any(one.startswith("/") for one in paths):
            problems.add(path, "hostPath and containerPath must not both be relative")
    for index, parameter in enumerate(container["docker"]["parameters"]):
        try:
            docker_parameters.apply({}, parameter["key"], parameter["value"])
        except ValueError as error:
            problems.add(f"/container/docker/parameters({index})", str(error))


def check_runnable(app: Mapping[str, Any], no_images: str) -> None:
    """Raises 422 for an image where none can be run; `no_images` says why, if so."""
    if no_images and image_of(app):
        raise not_valid("/container", f"{NOT_HERE}: {no_images}")


def _check_what_this_engine_lacks(app: Mapping[str, Any], problems: Problems) -> None:
    """Refused with a plain text rather than accepted and not done."""
    container = app.get("container", {})
    image = image_of(app)
    if not image and container.get("docker", {}).get("image"):
        problems.add("/container/type", f"{NOT_HERE}: an image needs the container type DOCKER")
    if not image and container.get("volumes"):
        problems.add("/container/volumes", f"{NOT_HERE}: volumes need an image and the container type DOCKER")
    if not is_host(app) and not (image and app["networks"][0]["mode"] == "container/bridge"):
        problems.add("/networks", f"{NOT_HERE}: only network mode host is supported, and container/bridge with an image")
    if app.get("fetch"):
        problems.add("/fetch", f"{NOT_HERE}: fetch is not supported, let the command fetch what it needs")
    if "check" in app:
        problems.add("/check", f"{NOT_HERE}: check is not supported, use healthChecks")
    if "residency" in app:
        problems.add("/residency", f"{NOT_HERE}: resident tasks are not supported")
