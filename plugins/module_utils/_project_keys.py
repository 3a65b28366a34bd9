# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The keys of the project file: one table that says which exist, how each is read and how layers merge.

Values are read layer by layer, before they are merged, so that a message names the line that is wrong and not what became of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import (
    Where,
    each,
    integer,
    known_keys,
    mapping,
    matching,
    number,
    one_of,
    text,
)

TYPES = ("web", "service", "worker")
_LATER = {
    "cron": "apps of type cron run on Chronos",
    "task": "apps of type task run once per release",
}
_LATER_KEYS = {
    "image": "images of a registry",
    "code": "images built from code",
    "secrets": "secrets as files of a task",
    "schedule": "cron jobs",
    "timezone": "cron jobs",
}
_NOT_YET = "this version of zeus.paas does not do it yet"

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_NAME_TEXT = "lower-case letters, digits and inner hyphens, at most 63 characters"
_RESERVED = ("restart", "tasks", "versions")  # Marathon's own last path segments (its PathId rules)
_VERSION = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._+-]{0,61}[A-Za-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}\Z)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PATH = re.compile(r"/([A-Za-z0-9._~-]+/)*([A-Za-z0-9._~-]+)?")
_HEALTH_PATH = re.compile(r"/[A-Za-z0-9._~/?=&%+-]*")
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ENV_OURS = re.compile(r"(ZEUS|MESOS|MARATHON)_.*|PORTS?|PORT[0-9]+|PORT_.*|HOST")
_FILE = re.compile(r"[^\x00-\x1f\x7f]+")
_ROUTER_PORTS = {22: "ssh", 80: "nginx", 443: "nginx", 8700: "the router agent"}

Reader = Callable[[Any, Where], Any]


def name(value: Any, where: Where) -> str:
    """A segment of a Marathon id: Marathon's rule (without dots, which ZEUS names do not use) and DNS's length."""
    found = matching(value, NAME, where, _NAME_TEXT)
    if found in _RESERVED:
        where.refuse("Marathon reserves this name", "another name than " + ", ".join(_RESERVED), found)
    return found


def version(value: Any, where: Where) -> str:
    return matching(value, _VERSION, where, 'a version such as "1.4": letters, digits and inner . _ + -, at most 63 characters')


def slug(version_: str) -> str:
    """The gray variant's name in Marathon ids: lower case, every character outside ``[a-z0-9-]`` becomes ``-``."""
    return re.sub(r"[^a-z0-9-]", "-", version_.lower())


def host(value: Any, where: Where) -> str:
    return matching(value, _HOST, where, "a DNS name in lower case, such as shop.example.com")


def url_path(value: Any, where: Where) -> str:
    found = matching(value, _PATH, where, "a path such as / or /shop: segments of letters, digits and . _ ~ -")
    if any(segment in (".", "..") for segment in found.split("/")):
        where.refuse("a path must not contain . or .. as a segment", "a plain path", found)
    return found.rstrip("/") or "/"


def port(value: Any, where: Where) -> int:
    found = integer(value, where, 1, 65535)
    if found in _ROUTER_PORTS:
        where.refuse(f"{_ROUTER_PORTS[found]} listens on this port of a router", "another port", found)
    return found


def command(value: Any, where: Where) -> str:
    found = text(value, where, "a shell command")
    if len(found) < 2:
        where.refuse("Marathon refuses a command of one character", "a shell command", found)
    return found


def file_path(value: Any, where: Where) -> str:
    found = matching(value, _FILE, where, "a path below the project file's folder")
    if found.startswith(("/", "~")) or ".." in found.split("/"):
        where.refuse("this path leaves the project's folder", "a path below the project file's folder", found)
    return found


def environment_variables(value: Any, where: Where) -> dict[str, str]:
    found: dict[str, str] = {}
    for key, raw in mapping(value, where).items():
        at = where.at(key)
        if not _ENV.fullmatch(key):
            at.refuse("this is no name of an environment variable", "letters, digits and _, not starting with a digit", key)
        if _ENV_OURS.fullmatch(key):
            at.refuse("Marathon or zeus.paas sets this variable itself", "another name", key)
        if isinstance(raw, int) and not isinstance(raw, bool):
            found[key] = str(raw)
        elif isinstance(raw, str):
            if "\0" in raw:
                at.refuse("this holds a NUL character", "a text", raw)
            found[key] = str(raw)
        else:
            at.refuse("this is neither a text nor a whole number", "a text in quotes", raw)
    return found


def instances(value: Any, where: Where) -> int:
    return integer(value, where, 0, 10_000)


def later(what: str) -> Reader:
    def refuse(value: Any, where: Where) -> Any:
        where.refuse(f"{what}: {_NOT_YET}", "files and cmd: a plain process")

    return refuse


def app_type(value: Any, where: Where) -> str:
    if value in _LATER:
        where.refuse(f"{_LATER[value]}: {_NOT_YET}", "one of " + ", ".join(TYPES), value)
    return one_of(value, TYPES, where)


def _section(fields: Mapping[str, Reader]) -> Reader:
    """A mapping with its own known keys; layers merge it key by key."""

    def read(value: Any, where: Where) -> dict[str, Any]:
        return read_layer(value, where, fields)

    return read


def _tcp(value: Any, where: Where) -> bool:
    if value is not True:
        where.refuse("this can only be true", "tcp: true, or path: /… instead", value)
    return True


def read_layer(value: Any, where: Where, fields: Mapping[str, Reader]) -> dict[str, Any]:
    """The typed values of one layer; keys that are absent stay absent."""
    raw = mapping(value, where)
    known_keys(raw, fields, where)
    return {key: fields[key](item, where.at(key)) for key, item in raw.items()}


HEALTH: Mapping[str, Reader] = {
    "path": lambda value, where: matching(value, _HEALTH_PATH, where, "a path such as /healthz"),
    "tcp": _tcp,
    "grace": lambda value, where: integer(value, where, 0, 3600),
    "interval": lambda value, where: integer(value, where, 1, 3600),
    "timeout": lambda value, where: integer(value, where, 1, 3600),
    "failures": lambda value, where: integer(value, where, 1, 100),
}
RESOURCES: Mapping[str, Reader] = {
    "cpus": lambda value, where: number(value, where, 0.01, 1024),
    "mem": lambda value, where: number(value, where, 4, 1_048_576),
    "disk": lambda value, where: number(value, where, 0, 1_073_741_824),
}
UPGRADE: Mapping[str, Reader] = {
    "minimum_health_capacity": lambda value, where: number(value, where, 0, 1),
    "maximum_over_capacity": lambda value, where: number(value, where, 0, 1),
}
_REFUSED: Mapping[str, Reader] = {key: later(what) for key, what in _LATER_KEYS.items()}

GRAY: Mapping[str, Reader] = {
    "version": version,
    "policy": name,
    "instances": instances,
    "cmd": command,
    "files": file_path,
    "env": environment_variables,
    "resources": _section(RESOURCES),
    "health": _section(HEALTH),
    **_REFUSED,
}

# What environments and datacenters may override; an app's type is what it is everywhere.
OVERRIDABLE: Mapping[str, Reader] = {
    "vcluster": name,
    "version": version,
    "cmd": command,
    "files": file_path,
    "env": environment_variables,
    "instances": instances,
    "resources": _section(RESOURCES),
    "hosts": lambda value, where: each(value, where, host, "a list of DNS names"),
    "path": url_path,
    "port": port,
    "health": _section(HEALTH),
    "upgrade": _section(UPGRADE),
    "grace_period": lambda value, where: integer(value, where, 0, 3600),
    "nginx": _section({"snippet": file_path}),
    "gray": _section(GRAY),
    **_REFUSED,
}
APP: Mapping[str, Reader] = {"type": app_type, "datacenters": mapping, **OVERRIDABLE}
PROJECT_KEYS = ("project", "owner", "environments", "apps")


def merge(low: Mapping[str, Any], high: Mapping[str, Any]) -> dict[str, Any]:
    """Layers of typed values: mappings merge key by key, everything else of the higher layer replaces the lower."""
    merged = dict(low)
    for key, value in high.items():
        old = merged.get(key)
        if key == "health" and isinstance(old, Mapping):
            # A check is either by path or by TCP: naming one takes the other back.
            old = {k: v for k, v in old.items() if not ((k == "path" and "tcp" in value) or (k == "tcp" and "path" in value))}
        merged[key] = merge(old, value) if isinstance(old, Mapping) and isinstance(value, Mapping) else value
    return merged
