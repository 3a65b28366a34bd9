# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who is next, and when nobody may be. The last test plays whole changes, with leaders that move and nodes that break."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._rolling import Node, next_node, nodes_from_answers, nodes_from_metrics, read_nodes

LEADER = Node("c1", healthy=True, leads=True)
FOLLOWER = Node("c2", healthy=True)
OTHER = Node("c3", healthy=True)


@pytest.mark.parametrize(
    ("nodes", "expected"),
    [
        ([LEADER, OTHER, FOLLOWER], "c2"),
        ([LEADER, replace(FOLLOWER, done=True), OTHER], "c3"),
        ([LEADER, replace(FOLLOWER, done=True), replace(OTHER, done=True)], "c1"),
        ([replace(node, done=True) for node in (LEADER, FOLLOWER, OTHER)], ""),
        ([LEADER, FOLLOWER, replace(OTHER, healthy=False)], "c3"),
        # The leader is away: whoever leads next is not elected yet, and the one that is away comes back with the change.
        ([replace(LEADER, healthy=False, leads=False), FOLLOWER, OTHER], "c1"),
        ([replace(LEADER, healthy=False), replace(FOLLOWER, leads=True), OTHER], "c1"),
        # Nobody serves: nothing can be lost, and the change may be the repair.
        ([replace(node, healthy=False, leads=False) for node in (OTHER, LEADER, FOLLOWER)], "c1"),
        ([replace(LEADER, done=True), replace(FOLLOWER, healthy=False), replace(OTHER, healthy=False)], "c2"),
        ([LEADER], "c1"),
        ([replace(LEADER, healthy=False, leads=False)], "c1"),
    ],
    ids=[
        "follower",
        "second",
        "leader last",
        "all",
        "away first",
        "away leader",
        "stale leader",
        "all away",
        "others away",
        "alone",
        "alone and away",
    ],
)
def test_whose_turn_it_is(nodes: list[Node], expected: str) -> None:
    assert next_node(nodes) == expected


@pytest.mark.parametrize(
    ("nodes", "problem"),
    [
        ([LEADER, replace(FOLLOWER, done=True, healthy=False), OTHER], "c2: done, and not healthy"),
        ([replace(LEADER, done=True, healthy=False), replace(FOLLOWER, done=True, leads=True)], "c1: done, and not healthy"),
        ([replace(LEADER, leads=False), FOLLOWER, OTHER], "nobody leads"),
        ([LEADER, replace(FOLLOWER, leads=True), OTHER], "c1, c2 all say that they lead"),
    ],
    ids=["broken", "broken at the end", "nobody leads", "two lead"],
)
def test_nobody_may_be_next(nodes: list[Node], problem: str) -> None:
    with pytest.raises(RefusedError, match=problem):
        next_node(nodes)


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("c1", "nodes: this is not a list"),
        ([], "nodes: there is no node"),
        ([{"healthy": True}], r"nodes: \[0\].name"),
        ([{"name": "c1"}], r"nodes: \[0\].healthy: this key is missing"),
        ([{"name": "c1", "healthy": "yes"}], r"nodes: \[0\].healthy: this is not a truth value"),
        ([{"name": "c1", "healthy": True, "leader": True}], r"nodes: \[0\].leader: unknown key"),
        ([{"name": "c1", "healthy": True}, {"name": "c1", "healthy": True}], r"nodes: \[1\].name: this node is in the list twice"),
    ],
)
def test_nodes_that_cannot_be_read(value: Any, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        read_nodes(value, Where("nodes"))


def test_what_nodes_answer_for_themselves() -> None:
    leader = {"leader": "10.1.0.11:8080"}
    answers = [
        {"item": "http://10.1.0.11:8080", "status": 200, "json": leader},
        {"item": "http://10.1.0.12:8080", "status": 200, "json": leader},
        {"item": "http://10.1.0.13:8080", "status": -1, "msg": "Connection refused"},
        {"item": "http://10.1.0.14:8080", "status": 503, "json": leader},
        {"item": "http://10.1.0.15:8080", "status": 200, "json": {"leader": None}},
        {"item": "http://10.1.0.16:8080", "status": 200, "json": "pong"},
    ]
    told = nodes_from_answers(answers, {"http://10.1.0.11:8080"})
    assert [(node["healthy"], node["leads"], node["done"]) for node in told] == [
        (True, True, False),
        (True, False, True),
        *[(False, False, True)] * 4,
    ]
    assert [node.name for node in read_nodes(told, Where("nodes"))] == [answer["item"] for answer in answers]


def test_what_masters_say_of_themselves() -> None:
    """Trap 11: /health is green without a quorum, so the replicated log counts. Trap 13: who does not lead answers this as well."""
    answers = [
        {"item": "http://10.1.0.11:5050", "status": 200, "json": {"registrar/log/recovered": 1.0, "master/elected": 1.0}},
        {"item": "http://10.1.0.12:5050", "status": 200, "json": {"registrar/log/recovered": 1.0, "master/elected": 0.0}},
        {"item": "http://10.1.0.13:5050", "status": 200, "json": {"registrar/log/recovered": 0.0, "master/elected": 0.0}},
        {"item": "http://10.1.0.14:5050", "status": -1, "msg": "Connection refused"},
        {"item": "http://10.1.0.15:5050", "status": 401, "json": {"registrar/log/recovered": 1.0}},
    ]
    told = nodes_from_metrics(answers, {"http://10.1.0.11:5050", "http://10.1.0.12:5050"})
    assert [(node["healthy"], node["leads"], node["done"]) for node in told] == [
        (True, True, False),
        (True, False, False),
        *[(False, False, True)] * 3,
    ]
    with pytest.raises(RefusedError, match=r"10.1.0.13:5050, .*done, and not healthy"):
        next_node(read_nodes(told, Where("masters")))
    assert next_node(read_nodes(told[:2], Where("masters"))) == "http://10.1.0.12:5050"


def test_whole_changes() -> None:
    """No more than one node is ever away because of us, leadership moves once at most, and a broken node ends it."""
    chance = random.Random(4)
    for _attempt in range(300):
        size, leader, breaks = chance.choice([1, 3, 5]), 0, chance.choice([None, 0, 1])
        nodes = {f"c{number}": Node(f"c{number}", healthy=True) for number in range(size)}
        leader_name = f"c{leader}"
        order: list[str] = []
        while name := _turn(nodes, leader_name):
            order.append(name)
            if name == leader_name and size > 1:
                leader_name = chance.choice([other for other in nodes if other != name])
            nodes[name] = replace(nodes[name], done=True, healthy=len(order) - 1 != breaks)
            if not nodes[name].healthy:
                with pytest.raises(RefusedError):
                    _turn(nodes, leader_name)
                assert sum(not node.healthy for node in nodes.values()) == 1
                break
        else:
            assert sorted(order) == sorted(nodes)
            assert order[-1] == "c0", "the leader was last"


def _turn(nodes: dict[str, Node], leader: str) -> str:
    return next_node([replace(node, leads=name == leader) for name, node in nodes.items()])
