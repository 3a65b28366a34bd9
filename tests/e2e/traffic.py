# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What flows through the routers of a datacenter while the tests act on it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from load.driver import Load, running

from .bed import Center
from .trial import HOST, PORT

#: Requests that one group of actions must have seen, whatever their share of the time.
ENOUGH = 20_000


@dataclass
class Watched:
    """Load, and what was before and after it; ``after`` and the counts are there when the load has ended."""

    load: Load
    before: dict[str, list[str]]
    reloads_before: dict[str, int]
    after: dict[str, list[str]]
    reloads_after: dict[str, int]

    def nothing_was_reloaded(self, *, new_agent: bool = False) -> None:
        """``new_agent``: it was restarted meanwhile, and so counts its reloads from 0 again; the processes tell the rest."""
        assert self.before["nginx"], "no nginx was seen"
        assert self.before["haproxy"], "no HAProxy was seen"
        assert self.after == self.before
        assert self.reloads_after == ({"nginx": 0, "haproxy": 0} if new_agent else self.reloads_before)


def streams(center: Center, scale: float = 1.0) -> list[dict[str, Any]]:
    """The front (finishes its requests), the catalog (exits at once) and the price service by its port, together 300 requests a second."""
    web = f"{center.router.address}:80"
    return [
        {
            "name": "web",
            "address": web,
            "host": HOST,
            "rate": 140 * scale,
            "paths": ["/", "/?page=2"],
            "post_path": "/orders",
            "post_every": 5,
        },
        {
            "name": "catalog",
            "address": web,
            "host": HOST,
            "rate": 80 * scale,
            "paths": ["/catalog"],
            "post_path": "/catalog",
            "post_every": 10,
        },
        {
            "name": "price",
            "address": f"{center.router.address}:{PORT}",
            "host": HOST,
            "rate": 80 * scale,
            "keep_alive": False,
            "post_every": 5,
        },
    ]


@contextmanager
def watched(center: Center, *, at_least: int = 0, scale: float = 1.0) -> Iterator[Watched]:
    """Load through this datacenter's routers inside this context, for at least so many requests."""
    before, reloads = center.balancers(), center.reloads()
    with running(center.settings.center, streams(center, scale)) as load:
        seen = Watched(load, before, reloads, {}, {})
        yield seen
        load.last_for(at_least)
    seen.after, seen.reloads_after = center.balancers(), center.reloads()
    print(load.story())
