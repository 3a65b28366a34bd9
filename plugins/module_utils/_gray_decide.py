# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The reference of the decision: a compiled policy and a request give a variant and the rule that chose it.

The routers decide by Lua (``roles/router_nginx/files/lua/zeus``); ``tests/vectors/gray`` and random comparisons keep the two equal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._gray_hash import murmur2
from ansible_collections.zeus.paas.plugins.module_utils._gray_ranges import contains, packed_address

STABLE = "stable"
NO_RULE = "-"
LONGEST = 512
"""Bytes of the longest attribute that counts; a longer one is treated as absent, so that nobody can make us chew on it."""


@dataclass(frozen=True)
class Request:
    """What a policy can see of a request. Names of headers, cookies and arguments are found without regard to case.

    Values are text (UTF-8 on the wire; other bytes as surrogate escapes); arguments are already decoded.
    """

    host: str = ""
    path: str = "/"
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: Mapping[str, str] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


@dataclass(frozen=True)
class Decision:
    """``rule`` is the name of the rule that matched, or ``-``."""

    variant: str
    rule: str


def decide(gray: Mapping[str, Any] | None, request: Request) -> Decision:
    """Which variant a request gets by a compiled policy (``compile_gray``); ``None``: stable."""
    if gray is None:
        return Decision(STABLE, NO_RULE)
    view = _View(gray, request)
    for rule in gray["rules"]:
        if view.holds(rule["when"]):
            return Decision(rule["variant"], rule["name"])
    return Decision(STABLE, NO_RULE)


class _View:
    """A request seen through one policy."""

    def __init__(self, gray: Mapping[str, Any], request: Request) -> None:
        self._gray = gray
        self._address = packed_address(request.address)
        self._named = {"header": _folded(request.headers), "cookie": _folded(request.cookies), "argument": _folded(request.arguments)}

    def holds(self, condition: Mapping[str, Any]) -> bool:
        match condition["op"]:
            case "match":
                return self._matches(condition)
            case "address":
                return bool(self._address) and contains(condition, self._address)
            case "region":
                return bool(self._address) and any(contains(self._gray["regions"][name], self._address) for name in condition["in"])
            case "percent":
                key = self._first(condition["by"])
                return bool(key) and murmur2(self._gray["salt"].encode() + b":" + key) < condition["below"]
            case "all":
                return all(self.holds(one) for one in condition["of"])
            case "any":
                return any(self.holds(one) for one in condition["of"])
            case "not":
                return not self.holds(condition["of"])
            case other:
                raise ValueError(f"unknown operator {other!r}")

    def _matches(self, condition: Mapping[str, Any]) -> bool:
        value = self._first(condition["from"])
        if not value:
            return False
        if condition["fold"]:
            value = value.lower()  # of bytes: ASCII only
        return any(value == one.encode() for one in condition["values"]) or any(
            value.startswith(one.encode()) for one in condition["prefixes"]
        )

    def _first(self, sources: list[str]) -> bytes:
        return next((value for value in map(self._value, sources) if value), b"")

    def _value(self, source: str) -> bytes:
        kind, _unused, name = source.partition(":")
        if kind == "address":
            return self._address
        if kind == "user_agent":
            return self._model(self._named["header"].get("user-agent", b""))
        return self._named[kind].get(name, b"")

    def _model(self, user_agent: bytes) -> bytes:
        folded = user_agent.lower()
        return next((entry["model"].encode() for entry in self._gray["user_agents"] if entry["contains"].encode() in folded), b"")


def _folded(pairs: Mapping[str, str]) -> dict[str, bytes]:
    """Values by lower-case name; of names that differ only in case the first in order counts; too long is absent."""
    found: dict[str, bytes] = {}
    for name in sorted(pairs):
        value = pairs[name].encode("utf-8", "surrogateescape")
        found.setdefault(name.lower(), value if len(value) <= LONGEST else b"")
    return found
