# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where a run goes on that was cut off anywhere between drain and return."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._attribute_change import Situation, situation

WEB, BATCH = "dc:bj01;vcluster:web", "dc:bj01;vcluster:batch"
KNOWN = {"registered": True, "differs": False, "moves": False}
MOVED = {"registered": True, "differs": True, "moves": True}
AWAY = {"registered": False, "differs": False, "moves": False}


def at(found: dict[str, Any], **more: Any) -> Situation:
    return situation(found, "bj01-web-1", **{"wanted": BATCH, "before": WEB, "latest": "S1", "mark": "", **more})


@pytest.mark.parametrize("mark", ["", "draining S1\n", "drained S1\n"])
def test_a_registered_agent_that_differs_goes_the_whole_way(mark: str) -> None:
    """Also one that is stopped: the master lists it for a while, and still drained."""
    assert at(MOVED, mark=mark) == Situation("change", "is changed", reset=True, moves=True)
    assert at({**MOVED, "moves": False}, mark=mark).moves is False


def test_as_wanted() -> None:
    assert at(KNOWN, before=BATCH).step == ""


@pytest.mark.parametrize("mark", ["draining S1", "drained S1"])
def test_started_but_not_brought_back(mark: str) -> None:
    assert at(KNOWN, before=BATCH, latest="S2", mark=mark).step == "return"


def test_drained_and_stopped_but_not_reset() -> None:
    """Trap 4: without the reset it would end at every start."""
    assert (at(AWAY, mark="drained S1").step, at(AWAY, mark="drained S1").reset) == ("start", True)


def test_reset_but_not_started() -> None:
    for before in (WEB, BATCH):
        found = at(AWAY, mark="drained S1", before=before, latest="")
        assert (found.step, found.reset) == ("start", False)


def test_started_but_not_registered_is_not_reset_again() -> None:
    found = at(AWAY, mark="drained S1", before=BATCH, latest="S2")
    assert (found.step, found.reset) == ("start", False)
    # Unless the inventory was changed once more meanwhile: it would not start with that.
    assert at(AWAY, mark="drained S1", before=WEB, latest="S2").reset is True


@pytest.mark.parametrize("mark", ["", "draining S1", "drained"])
def test_without_a_proof_nothing_is_reset(mark: str) -> None:
    """Trap 4: what still runs there would be lost."""
    found = at(AWAY, mark=mark)
    assert (found.step, found.reset) == ("", False)
    assert found.refusal.startswith("bj01-web-1: no master knows its Mesos agent, and nothing says that it was drained")
    assert "-e force=true" in found.refusal
    forced = at(AWAY, mark=mark, force=True)
    assert (forced.step, forced.reset, forced.refusal) == ("start", True, "")


def test_an_agent_that_is_merely_away_is_left_alone() -> None:
    assert at(AWAY, before=BATCH) == Situation("", "is registered with no master; its attributes are not to be changed")
    assert at(AWAY, before="", latest="") == Situation("", "has never been an agent; zeus.paas.site makes it one")
