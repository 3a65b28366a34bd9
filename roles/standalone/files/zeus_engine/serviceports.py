# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service ports: 0 becomes a free one of 10000-20000, and stays what it was when a later update says 0 again."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from .definitions import is_host, ports_of
from .errors import failed

FIRST, LAST = 10000, 20000


def _key(app: Mapping[str, Any]) -> str:
    return "port" if is_host(app) else "servicePort"


def of(app: Mapping[str, Any]) -> list[int]:
    return [int(one[_key(app)]) for one in ports_of(app)]


def assign(app: Mapping[str, Any], previous: Mapping[str, Any] | None, others: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """`app` with every service port set. Raises the API's error when the range is used up."""
    new = copy.deepcopy(dict(app))
    key = _key(new)
    entries: list[dict[str, Any]] = ports_of(new)
    before = of(previous) if previous is not None else []
    own = {entry[key] for entry in entries}
    for index, entry in enumerate(entries):
        if not entry[key] and index < len(before) and before[index] not in own:
            entry[key] = before[index]
            own.add(before[index])
    if any(not entry[key] for entry in entries):
        taken = own | {port for other in others for port in of(other)}
        free = (port for port in range(FIRST, LAST + 1) if port not in taken)
        for entry in entries:
            if not entry[key]:
                port = next(free, None)
                if port is None:
                    raise failed(500, f"All ports in the range [{FIRST}-{LAST}) are already in use")
                entry[key] = port
    return new
