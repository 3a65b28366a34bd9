# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which upgrades are begun, which are not and why, and what of a cluster's state stops one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.upgrade_plan import upgrade_plan
from ansible_collections.zeus.paas.plugins.module_utils._mesos_health import ClusterView, MasterView, problems
from ansible_collections.zeus.paas.plugins.module_utils._upgrade_plan import ORDER, number, same

URLS = [f"http://10.1.0.1{last}:5050" for last in (1, 2, 3)]
WELL: dict[str, Any] = {
    "leader": {"url": URLS[0]},
    "masters": [{"url": url, "answers": True, "recovered": True} for url in URLS],
    "problems": [],
}


def parts(
    mesos: str, wanted: str, *, marathon: tuple[str, str] = ("1.11.24", "1.11.24"), chronos: tuple[str, str] = ("3.0.2", "3.0.2")
) -> Any:
    """From one version of Mesos to another, on three masters and two agents."""
    return {
        "masters": {"wanted": wanted, "running": dict.fromkeys(URLS, mesos)},
        "agents": {"wanted": wanted, "running": {"web-1": mesos, "web-2": mesos}},
        "marathon": {"wanted": marathon[1], "running": {"control-1": marathon[0]}},
        "chronos": {"wanted": chronos[1], "running": {"control-1": chronos[0]}},
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (parts("1.11.0", "1.11.1"), []),
        (parts("1.11.0", "1.11.0"), []),
        (parts("1.11", "1.11.0"), []),
        (parts("", "1.11.0"), []),
        (parts("1.4.1", "1.11.0"), []),
        (parts("0.27.2", "0.28.3", marathon=("1.1.1", "1.1.1")), []),
        (parts("0.28.3", "1.0.4", marathon=("1.1.1", "1.1.1")), []),
        (
            parts("1.11.0", "1.9.0"),
            ["masters: .*which is newer than 1.9.0", "agents: web-1 runs 1.11.0, web-2 runs 1.11.0, which is newer"],
        ),
        (parts("1.11.1", "1.11.0"), ["masters: ", "agents: "]),
        (parts("1.11.0", "2.0.0"), ["masters: .*another major version", "agents: .*another major version"]),
        (parts("0.28.3", "1.11.0"), ["masters: .*go to 1.0 first", "agents: .*go to 1.0 first"]),
        (parts("0.25.0", "0.28.0", marathon=("1.1.1", "1.1.1")), ["masters: .*go to 0.26 first", "agents: .*go to 0.26 first"]),
        (parts("0.27.0", "1.0.0", marathon=("1.1.1", "1.1.1")), ["masters: .*go to 0.28 first", "agents: .*go to 0.28 first"]),
        (parts("1.11.0", "1.11.1", marathon=("1.11.24", "1.10.26")), ["marathon: control-1 runs 1.11.24, which is newer"]),
        (parts("1.11.0", "1.11.1", chronos=("3.0.2", "2.5.1")), ["chronos: control-1 runs 3.0.2"]),
        (
            parts("1.4.1", "1.4.3", marathon=("1.6.654", "1.9.109")),
            [r"marathon: Marathon 1.9.109 needs Mesos 1\.5 or newer, and there would be 1.4.3"],
        ),
        (parts("1.4.1", "1.5.3", marathon=("1.6.654", "1.9.109")), []),
        (parts("1.1.0", "1.1.3", marathon=("1.1.1", "1.4.1")), ["marathon: .*elects its leader in another way"]),
    ],
    ids=[
        *("patch", "nothing", "written shorter", "new nodes", "minors may be left out", "next of 0.x", "from 0.28 to 1.0"),
        *("minor back", "patch back", "major", "0.28 to 1.11", "minor of 0.x left out", "0.27 to 1.0"),
        *("Marathon back", "Chronos back", "Marathon too new", "Mesos goes first", "election of Marathon 1.2"),
    ],
)
def test_which_upgrades_are_begun(given: Any, expected: list[str]) -> None:
    found = upgrade_plan(given, WELL)["refusals"]
    assert len(found) == len(expected), found
    for text, pattern in zip(found, expected, strict=True):
        assert re.search(pattern, text), text


def test_agents_alone_wait_for_their_masters() -> None:
    given = parts("1.10.0", "1.11.0")
    (refusal,) = upgrade_plan(given, WELL, only="agents")["refusals"]
    assert refusal.startswith("agents: http://10.1.0.11:5050, ")
    assert "-e only=masters" in refusal
    given["masters"]["running"] = dict.fromkeys(URLS, "1.11.0")
    assert upgrade_plan(given, WELL, only="agents")["refusals"] == []


def test_frameworks_alone_need_the_mesos_that_runs() -> None:
    """Marathon 1.9 would be right for the Mesos of the source, and the agents do not run it yet."""
    given = parts("1.4.1", "1.11.0", marathon=("1.6.654", "1.9.109"))
    given["masters"]["running"] = dict.fromkeys(URLS, "1.11.0")
    (refusal,) = upgrade_plan(given, WELL, only="frameworks")["refusals"]
    assert "there would be 1.4.1" in refusal
    assert upgrade_plan(given, WELL)["refusals"] == []


def test_what_is_not_chosen_is_not_looked_at() -> None:
    given = parts("1.11.0", "1.9.0", chronos=("3.0.2", "2.5.1"))
    assert upgrade_plan(given, WELL, only="frameworks")["parts"] == ["marathon", "chronos"]
    (refusal,) = upgrade_plan(given, WELL, only="frameworks")["refusals"]
    assert refusal.startswith("chronos: ")


def test_what_is_done_is_told() -> None:
    given = parts("1.11.0", "1.11.1")
    given["masters"]["running"][URLS[1]] = "1.11.1"
    given["agents"]["running"]["web-2"] = ""
    plan = upgrade_plan(given, WELL)
    assert plan["parts"] == list(ORDER)
    assert plan["told"] == [
        "masters: 2 of 3 from 1.11.0 to Mesos 1.11.1",
        "agents: 2 of 2 from none that answers, 1.11.0 to Mesos 1.11.1",
        "marathon: Marathon 1.11.24 runs already on all 1",
        "chronos: Chronos 3.0.2 runs already on all 1",
    ]
    assert plan["pending"] == {"masters": [URLS[0], URLS[2]], "agents": ["web-1", "web-2"], "marathon": [], "chronos": []}


def report(*masters: MasterView, **more: Any) -> dict[str, Any]:
    """As mesos_cluster_info says it, with its own sentences."""
    told = [{"url": one.url, "answers": not one.away, "recovered": one.recovered} for one in masters]
    return {"leader": {"url": URLS[0]}, "masters": told, "problems": problems(ClusterView(masters, **more))}


def master(index: int, **metrics: float) -> MasterView:
    return MasterView(
        URLS[index],
        version="1.11.0",
        flags={"quorum": "2"},
        metrics={"registrar/log/recovered": 1, "master/elected": index == 0, **metrics},
    )


def away(index: int) -> MasterView:
    return MasterView(URLS[index], away="Connection refused")


def test_an_upgrade_that_was_cut_off_goes_on() -> None:
    """One master does not come up: it is changed first. So is one that has not recovered."""
    for broken in (away(2), master(2, **{"registrar/log/recovered": 0})):
        state = report(master(0), master(1), broken)
        assert state["problems"]
        assert upgrade_plan(parts("1.11.0", "1.11.1"), state)["refusals"] == []
        # If it is not the masters' turn, nobody repairs it.
        assert upgrade_plan(parts("1.11.0", "1.11.0"), state, only="agents")["refusals"] == state["problems"]


def test_too_few_masters_stop_it() -> None:
    state = report(master(0), away(1), away(2))
    assert upgrade_plan(parts("1.11.0", "1.11.1"), state)["refusals"] == state["problems"]


def test_a_leader_that_takes_no_writes_stops_it() -> None:
    """Trap 12: it looks healthy, and dies at the next agent that registers."""
    state = report(master(0), master(1), master(2), writes="Mesos: Failed to update registry")
    assert upgrade_plan(parts("1.11.0", "1.11.1"), state)["refusals"] == ["Mesos: Failed to update registry"]


def test_no_leader_stops_it() -> None:
    state = {**report(master(0, **{"master/elected": 0}), master(1), away(2)), "leader": None}
    assert len(upgrade_plan(parts("1.11.0", "1.11.1"), state)["refusals"]) == 2


def test_a_wrong_quorum_stops_it() -> None:
    """Trap 9: Mesos does not notice it."""
    wrong = MasterView(URLS[1], flags={"quorum": "1"}, metrics={"registrar/log/recovered": 1})
    (refusal,) = upgrade_plan(parts("1.11.0", "1.11.1"), report(master(0), wrong, master(2)))["refusals"]
    assert "--quorum=1" in refusal


def test_agents_that_are_away_stop_masters_alone() -> None:
    state = {**WELL, "problems": ["agents that do not answer: web-2. Look at their hosts; soon their tasks count as unreachable"]}
    assert upgrade_plan(parts("1.11.0", "1.11.1"), state)["refusals"] == []
    assert upgrade_plan(parts("1.11.0", "1.11.1"), state, only="masters")["refusals"] == state["problems"]


@pytest.mark.parametrize(
    ("given", "only", "problem"),
    [
        (parts("1.11.0", "1.11.1"), "master", "only: .*masters"),
        ({**parts("1.11.0", "1.11.1"), "docker": {}}, "", "upgrade: docker: unknown key"),
        (parts("1.11.0", "latest"), "", "upgrade: masters.wanted: this does not begin with a number"),
        ({"masters": {"wanted": "1.11.0", "running": {}}}, "", "upgrade: agents: this is not a mapping"),
    ],
    ids=["only", "unknown part", "no version", "a part is missing"],
)
def test_what_cannot_be_read(given: Any, only: str, problem: str) -> None:
    with pytest.raises(AnsibleFilterError, match=problem):
        upgrade_plan(given, WELL, only=only)


def test_versions_are_compared_as_numbers() -> None:
    assert number("1.11.0-rc1") == (1, 11, 0)
    assert number("v1") == ()
    assert same("1.11", "1.11.0")
    assert not same("1.9.0", "1.11.0")
    assert not same("", "1.11.0")
