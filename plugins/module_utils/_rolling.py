# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One node after the other, the leader last: how a change comes to the nodes of a service with an elected leader.

Masters, Marathons and Chronoses alike. Whoever calls asks all nodes again after each one, since leadership moves; what *healthy* means is
the caller's business (for a master: registered, and ``registrar/log/recovered``).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, sequence, text

_KEYS = ("name", "healthy", "leads", "done")
_SHAPE = "[{name: …, healthy: true, leads: false, done: false}, …]"


@dataclass(frozen=True)
class Node:
    """``healthy``: it answers as it should. ``leads``: it says so itself. ``done``: the change is there, or is not for it."""

    name: str
    healthy: bool
    leads: bool = False
    done: bool = False


def next_node(nodes: Sequence[Node]) -> str:
    """The node whose turn it is; empty when the change is everywhere.

    A node that is away anyway goes first: its change takes nothing away, and may be what it is away for want of. Then those that only
    follow, in the order of their names, and at last the leader, so that leadership moves once, and to a node that has the change. So the
    change of a healthy node is the only thing that takes one away, and none goes while another is missing.

    Raises RefusedError where to go on could take away the service: a node that is done is not healthy, or a healthy one would have to go
    while nobody leads, or more than one.
    """
    broken = sorted(node.name for node in nodes if node.done and not node.healthy)
    if broken:
        raise RefusedError(
            f"{', '.join(broken)}: done, and not healthy, so nothing more is changed. "
            "Repair it or take the change back, and run this again; the nodes that are left go on meanwhile.",
            nodes=broken,
        )
    pending = sorted((node for node in nodes if not node.done), key=lambda node: (node.healthy, node.leads, node.name))
    if not pending:
        return ""
    leaders = sorted(node.name for node in nodes if node.healthy and node.leads)
    if pending[0].healthy and not leaders:
        raise RefusedError("nobody leads, so nobody knows who goes last; wait until a leader is elected.", nodes=[])
    if pending[0].healthy and len(leaders) > 1:
        raise RefusedError(f"{', '.join(leaders)} all say that they lead; wait until one does.", nodes=leaders)
    return pending[0].name


def read_nodes(value: Any, where: Where) -> tuple[Node, ...]:
    """Nodes as templates give them. Raises InputError: the key, the value and what would be right."""
    nodes: list[Node] = []
    for index, item in enumerate(sequence(value, where, _SHAPE)):
        place = where.item(index)
        given = mapping(item, place, _SHAPE)
        known_keys(given, _KEYS, place)
        name = text(given.get("name"), place.at("name"), "the node's name")
        if name in {node.name for node in nodes}:
            place.at("name").refuse("this node is in the list twice", "every node once", name)
        nodes.append(Node(name, *(_truth(given, key, place) for key in _KEYS[1:])))
    if not nodes:
        where.refuse("there is no node", _SHAPE)
    return tuple(nodes)


def nodes_from_answers(answers: Sequence[Mapping[str, Any]], pending: Collection[str]) -> list[dict[str, Any]]:
    """Nodes from what ``ansible.builtin.uri`` was answered by each: an address is a node's name, and ``pending`` are those to be changed.

    Healthy is who names a leader (``{"leader": "host:port"}``), and who names itself leads: while two disagree, each is asked for itself.
    """
    nodes = []
    for answer in answers:
        told = answer.get("json")
        leader = str(told.get("leader") or "") if answer.get("status") == 200 and isinstance(told, Mapping) else ""
        address = str(answer["item"])
        nodes.append(
            {
                "name": address,
                "healthy": bool(leader),
                "leads": bool(leader) and urlsplit(address).netloc.lower() == leader.lower(),
                "done": address not in pending,
            }
        )
    return nodes


def nodes_from_metrics(answers: Sequence[Mapping[str, Any]], pending: Collection[str]) -> list[dict[str, Any]]:
    """The same of Mesos's masters, each asked for its ``/metrics/snapshot``, which it answers itself.

    Healthy is who has recovered its replicated log, so that it counts for the quorum. ``/health`` says nothing of that.
    """
    nodes = []
    for answer in answers:
        told = answer.get("json")
        metrics = told if answer.get("status") == 200 and isinstance(told, Mapping) else {}
        address = str(answer["item"])
        nodes.append(
            {
                "name": address,
                "healthy": metrics.get("registrar/log/recovered") == 1,
                "leads": metrics.get("master/elected") == 1,
                "done": address not in pending,
            }
        )
    return nodes


def _truth(given: Mapping[str, Any], key: str, place: Where) -> bool:
    value = given.get(key, False)
    if key == "healthy" and key not in given:
        place.at(key).refuse("this key is missing", "true or false")
    if not isinstance(value, bool):
        place.at(key).refuse("this is not a truth value", "true or false", value)
    return bool(value)
