# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One line of a hosts file for many hosts: each takes its own address and its rack from a range in the value.

``bj01-web-[01:60]: {ansible_host: "10.1.2.[1:60]", zeus_rack: "r[1:6]"}`` gives bj01-web-60 the address 10.1.2.60 and the rack r6. Ansible
expands the name and gives every host the same variables; here the n-th host takes its part of them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where

#: A host's name by Ansible's rules → all names that it stands for.
Expand = Callable[[str], Sequence[str]]
_RANGE = re.compile(r"\[(?:[0-9]{1,4}:[0-9]{1,4}|[a-zA-Z]:[a-zA-Z])(?::[0-9]{1,4})?\]")


def resolve_ranges(hosts: Mapping[str, Mapping[str, Any]], source: str, expand: Expand) -> dict[str, dict[str, str]]:
    """host → those of its variables that held a range, with its own value. ``hosts`` are in the order of the hosts file.

    There are as many addresses as hosts. Racks are fewer: each has the same number of hosts, one after the other.
    Raises InputError: it names the first host of the line, the variable, and what would be right.
    """
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for names in _lines(hosts):
        first, variables = names[0], hosts[names[0]]
        address = _range(variables.get("ansible_host"))
        if address is not None:
            values = _values(address, expand, Where(source, first).at("ansible_host"))
            if len(values) != len(names):
                Where(source, first).at("ansible_host").refuse(
                    f"{_hosts(names)} for a range of {len(values)} addresses", "as many addresses as hosts", address
                )
            for name, value in zip(names, values, strict=True):
                found[name]["ansible_host"] = value
        _spread_racks(names, hosts, source, expand, found)
    return dict(found)


def _lines(hosts: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """The hosts that one line of the file stands for: they share the text of their range."""
    lines: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, variables in hosts.items():
        address, rack = _range(variables.get("ansible_host")), _range(variables.get("zeus_rack"))
        if address is not None:
            lines[(address,)].append(name)
        elif rack is not None:
            lines[(str(variables.get("zeus_node_role")), str(variables.get("zeus_vcluster")), rack)].append(name)
    return list(lines.values())


def _spread_racks(
    names: Sequence[str], hosts: Mapping[str, Mapping[str, Any]], source: str, expand: Expand, found: dict[str, dict[str, str]]
) -> None:
    """A host may stand elsewhere than its neighbours, by a line of its own; the others keep their places."""
    spread: dict[str, Sequence[str]] = {}
    for position, name in enumerate(names):
        rack = _range(hosts[name].get("zeus_rack"))
        if rack is None:
            continue
        if rack not in spread:
            where = Where(source, name).at("zeus_rack")
            spread[rack] = _values(rack, expand, where)
            if not spread[rack] or len(names) % len(spread[rack]):
                where.refuse(
                    f"{_hosts(names)} cannot be shared out evenly among {len(spread[rack])} racks",
                    "the same number of hosts for each rack, or one line per rack",
                    rack,
                )
        found[name]["zeus_rack"] = spread[rack][position * len(spread[rack]) // len(names)]


def _values(text: str, expand: Expand, where: Where) -> Sequence[str]:
    try:
        return expand(text)
    except ValueError as error:
        where.refuse(f"this range cannot be used: {error}", "a range as Ansible has them for hosts, such as 10.1.2.[1:60]", text)


def _range(value: Any) -> str | None:
    """The value, if it is a text with a range in it."""
    return value if isinstance(value, str) and _RANGE.search(value) else None


def _hosts(names: Sequence[str]) -> str:
    return f"1 host ({names[0]})" if len(names) == 1 else f"{len(names)} hosts ({names[0]} to {names[-1]})"
