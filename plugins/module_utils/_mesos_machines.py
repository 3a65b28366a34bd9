# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Machines of Mesos and their maintenance: planned, down, or up; the resource behind the module mesos_maintenance."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

from ansible_collections.zeus.paas.plugins.module_utils._agent_choice import choose
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._maintenance_plan import Times, lost, merged, shown, start_of, window_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import NANO, Machine, Operator, Window
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile


class Machines(Resource):
    """``wanted``: a machine's key → ``{"mode": "draining" | "down"}``, or None: up, and at no time planned.

    Of a machine that has a window, only the times that were given (``start``, ``duration``, nanoseconds) are compared and changed.
    """

    kind: ClassVar[str] = "machines"

    def __init__(self, operator: Operator, machines: Sequence[Machine], deadline: Deadline, *, now: int, bring_up: bool = True) -> None:
        self._operator = operator
        self._machines = {machine.key: machine for machine in machines}
        self._deadline = deadline
        self._now = now
        self._bring_up = bring_up
        self._schedule: tuple[Window, ...] = ()

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        self._schedule = self._operator.schedule()
        modes = self._operator.modes()
        found = {}
        for id_ in ids:
            window = window_of(self._schedule, self._machines[id_])
            if window is not None:
                found[id_] = {"machine": id_, "mode": modes.get(id_, "draining"), "start": window.start, "duration": window.duration}
        return found

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        have = current or {}
        start = definition.get("start")
        kept = definition["duration"] if "duration" in definition else have.get("duration")
        mode = definition["mode"]
        if mode == "draining" and have.get("mode") == "down":
            mode = "down"  # it is away already
        return {
            "machine": definition["machine"],
            "mode": mode,
            "start": have.get("start", self._now) if start is None else start,
            "duration": kept,
        }

    def describe(self, definition: Definition) -> Mapping[str, Any]:
        duration, machine = definition["duration"], self._machines[definition["machine"]]
        return {
            "hostname": machine.hostname,
            "ip": machine.ip,
            "mode": definition["mode"],
            "start": shown(definition["start"]),
            "duration": None if duration is None else duration / NANO,
        }

    def check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            if change.after is None and (change.before or {})["mode"] == "down" and not self._bring_up:
                raise RefusedError(
                    f"machine {self._named(change.id)} is down, and Mesos lets no machine leave the schedule that is. Bring it up first "
                    "(state: up), which ends its window, too; nothing was changed"
                )

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        planned: dict[Machine, Times | None] = {}
        ups = []
        for change in changes:
            machine = self._spelled(change.id)
            if change.after is not None:
                before = change.before or {}
                times = (change.after["start"], change.after["duration"])
                if (before.get("start"), before.get("duration")) != times:
                    planned[machine] = times
            elif (change.before or {})["mode"] == "down":
                ups.append(machine)
            else:
                planned[machine] = None
        if ups:
            self._operator.bring_up(ups)
        if planned:
            self._replan(planned)
        downs = [self._spelled(change.id) for change in changes if _goes_down(change)]
        if downs:
            self._operator.take_down(downs)
        return {}

    def wait(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        """Agents of machines that went down end by themselves; nobody may reboot the host before."""
        down = {change.id for change in changes if _goes_down(change)}
        if down:
            self._deadline.wait(
                lambda: not any(Machine(agent.hostname, agent.address).key in down for agent in self._operator.agents()),
                every=1.0,
                what=f"the end of the agents of {', '.join(sorted(self._named(id_) for id_ in down))}",
            )
        return {}

    def _replan(self, planned: Mapping[Machine, Times | None]) -> None:
        # Read again as late as can be: the schedule has no version to compare, and what somebody wrote meanwhile must stay.
        before = self._operator.schedule()
        self._operator.set_schedule(merged(before, planned))
        self._schedule = self._operator.schedule()
        missing = lost(before, self._schedule, planned)
        wrong = [
            machine
            for machine, times in planned.items()
            if (found := window_of(self._schedule, machine), times) != (None, None)
            and (found is None or times is None or (found.start, found.duration) != times)
        ]
        if missing or wrong:
            told = ", ".join(sorted(f"{one.hostname} ({one.ip})" for one in (*missing, *wrong)))
            raise RefusedError(
                f"somebody else changed the maintenance schedule at the same moment: {told} is not planned as it should be. Look at the "
                "schedule (GET /maintenance/schedule), and run this again"
            )

    def _spelled(self, id_: str) -> Machine:
        """As the schedule spells it, if it has it: Mesos then finds it by exactly that."""
        window = window_of(self._schedule, self._machines[id_])
        known = {} if window is None else {one.key: one for one in window.machines}
        return known.get(id_, self._machines[id_])

    def _named(self, id_: str) -> str:
        machine = self._machines[id_]
        return f"{machine.hostname} ({machine.ip})"


def _goes_down(change: Change) -> bool:
    return change.after is not None and change.after["mode"] == "down" and (change.before or {}).get("mode") != "down"


def ensure_machines(
    operator: Operator,
    names: Sequence[str],
    given: Sequence[Mapping[str, Any]],
    state: str,
    *,
    start: str | None = None,
    duration: float | None = None,
    wait_timeout: float,
    check_mode: bool,
    wait: bool = True,
    clock: Callable[[], float] = time.time,
) -> dict[str, Any]:
    """``names`` are registered agents; ``given`` machines by host name and address, for those whose agent is not registered any more.

    ``state``: ``scheduled``, ``down``, ``up`` or ``unscheduled``.
    """
    machines = [Machine(str(one["hostname"]), str(one["ip"])) for one in given]
    if names:
        planned = {one.key: one for window in operator.schedule() for one in window.machines}
        # The agent of a machine that is down is not registered; the schedule knows its host.
        named = {name: [one for one in planned.values() if name == one.ip or name.lower() == one.hostname.lower()] for name in names}
        machines += [one for found in named.values() for one in found]
        unplanned = [name for name, found in named.items() if not found]
        machines += [Machine(agent.hostname, agent.address) for agent in choose(operator.agents(), unplanned)] if unplanned else []
    now = clock()
    wanted: dict[str, Definition | None] = dict.fromkeys(machine.key for machine in machines)
    if state in ("scheduled", "down"):
        times: dict[str, Any] = {} if start is None else {"start": start_of(start, now)}
        if duration is not None:
            times["duration"] = int(duration * NANO)
        mode = "down" if state == "down" else "draining"
        wanted = {key: {"machine": key, "mode": mode, **times} for key in wanted}
    resource = Machines(operator, machines, Deadline(wait_timeout), now=start_of(None, now), bring_up=state == "up")
    return reconcile(resource, wanted, check_mode=check_mode, wait=wait).result()
