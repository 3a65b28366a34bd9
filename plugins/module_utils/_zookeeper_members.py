# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Who belongs to a ZooKeeper ensemble, under which numbers, and the way from one set of members to another.

A member's number must never change and never be given to another one while data of either is about. So it does not come from the order of
hosts: it is the last number of the IPv4 address, or what the user gave that address.

Source of the rules: ZooKeeper's administrator's guide ("Clustered setup": ``myid`` from 1 to 255, a majority serves).
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, integer, mapping, sequence, text

_SHAPE = "[10.1.0.11:2181, 10.1.0.12:2181, 10.1.0.13:2181]"
_IDS = "{10.1.0.11: 1, 10.1.0.12: 2}, the number of every address that is to have another one than its last"
#: ``server.11=10.1.0.11:2888:3888`` and, as newer versions write it, ``;2181`` or a role behind it.
_SERVER = re.compile(r"^\s*server\.(?P<id>\d+)\s*=\s*\[?(?P<address>[^\s\];]+?)\]?:\d+:\d+", re.MULTILINE)


@dataclass(frozen=True, order=True)
class Member:
    """``id`` is ZooKeeper's ``myid``; ``port`` is the one for clients."""

    id: int
    address: str
    port: int = 2181

    @property
    def endpoint(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"

    def told(self) -> dict[str, Any]:
        return {"id": self.id, "address": self.address, "port": self.port}


def quorum(members: int) -> int:
    """How many of ``members`` have to agree."""
    return members // 2 + 1


def read_members(hosts: Any, ids: Any, where: Where, ids_where: Where, *, even: bool = False) -> tuple[Member, ...]:
    """The members of ``address:port`` texts, in the order of their numbers.

    ``even`` allows an even number, which is right only while members come and go. Raises InputError: the key, the value, what is right.
    """
    given = mapping(ids if ids is not None else {}, ids_where, _IDS)
    members: dict[int, Member] = {}
    addresses: set[str] = set()
    for index, item in enumerate(sequence(hosts, where, _SHAPE)):
        place = where.item(index)
        address, port = _endpoint(text(item, place, "address:port"), place)
        if address in addresses:
            place.refuse("this address is in the list twice", "every member once", address)
        addresses.add(address)
        member = Member(_id(address, given, place, ids_where), address, port)
        if member.id in members:
            place.refuse(
                f"{members[member.id].address} has the same number, {member.id}",
                f"a number of its own in {ids_where.source}, such as {{{address}: {_free(members)}}}",
                address,
            )
        members[member.id] = member
    unknown = sorted(str(address) for address in given if address not in addresses)
    if unknown:
        ids_where.at(unknown[0]).refuse("no member has this address", f"one of {', '.join(sorted(addresses))}")
    if not members:
        where.refuse("there is no member", _SHAPE)
    if not even and len(members) % 2 == 0:
        where.refuse(
            f"{len(members)} members do not serve any longer than {len(members) - 1} would: {quorum(len(members))} have to agree",
            "an odd number of members",
        )
    return tuple(members[number] for number in sorted(members))


def found_members(configuration: str) -> tuple[tuple[int, str], ...]:
    """Number and address of the members that a ``zoo.cfg`` (or the answer to ``conf``) names."""
    return tuple(sorted((int(match["id"]), match["address"]) for match in _SERVER.finditer(configuration)))


def conflict(members: Sequence[Member], address: str, *, configuration: str, number: str, data: bool) -> str:
    """Why a host with this past must not be made the member ``address``; empty if it may.

    ``configuration`` is its ``zoo.cfg``, ``number`` what its ``myid`` holds (Debian's package puts prose into it), ``data``: it has
    snapshots or logs.
    """
    own = next((member for member in members if member.address == address), None)
    if own is None:
        return f"{address} is none of the members {', '.join(member.endpoint for member in members)}"
    before = found_members(configuration)
    if not data:
        return ""
    if not before:
        return "the data directory holds data, and the configuration of this host names no ensemble that it could be of"
    had = number.strip()
    if had.isdecimal() and int(had) != own.id:
        return f"the data directory belongs to member {had}, and this host is to be member {own.id}"
    wanted = tuple((member.id, member.address) for member in members)
    if before == wanted:
        return ""
    if not {*before} & {*wanted}:
        return f"the data directory is of another ensemble: {_listed(before)}"
    return (
        f"the ensemble has the members {_listed(before)}, and is to have {_listed(wanted)}; "
        "the playbook zeus.paas.zookeeper_members does that"
    )


def steps(current: Sequence[Member], wanted: Sequence[Member], alive: Sequence[str]) -> tuple[tuple[Member, ...], ...]:
    """The sets of members to go through from ``current`` to ``wanted``, each one member away from the one before it.

    Two majorities of sets that differ by one member always share a member, so at no moment two halves can serve. Members that are not
    ``alive`` (addresses) leave first, since they only count against the majority; then the new ones come, and then those leave that serve.
    Raises RefusedError where that would lose data or the service.
    """
    living = [member for member in current if member.address in alive]
    if len(living) < quorum(len(current)):
        raise RefusedError(
            f"{len(living)} of {len(current)} members serve and {quorum(len(current))} have to agree. Start one of the others first, "
            "or restore a backup into a new ensemble (docs/zookeeper.md).",
            members=[member.endpoint for member in current if member not in living],
        )
    if not {*living} & {*wanted}:
        raise RefusedError(
            f"none of the members that serve now ({', '.join(member.endpoint for member in living)}) is to stay, so nobody would keep "
            "the data. Let one of them stay, and take it away in a second run.",
            members=[member.endpoint for member in living],
        )
    leaving = sorted({*current} - {*wanted}, key=lambda member: (member in living, member.id))
    coming = sorted({*wanted} - {*current})
    # Of a number that gets another address, the old address has to go first.
    numbers = {member.id for member in coming}
    first = [member for member in leaving if member not in living or member.id in numbers]
    order = [(member, False) for member in first] + [(member, True) for member in coming]
    order += [(member, False) for member in leaving if member not in first]
    found: list[tuple[Member, ...]] = []
    now = {*current}
    for member, comes in order:
        now = now | {member} if comes else now - {member}
        serving = sum(1 for one in now if one in living or one in coming)
        if serving < quorum(len(now)):
            raise RefusedError(
                f"on the way {serving} of {len(now)} members would serve and {quorum(len(now))} have to agree; "
                "start the members that are away first.",
                members=[one.endpoint for one in sorted(now)],
            )
        found.append(tuple(sorted(now)))
    return tuple(found)


def _endpoint(given: str, where: Where) -> tuple[str, int]:
    match = re.fullmatch(r"(?:\[(?P<six>[0-9A-Fa-f:]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::(?P<port>\d{1,5}))?", given)
    if match is None:
        where.refuse("this is no member", "address:port, such as 10.1.0.11:2181", given)
    return match["six"] or match["name"], integer(int(match["port"] or 2181), where, 1, 65535)


def _id(address: str, ids: Mapping[str, Any], where: Where, ids_where: Where) -> int:
    if address in ids:
        return integer(ids[address], ids_where.at(address), 1, 255)
    try:
        number = ipaddress.IPv4Address(address).packed[-1]
    except ValueError:
        number = 0
    if not number:
        where.refuse(
            "a number follows only from an IPv4 address that does not end in 0", f"its number in {ids_where.source}, from 1 to 255", address
        )
    return number


def _free(members: Mapping[int, Member]) -> int:
    return next(number for number in range(1, 256) if number not in members)


def _listed(members: Sequence[tuple[int, str]]) -> str:
    return ", ".join(f"{address} ({number})" for number, address in members)


def agreed(configurations: Sequence[str]) -> tuple[Member, ...]:
    """The members that most of these ``zoo.cfg`` name, of equals the larger set; none if none names any.

    They differ only where a run that changed members was cut off.
    """
    found: list[tuple[Member, ...]] = []
    for text_ in configurations:
        port = re.search(r"^\s*clientPort\s*=\s*(\d+)", text_, re.MULTILINE)
        members = tuple(Member(number, address, int(port[1]) if port else 2181) for number, address in found_members(text_))
        if members:
            found.append(members)
    return max(found, key=lambda members: (found.count(members), len(members)), default=())
