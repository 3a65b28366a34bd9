# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A deadline is shared, never exceeded, and gives its condition a last chance."""

from __future__ import annotations

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError
from fakes.clock import Clock


def test_the_value_comes_back_as_soon_as_it_is_true() -> None:
    clock = Clock()
    values = iter([None, 0, "ready"])
    assert clock.deadline(10).wait(lambda: next(values), every=1) == "ready"
    assert clock.now == 2


def test_the_condition_is_asked_once_more_at_the_end() -> None:
    clock = Clock()
    asked: list[float] = []
    with pytest.raises(DeadlineError, match="the routers: not reached within 1 s"):
        clock.deadline(1).wait(lambda: asked.append(clock.now), every=0.4, what="the routers")
    assert asked == [0, 0.4, 0.8, 1]


def test_parts_end_no_later_than_the_whole() -> None:
    clock = Clock()
    whole = clock.deadline(10)
    clock.now = 7
    assert whole.within(60).left() == 3
    assert whole.within(1).left() == 1
    assert whole.at_least(5).left() == 5
    assert whole.at_least(2).left() == 3
    clock.now = 11
    assert whole.passed
    assert whole.left() == 0
    assert whole.fresh(4).left() == 4
