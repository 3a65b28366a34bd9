# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement constraints: ``[field, operator, value?]``. Pure functions over agents and placed instances."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

OPERATORS = ("UNIQUE", "CLUSTER", "GROUP_BY", "LIKE", "UNLIKE", "MAX_PER", "IS")
_IS_VALUE = re.compile(r"[a-zA-Z0-9_/.-]*")
_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


class Place(Protocol):
    """What a constraint sees of an agent."""

    @property
    def hostname(self) -> str:
        """The agent's name."""

    def attribute(self, name: str) -> str | None:
        """Its value, or None without such an attribute."""


@dataclass(frozen=True)
class Constraint:
    field: str
    operator: str
    value: str | None = None


def parse(raw: Sequence[str]) -> Constraint:
    """From the list of an app definition that passed :func:`problems`."""
    return Constraint(raw[0], raw[1].upper(), raw[2] if len(raw) > 2 else None)


def problems(raw: Sequence[str]) -> list[str]:
    """What Marathon would say against one constraint; empty if nothing."""
    if not 2 <= len(raw) <= 3:
        return ["Each constraint must have either 2 or 3 fields"]
    operator, value = raw[1].upper(), raw[2] if len(raw) > 2 else None
    if operator not in OPERATORS:
        return [f"Operator must be one of the following {', '.join(OPERATORS)}"]
    if not raw[0]:
        return ["field must not be empty"]
    if operator == "UNIQUE":
        return ["UNIQUE does not accept a value"] if value else []
    if operator == "GROUP_BY":
        return [] if value is None or _whole(value) else ["GROUP_BY may specify an integer value"]
    if operator == "MAX_PER":
        return [] if value is not None and _whole(value) else ["MAX_PER must have an integer value"]
    if operator in ("LIKE", "UNLIKE"):
        return _regex_problems(operator, value)
    if operator == "IS" and (value is None or not _IS_VALUE.fullmatch(value)):
        return ["IS must have a value of letters, digits and the characters _ / . -"]
    return []


def _whole(value: str) -> bool:
    return re.fullmatch(r"\d+", value) is not None


def _regex_problems(operator: str, value: str | None) -> list[str]:
    if not value:
        return [f"{operator} requires a regular expression"]
    try:
        re.compile(value)
    except re.error as error:
        return [f"'{value}' is not a valid regular expression: {error}"]
    return []


def accepts(constraint: Constraint, place: Place, placed: Sequence[Place], everywhere: Sequence[Place], instances: int) -> bool:
    """May the next instance go to `place`, when `placed` are the agents of those that run and `everywhere` are all agents?"""
    value = value_at(place, constraint.field)
    if value is None:
        return constraint.operator == "UNLIKE"
    wanted = constraint.value
    if constraint.operator == "LIKE":
        return re.fullmatch(wanted or "", value) is not None
    if constraint.operator == "UNLIKE":
        return re.fullmatch(wanted or "", value) is None
    if constraint.operator == "IS":
        return _normal(value) == _normal(wanted or "")
    taken = Counter(found for found in (value_at(other, constraint.field) for other in placed) if found is not None)
    if constraint.operator == "UNIQUE":
        return taken[value] == 0
    if constraint.operator == "MAX_PER":
        return taken[value] < int(wanted or 0)
    if constraint.operator == "CLUSTER":
        return value == wanted if wanted else not taken or value in taken
    known = {found for found in (value_at(other, constraint.field) for other in everywhere) if found is not None} | set(taken)
    return taken[value] < group_quota(int(wanted or 0), len(known), instances)


def group_quota(groups: int, known: int, instances: int) -> int:
    """How many of `instances` one value may hold under GROUP_BY: an even share over `groups`, or over the known values if none is given."""
    return math.ceil(instances / max(groups or known, 1))


def value_at(place: Place, field: str) -> str | None:
    if field in ("hostname", "@hostname"):
        return place.hostname
    if field in ("@region", "@zone"):
        return None  # virtual agents have no fault domain, like a Mesos agent without one
    return place.attribute(field)


def _normal(value: str) -> str:
    """Numbers as Mesos prints scalars (``0.###``), other text as it is."""
    return scalar(float(value)) if _NUMBER.fullmatch(value) else value


def scalar(number: float) -> str:
    """A scalar attribute as text: at most three decimals, none if whole."""
    return f"{number:.3f}".rstrip("0").rstrip(".")
