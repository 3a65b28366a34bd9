# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Compute hosts in batches: of one virtual cluster and one rack at a time, and of a cluster never more than a part."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError


@dataclass(frozen=True)
class Member:
    """A host. ``rack`` is empty if it names none."""

    name: str
    vcluster: str
    rack: str = ""


def members(names: Sequence[str], variables: Mapping[str, Mapping[str, Any]]) -> list[Member]:
    """Hosts by what an inventory says of them: ``zeus_vcluster`` and ``zeus_rack``."""
    return [Member(name, str(variables[name].get("zeus_vcluster") or ""), str(variables[name].get("zeus_rack") or "")) for name in names]


def chosen(known: Sequence[Member], hosts: Any, rack: Any) -> list[Member]:
    """Those that somebody names: hosts (a text with commas), or a rack; with neither, all. A list of hosts means exactly these.

    Raises InputError: a host or rack that no member has.
    """
    given = isinstance(hosts, list | tuple)
    names = {str(one) for one in hosts} if given else {name for name in re.split(r"[\s,]+", str(hosts or "")) if name}
    unknown = sorted(names - {member.name for member in known})
    if unknown:
        raise InputError("host", "", "not among the hosts of this kind", _some(member.name for member in known), ", ".join(unknown))
    if rack and not any(member.rack == str(rack) for member in known):
        raise InputError("rack", "", "no host is in this rack", _some(member.rack for member in known if member.rack), rack)
    if not (given or names or rack):
        return list(known)
    return [member for member in known if member.name in names or (rack and member.rack == str(rack))]


def batches(hosts: Sequence[Member], known: Sequence[Member], percent: int = 25) -> list[list[str]]:
    """``hosts`` in the order in which their turn comes. ``percent``: how much of a virtual cluster (all of ``known``) a batch may be.

    The first batch is one host: what goes wrong everywhere goes wrong there.
    """
    sizes = Counter(member.vcluster for member in known)
    found: list[list[str]] = []
    in_order = sorted(hosts, key=lambda member: (member.vcluster, member.rack, member.name))
    for (vcluster, _rack), group in groupby(in_order, key=lambda member: (member.vcluster, member.rack)):
        names = [member.name for member in group]
        if not found:
            found.append([names.pop(0)])
        most = max(1, sizes[vcluster] * percent // 100)
        found += [names[start : start + most] for start in range(0, len(names), most)]
    return found


def _some(names: Any, limit: int = 8) -> str:
    found: Collection[str] = sorted(set(names))
    shown = ", ".join(list(found)[:limit])
    return f"some of {shown}" + (f" and {len(found) - limit} more" if len(found) > limit else "") if found else "that there are any"
