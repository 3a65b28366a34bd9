# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App definitions as Marathon 1.11 reads them, and with the defaults it writes back.

A definition is a plain dictionary in read-back form: what a client would get from ``GET /v2/apps/{id}`` without the server's own fields
(``version``, ``versionInfo``, task counts, ...). Fields without a value are absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import ids, oldfields
from .errors import Problems
from .schema import anything, array, boolean, either, enum, integer, mapping, number, record, string

COUNT = integer(minimum=0)
PORT = integer(minimum=0, maximum=65535)
STRINGS = mapping(string())
SERVER_ONLY = ("version", "versionInfo")
#: Set anew by every update that mentions neither: a partial update drops them, as in Marathon.
RESET_BY_PARTIAL_UPDATE = ("resourceLimits", "executorResources")

_LIMIT = either((str, enum("unlimited")), (int, number(minimum=0)), (float, number(minimum=0)), otherwise="error.expected.jsnumber")
_COMMAND = record({"value": string(min_length=1)}, ["value"])
_PORT_NAME = string(pattern=r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_PORT_DEFINITION = record({"port": PORT, "protocol": enum("tcp", "udp", "udp,tcp"), "name": _PORT_NAME, "labels": STRINGS})
_PORT_MAPPING = record(
    {
        "containerPort": PORT,
        "hostPort": PORT,
        "servicePort": PORT,
        "protocol": enum("tcp", "udp", "udp,tcp"),
        "name": _PORT_NAME,
        "labels": STRINGS,
        "networkNames": array(string()),
    }
)
_NETWORK = record({"mode": enum("container", "container/bridge", "host"), "name": string(), "labels": STRINGS})
HEALTH_PROTOCOLS = ("HTTP", "HTTPS", "TCP", "COMMAND", "MESOS_TCP", "MESOS_HTTP", "MESOS_HTTPS")
_HEALTH_CHECK = record(
    {
        "protocol": enum(*HEALTH_PROTOCOLS),
        "path": string(),
        "port": PORT,
        "portIndex": COUNT,
        "command": _COMMAND,
        "gracePeriodSeconds": COUNT,
        "intervalSeconds": COUNT,
        "timeoutSeconds": COUNT,
        "maxConsecutiveFailures": COUNT,
        "delaySeconds": COUNT,
        "ignoreHttp1xx": boolean,
        "ipProtocol": enum("IPv4", "IPv6"),
    }
)
_READINESS_CHECK = record(
    {
        "name": string(),
        "protocol": enum("HTTP", "HTTPS"),
        "path": string(min_length=1),
        "portName": string(),
        "intervalSeconds": COUNT,
        "timeoutSeconds": COUNT,
        "httpStatusCodesForReady": array(integer(minimum=100, maximum=999)),
        "preserveLastResponse": boolean,
    }
)
_DOCKER = record(
    {
        "image": string(min_length=1),
        "forcePullImage": boolean,
        "privileged": boolean,
        "network": enum("BRIDGE", "HOST", "NONE", "USER"),
        "parameters": array(record({"key": string(min_length=1), "value": string()}, ["key", "value"])),
        "portMappings": array(_PORT_MAPPING),
    },
)
_VOLUME = record(
    {
        "containerPath": string(min_length=1),
        "hostPath": string(min_length=1),
        "mode": enum("RO", "RW"),
        "persistent": anything,
        "external": anything,
        "secret": anything,
    },
    ["containerPath"],
)
_CONTAINER = record({"type": enum("DOCKER", "MESOS"), "docker": _DOCKER, "volumes": array(_VOLUME), "portMappings": array(_PORT_MAPPING)})
_FETCH = record({"uri": string(min_length=1), "extract": boolean, "executable": boolean, "cache": boolean, "destPath": string()}, ["uri"])
_UNREACHABLE = either(
    (str, enum("disabled")),
    (dict, record({"inactiveAfterSeconds": COUNT, "expungeAfterSeconds": COUNT})),
)
_UPGRADE = record(
    {"minimumHealthCapacity": number(minimum=0, maximum=1), "maximumOverCapacity": number(minimum=0, maximum=1)},
    ["minimumHealthCapacity", "maximumOverCapacity"],
)
_DISCOVERED = record({"number": PORT, "name": _PORT_NAME, "protocol": enum("tcp", "udp", "udp,tcp"), "labels": STRINGS}, ["name"])
_IP_ADDRESS = record(
    {
        "discovery": record(
            {
                "ports": array(
                    record({"number": PORT, "name": _PORT_NAME, "protocol": enum("tcp", "udp", "udp,tcp"), "labels": STRINGS}, ["name"])
                )
            }
        ),
        "groups": array(string()),
        "labels": STRINGS,
        "networkName": string(min_length=1),
    }
)
FIELDS: dict[str, Any] = {
    "id": string(),
    "cmd": string(),
    "args": array(string()),
    "user": string(),
    "env": mapping(either((str, string()), (dict, record({"secret": string()}, ["secret"])), otherwise="error.expected.jsstring")),
    "instances": COUNT,
    "cpus": number(minimum=0),
    "mem": number(minimum=0),
    "disk": number(minimum=0),
    "gpus": COUNT,
    "executor": string(pattern=r"|//cmd|/?[^/]+(/[^/]+)*"),
    "constraints": array(array(string())),
    "fetch": array(_FETCH),
    "uris": array(string()),
    "portDefinitions": array(_PORT_DEFINITION),
    "ports": array(PORT),
    "requirePorts": boolean,
    "backoffSeconds": COUNT,
    "backoffFactor": number(minimum=1),
    "maxLaunchDelaySeconds": COUNT,
    "container": _CONTAINER,
    "healthChecks": array(_HEALTH_CHECK),
    "readinessChecks": array(_READINESS_CHECK),
    "check": record(
        {"intervalSeconds": COUNT, "timeoutSeconds": COUNT, "delaySeconds": COUNT, "http": anything, "tcp": anything, "exec": anything}
    ),
    "dependencies": array(string()),
    "labels": STRINGS,
    "acceptedResourceRoles": array(string()),
    "ipAddress": _IP_ADDRESS,
    "networks": array(_NETWORK),
    "residency": anything,
    "secrets": mapping(record({"source": string()}, ["source"])),
    "taskKillGracePeriodSeconds": COUNT,
    "tty": boolean,
    "unreachableStrategy": _UNREACHABLE,
    "upgradeStrategy": _UPGRADE,
    "killSelection": enum("YOUNGEST_FIRST", "OLDEST_FIRST"),
    "role": string(),
    "executorResources": record({"cpus": number(minimum=0), "mem": number(minimum=0), "disk": number(minimum=0)}),
    "resourceLimits": record({"cpus": _LIMIT, "mem": _LIMIT}),
    "version": string(),
}
APP = record(FIELDS)

HEALTH_DEFAULTS = {
    "protocol": "HTTP",
    "gracePeriodSeconds": 300,
    "intervalSeconds": 60,
    "timeoutSeconds": 20,
    "maxConsecutiveFailures": 3,
    "delaySeconds": 15,
    "ipProtocol": "IPv4",
}
READINESS_DEFAULTS = {
    "name": "readinessCheck",
    "protocol": "HTTP",
    "path": "/",
    "portName": "http-api",
    "intervalSeconds": 30,
    "timeoutSeconds": 10,
    "httpStatusCodesForReady": [200],
    "preserveLastResponse": False,
}
DEFAULTS: dict[str, Any] = {
    "instances": 1,
    "cpus": 1.0,
    "mem": 128.0,
    "disk": 0.0,
    "gpus": 0,
    "executor": "",
    "requirePorts": False,
    "backoffSeconds": 1,
    "backoffFactor": 1.15,
    "maxLaunchDelaySeconds": 300,
    "killSelection": "YOUNGEST_FIRST",
    "labels": {},
    "upgradeStrategy": {"minimumHealthCapacity": 1.0, "maximumOverCapacity": 1.0},
    "unreachableStrategy": {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
    "role": "*",
}
#: Never written back when empty.
OMIT_EMPTY = ("args", "constraints", "dependencies", "env", "fetch", "healthChecks", "readinessChecks", "secrets", "acceptedResourceRoles")


def read(body: Any) -> dict[str, Any]:
    """The known fields of a request's app, with types checked. Raises the API's 422 listing every wrong field."""
    problems = Problems()
    fields = APP(body, "", problems)
    problems.raise_wrong_types()
    return dict(fields)


def read_list(body: Any) -> list[dict[str, Any]]:
    problems = Problems()
    fields = array(APP)(body, "", problems)
    problems.raise_wrong_types()
    return [dict(one) for one in fields]


def merge(existing: Mapping[str, Any], update: Mapping[str, Any]) -> dict[str, Any]:
    """A partial update: top-level fields are replaced whole."""
    kept = {key: value for key, value in existing.items() if key not in SERVER_ONLY and key not in RESET_BY_PARTIAL_UPDATE}
    if "args" in update and "cmd" not in update:
        kept.pop("cmd", None)
    if "cmd" in update and "args" not in update:
        kept.pop("args", None)
    new = oldfields.translate(update)
    if any(one.get("mode", "container") != "host" for one in new.get("networks", ())):
        kept.pop("portDefinitions", None)
    return kept | new


def with_defaults(fields: Mapping[str, Any], base: str = "/") -> dict[str, Any]:
    """Read-back form of `fields`; service ports that are 0 stay 0 (:mod:`serviceports` assigns them)."""
    app = DEFAULTS | oldfields.translate(fields)
    app["id"] = ids.absolute(app.get("id", ""), base)
    if "dependencies" in app:
        app["dependencies"] = [ids.absolute(one, app["id"].rpartition("/")[0] or "/") for one in app["dependencies"]]
    if "constraints" in app:
        app["constraints"] = [[one[0], one[1].upper(), *one[2:]] if len(one) > 1 else one for one in app["constraints"]]
    if "fetch" in app:
        app["fetch"] = [{"extract": True, "executable": False, "cache": False} | one for one in app["fetch"]]
    _networks(app)
    _ports(app)
    if "healthChecks" in app:
        app["healthChecks"] = [_health_check(one, bool(ports_of(app))) for one in app["healthChecks"]]
    if "readinessChecks" in app:
        app["readinessChecks"] = [READINESS_DEFAULTS | one for one in app["readinessChecks"]]
    if "check" in app:
        app["check"] = {"intervalSeconds": 60, "timeoutSeconds": 20, "delaySeconds": 15} | app["check"]
    if isinstance(app["unreachableStrategy"], dict):
        app["unreachableStrategy"] = {**DEFAULTS["unreachableStrategy"], **app["unreachableStrategy"]}
    if "executorResources" in app:
        app["executorResources"] = {"cpus": 0.1, "mem": 32.0, "disk": 10.0} | app["executorResources"]
    for name in OMIT_EMPTY:
        if not app.get(name):
            app.pop(name, None)
    return app


def _networks(app: dict[str, Any]) -> None:
    container = app.get("container")
    if container is not None:
        container = app["container"] = {"type": "DOCKER", "volumes": []} | container
        docker = container.get("docker")
        if docker is not None:
            container["docker"] = {"forcePullImage": False, "privileged": False, "parameters": []} | docker
    networks = app.get("networks") or [{"mode": "host"}]
    app["networks"] = [_without_empty({"mode": "container"} | one, "labels") for one in networks]
    if not is_host(app) and container is None:
        app["container"] = {"type": "MESOS", "volumes": []}


def _without_empty(fields: dict[str, Any], key: str) -> dict[str, Any]:
    return fields if fields.get(key) else {name: value for name, value in fields.items() if name != key}


def _ports(app: dict[str, Any]) -> None:
    given = app.pop("portDefinitions", None)
    if is_host(app):
        if given is None:
            given = [{"port": 0, "name": "default"}]
        app["portDefinitions"] = [_without_empty({"port": 0, "protocol": "tcp"} | one, "labels") for one in given]
        return
    app["requirePorts"] = False
    container = app["container"]
    mappings = container.get("portMappings")
    if mappings is None:
        mappings = [{"containerPort": 0, "name": "default"}]
    mappings = [*mappings, *({} for _more in range(len(given or ()) - len(mappings)))]  # as many as ports were wanted
    host_port = {"hostPort": 0} if app["networks"][0]["mode"] == "container/bridge" else {}
    container["portMappings"] = [
        {"containerPort": 0, "servicePort": 0, "protocol": "tcp", "labels": {}} | host_port | one for one in mappings
    ]


def _health_check(given: Mapping[str, Any], has_ports: bool) -> dict[str, Any]:
    defaults = dict(HEALTH_DEFAULTS)
    if "command" in given and "protocol" not in given:
        defaults["protocol"] = "COMMAND"
    check = defaults | dict(given)
    if check["protocol"] in ("HTTP", "HTTPS", "MESOS_HTTP", "MESOS_HTTPS"):
        check.setdefault("ignoreHttp1xx", False)
        if check["protocol"].startswith("MESOS"):
            check.pop("ignoreHttp1xx")
    if check["protocol"] != "COMMAND" and "port" not in check and "portIndex" not in check and has_ports:
        check["portIndex"] = 0
    return check


def is_host(app: Mapping[str, Any]) -> bool:
    return bool(app["networks"][0]["mode"] == "host")


def image_of(app: Mapping[str, Any]) -> str | None:
    """The image that Docker shall run, if the app is not a plain process."""
    container = app.get("container", {})
    image: str | None = container.get("docker", {}).get("image")
    return image if container.get("type") == "DOCKER" else None


def ports_of(app: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Port definitions or mappings, whichever the app's network has."""
    found = app.get("portDefinitions") if is_host(app) else app.get("container", {}).get("portMappings")
    return list(found or [])


def is_upgrade(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Does the change restart the tasks? Everything but the number of instances does; Marathon forgot executorResources."""
    if old is new:  # as most apps of a change are
        return False
    ignored = ("instances", "executorResources", *SERVER_ONLY)
    return {k: v for k, v in old.items() if k not in ignored} != {k: v for k, v in new.items() if k not in ignored}


def is_scaling(old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    return not is_upgrade(old, new) and old["instances"] != new["instances"]
