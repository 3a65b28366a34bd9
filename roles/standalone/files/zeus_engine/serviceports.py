# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Service ports: 0 becomes a free one from 10000 up to, but without, 20000, and stays what it was when a later update says 0 again."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from .definitions import is_host, ports_of
from .errors import failed

FIRST, LAST = 10000, 20000


def _key(app: Mapping[str, Any]) -> str:
    return "port" if is_host(app) else "servicePort"


def of(app: Mapping[str, Any]) -> list[int]:
    return [int(one[_key(app)]) for one in ports_of(app)]


def assign(app: Mapping[str, Any], previous: Mapping[str, Any] | None, taken: set[int]) -> dict[str, Any]:
    """`app` with every service port set; new ones are added to `taken`, the ports of all apps. Raises the API's error when none is left.

    The ports that `previous` had of the range, and `app` does not name, are used again first.
    """
    new = copy.deepcopy(dict(app))
    key = _key(new)
    entries: list[dict[str, Any]] = ports_of(new)
    own = {entry[key] for entry in entries}
    again = iter([port for port in (of(previous) if previous is not None else ()) if FIRST <= port < LAST and port not in own])
    free = (port for port in range(FIRST, LAST) if port not in taken)
    for entry in entries:
        if not entry[key]:
            port = next(again, None) or next(free, None)
            if port is None:
                raise failed(500, f"All ports in the range [{FIRST}-{LAST}) are already in use")
            entry[key] = port
            taken.add(port)
    return new
