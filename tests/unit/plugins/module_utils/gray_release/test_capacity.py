# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How much room a finish needs, and whether the virtual cluster has it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._gray_capacity import Need, finish_needs, lacking, size_of, surge_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Attribute, Resources

SMALL = Resources(0.1, 64)


def agent(cpus: float, mem: float, *vclusters: str, active: bool = True, used: Resources | None = None) -> Agent:
    attributes = tuple(Attribute("vcluster", "TEXT", name) for name in vclusters or ("web",))
    return Agent("S1", "host", active, attributes, Resources(cpus, mem), used or Resources())


def app(instances: int, *, mem: float = 64, over: float = 0.5, least: float = 1.0) -> dict[str, Any]:
    strategy = {"maximumOverCapacity": over, "minimumHealthCapacity": least}
    return {"instances": instances, "cpus": 0.1, "mem": mem, "upgradeStrategy": strategy}


@pytest.mark.parametrize(("instances", "over", "least", "surge"), [
    (4, 0.5, 1.0, 2),
    (4, 1.0, 1.0, 4),
    (4, 0.0, 0.5, 0),  # old ones go first
    (4, 0.0, 1.0, 1),  # else nothing could ever move
    (1, 0.5, 1.0, 1),  # half an instance is none, so again
    (3, 0.1, 1.0, 1),
    (10, 0.3, 1.0, 3),  # 10 × 1.3 is a little less than 13 in floats
])  # fmt: skip
def test_surge(instances: int, over: float, least: float, surge: int) -> None:
    assert surge_of(app(instances, over=over, least=least), instances) == surge


def test_what_a_finish_needs() -> None:
    growing, updating = finish_needs(app(4), app(4), gray_now=1, gray_then=4)
    assert (growing.instances, growing.each, updating.instances, updating.each) == (3, SMALL, 2, SMALL)
    [updating] = finish_needs(app(4, over=0, least=0.5), app(6), gray_now=6, gray_then=6)
    assert updating.instances == 5, "two more of stable, and three of the update"
    assert finish_needs(app(4), app(4, over=0, least=0.5), gray_now=4, gray_then=4) == []


def test_the_larger_of_two_definitions_counts_in_an_update() -> None:
    [updating] = finish_needs(app(2, mem=300), app(2), gray_now=2, gray_then=2)
    assert updating.each.mem == 300


def test_defaults_of_marathon() -> None:
    assert size_of({}) == Resources(1, 128)


def test_room() -> None:
    needs = [Need(2, SMALL, "gray"), Need(1, SMALL, "update")]
    assert lacking(needs, [agent(1, 192)], "web") == ""
    assert lacking(needs, [agent(1, 128), agent(1, 64)], "web") == ""
    assert lacking([], [], "web") == ""


@pytest.mark.parametrize(
    "useless", [agent(8, 8192, active=False), agent(8, 8192, "batch"), agent(8, 8192, "web", "batch"), agent(8, 8192, used=Resources(8, 0))]
)
def test_what_is_not_room(useless: Agent) -> None:
    assert "1 find no place" in lacking([Need(1, SMALL, "gray")], [useless], "web")


def test_free_memory_in_pieces_that_are_too_small_is_no_room() -> None:
    assert lacking([Need(3, Resources(0.1, 100), "gray")], [agent(1, 150), agent(1, 150)], "web") == (
        "gray needs 3 more instances of 0.1 CPUs, 100 MiB of memory, of which 1 find no place (missing: 0.1 CPUs, 100 MiB of memory); "
        "virtual cluster web has 2 CPUs, 300 MiB of memory free on 2 agents"
    )


def test_noise_of_floats_takes_no_room_away() -> None:
    assert lacking([Need(3, Resources(0.1, 1), "gray")], [agent(0.3, 10)], "web") == ""


@given(st.lists(st.integers(1, 400), max_size=6), st.integers(0, 12), st.integers(1, 200))
def test_of_equal_instances_as_many_fit_as_the_agents_hold(rooms: list[int], count: int, mem: int) -> None:
    fits = sum(room // mem for room in rooms)
    problem = lacking([Need(count, Resources(0, mem), "gray")], [agent(1, room) for room in rooms], "web")
    assert (problem == "") == (count <= fits)
