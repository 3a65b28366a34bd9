# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Quotas of Mesos's roles, all in one call; the resource behind the module mesos_quota."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Resources
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Operator, Quota
from ansible_collections.zeus.paas.plugins.module_utils._mesos_versions import features
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile

PARTS = ("guarantees", "limits")


def quota_wanted(role: str, given: Mapping[str, Any]) -> Definition:
    """``{"guarantees": {…}, "limits": {…}}`` checked: positive numbers, and no guarantee above its limit."""
    found: dict[str, dict[str, float]] = {}
    if not isinstance(given, Mapping):
        raise InputError("quotas", role, "not a mapping", "guarantees and limits, such as {guarantees: {cpus: 4}}", given)
    unknown = sorted(set(given) - set(PARTS))
    if unknown:
        raise InputError("quotas", f"{role}.{unknown[0]}", "unknown key", "guarantees or limits")
    for part in PARTS:
        amounts = given.get(part) or {}
        if not isinstance(amounts, Mapping):
            raise InputError("quotas", f"{role}.{part}", "not a mapping", "such as {cpus: 4, mem: 8192}", amounts)
        found[part] = {str(name): _amount(f"{role}.{part}.{name}", value) for name, value in sorted(amounts.items())}
    for name, least in found["guarantees"].items():
        if least > found["limits"].get(name, least):
            problem = f"more is guaranteed than the limit of {found['limits'][name]:g} allows"
            raise InputError("quotas", f"{role}.guarantees.{name}", problem, "at most the limit", least)
    if not any(found.values()):
        raise InputError(
            "quotas", role, "neither guarantees nor limits", "at least one of them; to take a quota back, name the role in absent"
        )
    return {"role": role, **found}


class Quotas(Resource):
    """``wanted``: role → a checked quota, or None for none."""

    kind: ClassVar[str] = "quotas"

    def __init__(self, operator: Operator, *, force: bool = False) -> None:
        self._operator = operator
        self._force = force

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        found = self._operator.quotas()
        return {role: {"role": role, "guarantees": found[role].guarantees, "limits": found[role].limits} for role in ids if role in found}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return {"role": definition["role"], **{part: dict(definition[part]) for part in PARTS}}

    def check(self, changes: Sequence[Change]) -> None:
        version = self._operator.master().version
        if not features(version, "the leading master")["quota_limits"]:
            raise RefusedError(
                f"this cluster runs Mesos {version}, which knows no quotas with limits (Mesos 1.9 and later do); nothing was changed"
            )
        if not self._force and any(change.after and change.after["guarantees"] for change in changes):
            self._refuse_overcommitment(changes)

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        wanted = {c.id: None if c.after is None else Quota(c.after["guarantees"], c.after["limits"]) for c in changes}
        self._operator.set_quotas(wanted, force=self._force)
        return {}

    def _refuse_overcommitment(self, changes: Sequence[Change]) -> None:
        """As Mesos would, but before anything is written, and in check mode."""
        quotas = {role: quota.guarantees for role, quota in self._operator.quotas().items()}
        quotas |= {change.id: {} if change.after is None else change.after["guarantees"] for change in changes}
        total = sum((agent.total for agent in self._operator.agents()), Resources()).rounded()
        for name, there_is in total.items():
            asked = sum(amounts.get(name, 0.0) for amounts in quotas.values())
            if asked > there_is:
                raise RefusedError(
                    f"{asked:g} {name} would be guaranteed to {', '.join(sorted(r for r, a in quotas.items() if a.get(name)))}, and the "
                    f"agents have {there_is:g} in all. Add agents, guarantee less, or say force: true; nothing was changed"
                )


def _amount(key: str, value: Any) -> float:
    try:
        amount = float(value)
    except (TypeError, ValueError):
        amount = -1.0
    if isinstance(value, bool) or not 0 <= amount < float("inf"):
        raise InputError("quotas", key, "not an amount", "a number of 0 or more (cpus in cores, mem and disk in MiB)", value)
    return amount


def ensure_quotas(operator: Operator, given: Mapping[str, Any], absent: Sequence[str], *, force: bool, check_mode: bool) -> dict[str, Any]:
    """``given``: role → quota; ``absent``: roles that are to have none. A role that is in neither keeps what it has."""
    both = sorted(set(given) & set(absent))
    if both:
        raise InputError("absent", "", "this role is given a quota, too", "each role once", both[0])
    wanted: dict[str, Definition | None] = {role: quota_wanted(role, quota) for role, quota in given.items()}
    return reconcile(Quotas(operator, force=force), {**wanted, **dict.fromkeys(absent)}, check_mode=check_mode).result()
