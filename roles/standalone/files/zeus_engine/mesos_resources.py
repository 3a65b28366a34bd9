# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resources and attributes as Mesos writes them: plain amounts in the old endpoints, typed lists in the v1 API."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

_RANGES = re.compile(r"\[\d+-\d+(, ?\d+-\d+)*\]")


def ranges(ports: Sequence[int] | Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ports or ranges as sorted inclusive ranges."""
    pairs = sorted((one, one) if isinstance(one, int) else one for one in ports)
    merged: list[tuple[int, int]] = []
    for first, last in pairs:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def amounts(cpus: float, mem: float, disk: float, ports: Sequence[tuple[int, int]] = ()) -> dict[str, Any]:
    """Resources as /state writes them: no key for no ports."""
    found: dict[str, Any] = {"disk": disk, "mem": mem, "gpus": 0.0, "cpus": cpus}
    if ports:
        found["ports"] = "[" + ", ".join(f"{first}-{last}" for first, last in ports) + "]"
    return found


def quantities(cpus: float, mem: float, disk: float) -> dict[str, float]:
    """Resources as /roles writes them: only what is above 0."""
    return {name: value for name, value in (("cpus", cpus), ("disk", disk), ("mem", mem)) if value}


def typed(cpus: float, mem: float, disk: float, ports: Sequence[tuple[int, int]], extra: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Resources as protobuf JSON; scalars of 0 are left out."""
    found: list[dict[str, Any]] = [
        {"name": name, "type": "SCALAR", "scalar": {"value": value}}
        for name, value in (("cpus", cpus), ("mem", mem), ("disk", disk))
        if value
    ]
    if ports:
        found.append({"name": "ports", "type": "RANGES", "ranges": {"range": _range_list(ports)}})
    return [one | dict(extra) for one in found]


def attribute(value: str) -> Any:
    """/slaves shows scalars as numbers, all else as text."""
    number = _number(value)
    return value if number is None else number


def attribute_v1(name: str, value: str) -> dict[str, Any]:
    """GET_AGENTS gives the type too: SCALAR, RANGES or TEXT."""
    number = _number(value)
    if number is not None:
        return {"name": name, "type": "SCALAR", "scalar": {"value": number}}
    if _RANGES.fullmatch(value):
        pairs = [(int(first), int(last)) for first, last in re.findall(r"(\d+)-(\d+)", value)]
        return {"name": name, "type": "RANGES", "ranges": {"range": _range_list(pairs)}}
    return {"name": name, "type": "TEXT", "text": {"value": value}}


def _range_list(pairs: Iterable[tuple[int, int]]) -> list[dict[str, int]]:
    return [{"begin": first, "end": last} for first, last in pairs]


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None
