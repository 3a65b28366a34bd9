# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Where a host is on its agent's way to other attributes, so that a run that was cut off anywhere is gone on with.

The way is: drain, stop, reset (remove ``meta/slaves/latest``), start, reactivate. A mark on the host says how far it has come: the word
``draining`` or ``drained`` and the agent's id. Without the mark ``drained`` nobody resets an agent: its tasks would be lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

DRAINED = "drained"


@dataclass(frozen=True)
class Situation:
    """``step``: ``change`` (the whole way), ``start`` (from the stop on), ``return`` (only back into service), or empty.

    ``reset``: whether what the agent knows of itself may be removed. ``moves``: it leaves its virtual cluster. ``refusal``: why it must not
    be done; empty if it may. ``told``: for people.
    """

    step: str
    told: str
    reset: bool = False
    moves: bool = False
    refusal: str = ""


def situation(found: Mapping[str, Any], host: str, *, wanted: str, before: str, latest: str, mark: str, force: bool = False) -> Situation:
    """``found``: what the filter mesos_agent_drift says. ``wanted``, ``before``: attributes as written now, and for the last start (empty:
    it never was started). ``latest``: the id that the agent would come back with (empty: none). ``mark``: what the mark says.
    """
    word, _blank, marked = mark.strip().partition(" ")
    ours = word == DRAINED and bool(marked)
    if found["registered"]:
        if found["differs"]:
            return Situation("change", "is changed", reset=True, moves=bool(found["moves"]))
        return Situation("return", "has its attributes and comes back into service") if mark else Situation("", "is as wanted")
    if not before:
        return Situation("", "has never been an agent; zeus.paas.site makes it one")
    if not latest:
        return Situation("start", "was reset and is started")
    if ours:
        # With another id it has been started anew already, with the attributes of then.
        return Situation("start", "was drained and is started", reset=marked == latest or before != wanted)
    if before == wanted:
        return Situation("", "is registered with no master; its attributes are not to be changed")
    if force:
        return Situation("start", "is reset without a proof that nothing runs there", reset=True)
    return Situation(
        "",
        "cannot be changed",
        refusal=(
            f"{host}: no master knows its Mesos agent, and nothing says that it was drained, so its tasks may still run. Nothing was "
            "changed. Start it (systemctl start mesos-agent) and run this again; or, if nothing of it is needed, -e force=true"
        ),
    )
