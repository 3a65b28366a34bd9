# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maintenance, quota and weights: a master's memory for operators, which is always empty here.

What a real master would refuse is refused in its words; what would leave the emptiness as it is succeeds; all else is impossible.
"""

from __future__ import annotations

import json
from typing import Any

from .mesos_errors import MesosError, impossible
from .mesos_views import Cast

_ONE_MACHINE = "its agents are one machine, which cannot be taken out of service and stay"
_NO_SHARES = "one framework has all there is, so there is nothing to share out"


def set_schedule(schedule: Any) -> None:
    """A schedule without windows is what there is already."""
    windows = schedule.get("windows", []) if isinstance(schedule, dict) else None
    if not isinstance(windows, list):
        raise MesosError(400, "Failed to convert JSON into Schedule protobuf: 'windows' must be a list")
    seen: set[str] = set()
    for window in windows:
        machines = window.get("machine_ids", []) if isinstance(window, dict) else []
        if not machines:
            raise MesosError(400, "List of machines in the maintenance window is empty")
        for machine in machines:
            shown = _shown(machine)
            if shown.lower() in seen:
                raise MesosError(400, f"Machine '{shown}' appears more than once in the schedule")
            seen.add(shown.lower())
    if windows:
        raise impossible("Maintenance windows", _ONE_MACHINE)


def move_machines(cast: Cast, machines: Any, *, up: bool) -> None:
    """/machine/down and /machine/up. Without a schedule Mesos refuses both; its words depend on whether it knows the machine."""
    if not isinstance(machines, list) or not machines:
        raise MesosError(400, "List of machines is empty")
    address = cast.engine.config.address
    known = {(agent.hostname.lower(), address) for agent in cast.agents()}
    machine = machines[0]
    named = (str(machine.get("hostname", "")).lower(), machine.get("ip")) if isinstance(machine, dict) else ("", None)
    if named not in known:
        raise MesosError(400, f"Machine '{_shown(machine)}' is not part of a maintenance schedule")
    wanted, done = ("DOWN", "up") if up else ("DRAINING", "down")
    raise MesosError(400, f"Machine '{_shown(machine)}' is not in {wanted} mode and cannot be brought {done}")


def update_quota(configs: Any) -> None:
    """A config of nothing but a role resets that role, which has no quota anyway."""
    if not isinstance(configs, list) or any(not isinstance(one, dict) or set(one) - {"role"} for one in configs):
        raise impossible("Quotas", _NO_SHARES)


def set_quota() -> None:
    raise impossible("Quotas", _NO_SHARES)


def remove_quota(role: str) -> None:
    raise MesosError(400, f"Failed to remove quota for path '/master/quota/{role}': Role '{role}' has no quota set")


def update_weights(infos: Any) -> None:
    """``[{"role", "weight"}]``; every role has the weight 1 and keeps it."""
    if not isinstance(infos, list) or not all(isinstance(one, dict) for one in infos):
        raise MesosError(400, "Failed to convert JSON into WeightInfo protobuf: a list of {role, weight} is expected")
    for one in infos:
        weight = one.get("weight")
        if isinstance(weight, (int, float)) and weight <= 0:
            role = one.get("role", "")
            raise MesosError(
                400,
                f"Failed to validate update weights request JSON for role '{role}': Invalid weight '{weight:g}': Weights must be positive",
            )
    if any(one.get("weight") != 1 for one in infos):
        raise impossible("Weights", _NO_SHARES)


def _shown(machine: Any) -> str:
    return json.dumps(machine, separators=(",", ":"), ensure_ascii=False)
