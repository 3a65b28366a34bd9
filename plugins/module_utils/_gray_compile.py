# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From a policy, a binding and the operator's regions to what a router evaluates: plain JSON with few operators.

``{"policy", "variant", "salt", "rules": [{"name", "variant", "when"}], "user_agents": [{"contains", "model"}], "regions": {name: ranges}}``
where ``when`` is one of

* ``{"op": "match", "from": [source], "fold": bool, "values": [text], "prefixes": [text]}``
* ``{"op": "address", "v4": hex, "v6": hex}``, ``{"op": "region", "in": [name]}``
* ``{"op": "percent", "below": hash, "by": [source]}``
* ``{"op": "all" | "any", "of": [when]}``, ``{"op": "not", "of": when}``

and a source is ``header:<name>``, ``cookie:<name>``, ``argument:<name>``, ``user_agent`` or ``address``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray_decide import STABLE
from ansible_collections.zeus.paas.plugins.module_utils._gray_hash import boundary
from ansible_collections.zeus.paas.plugins.module_utils._gray_model import (
    Address,
    All,
    Any_,
    Attribute,
    Condition,
    Device,
    Not,
    Percent,
    Policy,
    Region,
)
from ansible_collections.zeus.paas.plugins.module_utils._gray_ranges import canonical_network, compile_ranges


def compile_gray(policy: Policy, *, variant: str, version: str, regions: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The rules with their versions replaced by variants, and the regions that they use.

    ``variant`` is the slug and ``version`` the version that the binding names; ``regions`` is ``zeus_regions``. A rule for another
    version, a region that the table lacks and a network in it that is none raise :class:`InputError`.
    """
    where = f"policy {policy.name}"
    variants = {STABLE: STABLE, version: variant, variant: variant}
    rules: list[dict[str, Any]] = []
    used: dict[str, dict[str, str]] = {}
    for index, rule in enumerate(policy.rules):
        key = f"rules[{index}]"
        if rule.variant not in variants:
            raise InputError(where, f"{key}.variant", "the binding has no such variant", f"{version!r} or 'stable'", rule.variant)
        for name in _regions(rule.when):
            if name not in used:
                used[name] = _region(name, regions, where, key)
        rules.append({"name": rule.name, "variant": variants[rule.variant], "when": _compiled(rule.when)})
    return {
        "policy": policy.name,
        "variant": variant,
        "salt": policy.salt,
        "rules": rules,
        "user_agents": [{"contains": _fold(entry.contains), "model": _fold(entry.model)} for entry in policy.user_agents],
        "regions": used,
    }


def _region(name: str, regions: Mapping[str, Sequence[str]], where: str, key: str) -> dict[str, str]:
    if name not in regions:
        known = ", ".join(sorted(regions)) or "which is empty"
        raise InputError(where, f"{key}.when.region", "there is no such region in zeus_regions", f"one of its names: {known}", name)
    for index, network in enumerate(regions[name]):
        try:
            canonical_network(network)
        except ValueError as error:
            raise InputError("zeus_regions", f"{name}[{index}]", str(error), "a network such as 10.0.0.0/8", network) from None
    return compile_ranges(regions[name])


def _regions(condition: Condition) -> Iterator[str]:
    match condition:
        case Region(names):
            yield from names
        case All(of) | Any_(of):
            for one in of:
                yield from _regions(one)
        case Not(one):
            yield from _regions(one)


def _compiled(condition: Condition) -> dict[str, Any]:
    match condition:
        case Device(models, sources):
            return _match([source.compiled() for source in sources], tuple(map(_fold, models)), fold=True)
        case Attribute(source, values):
            return _match([source.compiled()], ("*",) if values is None else values, fold=False)
        case Address(networks):
            return {"op": "address", **compile_ranges(networks)}
        case Region(names):
            return {"op": "region", "in": list(names)}
        case Percent(hundredths, sources):
            return {"op": "percent", "below": boundary(hundredths), "by": [source.compiled() for source in sources]}
        case All(of):
            return {"op": "all", "of": [_compiled(one) for one in of]}
        case Any_(of):
            return {"op": "any", "of": [_compiled(one) for one in of]}
        case Not(of):
            return {"op": "not", "of": _compiled(of)}


def _match(sources: list[str], values: Sequence[str], *, fold: bool) -> dict[str, Any]:
    return {
        "op": "match",
        "from": sources,
        "fold": fold,
        "values": [value for value in values if not value.endswith("*")],
        "prefixes": [value[:-1] for value in values if value.endswith("*")],
    }


def _fold(text: str) -> str:
    """Lower case of ASCII letters only, as the routers do it."""
    return text.encode().lower().decode()
