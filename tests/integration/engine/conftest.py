# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine for all tests that only use its API and its tasks; those that kill it bring their own."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator

import pytest

from .running import RunningEngine


@pytest.fixture(scope="session")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine() as running:
        yield running


@pytest.fixture
def app_id(engine: RunningEngine, request: pytest.FixtureRequest) -> Iterator[str]:
    """An id of this test's own; whatever is below it is removed afterwards."""
    group = f"/{request.node.name.partition('[')[0].replace('_', '-')}"[:50].rstrip("-")
    yield f"{group}/app"
    for app in engine.call("GET", "/v2/apps", id=group)["apps"]:
        engine.call("DELETE", f"/v2/apps{app['id']}", ok=(200, 404))
    engine.wait_deployed()


@pytest.fixture
def unique() -> Callable[[], str]:
    counter = itertools.count()
    return lambda: str(next(counter))
