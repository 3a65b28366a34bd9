# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A maintenance schedule with our windows in it. Mesos takes only whole schedules, so what others have planned is kept and sent along."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeAlias

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import NANO, Machine, Window

Times: TypeAlias = "tuple[int, int | None]"


def window_of(windows: Sequence[Window], machine: Machine) -> Window | None:
    return next((window for window in windows if machine.key in {one.key for one in window.machines}), None)


def merged(windows: Sequence[Window], planned: Mapping[Machine, Times | None]) -> tuple[Window, ...]:
    """The schedule with these machines at these times (None: at no time), and everybody else where he was.

    Machines with the same times share a window. Windows that lose all their machines end, since Mesos refuses empty ones.
    """
    ours = {machine.key for machine in planned}
    kept = [Window(rest, one.start, one.duration) for one in windows if (rest := _without(one.machines, ours))]
    by_times: dict[Times, list[Machine]] = {}
    for machine, times in planned.items():
        if times is not None:
            by_times.setdefault(times, []).append(machine)
    return (*kept, *(Window(tuple(machines), *times) for times, machines in by_times.items()))


def lost(before: Sequence[Window], after: Sequence[Window], ours: Iterable[Machine]) -> tuple[Machine, ...]:
    """Machines of others that had a window before, and have none or another one after."""
    ignored = {machine.key for machine in ours}
    then = {one.key: (window.start, window.duration) for window in after for one in window.machines}
    return tuple(
        one
        for window in before
        for one in window.machines
        if one.key not in ignored and then.get(one.key) != (window.start, window.duration)
    )


def start_of(text: str | None, now: float) -> int:
    """Nanoseconds since 1970 of a Unix time in seconds or an ISO 8601 time with its zone; without one, now."""
    if text is None:
        return int(now) * NANO
    try:
        return int(float(text) * NANO)
    except ValueError:
        pass
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        when = None
    if when is None or when.tzinfo is None:
        raise InputError("start", "", "not a time with a zone", "such as 2026-11-27T02:00:00+00:00, or a Unix time in seconds", text)
    return int(when.timestamp()) * NANO


def shown(nanoseconds: int) -> str:
    return datetime.fromtimestamp(nanoseconds / NANO, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _without(machines: Sequence[Machine], keys: set[str]) -> tuple[Machine, ...]:
    return tuple(one for one in machines if one.key not in keys)
