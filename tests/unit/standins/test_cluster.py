# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the leading master knows while its disks are still being written."""

from __future__ import annotations

import asyncio
import copy

from standins.cluster import Access, Cluster
from standins.registrar import EMPTY, Value


class SlowRegistrar:
    """Takes each value only after others have had their turn."""

    def __init__(self) -> None:
        self.value: Value = copy.deepcopy(EMPTY)

    async def store(self, value: Value) -> None:
        await asyncio.sleep(0)
        self.value = value


def test_what_changes_at_the_same_moment_is_all_kept() -> None:
    registrar = SlowRegistrar()
    cluster = Cluster("m", "master@127.0.0.1:5050", registrar, Access(None, {}, False, False), (15.0, 5))  # type: ignore[arg-type]

    async def register_all() -> None:
        await asyncio.gather(*(cluster.change(lambda value, id_=id_: value["agents"].update({id_: {}})) for id_ in ("S0", "S1", "S2")))

    asyncio.run(register_all())
    assert sorted(registrar.value["agents"]) == ["S0", "S1", "S2"]
