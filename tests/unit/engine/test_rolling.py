# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The arithmetic of replacements and launch delays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus_engine.backoff import LEAST, Backoff
from zeus_engine.rolling import Strategy, launch_now, strategy


def app(instances: int, minimum: float, over: float, config: str = "2026-01-01T00:00:00.000Z") -> dict[str, Any]:
    return {
        "id": "/a",
        "instances": instances,
        "upgradeStrategy": {"minimumHealthCapacity": minimum, "maximumOverCapacity": over},
        "backoffSeconds": 1,
        "backoffFactor": 2.0,
        "maxLaunchDelaySeconds": 5,
        "versionInfo": {"lastConfigChangeAt": config},
    }


@pytest.mark.parametrize(
    ("definition", "healthy", "current", "expected"),
    [
        (app(4, 1, 1), 4, 4, Strategy(0, 8)),
        (app(4, 0.5, 0), 4, 4, Strategy(2, 4)),
        (app(4, 1, 0), 4, 4, Strategy(0, 5)),  # nothing could move: one over capacity
        (app(4, 1, 0), 3, 4, Strategy(0, 4)),  # one is unhealthy anyway and makes room
        (app(3, 0.5, 0.5), 3, 3, Strategy(1, 4)),
        (app(4, 0, 0), 4, 4, Strategy(4, 4)),
        (app(2, 1, 1), 6, 6, Strategy(4, 4)),  # scaled down in the same change
        (app(10, 1, 0.1), 10, 10, Strategy(0, 11)),
        (app(10, 0.7, 0), 10, 10, Strategy(3, 10)),
    ],
)
def test_strategy(definition: dict[str, Any], healthy: int, current: int, expected: Strategy) -> None:
    assert strategy(definition, healthy, current) == expected


@given(st.integers(1, 20), st.floats(0, 1), st.floats(0, 1), st.integers(0, 30))
def test_a_replacement_always_can_move(instances: int, minimum: float, over: float, healthy: int) -> None:
    definition = app(instances, minimum, over)
    plan = strategy(definition, healthy, healthy)
    old = healthy - plan.kill_now
    assert old >= 0
    # Either something old goes, or something new may come, or there is no old one left.
    assert plan.kill_now or launch_now(definition, plan.max_capacity, old, 0) or not old


@given(st.integers(1, 20), st.integers(0, 40), st.integers(0, 20), st.integers(0, 20))
def test_launching_never_passes_the_capacity(instances: int, capacity: int, old: int, new: int) -> None:
    count = launch_now(app(instances, 1, 1), capacity, old, new)
    assert count >= 0
    assert count == 0 or (old + new + count <= capacity and new + count <= instances)


def test_delays_grow_to_their_limit() -> None:
    backoff, definition = Backoff(), app(1, 1, 1)
    assert [backoff.failed(definition, 0.0).seconds for _unused in range(5)] == [1, 2, 4, 5, 5]
    assert backoff.left(definition, 2.0) == 3.0
    assert backoff.left(definition, 5.0) == 0.0


def test_a_delay_ends_with_a_new_configuration_a_reset_or_quiet() -> None:
    backoff, definition = Backoff(), app(1, 1, 1)
    backoff.failed(definition, 0.0)
    assert backoff.left(app(1, 1, 1, "2026-01-02T00:00:00.000Z"), 0.0) == 0.0
    assert backoff.left(definition, 0.5) == 0.5
    backoff.reset("/a")
    assert backoff.left(definition, 0.5) == 0.0
    backoff.failed(definition, 0.0)
    assert backoff.failed(definition, 100.0).seconds == 1


def test_without_a_delay_a_tenth_of_a_second_passes() -> None:
    backoff, definition = Backoff(), app(1, 1, 1) | {"backoffSeconds": 0}
    assert backoff.failed(definition, 0.0).seconds == 0
    assert backoff.left(definition, 0.0) == LEAST
    assert backoff.left(definition, LEAST) == 0.0
