# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of members, what a host was before, and every way from some members to others."""

from __future__ import annotations

import itertools

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_members import (
    Member,
    agreed,
    conflict,
    found_members,
    quorum,
    read_members,
    steps,
)

THREE = ["10.1.0.11:2181", "10.1.0.12:2181", "10.1.0.13:2181"]
ZOO = (
    "dataDir=/var/lib/zookeeper\nserver.11=10.1.0.11:2888:3888\n"
    "server.12=10.1.0.12:2888:3888;2181\n server.13 = 10.1.0.13:2888:3888:participant\n"
)


def read(hosts: object, ids: object = None, *, even: bool = False) -> tuple[Member, ...]:
    return read_members(hosts, ids, Where("zeus_zookeeper_hosts"), Where("zeus_zookeeper_ids"), even=even)


def test_numbers_come_from_addresses_and_not_from_the_order() -> None:
    expected = (Member(11, "10.1.0.11"), Member(12, "10.1.0.12"), Member(13, "10.1.0.13"))
    for hosts in itertools.permutations(THREE):
        assert read(list(hosts)) == expected


def test_a_number_that_is_given_counts() -> None:
    assert read(THREE, {"10.1.0.11": 1})[0] == Member(1, "10.1.0.11")
    assert read(["zk.example.com"], {"zk.example.com": 7}) == (Member(7, "zk.example.com"),)


@pytest.mark.parametrize(
    ("hosts", "ids", "said"),
    [
        (THREE[:2], {}, "2 members do not serve any longer than 1 would: 2 have to agree; expected an odd number of members"),
        ([], {}, "there is no member"),
        ("10.1.0.11", {}, "this is not a list"),
        ([*THREE[:2], "10.1.0.12:2182"], {}, r"zeus_zookeeper_hosts: \[2\]: this address is in the list twice"),
        ([*THREE[:2], "10.1.9.11:2181"], {}, "10.1.0.11 has the same number, 11.*a number of its own in zeus_zookeeper_ids"),
        (["10.1.0.0"], {}, "a number follows only from an IPv4 address that does not end in 0"),
        (["zk-1"], {}, "a number follows only from an IPv4 address"),
        (["10.1.0.11:0"], {}, "out of range"),
        (["zk://10.1.0.11"], {}, "this is no member"),
        (THREE, {"10.1.0.11": 256}, "zeus_zookeeper_ids: 10.1.0.11: this is out of range"),
        (THREE, {"10.1.0.99": 1}, "no member has this address"),
    ],
)
def test_what_cannot_be_an_ensemble_is_refused(hosts: object, ids: object, said: str) -> None:
    with pytest.raises(InputError, match=said):
        read(hosts, ids)


def test_members_on_their_way_may_be_even() -> None:
    assert len(read(THREE[:2], even=True)) == 2


@pytest.mark.parametrize(("members", "needed"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (7, 4)])
def test_quorum(members: int, needed: int) -> None:
    assert quorum(members) == needed


def test_members_are_found_in_what_zookeeper_writes() -> None:
    assert found_members(ZOO) == ((11, "10.1.0.11"), (12, "10.1.0.12"), (13, "10.1.0.13"))
    assert found_members("clientPort=2181\n#server.1=zookeeper1:2888:3888\n") == ()


@pytest.mark.parametrize(
    ("zoo", "number", "data", "said"),
    [
        ("", "replace this text", False, ""),
        (ZOO, "11", False, ""),
        (ZOO, "11\n", True, ""),
        (ZOO, "replace this text", True, ""),
        ("", "11", True, "names no ensemble"),
        (ZOO, "12", True, "belongs to member 12, and this host is to be member 11"),
        ("server.1=10.9.0.1:2888:3888", "11", True, "is of another ensemble: 10.9.0.1 (1)"),
        (ZOO + "server.14=10.1.0.14:2888:3888\n", "11", True, "the playbook zeus.paas.zookeeper_members does that"),
    ],
)
def test_what_a_host_was_before(zoo: str, number: str, data: bool, said: str) -> None:
    found = conflict(read(THREE), "10.1.0.11", configuration=zoo, number=number, data=data)
    assert said in found
    assert bool(said) == bool(found)


def test_a_host_that_is_no_member_is_refused() -> None:
    assert "10.1.0.99 is none of the members" in conflict(read(THREE), "10.1.0.99", configuration="", number="", data=False)


def numbered(*numbers: int) -> tuple[Member, ...]:
    return tuple(Member(number, f"10.1.0.{number}") for number in numbers)


def way(current: tuple[Member, ...], wanted: tuple[Member, ...], *away: int) -> list[list[int]]:
    alive = [member.address for member in current if member.id not in away]
    return [[member.id for member in step] for step in steps(current, wanted, alive)]


@pytest.mark.parametrize(
    ("current", "wanted", "away", "expected"),
    [
        ((1, 2, 3), (1, 2, 3), (), []),
        ((1, 2, 3), (1, 2, 3, 4, 5), (), [[1, 2, 3, 4], [1, 2, 3, 4, 5]]),
        ((1, 2, 3, 4, 5), (1, 2, 3), (), [[1, 2, 3, 5], [1, 2, 3]]),
        # A dead one goes before the new one comes; a living one after.
        ((1, 2, 3), (1, 2, 4), (3,), [[1, 2], [1, 2, 4]]),
        ((1, 2, 3), (1, 2, 4), (), [[1, 2, 3, 4], [1, 2, 4]]),
        ((1,), (1, 2, 3), (), [[1, 2], [1, 2, 3]]),
    ],
)
def test_the_way(current: tuple[int, ...], wanted: tuple[int, ...], away: tuple[int, ...], expected: list[list[int]]) -> None:
    assert way(numbered(*current), numbered(*wanted), *away) == expected


def test_a_number_moves_to_another_address_by_leaving_first() -> None:
    moved = (Member(1, "10.1.0.1"), Member(2, "10.1.0.2"), Member(3, "10.1.0.33"))
    assert way(numbered(1, 2, 3), moved) == [[1, 2], [1, 2, 3]]


@pytest.mark.parametrize(
    ("current", "wanted", "away", "said"),
    [
        ((1, 2, 3), (1, 2, 3, 4, 5), (2, 3), "1 of 3 members serve and 2 have to agree"),
        ((1, 2, 3), (4, 5, 6), (), "none of the members that serve now"),
        ((1, 2, 3), (3, 4, 5), (3,), "none of the members that serve now"),
        ((1, 2, 3, 4, 5), (1, 2, 5), (1, 2), "on the way"),
    ],
)
def test_no_way_is_refused(current: tuple[int, ...], wanted: tuple[int, ...], away: tuple[int, ...], said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        way(numbered(*current), numbered(*wanted), *away)


def test_no_way_ever_has_two_majorities_or_none() -> None:
    """All sets of up to five of six members, with everybody who may be away: neighbours differ by one, and a majority serves."""
    ways = 0
    sets = [chosen for size in (1, 3, 5) for chosen in itertools.combinations(range(1, 7), size)]
    for current, wanted in itertools.product(sets, sets):
        for away in itertools.chain.from_iterable(itertools.combinations(current, size) for size in range(3)):
            try:
                found = way(numbered(*current), numbered(*wanted), *away)
            except RefusedError:
                continue
            ways += 1
            before = set(current)
            for step in map(set, found):
                assert len(before ^ step) == 1
                assert quorum(len(before)) + quorum(len(step)) > len(before | step)
                assert len(step - set(away)) >= quorum(len(step))
                before = step
            assert before == set(wanted)
    assert ways > 2000


def test_what_most_hosts_are_configured_for_counts() -> None:
    """A run that was cut off left some a step ahead; Debian's own file names nobody."""
    four = ZOO + "server.14=10.1.0.14:2888:3888\n"
    assert [member.id for member in agreed([ZOO, four, ZOO, "clientPort=2181\n", ""])] == [11, 12, 13]
    assert [member.id for member in agreed([ZOO, four])] == [11, 12, 13, 14]
    assert agreed(["", "dataDir=/tmp/zookeeper\n"]) == ()
    assert agreed(["clientPort=2182\n" + ZOO])[0].port == 2182
