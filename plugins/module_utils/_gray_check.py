# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Is a policy fit for a release: its versions, its regions, its date. Pure."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray_decide import STABLE
from ansible_collections.zeus.paas.plugins.module_utils._gray_model import All, Any_, Condition, Not, Policy, Region
from ansible_collections.zeus.paas.plugins.module_utils._gray_ranges import canonical_network

Regions = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Bound:
    """What a policy is, or is to be, bound to: an app (its key), the variant's slug, and its version."""

    app: str
    variant: str
    version: str


def check_bound(policy: Policy, bound: Bound, source: str) -> None:
    """Every rule is for this version or for stable. Raises InputError."""
    known = {STABLE, bound.version, bound.variant}
    for index, rule in enumerate(policy.rules):
        if rule.variant not in known:
            raise InputError(
                source,
                f"rules[{index}].variant",
                f"the release of {bound.app} has no such version",
                f"{bound.version!r} or 'stable'",
                rule.variant,
            )


def check_regions(policy: Policy, regions: Regions, source: str) -> None:
    """Every region is in the operator's table, and what the table says of it are networks. Raises InputError."""
    for index, rule in enumerate(policy.rules):
        for name in _regions(rule.when):
            if name not in regions:
                known = ", ".join(sorted(regions)) or "which is empty"
                raise InputError(
                    source, f"rules[{index}].when.region", "there is no such region in zeus_regions", f"one of its names: {known}", name
                )
            for place, network in enumerate(regions[name]):
                try:
                    canonical_network(network)
                except ValueError as error:
                    raise InputError("zeus_regions", f"{name}[{place}]", str(error), "a network such as 10.0.0.0/8", network) from None


def expired(policy: Policy, today: datetime.date) -> str:
    """A warning, empty if there is nothing to warn of. A date never changes routing by itself."""
    if not policy.expires or datetime.date.fromisoformat(policy.expires) >= today:
        return ""
    owner = f" (its owner: {policy.owner})" if policy.owner else ""
    told = f"policy {policy.name}: it expired on {policy.expires}, and still routes{owner}"
    return f"{told}; finish or abort its release, or give it another date"


def _regions(condition: Condition) -> Iterator[str]:
    match condition:
        case Region(names):
            yield from names
        case All(of) | Any_(of):
            for one in of:
                yield from _regions(one)
        case Not(one):
            yield from _regions(one)
