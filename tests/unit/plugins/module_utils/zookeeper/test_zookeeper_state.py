# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What members say, by answers as Debian's ZooKeeper gives them, and what is made of it."""

from __future__ import annotations

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_members import Member
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_report import report, wait_well
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_state import State, leader_of, problems, read_state, read_zxid
from fakes.zookeeper import FOLLOWER, LEADER, NOT_ALLOWED, NOT_SERVING, SRVR, FakeEnsemble

A, B, C = (State(name, "follower") for name in "abc")
LEADS = State("c", "leader", synced=2)


def test_a_leader_tells_who_follows() -> None:
    assert read_state("c", LEADER) == State("c", "leader", "3.8.0", synced=2, connections=1, nodes=5)
    assert read_state("a", FOLLOWER) == State("a", "follower", "3.8.0", connections=1, nodes=5)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (NOT_SERVING, "it does not serve: it has found no majority"),
        (NOT_ALLOWED, "it does not tell: mntr is not in its 4lw.commands.whitelist"),
        ("", "it answers an empty answer"),
        ("HTTP/1.1 400 Bad Request\r\n", "it answers HTTP/1.1 400 Bad Request"),
        ("zk_server_state\tobserver\n", "it is observer"),
    ],
)
def test_who_does_not_serve_says_why(answer: str, said: str) -> None:
    assert read_state("a", answer) == State("a", problem=said)


@pytest.mark.parametrize(
    ("states", "expected"),
    [
        ((A, B, LEADS), ()),
        ((State("a", "standalone"),), ()),
        ((A, B, C), ("nobody leads",)),
        ((A, State("b", "leader", synced=2), LEADS), ("more than one leads: b, c",)),
        ((A, B, State("c", "leader", synced=1)), ("1 of 2 followers have what the leader c has",)),
        ((A, State("b", problem="it does not answer: refused"), State("c", "leader", synced=1)), ("b: it does not answer: refused",)),
        ((A, State("b", "standalone"), LEADS), ("b: it serves alone, without an ensemble",)),
    ],
)
def test_what_is_wrong_with_an_ensemble(states: tuple[State, ...], expected: tuple[str, ...]) -> None:
    assert problems(states) == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [(SRVR, 0x10000002F), ("Zxid: 0x0\n", 0), (NOT_SERVING, 0), ("srvr is not executed because it is not in the whitelist.\n", 0)],
)
def test_the_last_change_is_told_or_not(answer: str, expected: int) -> None:
    assert read_zxid(answer) == expected


def test_nobody_leads_when_two_say_so() -> None:
    assert leader_of((A, LEADS)) == "c"
    assert leader_of((State("a", "leader"), LEADS)) == ""


def members(endpoints: tuple[str, ...]) -> list[Member]:
    return [Member(int(host.rpartition(".")[2]), host, int(port)) for host, _colon, port in (one.partition(":") for one in endpoints)]


def test_all_are_asked() -> None:
    with FakeEnsemble() as ensemble:
        found = report(members(ensemble.members), timeout=20.0)
        assert found["problems"] == []
        assert found["leader"] == ensemble.members[2]
        assert {member["zxid"] for member in found["members"]} == {"0x10000002f"}
        assert [member["role"] for member in found["members"]] == ["follower", "follower", "leader"]
        asked = members(ensemble.members)
    # And when they are gone, that is no error but what is said.
    gone = wait_well(asked, deadline=Deadline(0), timeout=20.0)
    assert gone["serving"] == 0
    assert gone["problems"][0].startswith(f"{ensemble.members[0]}: it does not answer: ")


def test_a_member_that_waits_for_its_restart_may_be_without_a_majority() -> None:
    """Two members become three: the one that is restarted second has lost its majority with the first, and gets it back by its restart."""
    lost = State("b", problem="it does not serve: it has found no majority")
    assert problems((A, lost, State("c", "leader", synced=1)), pending=["b"]) == ()
    assert problems((A, lost, State("c", "leader", synced=1)), pending=["a"]) == ("b: it does not serve: it has found no majority",)
    assert problems((State("a", problem="away"), lost), pending=["b"]) == ("a: away", "nobody leads")
    assert problems((A, B, State("c", "leader", synced=1)), pending=["b"]) == ("1 of 2 followers have what the leader c has",)
