# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Sets of IP addresses: from CIDR texts to sorted, merged ranges, and back to an answer.

The compiled form is one text per family: for every range its first and its last address in lower-case hex, all ranges in
ascending order, without separators (16 digits per IPv4 range, 64 per IPv6 range). Hex digits order as the addresses do.
"""

from __future__ import annotations

import bisect
import functools
import ipaddress
from collections.abc import Iterable, Mapping
from typing import TypeAlias

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")


def canonical_network(text: str) -> str:
    """The one way to write a network; IPv4-mapped IPv6 becomes IPv4. ``ValueError`` says what is wrong with the text."""
    network = ipaddress.ip_network(text, strict=True)
    if isinstance(network, ipaddress.IPv6Network):
        if network.network_address.scope_id:
            raise ValueError("an address with a zone is of no use here")
        if network.subnet_of(_MAPPED):
            mapped = network.network_address.ipv4_mapped
            return f"{mapped}/{network.prefixlen - 96}"
    return str(network)


def compile_ranges(networks: Iterable[str]) -> dict[str, str]:
    """``{"v4": hex, "v6": hex}`` of networks in any form that :func:`canonical_network` takes."""
    bounds: dict[int, list[tuple[int, int]]] = {4: [], 6: []}
    for text in networks:
        network = ipaddress.ip_network(canonical_network(text))
        bounds[network.version].append((int(network.network_address), int(network.broadcast_address)))
    return {"v4": _packed(bounds[4], 8), "v6": _packed(bounds[6], 32)}


def _packed(bounds: list[tuple[int, int]], width: int) -> str:
    merged: list[tuple[int, int]] = []
    for low, high in sorted(bounds):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], high))
        else:
            merged.append((low, high))
    return "".join(f"{low:0{width}x}{high:0{width}x}" for low, high in merged)


def packed_address(text: str) -> bytes:
    """4 bytes for IPv4 and for IPv4-mapped IPv6, 16 for other IPv6; none for what is no address."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return b""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return address.packed


def contains(ranges: Mapping[str, str], address: bytes) -> bool:
    """Whether a packed address lies in compiled ranges."""
    lows, highs = _bounds(ranges["v4" if len(address) == 4 else "v6"], len(address) * 2)
    found = address.hex()
    at = bisect.bisect_right(lows, found) - 1
    return at >= 0 and found <= highs[at]


@functools.lru_cache(maxsize=64)
def _bounds(packed: str, width: int) -> tuple[list[str], list[str]]:
    step = width * 2
    return (
        [packed[at : at + width] for at in range(0, len(packed), step)],
        [packed[at + width : at + step] for at in range(0, len(packed), step)],
    )
