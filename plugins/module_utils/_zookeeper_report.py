# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Asking all members of an ensemble at once, and waiting until they are one that is well."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError, DeadlineError
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper import ask
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_members import Member, quorum
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_state import State, leader_of, problems, read_state, read_zxid


def report(members: Sequence[Member], *, timeout: float, pending: Collection[str] = ()) -> dict[str, Any]:
    """What all say now, and what is wrong with it; ``pending``: addresses of members that may be without a majority."""
    with ThreadPoolExecutor(max_workers=len(members)) as pool:
        states = list(pool.map(lambda member: _state(member, timeout), members))
    return {
        "members": [{**member.told(), **state.told()} for member, state in zip(members, states, strict=True)],
        "leader": leader_of(states),
        "quorum": quorum(len(members)),
        "serving": sum(1 for state in states if state.role),
        "problems": list(problems(states, [member.endpoint for member in members if member.address in pending])),
    }


def wait_well(members: Sequence[Member], *, deadline: Deadline, timeout: float, pending: Collection[str] = ()) -> Mapping[str, Any]:
    """The first report without problems, or the last one when the time is over."""
    last: dict[str, Any] = {}

    def well() -> bool:
        last.update(report(members, timeout=timeout, pending=pending))
        return not last["problems"]

    try:
        deadline.wait(well, every=0.5, what="the ensemble")
    except DeadlineError:
        return last
    return last


def _state(member: Member, timeout: float) -> State:
    try:
        state = read_state(member.endpoint, ask(member.address, member.port, "mntr", timeout=timeout))
        # A member that serves nobody has no number, either.
        return replace(state, zxid=read_zxid(ask(member.address, member.port, "srvr", timeout=timeout))) if state.role else state
    except AwayError as error:
        (cause,) = error.details["causes"].values()
        return State(member.endpoint, problem=f"it does not answer: {cause}")
