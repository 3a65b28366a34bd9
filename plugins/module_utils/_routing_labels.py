# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The labels of a Marathon app, read as a route. Routers group apps by these labels; a bad one isolates its app only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

STABLE = "stable"
ROUTED = {"web", "service"}
UNROUTED = {"worker", "cron", "task"}

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*")
_PATH = re.compile(r"/(?:[A-Za-z0-9._~-]+/)*[A-Za-z0-9._~-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


class LabelError(ValueError):
    """A label cannot be used; the text names it, its value and what would be right."""


@dataclass(frozen=True)
class Route:
    """What the labels of one Marathon app say. ``hosts`` and ``path`` are of web apps, ``port`` of services."""

    environment: str
    project: str
    app: str
    variant: str
    version: str
    vcluster: str
    kind: str
    hosts: tuple[str, ...] = ()
    path: str = "/"
    port: int = 0

    @property
    def key(self) -> str:
        return f"/{self.environment}/{self.project}/{self.app}"

    @property
    def routed(self) -> bool:
        return self.kind in ROUTED


def parse_route(app_id: str, labels: Mapping[str, str]) -> Route | None:
    """``None`` for an app that is not ours (it has none of our labels). Raises :class:`LabelError`.

    The id must be what the labels say: else any app could take over another one's place by copying its labels.
    """
    if not any(name.startswith("ZEUS_") for name in labels):
        return None
    named = {part: _matched(labels, f"ZEUS_{part}", _NAME, "lower-case letters, digits and inner dashes, at most 63")
             for part in ("ENVIRONMENT", "PROJECT", "APP", "VARIANT", "VCLUSTER")}  # fmt: skip
    version = _matched(labels, "ZEUS_VERSION", _VERSION, "letters, digits and . _ + -, at most 64")
    wanted_id = "/{ENVIRONMENT}/{PROJECT}/{APP}/{VARIANT}".format(**named)
    if app_id != wanted_id:
        raise LabelError(f"the labels are those of {wanted_id}, but the app's id is {app_id}")
    kind = labels.get("ZEUS_TYPE", "")
    if kind not in ROUTED | UNROUTED:
        raise LabelError(f"ZEUS_TYPE is {kind!r}; expected one of {', '.join(sorted(ROUTED | UNROUTED))}")
    hosts: tuple[str, ...] = ()
    path, port = "/", 0
    if kind == "web":
        hosts = _hosts(labels.get("ZEUS_HOSTS", ""))
        path = _matched(labels, "ZEUS_PATH", _PATH, "a path such as / or /shop, of letters, digits and . _ ~ -", default="/")
        if ".." in path.split("/"):
            raise LabelError(f"ZEUS_PATH is {path!r}; expected a path without '..'")
    elif kind == "service":
        port = _port(labels.get("ZEUS_PORT", ""))
    return Route(
        named["ENVIRONMENT"], named["PROJECT"], named["APP"], named["VARIANT"], version, named["VCLUSTER"], kind, hosts, path, port
    )


def _matched(labels: Mapping[str, str], name: str, pattern: re.Pattern[str], expected: str, default: str | None = None) -> str:
    value = labels.get(name, default)
    if value is None:
        raise LabelError(f"the label {name} is missing; expected {expected}")
    if not pattern.fullmatch(value):
        raise LabelError(f"{name} is {value[:120]!r}; expected {expected}")
    return value


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(sorted({host.strip().lower().rstrip(".") for host in text.split(",")}))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise LabelError(f"ZEUS_HOSTS has {host[:120]!r}; expected host names such as shop.example.com, separated by commas")
    return hosts


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise LabelError(f"ZEUS_PORT is {text[:120]!r}; expected a number from 1 to 65535")
    return int(text)
