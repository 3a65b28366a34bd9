# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All operators, against small worlds of agents."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus_engine.constraints import OPERATORS, accepts, parse, problems, scalar


@dataclass(frozen=True)
class Node:
    hostname: str
    attributes: tuple[tuple[str, str], ...] = field(default=())

    def attribute(self, name: str) -> str | None:
        return dict(self.attributes).get(name)


def node(hostname: str, **attributes: str) -> Node:
    return Node(hostname, tuple(attributes.items()))


A, B, C = node("a", rack="r1", size="4"), node("b", rack="r2", size="4.50"), node("c")
WORLD = (A, B, C)


@pytest.mark.parametrize(
    ("raw", "place", "placed", "expected"),
    [
        (["hostname", "UNIQUE"], A, [], True),
        (["hostname", "UNIQUE"], A, [A], False),
        (["@hostname", "UNIQUE"], A, [B], True),
        (["rack", "UNIQUE"], C, [], False),
        (["rack", "CLUSTER", "r1"], A, [], True),
        (["rack", "CLUSTER", "r1"], B, [], False),
        (["rack", "CLUSTER"], B, [], True),
        (["rack", "CLUSTER"], B, [A], False),
        (["rack", "cluster", "r1"], A, [A], True),
        (["rack", "LIKE", "r[12]"], B, [], True),
        (["rack", "LIKE", "r"], B, [], False),
        (["rack", "LIKE", "r[12]"], C, [], False),
        (["rack", "UNLIKE", "r1"], A, [], False),
        (["rack", "UNLIKE", "r1"], B, [], True),
        (["rack", "UNLIKE", "r1"], C, [], True),
        (["rack", "MAX_PER", "2"], A, [A, B], True),
        (["rack", "MAX_PER", "2"], A, [A, A], False),
        (["rack", "IS", "r2"], B, [], True),
        (["size", "IS", "4.0"], A, [], True),
        (["size", "IS", "4.5"], B, [], True),
        (["size", "IS", "4.5"], A, [], False),
        (["@zone", "IS", "x"], A, [], False),
        (["@region", "UNLIKE", "x"], A, [], True),
    ],
)
def test_operator(raw: list[str], place: Node, placed: list[Node], expected: bool) -> None:
    assert problems(raw) == []
    assert accepts(parse(raw), place, placed, WORLD, 4) is expected


@given(st.integers(1, 12), st.integers(1, 5))
def test_group_by_without_a_value_spreads_evenly_over_the_known_values(instances: int, groups: int) -> None:
    world = [node(f"h{index}", rack=f"r{index}") for index in range(groups)]
    placed: list[Node] = []
    constraint = parse(["rack", "GROUP_BY"])
    for _unused in range(instances):
        placed.append(next(one for one in world if accepts(constraint, one, placed, world, instances)))
    counts = Counter(one.attribute("rack") for one in placed)
    assert max(counts.values()) <= -(-instances // groups)


def test_group_by_with_a_value_waits_for_groups_that_are_not_there_yet() -> None:
    constraint = parse(["rack", "GROUP_BY", "3"])
    assert accepts(constraint, A, [A], [A, B], 6)
    assert not accepts(constraint, A, [A, A], [A, B], 6)


@given(st.sampled_from(OPERATORS), st.none() | st.text(max_size=6))
def test_what_passes_the_check_can_be_asked(operator: str, value: str | None) -> None:
    raw = ["rack", operator] + ([] if value is None else [value])
    if not problems(raw):
        assert accepts(parse(raw), A, [B], WORLD, 3) in (True, False)


@pytest.mark.parametrize(("number", "text"), [(7, "7"), (7.0, "7"), (0.5, "0.5"), (1.23456, "1.235"), (100, "100")])
def test_scalars_as_mesos_prints_them(number: float, text: str) -> None:
    assert scalar(number) == text
