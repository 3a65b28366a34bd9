# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Marathon's placement constraints, and the one that keeps an app inside its virtual cluster."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

ATTRIBUTE = "vcluster"
LABEL = "ZEUS_VCLUSTER"
VCLUSTER_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")

#: operator → must it have a value? (None: it may)
OPERATORS: Mapping[str, bool | None] = {
    "UNIQUE": False,
    "CLUSTER": None,
    "GROUP_BY": None,
    "MAX_PER": True,
    "LIKE": True,
    "UNLIKE": True,
    "IS": True,
}
#: What an ``IS`` value may hold; such a value is compared as text, a number as ``0.###``.
_IS_VALUE = re.compile(r"[a-zA-Z0-9_/.-]*")
_HOST_FIELDS = frozenset({"hostname", "@hostname"})


@dataclass(frozen=True)
class Constraint:
    """``[field, operator, value?]``; a field is an agent's attribute, or hostname, @hostname, @region, @zone."""

    field: str
    operator: str
    value: str | None = None

    def as_list(self) -> list[str]:
        return [self.field, self.operator] + ([] if self.value is None else [self.value])


def parse_constraint(item: Any, source: str, key: str) -> Constraint:
    """One constraint as Marathon accepts it; InputError names what is wrong with it."""
    if not isinstance(item, list | tuple) or not 2 <= len(item) <= 3 or any(isinstance(p, bool | dict | list) for p in item):
        raise InputError(source, key, "not a constraint", "[field, OPERATOR] or [field, OPERATOR, value]", item)
    field, operator = str(item[0]), str(item[1]).upper()
    value = str(item[2]) if len(item) == 3 else None
    if not field:
        raise InputError(source, key, "the field is empty", "hostname or an agent's attribute", list(item))
    if operator not in OPERATORS:
        raise InputError(source, key, "unknown operator", f"one of {', '.join(OPERATORS)}", item[1])
    needs = OPERATORS[operator]
    if needs is True and value is None:
        raise InputError(source, key, f"{operator} lacks its value", f"[{field}, {operator}, value]", list(item))
    if needs is False and value is not None:
        raise InputError(source, key, f"{operator} does not accept a value", f"[{field}, {operator}]", list(item))
    if operator in {"GROUP_BY", "MAX_PER"} and value is not None and not re.fullmatch(r"[1-9][0-9]*", value):
        raise InputError(source, key, f"{operator} takes a whole number", "1 or more", value)
    if operator in {"LIKE", "UNLIKE"} and value is not None:
        try:
            re.compile(value)
        except re.error as error:
            raise InputError(source, key, f"not a regular expression: {error}", f"what {operator} matches as a whole", value) from None
    if operator == "IS" and value is not None and not _IS_VALUE.fullmatch(value):
        raise InputError(source, key, "IS takes no such value", "letters, digits and _ / . - only", value)
    return Constraint(field, operator, value)


def vcluster_constraint(vcluster: str) -> list[str]:
    return [ATTRIBUTE, "CLUSTER", vcluster]


def in_vcluster(definition: Mapping[str, Any], vcluster: str | None, source: str) -> dict[str, Any]:
    """The definition with its virtual cluster's constraint and label.

    The cluster is ``vcluster``, or what the definition itself names by its label or constraint; all that is said must agree.

    :raises InputError: no cluster is named, two are, or the constraint is one that would let a task leave it.
    """
    said: list[tuple[str, str]] = [] if vcluster is None else [("vcluster", vcluster)]
    labels = dict(definition.get("labels") or {})
    if LABEL in labels:
        said.append((f"labels.{LABEL}", str(labels[LABEL])))
    kept: list[Any] = []
    for index, item in enumerate(definition.get("constraints") or []):
        key = f"constraints[{index}]"
        constraint = parse_constraint(item, source, key)
        if constraint.field != ATTRIBUTE:
            kept.append(constraint.as_list())
        elif constraint.operator not in {"CLUSTER", "IS"} or constraint.value is None:
            raise InputError(source, key, f"{ATTRIBUTE} is bound by CLUSTER only", '["vcluster", "CLUSTER", "<name>"]', list(item))
        else:
            said.append((key, constraint.value))
    if not said:
        raise InputError(
            source,
            "vcluster",
            "the app names no virtual cluster",
            f"vcluster: <name>, or the label {LABEL}; an app without one runs anywhere",
        )
    key, name = said[0]
    if not VCLUSTER_NAME.fullmatch(name):
        raise InputError(source, key, "not a virtual cluster's name", "lower-case letters, digits and inner dashes, at most 63", name)
    for other_key, other in said[1:]:
        if other != name:
            raise InputError(source, other_key, f"names another virtual cluster than {key}, which says {name}", name, other)
    return {**definition, "labels": {**labels, LABEL: name}, "constraints": [vcluster_constraint(name), *kept]}


def bound_to(definition: Mapping[str, Any]) -> tuple[str, ...]:
    """The virtual clusters that a running definition's constraints bind it to (none: its tasks may run anywhere)."""
    bound = []
    for item in definition.get("constraints") or []:
        if len(item) == 3 and item[0] == ATTRIBUTE and str(item[1]).upper() in {"CLUSTER", "IS"}:
            bound.append(str(item[2]))
    return tuple(bound)


def matches(
    constraint: Constraint, hostname: str, attributes: Mapping[str, Sequence[str]], peers: Sequence[str] = (), spread: int | None = None
) -> bool:
    """May a task run on this agent?

    ``attributes``: name → all its values on the agent (in Mesos's spelling). ``peers``: the field's values where the app's other tasks
    run. ``spread``: for GROUP_BY without a value, how many values the field has among all agents (1.11 divides by zero there).
    """
    found = [hostname] if constraint.field in _HOST_FIELDS else list(attributes.get(constraint.field, ()))
    if not found:
        return constraint.operator == "UNLIKE"  # the only one that accepts an agent without the attribute
    value = found[-1]
    wanted = constraint.value
    if constraint.operator == "UNIQUE":
        return value not in peers
    if constraint.operator == "CLUSTER":
        return value == wanted if wanted else not peers or value == peers[0]
    if constraint.operator == "MAX_PER":
        return list(peers).count(value) < int(wanted or 0)
    if constraint.operator in {"LIKE", "UNLIKE"}:
        return (re.fullmatch(wanted or "", value) is not None) == (constraint.operator == "LIKE")
    if constraint.operator == "IS":
        return _same_value(value, wanted or "")
    groups = int(wanted) if wanted else max(1, spread or 1)
    counts = [list(peers).count(p) for p in set(peers)]
    least = min(counts) if len(counts) >= groups else 0
    return list(peers).count(value) <= least


def _same_value(value: str, wanted: str) -> bool:
    try:
        return f"{float(value):.3f}" == f"{float(wanted):.3f}"
    except ValueError:
        return value == wanted
