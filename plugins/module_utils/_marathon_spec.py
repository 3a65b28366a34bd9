# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""App definitions: is one valid, do two mean the same, and does a difference restart the tasks?

Marathon ignores unknown fields without a word and answers a change that changes nothing with a new deployment; so both questions are
answered here, before anything is sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._constraints import parse_constraint
from ansible_collections.zeus.paas.plugins.module_utils._marathon_fields import APP, SERVER_DEFAULTS
from ansible_collections.zeus.paas.plugins.module_utils._shape import Place

App = Mapping[str, Any]

RESERVED_WORDS = frozenset({"restart", "tasks", "versions", ".", ".."})
#: The one field whose change Marathon neither scales nor restarts for.
NO_UPGRADE = frozenset({"instances", "executorResources"})
MESOS_CHECKS = frozenset({"MESOS_HTTP", "MESOS_HTTPS", "MESOS_TCP"})


def clean_app(definition: App, source: str) -> dict[str, Any]:
    """The definition as it will be sent: checked by Marathon's rules, without nulls and server-only fields, its id absolute.

    :raises InputError: with the dotted key, for what Marathon would refuse, and for unknown fields, which it would ignore.
    """
    place = Place(source)
    app: dict[str, Any] = APP.clean(definition, place)
    app["id"] = absolute(app["id"])
    if "dependencies" in app:
        app["dependencies"] = [absolute(i) for i in app["dependencies"]]
    if "constraints" in app:
        parsed = [parse_constraint(c, source, f"constraints[{i}]") for i, c in enumerate(app["constraints"])]
        app["constraints"] = [c.as_list() for c in parsed]
    for rule in (_check_id, _check_command, _check_networks, _check_health, _check_readiness, _check_strategy, _check_limits):
        rule(app, place)
    return app


def comparable(definition: App, server: App | None) -> dict[str, Any]:
    """The form in which equal apps are equal.

    ``server`` is what the server has, or None. For the server's own side pass the same object twice: it is taken as complete, whereas what
    a user did not write is filled with the server's defaults.
    """
    app: dict[str, Any] = APP.fill(definition)
    app["id"] = absolute(str(app.get("id", "/")))
    if "dependencies" in app:
        app["dependencies"] = sorted(absolute(str(i)) for i in app["dependencies"])
    if "constraints" in app:
        app["constraints"] = sorted([[str(p).upper() if i == 1 else str(p) for i, p in enumerate(c)] for c in app["constraints"]])
    current = server if server is not None and server is not definition else None
    have = {} if current is None else APP.fill(current)
    own = server is definition
    _fill_networks(app)
    _fill_ports(app, definition, have, own)
    _fill_checks(app)
    if not own:
        for key, choices in SERVER_DEFAULTS.items():
            app.setdefault(key, have[key] if have.get(key) in choices else choices[0])
        if "role" in have:
            app.setdefault("role", have["role"])
        if "residency" in have:
            app.setdefault("residency", have["residency"])
    app.setdefault("upgradeStrategy", _default_strategy(app))
    app.setdefault("labels", {})
    if current is None and not own:
        # The site's default, which nobody knows before the first answer.
        app.setdefault("role", "*")
    return app


def definition_of(server: App) -> dict[str, Any]:
    """A server's app as a definition that may be sent again: what is needed to go back to it."""
    return {key: value for key, value in server.items() if key in APP.fields}


def scale_only(before: App, after: App) -> bool:
    """Does the difference of two comparable forms only start or kill instances (Marathon's ``isUpgrade`` is false)?

    Everything else restarts every task, a label too.
    """
    keys = {key for key in {*before, *after} if before.get(key) != after.get(key)}
    return bool(keys) and keys <= NO_UPGRADE


def absolute(app_id: str) -> str:
    return "/" + app_id.strip("/")


def host_network(app: App) -> bool:
    return all(_mode(network) == "host" for network in app.get("networks") or [{}])


def port_count(app: App) -> int:
    """How many ports a task of this app gets."""
    if host_network(app):
        ports = app.get("portDefinitions")
        return 1 if ports is None else len(ports)
    mappings = (app.get("container") or {}).get("portMappings")
    return 1 if mappings is None else len(mappings)


def _mode(network: Mapping[str, Any]) -> str:
    """A network with a name and no mode is one of containers."""
    return str(network.get("mode", "container" if "name" in network else "host"))


def _fill_networks(app: dict[str, Any]) -> None:
    networks = app.get("networks") or [{"mode": "host"}]
    app["networks"] = [{**network, "mode": _mode(network)} for network in networks]


def _fill_ports(app: dict[str, Any], definition: App, have: App, own: bool) -> None:
    """Ports that were not given are the server's; a wanted 0 takes the number that the server assigned and keeps."""
    if host_network(app):
        ports = app.get("portDefinitions")
        if ports is None:
            # [] is "no ports"; nothing at all is "one, called default".
            given = own or definition.get("portDefinitions") is not None
            ports = [] if given else [{"name": "default", "port": 0, "protocol": "tcp"}]
        app["portDefinitions"] = _assigned(ports, have.get("portDefinitions"), "port")
        return
    app.pop("portDefinitions", None)
    container = dict(app.get("container") or {"type": "MESOS"})
    mappings = container.get("portMappings")
    bridge = any(network["mode"] == "container/bridge" for network in app["networks"])
    if mappings is None:
        given = own or (definition.get("container") or {}).get("portMappings") is not None
        mappings = [] if given else [{"name": "default", "containerPort": 0, "servicePort": 0, "protocol": "tcp"}]
    if bridge:
        mappings = [{"hostPort": 0, **mapping} for mapping in mappings]
    container["portMappings"] = _assigned(mappings, (have.get("container") or {}).get("portMappings"), "servicePort")
    app["container"] = container


def _assigned(ports: list[dict[str, Any]], current: Any, key: str) -> list[dict[str, Any]]:
    current = current if isinstance(current, list) else []
    return [
        {**port, key: current[i].get(key, 0)} if port.get(key, 0) == 0 and i < len(current) else dict(port) for i, port in enumerate(ports)
    ]


def _fill_checks(app: dict[str, Any]) -> None:
    checks = []
    for check in app.get("healthChecks", []):
        extra: dict[str, Any] = {}
        if check["protocol"] != "COMMAND" and "port" not in check and "portIndex" not in check and port_count(app):
            extra["portIndex"] = 0
        if check["protocol"] in {"HTTP", "HTTPS"}:
            extra["ignoreHttp1xx"] = check.get("ignoreHttp1xx", False)
        checks.append({**check, **extra})
    if checks:
        app["healthChecks"] = sorted(checks, key=str)


def _default_strategy(app: App) -> dict[str, Any]:
    volumes = (app.get("container") or {}).get("volumes", [])
    if any("persistent" in volume or "external" in volume for volume in volumes):
        return {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0}
    return {"minimumHealthCapacity": 1, "maximumOverCapacity": 1}


def _check_id(app: App, place: Place) -> None:
    segments = app["id"].strip("/").split("/")
    if segments[-1] in RESERVED_WORDS:
        place.at("id").refuse("ends with a word that Marathon's API keeps for itself", "another last part", app["id"])
    for segment in segments:
        if len(segment) > 63:
            place.at("id").refuse("a part is longer than a DNS label may be", "at most 63 characters between slashes", segment)


def _check_command(app: App, place: Place) -> None:
    container = app.get("container") or {}
    if "cmd" in app and app.get("args"):
        place.at("args").refuse("cmd and args exclude each other", "one of them")
    image = (container.get("docker") or {}).get("image")
    kind = container.get("type", "DOCKER") if container else None
    if kind == "DOCKER" and container and image is None:
        place.at("container.docker").refuse("is missing", "docker: {image: …}, or type: MESOS")
    if "cmd" not in app and not app.get("args") and image is None:
        place.at("cmd").refuse("there is nothing to run", "cmd, args, or container.docker.image")
    if app.get("gpus") and kind == "DOCKER":
        place.at("gpus").refuse("are not available to type DOCKER", "container.type: MESOS")


def _check_networks(app: App, place: Place) -> None:
    networks = app.get("networks") or []
    for index, network in enumerate(networks):
        at = place.at("networks").item(index)
        mode = _mode(network)
        if mode != "container" and "name" in network:
            at.at("name").refuse(f"mode {mode} has no name", "mode: container, or no name")
        if mode != "container" and len(networks) > 1:
            at.refuse(f"mode {mode} stands alone", "one network, or several of mode container")
    container = app.get("container") or {}
    if host_network(app):
        if container.get("portMappings"):
            place.at("container.portMappings").refuse(
                "the host network has none", "portDefinitions, or networks: [{mode: container/bridge}]"
            )
        _check_ports(app.get("portDefinitions") or [], "port", place.at("portDefinitions"))
    else:
        if app.get("portDefinitions"):
            place.at("portDefinitions").refuse("belong to the host network", "container.portMappings")
        _check_ports(container.get("portMappings") or [], "servicePort", place.at("container.portMappings"))


def _check_ports(ports: list[Mapping[str, Any]], key: str, place: Place) -> None:
    numbers: dict[int, int] = {}
    names: dict[str, int] = {}
    for index, port in enumerate(ports):
        number, name = port.get(key, 0), port.get("name")
        if number and numbers.setdefault(number, index) != index:
            place.item(index).at(key).refuse(f"is the same as of entry {numbers[number]}", "different ports, or 0", number)
        if name and names.setdefault(name, index) != index:
            place.item(index).at("name").refuse(f"is the same as of entry {names[name]}", "different names", name)


def _check_health(app: App, place: Place) -> None:
    ports = port_count(app)
    mesos = 0
    for index, check in enumerate(app.get("healthChecks") or []):
        at = place.at("healthChecks").item(index)
        protocol = check.get("protocol", "HTTP")
        if protocol == "COMMAND":
            if "command" not in check:
                at.at("command").refuse("is missing", "command: {value: …}")
            continue
        mesos += protocol in MESOS_CHECKS
        if "port" in check and "portIndex" in check:
            at.at("port").refuse("port and portIndex exclude each other", "one of them")
        if "port" not in check:
            if "portIndex" not in check and ports != 1:
                at.at("portIndex").refuse(f"is missing, and the app has {ports} ports", "portIndex or port")
            if check.get("portIndex", 0) >= ports:
                at.at("portIndex").refuse(
                    f"there is no such port: the app has {ports}", f"0 to {ports - 1}" if ports else "port", check.get("portIndex", 0)
                )
    if mesos > 1:
        place.at("healthChecks").refuse("more than one check of a MESOS_ kind besides COMMAND", "at most one")


def _check_readiness(app: App, place: Place) -> None:
    names = [p.get("name") for p in app.get("portDefinitions") or (app.get("container") or {}).get("portMappings") or []]
    for index, check in enumerate(app.get("readinessChecks") or []):
        at = place.at("readinessChecks").item(index)
        if check.get("portName", "http-api") not in names:
            at.at("portName").refuse("names no port of the app", f"one of {[n for n in names if n]}", check.get("portName", "http-api"))
        if check.get("timeoutSeconds", 10) >= check.get("intervalSeconds", 30):
            at.at("timeoutSeconds").refuse("is not shorter than intervalSeconds", f"less than {check.get('intervalSeconds', 30):g}")


def _check_strategy(app: App, place: Place) -> None:
    strategy = app.get("upgradeStrategy") or {}
    if (app.get("labels") or {}).get("MARATHON_SINGLE_INSTANCE_APP") == "true":
        if app.get("instances", 1) > 1:
            place.at("instances").refuse("MARATHON_SINGLE_INSTANCE_APP allows one", "0 or 1", app["instances"])
        if strategy.get("minimumHealthCapacity") != 0 or strategy.get("maximumOverCapacity") != 0:
            place.at("upgradeStrategy").refuse(
                "MARATHON_SINGLE_INSTANCE_APP needs both values 0", "{minimumHealthCapacity: 0, maximumOverCapacity: 0}"
            )
    unreachable = app.get("unreachableStrategy")
    if isinstance(unreachable, dict) and unreachable.get("inactiveAfterSeconds", 0) > unreachable.get("expungeAfterSeconds", 0):
        place.at("unreachableStrategy.inactiveAfterSeconds").refuse("is longer than expungeAfterSeconds", "at most that long")


def _check_limits(app: App, place: Place) -> None:
    for key, default in (("cpus", 1), ("mem", 128)):
        limit = (app.get("resourceLimits") or {}).get(key)
        if isinstance(limit, int | float) and limit < app.get(key, default):
            place.at(f"resourceLimits.{key}").refuse(f"is less than {key}", f'{app.get(key, default):g} or more, or "unlimited"', limit)
