# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tasks and what is known of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from . import ids

STAGING, STARTING, RUNNING, KILLING = "TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING"
UNREACHABLE = "TASK_UNREACHABLE"
FINISHED, FAILED, KILLED, LOST, ERROR = "TASK_FINISHED", "TASK_FAILED", "TASK_KILLED", "TASK_LOST", "TASK_ERROR"
ACTIVE = frozenset((STAGING, STARTING, RUNNING, KILLING, UNREACHABLE))
#: Marathon's word for an instance in each state.
CONDITIONS = {
    STAGING: "Staging",
    STARTING: "Starting",
    RUNNING: "Running",
    KILLING: "Killing",
    UNREACHABLE: "Unreachable",
    FINISHED: "Finished",
    FAILED: "Failed",
    KILLED: "Killed",
    LOST: "Gone",
    ERROR: "Error",
}


@dataclass
class Health:
    """The results of one health check of one task. Times are ISO strings."""

    alive: bool = False
    consecutive_failures: int = 0
    first_success: str | None = None
    last_success: str | None = None
    last_failure: str | None = None
    last_failure_cause: str | None = None

    def view(self, instance_id: str) -> dict[str, Any]:
        shown = {
            "alive": self.alive,
            "consecutiveFailures": self.consecutive_failures,
            "firstSuccess": self.first_success,
            "lastSuccess": self.last_success,
            "lastFailure": self.last_failure,
            "lastFailureCause": self.last_failure_cause,
            "instanceId": instance_id,
        }
        return {key: value for key, value in shown.items() if value is not None}


@dataclass
class Status:
    """One state change, as Mesos keeps it."""

    state: str
    timestamp: float
    uuid: str
    message: str = ""


@dataclass
class Task:
    """One task. `definition` is the app as it was when the task was launched.

    While its agent is away it is unreachable `unreachable_since`, in time `inactive` (no longer counted) and `expunged` (given up: it is
    killed when its agent comes back), as its unreachableStrategy says.
    """

    task_id: str
    app_id: str
    definition: Mapping[str, Any]
    agent_id: str
    hostname: str
    ports: list[int]
    state: str = STAGING
    staged_at: str = ""
    started_at: str | None = None
    container_id: str = ""
    statuses: list[Status] = field(default_factory=list)
    health: dict[int, Health] = field(default_factory=dict)
    ready: bool | None = None
    readiness: list[dict[str, Any]] = field(default_factory=list)
    kill_at: float | None = None
    kill_reason: str = ""
    pid: int | None = None
    unreachable_since: float | None = None
    inactive: bool = False
    expunged: bool = False
    address: str = ""

    @property
    def instance_id(self) -> str:
        return ids.instance_id_of(self.task_id)

    @property
    def version(self) -> str:
        return str(self.definition["version"])

    @property
    def active(self) -> bool:
        return self.state in ACTIVE

    @property
    def killing(self) -> bool:
        """Asked to end, or already ending."""
        return self.kill_at is not None or self.state == KILLING

    @property
    def unreachable(self) -> bool:
        return self.state == UNREACHABLE

    @property
    def counted(self) -> bool:
        """Does it stand for one of the instances that are wanted?"""
        return not self.killing and not self.inactive

    @property
    def running(self) -> bool:
        return self.state == RUNNING and not self.killing

    @property
    def healthy(self) -> bool | None:
        """True: alive in every check. False: failed one. None: no checks, or no result yet."""
        checks = len(self.definition.get("healthChecks", ()))
        if not checks:
            return None
        known = [self.health.get(index) for index in range(checks)]
        if any(one is not None and not one.alive and one.last_failure for one in known):
            return False
        return True if all(one is not None and one.alive for one in known) else None

    @property
    def serving(self) -> bool:
        """Running, and healthy if it has health checks."""
        return self.running and (not self.definition.get("healthChecks") or self.healthy is True)

    def is_of(self, definition: Mapping[str, Any]) -> bool:
        """Was it launched from this configuration (or a mere scaling of it)?"""
        return self.version >= str(definition["versionInfo"]["lastConfigChangeAt"])

    def to_json(self) -> dict[str, Any]:
        """A view of the task, not a copy: for writing at once."""
        return vars(self) | {"statuses": [vars(one) for one in self.statuses], "health": {i: vars(one) for i, one in self.health.items()}}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Task:
        values = dict(data)
        values["statuses"] = [Status(**one) for one in data["statuses"]]
        values["health"] = {int(index): Health(**one) for index, one in data["health"].items()}
        return cls(**values)
