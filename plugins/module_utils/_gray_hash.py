# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The hash behind percentages: nginx's ``ngx_murmur_hash2`` (MurmurHash2, 32 bit, seed 0), as ``split_clients`` uses it."""

from __future__ import annotations

_MASK = 0xFFFFFFFF
_M = 0x5BD1E995
EVERYBODY = 1 << 32
"""A boundary above every hash. nginx's own 100 % would leave out the one hash 0xffffffff."""


def murmur2(data: bytes) -> int:
    """The 32 bit hash of some bytes, equal to nginx's."""
    length = len(data)
    h = length
    whole = length & ~3
    for at in range(0, whole, 4):
        k = int.from_bytes(data[at : at + 4], "little") * _M & _MASK
        k = (k ^ (k >> 24)) * _M & _MASK
        h = (h * _M & _MASK) ^ k
    if whole < length:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


def boundary(hundredths: int) -> int:
    """The first hash that is outside of so many hundredths of a percent (0 to 10000), computed as ``split_clients`` does."""
    if hundredths == 10000:
        return EVERYBODY
    return hundredths * 0xFFFFFFFF // 10000
