# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The list of operations (operations.yml), typed: what the engine does, what the real ones do, what shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

FILE = Path(__file__).resolve().parent / "operations.yml"
APIS = ("marathon", "mesos", "modules")
_GROUP = {"title": str, "api": str, "tests": list, "operations": list}
_GROUP_MORE = {"unchecked": str, "served": bool}
_OPERATION = {"operation": str, "engine": str, "theirs": str}
_OPERATION_MORE = {"difference": str, "unchecked": str, "tests": list, "served": bool}


@dataclass(frozen=True)
class Operation:
    """`tests` are pytest's names (``file::test``); `unchecked` says why no check asks a foreign cluster for it."""

    name: str
    api: str
    engine: str
    theirs: str
    tests: tuple[str, ...]
    difference: str | None = None
    unchecked: str | None = None
    served: bool = True

    @property
    def request(self) -> tuple[str, str] | None:
        """Method and path; None for a v1 call, a module, or something about several operations."""
        method, _space, path = self.name.partition(",")[0].partition(" ")
        return (method, path) if path.startswith("/") else None


@dataclass(frozen=True)
class Group:
    title: str
    api: str
    operations: tuple[Operation, ...]


def load(path: Path = FILE) -> list[Group]:
    """Raises ValueError naming file, entry and key."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise ValueError(f"{path}: must be a list of groups")
    groups = [_group(one, f"{path}: group {number}") for number, one in enumerate(found, 1)]
    names = [one.name for group in groups for one in group.operations]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"{path}: {twice[0]}: stands twice")
    return groups


def _group(raw: Any, where: str) -> Group:
    _check(raw, _GROUP, _GROUP_MORE, where)
    if raw["api"] not in APIS:
        raise ValueError(f"{where}: api: must be one of {', '.join(APIS)}, not {raw['api']!r}")
    return Group(raw["title"], raw["api"], tuple(_operation(one, raw, f"{where} ({raw['title']})") for one in raw["operations"]))


def _operation(raw: Any, group: Mapping[str, Any], where: str) -> Operation:
    where += f": {raw.get('operation') if isinstance(raw, dict) else raw}"
    _check(raw, _OPERATION, _OPERATION_MORE, where)
    return Operation(
        name=raw["operation"],
        api=group["api"],
        engine=raw["engine"],
        theirs=raw["theirs"],
        # What the group's tests show of its other operations they do not show of one that is the exception.
        tests=tuple(raw["tests"] if "unchecked" in raw and "tests" in raw else dict.fromkeys([*raw.get("tests", []), *group["tests"]])),
        difference=raw.get("difference"),
        unchecked=raw.get("unchecked", group.get("unchecked")),
        served=raw.get("served", group.get("served", True)),
    )


def _check(raw: Any, needed: Mapping[str, type], more: Mapping[str, type], where: str) -> None:
    if not isinstance(raw, dict):
        raise ValueError(f"{where}: must be a mapping")
    if unknown := sorted(set(raw) - set(needed) - set(more)):
        raise ValueError(f"{where}: {unknown[0]}: unknown key; known are {', '.join([*needed, *more])}")
    for key in needed:
        if key not in raw:
            raise ValueError(f"{where}: {key}: is missing")
    for key, value in raw.items():
        kind = {**needed, **more}[key]
        if not isinstance(value, kind) or value in ("", []):
            raise ValueError(f"{where}: {key}: must be a {kind.__name__} that is not empty, not {value!r}")
