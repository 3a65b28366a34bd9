# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The v1 operator API: one call in, one answer out. What Mesos checks first is checked first, in its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import mesos_maintenance as maintenance
from .mesos_errors import MesosError, impossible
from .mesos_master import BUILD, Master
from .mesos_metrics import as_list, metrics
from .mesos_views import Cast
from .mesos_views_v1 import MesosViewsV1

_RESOURCES = "reservations and volumes on resources are the business of frameworks that share agents; here is only one"
_AGENTS = "its agents are parts of one machine's configuration (standalone_agents) and go and come with it"
#: Calls whose payload names an agent that must exist, and how Mesos refuses an unknown one.
_OF_AGENTS = {
    "DRAIN_AGENT": (400, "Unknown agent"),
    "DEACTIVATE_AGENT": (400, "Unknown agent"),
    "REACTIVATE_AGENT": (400, "Agent is not deactivated"),
    "MARK_AGENT_GONE": (404, "Agent '{agent}' not found"),
    **dict.fromkeys(
        ("RESERVE_RESOURCES", "UNRESERVE_RESOURCES", "CREATE_VOLUMES", "DESTROY_VOLUMES", "GROW_VOLUME", "SHRINK_VOLUME"),
        (400, "No agent found with specified ID"),
    ),
}
_IMPOSSIBLE = {
    "SUBSCRIBE": "it has no stream of Mesos events; Marathon's /v2/events tells of every change of a task",
    "SET_LOGGING_LEVEL": "its log has one level",
    "LIST_FILES": "sandboxes are folders of this machine (standalone_state_dir)",
    "READ_FILE": "sandboxes are folders of this machine (standalone_state_dir)",
    "TEARDOWN": "its one framework is Marathon, which is part of it",
}


#: Reading calls whose own part must be there, though it may be empty.
_READS_WITH_PAYLOAD = ("GET_METRICS",)


class MesosCalls:
    def __init__(self, cast: Cast, master: Master) -> None:
        self._cast = cast
        views = MesosViewsV1(cast)
        self._reads: dict[str, Callable[[], dict[str, Any] | None]] = {
            "GET_HEALTH": lambda: {"healthy": True},
            "GET_FLAGS": lambda: {"flags": [{"name": name, "value": value} for name, value in master.flags().items()]},
            "GET_VERSION": lambda: {"version_info": BUILD},
            "GET_METRICS": lambda: {"metrics": as_list(metrics(cast))},
            "GET_LOGGING_LEVEL": lambda: {"level": 0},
            "GET_STATE": views.get_state,
            "GET_AGENTS": views.get_agents,
            "GET_FRAMEWORKS": views.get_frameworks,
            "GET_EXECUTORS": views.get_executors,
            "GET_OPERATIONS": dict,
            "GET_TASKS": views.get_tasks,
            "GET_ROLES": views.get_roles,
            "GET_WEIGHTS": lambda: None,  # a real master leaves the whole message out when it has none
            "GET_MASTER": master.get_master,
            "GET_MAINTENANCE_STATUS": lambda: {"status": {}},
            "GET_MAINTENANCE_SCHEDULE": lambda: {"schedule": {}},
            "GET_QUOTA": lambda: {"status": {}},
        }
        self._writes: dict[str, Callable[[dict[str, Any]], None]] = {
            "UPDATE_MAINTENANCE_SCHEDULE": lambda given: maintenance.set_schedule(given.get("schedule", {})),
            "START_MAINTENANCE": lambda given: maintenance.move_machines(cast, given.get("machines"), up=False),
            "STOP_MAINTENANCE": lambda given: maintenance.move_machines(cast, given.get("machines"), up=True),
            "UPDATE_QUOTA": lambda given: maintenance.update_quota(given.get("quota_configs", [])),
            "SET_QUOTA": lambda given: maintenance.set_quota(),
            "REMOVE_QUOTA": lambda given: maintenance.remove_quota(str(given.get("role", ""))),
            "UPDATE_WEIGHTS": lambda given: maintenance.update_weights(given.get("weight_infos", [])),
        }

    @property
    def names(self) -> frozenset[str]:
        """Every call that is known."""
        return frozenset((*self._reads, *self._writes, *_OF_AGENTS, *_IMPOSSIBLE))

    def answer(self, call: Any) -> dict[str, Any] | None:
        """The answer's JSON; None for an empty 200. Raises MesosError."""
        if not isinstance(call, dict):
            raise MesosError(400, "Failed to parse body into JSON: Unexpected JSON type parsed")
        name = call.get("type")
        if not isinstance(name, str) or name not in self.names:
            raise MesosError(400, "Failed to validate master::Call: Expecting 'type' to be present")
        if name in self._reads and (name not in _READS_WITH_PAYLOAD or isinstance(call.get(name.lower()), dict)):
            found = self._reads[name]()
            return {"type": name} if found is None else {"type": name, name.lower(): found}
        given = call.get(name.lower())
        if name == "SUBSCRIBE":
            given = {}
        if not isinstance(given, dict):
            raise MesosError(400, f"Failed to validate master::Call: Expecting '{name.lower()}' to be present")
        if name in self._writes:
            self._writes[name](given)
            return None
        if name in _OF_AGENTS:
            self._agent_call(name, given)
        raise impossible(name, _IMPOSSIBLE.get(name) or (_AGENTS if name.endswith(("_AGENT", "_GONE")) else _RESOURCES))

    def _agent_call(self, name: str, given: dict[str, Any]) -> None:
        grace = given.get("max_grace_period")
        if isinstance(grace, str):
            raise MesosError(400, "Failed to convert JSON into Call protobuf: Not expecting a JSON string for field 'max_grace_period'")
        found = given.get("agent_id")
        agent = str(found.get("value", "")) if isinstance(found, dict) else ""
        unknown = all(one.id != agent for one in self._cast.agents())
        if unknown or name == "REACTIVATE_AGENT":  # no agent here is ever deactivated
            status, text = _OF_AGENTS[name]
            raise MesosError(status, text.format(agent=agent))
