# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What operators do to a Mesos cluster: drain agents, plan maintenance, set quotas.

The forms are those that a real 1.11.0 was seen to take and give; where the documentation says otherwise, it is wrong. Unknown fields are
ignored by Mesos without a word, so nothing is sent that was not seen to work.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError
from ansible_collections.zeus.paas.plugins.module_utils._http import Response
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Mesos

#: A write ends when the registry has it, or after registry_store_timeout (20 s), when the answer says that it has not.
WRITE_TIMEOUT = 45.0
NANO = 1_000_000_000


@dataclass(frozen=True, order=True)
class Machine:
    """As Mesos knows it: by host name AND address. The case of a host name is no matter."""

    hostname: str
    ip: str

    @property
    def key(self) -> str:
        return f"{self.hostname.lower()}/{self.ip}"


@dataclass(frozen=True)
class Window:
    """A time in which machines will be away. ``start`` and ``duration`` are nanoseconds; without a duration it has no end."""

    machines: tuple[Machine, ...]
    start: int
    duration: int | None = None


@dataclass(frozen=True)
class Master:
    """The leader. ``elected`` is a Unix time."""

    id: str
    hostname: str
    address: str
    version: str
    elected: float
    capabilities: frozenset[str]


@dataclass(frozen=True)
class Quota:
    """Of one role: amounts by resource (cpus in cores; mem, disk in MiB). Without a guarantee it is 0, without a limit there is none."""

    guarantees: Mapping[str, float] = field(default_factory=dict)
    limits: Mapping[str, float] = field(default_factory=dict)


class Operator(Mesos):
    """The operator API of the leading master."""

    def master(self) -> Master:
        """The leader, by its own word: whoever answers this has recovered its registry."""
        answer, body = self._call("GET_MASTER", "get_master")
        try:
            info = body["master_info"]
            address = info.get("address", {})
            return Master(
                id=str(info["id"]),
                hostname=str(info.get("hostname", "")),
                address=f"{address.get('ip', '')}:{address.get('port', info['port'])}",
                version=str(info["version"]),
                elected=float(body.get("elected_time", 0.0)),
                capabilities=frozenset(str(one["type"]) for one in info.get("capabilities", []) if "type" in one),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ApiError(answer.service, "POST", answer.url, answer.status, f"the leader's own entry lacks {error}") from None

    def drain(self, agent: str, max_grace_period: float | None, *, mark_gone: bool = False) -> None:
        """Take an agent out of service and end its tasks.

        ``max_grace_period`` must be given to Mesos as whole seconds: a text is refused, and nanoseconds are read as 0, which kills at once.
        """
        given: dict[str, Any] = {"agent_id": {"value": agent}, "mark_gone": mark_gone}
        if max_grace_period is not None:
            given["max_grace_period"] = {"seconds": max(0, round(max_grace_period))}
        self._write({"type": "DRAIN_AGENT", "drain_agent": given})

    def deactivate(self, agent: str) -> None:
        self._write({"type": "DEACTIVATE_AGENT", "deactivate_agent": {"agent_id": {"value": agent}}})

    def reactivate(self, agent: str) -> None:
        """Mesos refuses this for an agent that is active already, and while it is draining."""
        self._write({"type": "REACTIVATE_AGENT", "reactivate_agent": {"agent_id": {"value": agent}}})

    def mark_gone(self, agent: str) -> None:
        """For good and at once, with all its tasks."""
        self._write({"type": "MARK_AGENT_GONE", "mark_agent_gone": {"agent_id": {"value": agent}}})

    def schedule(self) -> tuple[Window, ...]:
        _answer, body = self._call("GET_MAINTENANCE_SCHEDULE", "get_maintenance_schedule")
        return tuple(_window(one) for one in body.get("schedule", {}).get("windows", []))

    def set_schedule(self, windows: Sequence[Window]) -> None:
        """Replace the whole schedule: whatever is not among ``windows`` is no longer planned."""
        self._write({"windows": [_shown_window(one) for one in windows]}, "/maintenance/schedule")

    def modes(self) -> Mapping[str, str]:
        """``draining`` or ``down`` of each scheduled machine, by its key. The two have different shapes in Mesos's answer."""
        _answer, body = self._call("GET_MAINTENANCE_STATUS", "get_maintenance_status")
        status = body.get("status", {})
        draining = {_machine(one["id"]).key: "draining" for one in status.get("draining_machines", [])}
        return draining | {_machine(one).key: "down" for one in status.get("down_machines", [])}

    def take_down(self, machines: Iterable[Machine]) -> None:
        """Machines with a window: their agents end (exit code 0), and so does whoever starts one."""
        self._write([_shown_machine(one) for one in machines], "/machine/down")

    def bring_up(self, machines: Iterable[Machine]) -> None:
        """Machines that are down: their windows end. Their agents have to be started by somebody."""
        self._write([_shown_machine(one) for one in machines], "/machine/up")

    def quotas(self) -> Mapping[str, Quota]:
        """Of the roles that have one. Mesos goes on listing a role whose quota was taken back, with nothing in it."""
        _answer, body = self._call("GET_QUOTA", "get_quota")
        found = {
            one["role"]: Quota(_amounts(one, "guarantees"), _amounts(one, "limits")) for one in body.get("status", {}).get("configs", [])
        }
        return {role: quota for role, quota in found.items() if quota != Quota()}

    def set_quotas(self, quotas: Mapping[str, Quota | None], *, force: bool = False) -> None:
        """All at once or none; None takes the quota of a role back. ``force``: although the cluster has less than is guaranteed."""
        configs = []
        for role, quota in quotas.items():
            parts = {} if quota is None else {"guarantees": quota.guarantees, "limits": quota.limits}
            shown = {part: {name: {"value": value} for name, value in amounts.items()} for part, amounts in parts.items() if amounts}
            configs.append({"role": role, **shown})
        self._write({"type": "UPDATE_QUOTA", "update_quota": {"force": force, "quota_configs": configs}})

    def weights(self) -> Mapping[str, float]:
        _answer, body = self._call("GET_WEIGHTS", "get_weights")
        return {one["role"]: float(one["weight"]) for one in body.get("weight_infos", [])}

    def set_weight(self, role: str, weight: float) -> None:
        self._write({"type": "UPDATE_WEIGHTS", "update_weights": {"weight_infos": [{"role": role, "weight": weight}]}})

    def _write(self, given: Any, path: str = "/api/v1") -> Response:
        """A change, sent once. A leader whose registry takes nothing any more is healthy by all it says; only writes tell."""
        try:
            return self.http.request("POST", path, json=given, timeout=max(WRITE_TIMEOUT, self.http.options.timeout))
        except ApiError as error:
            if error.status == 500 and "update registry" in error.message:
                raise ApiError(
                    "Mesos",
                    "POST",
                    str(error.details.get("url")),
                    500,
                    "the leading master cannot write its registry: a quorum of masters is missing, or was. Start the missing masters. "
                    "If it still says this then, restart this master: it never recovers by itself, although its /health stays green. "
                    f"Mesos says: {error.message}",
                ) from error
            raise


def _machine(item: Mapping[str, Any]) -> Machine:
    return Machine(str(item.get("hostname", "")), str(item.get("ip", "")))


def _shown_machine(machine: Machine) -> dict[str, str]:
    return {name: value for name, value in (("hostname", machine.hostname), ("ip", machine.ip)) if value}


def _window(item: Mapping[str, Any]) -> Window:
    times = item.get("unavailability", {})
    duration = times.get("duration")
    return Window(
        tuple(_machine(one) for one in item.get("machine_ids", [])),
        int(times.get("start", {}).get("nanoseconds", 0)),
        None if duration is None else int(duration["nanoseconds"]),
    )


def _shown_window(window: Window) -> dict[str, Any]:
    times: dict[str, Any] = {"start": {"nanoseconds": window.start}}
    if window.duration is not None:
        times["duration"] = {"nanoseconds": window.duration}
    return {"machine_ids": [_shown_machine(one) for one in window.machines], "unavailability": times}


def _amounts(config: Mapping[str, Any], part: str) -> dict[str, float]:
    return {name: float(amount["value"]) for name, amount in sorted(config.get(part, {}).items())}
