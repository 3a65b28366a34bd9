# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What operators ask a leading master: the v1 calls, and maintenance, with Mesos' refusals."""

from __future__ import annotations

from typing import Any

from zeus_engine.mesos_errors import MesosError

from .cluster import Cluster
from .master_views import Views, build
from .registrar import Value

Json = dict[str, Any]
#: The payload that a call needs, and the ACL that guards it.
_NEEDS = {
    "DRAIN_AGENT": ("drain_agent", "drain_agents"),
    "DEACTIVATE_AGENT": ("deactivate_agent", "deactivate_agents"),
    "REACTIVATE_AGENT": ("reactivate_agent", "reactivate_agents"),
    "MARK_AGENT_GONE": ("mark_agent_gone", "mark_agents_gone"),
    "UPDATE_MAINTENANCE_SCHEDULE": ("update_maintenance_schedule", "update_maintenance_schedules"),
    "START_MAINTENANCE": ("start_maintenance", "start_maintenances"),
    "STOP_MAINTENANCE": ("stop_maintenance", "stop_maintenances"),
    "UPDATE_QUOTA": ("update_quota", "update_quotas"),
    "UPDATE_WEIGHTS": ("update_weights", "update_weights"),
}
_READS = (
    "HEALTH",
    "VERSION",
    "MASTER",
    "AGENTS",
    "TASKS",
    "FRAMEWORKS",
    "STATE",
    "MAINTENANCE_SCHEDULE",
    "MAINTENANCE_STATUS",
    "QUOTA",
    "METRICS",
    "FLAGS",
)


class Calls:
    def __init__(self, cluster: Cluster, views: Views, about: Any) -> None:
        """`about` is the master itself: ``leader()`` (GET_MASTER's answer), ``metrics()`` and ``flags()``."""
        self._cluster, self._views, self._about = cluster, views, about

    async def answer(self, call: Any, principal: str | None) -> Json | None:
        """The body, None for an empty 200."""
        kind = call.get("type") if isinstance(call, dict) else None
        if kind in [f"GET_{one}" for one in _READS]:
            key = kind.lower()
            return {"type": kind, key: getattr(self, f"_{key}")()}
        if kind == "GET_WEIGHTS":
            weights = self.weights()
            return {"type": kind} | ({"get_weights": {"weight_infos": weights}} if weights else {})
        if kind not in _NEEDS:
            raise MesosError(400, "Failed to validate master::Call: Expecting 'type' to be present")
        field, action = _NEEDS[kind]
        if field not in call:
            raise MesosError(400, f"Failed to validate master::Call: Expecting '{field}' to be present")
        if not self._cluster.access.allowed(action, principal):
            raise MesosError(403, "403 Forbidden.")
        await getattr(self, f"_{kind.lower()}")(call[field])
        return None

    # Reading.

    def _get_health(self) -> Json:
        return {"healthy": True}

    def _get_version(self) -> Json:
        return {"version_info": build()}

    def _get_master(self) -> Json:
        return dict(self._about.leader())

    def _get_agents(self) -> Json:
        return {"agents": [self._views.agent_v1(agent) for agent in self._views.agents()]}

    def _get_tasks(self) -> Json:
        completed = [self._views.task_v1(task, task["agent_id"]) for one in self._cluster.frameworks.values() for task in one.completed]
        active = [self._views.task_v1(task, agent.id) for agent, task in self._views.tasks_of()]
        return {name: found for name, found in (("tasks", active), ("completed_tasks", completed)) if found}

    def _get_frameworks(self) -> Json:
        found = [self._views.framework_v1(one) for one in self._cluster.frameworks.values()]
        return {"frameworks": found} if found else {}

    def _get_state(self) -> Json:
        return {
            "get_tasks": self._get_tasks(),
            "get_executors": {},
            "get_frameworks": self._get_frameworks(),
            "get_agents": self._get_agents(),
        }

    def _get_quota(self) -> Json:
        return {"status": self.quota()}

    def _get_metrics(self) -> Json:
        values = self._about.metrics()
        return {"metrics": [{"name": name, "value": values[name]} for name in sorted(values)]}

    def _get_flags(self) -> Json:
        return {"flags": [{"name": name, "value": value} for name, value in sorted(self._about.flags().items())]}

    def _get_maintenance_schedule(self) -> Json:
        return {"schedule": self.schedule()}

    def _get_maintenance_status(self) -> Json:
        return {"status": self.maintenance_status()}

    # Agents.

    def _agent(self, payload: Json) -> str:
        return str(payload.get("agent_id", {}).get("value", ""))

    async def _drain_agent(self, payload: Json) -> None:
        grace = payload.get("max_grace_period")
        if isinstance(grace, str):
            raise MesosError(400, "Failed to convert JSON into Call protobuf: Not expecting a JSON string for field 'max_grace_period'")
        agent_id = self._known(payload)
        # Unknown fields are ignored everywhere, so that {"nanoseconds": …} is no time at all.
        seconds = None if grace is None else float(grace.get("seconds", 0)) + float(grace.get("nanos", 0)) / 1e9
        await self._cluster.drain(agent_id, seconds, bool(payload.get("mark_gone", False)))

    async def _deactivate_agent(self, payload: Json) -> None:
        agent_id = self._known(payload)

        def edit(value: Value) -> None:
            value["deactivated"] = sorted({*value["deactivated"], agent_id})

        await self._cluster.change(edit)
        self._cluster.tell_agents()

    async def _reactivate_agent(self, payload: Json) -> None:
        agent_id = self._agent(payload)
        if not self._cluster.deactivated(agent_id):
            raise MesosError(400, "Agent is not deactivated")
        if self._cluster.registry["draining"].get(agent_id, {}).get("state") == "DRAINING":
            raise MesosError(400, "Agent is still in the DRAINING state")

        def edit(value: Value) -> None:
            value["deactivated"] = [one for one in value["deactivated"] if one != agent_id]
            value["draining"].pop(agent_id, None)

        await self._cluster.change(edit)
        self._cluster.tell_agents()

    def _known(self, payload: Json) -> str:
        agent_id = self._agent(payload)
        if agent_id not in self._cluster.registry["agents"]:
            raise MesosError(400, "Unknown agent")
        return agent_id

    async def _mark_agent_gone(self, payload: Json) -> None:
        agent_id = self._agent(payload)
        registry = self._cluster.registry
        if agent_id in registry["gone"]:
            return
        if agent_id not in registry["agents"] and agent_id not in registry["unreachable"]:
            raise MesosError(404, f"Agent '{agent_id}' not found")
        await self._cluster.remove(agent_id, "gone", gone=True)

    # Quota.

    def quota(self) -> Json:
        configs = list(self._cluster.registry["quota"].values())
        if not configs:
            return {}
        infos = []
        for config in configs:
            guarantee = [{"name": name, "type": "SCALAR", "scalar": amount} for name, amount in config.get("guarantees", {}).items()]
            infos.append({"role": config["role"], "guarantee": guarantee})
        return {"infos": infos, "configs": configs}

    def weights(self) -> list[Json]:
        return [{"role": role, "weight": weight} for role, weight in sorted(self._cluster.registry["weights"].items())]

    async def _update_weights(self, payload: Json) -> None:
        given = {one["role"]: float(one["weight"]) for one in payload.get("weight_infos", [])}
        await self._cluster.change(lambda value: value["weights"].update(given))

    async def _update_quota(self, payload: Json) -> None:
        configs = payload.get("quota_configs", [])
        for config in configs:
            guarantees, limits = config.get("guarantees", {}), config.get("limits", {})
            for name, amount in guarantees.items():
                if name in limits and amount["value"] > limits[name]["value"]:
                    asked, most = f"{name}: {amount['value']:g}", f"{name}: {limits[name]['value']:g}"
                    inside = f"{{ {asked} }} is not contained within the 'QuotaConfig.limits' {{ {most} }}"
                    raise MesosError(400, f"Invalid QuotaConfig: 'QuotaConfig.guarantees' {inside}")
                total = sum(agent.info["resources"].get(name, 0.0) for agent in self._views.agents())
                if amount["value"] > total and not payload.get("force"):
                    exceeds = f"'{name}:{amount['value']:g}' exceed cluster capacity '{name}:{total:g}'"
                    raise MesosError(400, f"Invalid QuotaConfig: total quota guarantees {exceeds} (use 'force' flag to bypass this check)")

        def edit(value: Value) -> None:
            for config in configs:
                if set(config) == {"role"}:
                    value["quota"].pop(config["role"], None)
                else:
                    value["quota"][config["role"]] = config

        await self._cluster.change(edit)

    # Maintenance.

    def schedule(self) -> Json:
        return dict(self._cluster.registry["schedule"])

    def _scheduled(self) -> list[Json]:
        return [machine for window in self.schedule().get("windows", []) for machine in window["machine_ids"]]

    def maintenance_status(self) -> Json:
        down = self._cluster.registry["down"]
        draining = [{"id": machine} for machine in self._scheduled() if machine not in down]
        return {key: found for key, found in (("draining_machines", draining), ("down_machines", down)) if found}

    async def update_schedule(self, schedule: Json) -> None:
        """Replaces the whole."""
        windows, seen = [], []
        for window in schedule.get("windows", []):
            machines = [_machine(one) for one in window.get("machine_ids", [])]
            if not machines:
                raise MesosError(400, "List of machines in the maintenance window is empty")
            for machine in machines:
                if machine in seen:
                    raise MesosError(400, f"Machine '{_shown(machine)}' appears more than once in the schedule")
                seen.append(machine)
            windows.append({"machine_ids": machines, "unavailability": window.get("unavailability", {})})
        for machine in self._cluster.registry["down"]:
            if machine not in seen:
                raise MesosError(400, f"Machine '{_shown(machine)}' is deactivated and cannot be removed from the schedule")
        wanted = {"windows": windows} if windows else {}
        await self._cluster.change(lambda value: value.update(schedule=wanted))

    async def machines_down(self, machines: list[Json]) -> None:
        wanted = [_machine(one) for one in machines]
        down = self._cluster.registry["down"]
        for machine in wanted:
            if machine not in self._scheduled():
                raise MesosError(400, f"Machine '{_shown(machine)}' is not part of a maintenance schedule")
            if machine in down:
                raise MesosError(400, f"Machine '{_shown(machine)}' is not in DRAINING mode and cannot be brought down")
        await self._cluster.change(lambda value: value.update(down=[*down, *wanted]))
        for agent in self._views.agents():
            if self._cluster.machine(agent.info) in wanted:
                await self._cluster.remove(agent.id, "down", keep=True)

    async def machines_up(self, machines: list[Json]) -> None:
        wanted = [_machine(one) for one in machines]
        down = self._cluster.registry["down"]
        for machine in wanted:
            if machine not in self._scheduled():
                raise MesosError(400, f"Machine '{_shown(machine)}' is not part of a maintenance schedule")
            if machine not in down:
                raise MesosError(400, f"Machine '{_shown(machine)}' is not in DOWN mode and cannot be brought up")
        windows = []
        for window in self.schedule().get("windows", []):
            if left := [one for one in window["machine_ids"] if one not in wanted]:
                windows.append(window | {"machine_ids": left})
        schedule = {"windows": windows} if windows else {}
        await self._cluster.change(lambda value: value.update(down=[one for one in down if one not in wanted], schedule=schedule))

    async def _update_maintenance_schedule(self, payload: Json) -> None:
        await self.update_schedule(payload.get("schedule", {}))

    async def _start_maintenance(self, payload: Json) -> None:
        await self.machines_down(payload.get("machines", []))

    async def _stop_maintenance(self, payload: Json) -> None:
        await self.machines_up(payload.get("machines", []))


def _machine(given: Json) -> Json:
    found = {name: str(given[name]) for name in ("hostname", "ip") if given.get(name)}
    return found | ({"hostname": found["hostname"].lower()} if "hostname" in found else {})


def _shown(machine: Json) -> str:
    return "{" + ",".join(f'"{name}":"{value}"' for name, value in machine.items()) + "}"
