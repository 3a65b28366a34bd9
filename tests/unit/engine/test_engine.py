# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's loop ends whenever it is asked to."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from zeus_engine.config import parse
from zeus_engine.engine import Engine

from fakes.noop_engine import agent
from fakes.noop_executor import NoopExecutor


@pytest.mark.parametrize("turns", range(5))
def test_the_loop_ends_even_if_something_happens_at_that_moment(tmp_path: Path, turns: int) -> None:
    async def scenario() -> None:
        engine = Engine(parse({"agents": [agent(0)], "state_dir": str(tmp_path), "cgroups": "off"}, "test"), NoopExecutor())
        scheduler = asyncio.create_task(engine.run())
        await asyncio.sleep(0.01)
        engine.wake()
        for _turn in range(turns):
            await asyncio.sleep(0)
        scheduler.cancel()
        done, _pending = await asyncio.wait([scheduler], timeout=5)
        assert done, "it was told to end, and goes on"
        engine.close()

    asyncio.run(scenario())
