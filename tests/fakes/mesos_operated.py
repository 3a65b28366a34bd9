# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for a Mesos master that an operator works with: it drains, plans maintenance, and keeps quotas, in a real one's words.

What it says is what a 1.11.0 was recorded to say (``dialogues.json``; a test holds the two together). What it does not keep itself, it asks
`below`: another stand-in, or a real engine, so that its agents and tasks are the ones that are operated on.
"""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from .server import Answer, Request, as_json

Below = Callable[[Request], Answer]


def forward(url: str) -> Below:
    """Ask a server that really is there."""

    def answer(request: Request) -> Answer:
        headers = {name: value for name, value in request.headers.items() if name.lower() in ("authorization", "content-type", "accept")}
        asked = urllib.request.Request(url + request.path, request.body or None, headers, method=request.method)
        try:
            with urllib.request.urlopen(asked, timeout=10) as got:
                return Answer(got.status, got.read(), {"Content-Type": got.headers.get("Content-Type") or "text/plain"})
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.read(), {"Content-Type": error.headers.get("Content-Type") or "text/plain"})

    return answer


class Refused(Exception):
    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status, self.text = status, text


class OperatedMaster:
    """``Server(OperatedMaster(below))``. An agent is drained after `reads` reads; what it was asked stands in `calls`."""

    def __init__(self, below: Below, *, reads: int = 2, version: str = "1.11.0") -> None:
        self.below = below
        self.reads = reads
        self.version = version
        self.calls: list[dict[str, Any]] = []
        self.windows: list[dict[str, Any]] = []
        self.down: list[dict[str, str]] = []
        self.quotas: dict[str, dict[str, Any]] = {}
        self.weights: dict[str, float] = {}
        self.deactivated: set[str] = set()
        self.draining: dict[str, dict[str, Any]] = {}
        self.gone: set[str] = set()
        #: Tells every write no, as a leader does that has lost its registry.
        self.zombie = False

    def __call__(self, request: Request) -> Answer:
        path = request.path.removeprefix("/master")
        try:
            if path == "/api/v1":
                call = json.loads(request.body)
                found = self._call(call, request)
                return found if isinstance(found, Answer) else _answer(found)
            if path == "/maintenance/schedule" and request.method == "POST":
                self._plan(request.json)
                return Answer()
            if path in ("/machine/down", "/machine/up"):
                self._move(request, up=path.endswith("up"))
                return Answer()
            if path == "/maintenance/schedule":
                return as_json(self._schedule())
            if path == "/maintenance/status":
                return as_json(self._status())
        except Refused as error:
            return Answer(error.status, error.text.encode(), {"Content-Type": "text/plain; charset=utf-8"})
        return self.below(request)

    def _call(self, call: dict[str, Any], request: Request) -> Any:
        name = call["type"]
        given = call.get(name.lower(), {})
        if not name.startswith("GET_"):
            self.calls.append(call)
            if self.zombie:
                raise Refused(500, "Failed to update registry: Failed to perform store within 20secs")
        if name == "GET_AGENTS":
            return {"type": name, "get_agents": {"agents": list(self._seen(request))}}
        if name == "GET_TASKS":
            body = json.loads(self.below(request).body)
            for kind in ("tasks", "unreachable_tasks"):
                body["get_tasks"][kind] = [
                    one
                    for one in body["get_tasks"].get(kind, [])
                    if self._drain_state(one["agent_id"]["value"]) != "DRAINED" and one["agent_id"]["value"] not in self.gone
                ]
            return body
        if name == "GET_MASTER" and self.version != "1.11.0":
            body = json.loads(self.below(request).body)
            body["get_master"]["master_info"]["version"] = self.version
            return body
        if name == "GET_MAINTENANCE_SCHEDULE":
            return {"type": name, "get_maintenance_schedule": {"schedule": self._schedule()}}
        if name == "GET_MAINTENANCE_STATUS":
            return {"type": name, "get_maintenance_status": {"status": self._status()}}
        if name == "GET_QUOTA":
            return {"type": name, "get_quota": {"status": self._quota_status()}}
        if name == "GET_WEIGHTS":
            infos = [{"weight": weight, "role": role} for role, weight in sorted(self.weights.items())]
            return {"type": name, "get_weights": {"weight_infos": infos}} if infos else {"type": name}
        if name == "UPDATE_MAINTENANCE_SCHEDULE":
            return self._plan(given["schedule"])
        if name == "UPDATE_QUOTA":
            return self._set_quotas(given, request)
        if name == "UPDATE_WEIGHTS":
            return self.weights.update({one["role"]: one["weight"] for one in given["weight_infos"]})
        if name in ("DRAIN_AGENT", "DEACTIVATE_AGENT", "REACTIVATE_AGENT", "MARK_AGENT_GONE"):
            return self._operate(name, given, request)
        return self.below(request)

    def _operate(self, name: str, given: Mapping[str, Any], request: Request) -> None:
        agent = given["agent_id"]["value"]
        known = {one["agent_info"]["id"]["value"] for one in self._agents(request)} | self.gone
        if isinstance(given.get("max_grace_period"), str):
            raise Refused(400, "Failed to convert JSON into Call protobuf: Not expecting a JSON string for field 'max_grace_period'")
        if name == "REACTIVATE_AGENT":
            if agent not in known or (agent not in self.deactivated and agent not in self.draining):
                raise Refused(400, "Agent is not deactivated")
            if self._drain_state(agent) == "DRAINING":
                raise Refused(400, "Agent is still in the DRAINING state")
            self.deactivated.discard(agent)
            self.draining.pop(agent, None)
        elif agent not in known:
            raise Refused(*((404, f"Agent '{agent}' not found") if name == "MARK_AGENT_GONE" else (400, "Unknown agent")))
        elif name == "DEACTIVATE_AGENT":
            self.deactivated.add(agent)
        elif name == "MARK_AGENT_GONE" or (self._drain_state(agent) == "DRAINED" and given.get("mark_gone")):
            self.gone.add(agent)
        else:
            grace = given.get("max_grace_period")
            # Fields that it does not know are ignored: nanoseconds become nothing.
            config = {} if grace is None else {"max_grace_period": {"nanoseconds": int(grace.get("seconds", 0)) * 10**9}}
            self.draining[agent] = {"config": {**config, "mark_gone": bool(given.get("mark_gone"))}, "reads": self.reads}

    def _drain_state(self, agent: str) -> str:
        found = self.draining.get(agent)
        return "" if found is None else "DRAINED" if found["reads"] <= 0 else "DRAINING"

    def _agents(self, request: Request) -> list[dict[str, Any]]:
        headers = {**request.headers, "Content-Type": "application/json"}
        asked = Request("POST", "/api/v1", {}, headers, b'{"type": "GET_AGENTS"}')
        agents: list[dict[str, Any]] = json.loads(self.below(asked).body)["get_agents"]["agents"]
        return agents

    def _seen(self, request: Request) -> Iterator[dict[str, Any]]:
        for agent in self._agents(request):
            id_ = agent["agent_info"]["id"]["value"]
            state = self._drain_state(id_)
            shown = dict(agent)
            if state or id_ in self.deactivated:
                shown |= {"active": False, "deactivated": True}
            if state:
                shown["drain_info"] = {"state": state, "config": self.draining[id_]["config"]}
                self.draining[id_]["reads"] -= 1
                if state == "DRAINED" and self.draining[id_]["config"]["mark_gone"]:
                    self.gone.add(id_)
            if self.version != "1.11.0":
                shown["version"] = self.version
                shown["capabilities"] = [one for one in agent["capabilities"] if one["type"] != "AGENT_DRAINING"]
            if id_ not in self.gone and _machine(agent) not in self.down:
                yield shown

    def _plan(self, schedule: Mapping[str, Any]) -> None:
        windows = schedule.get("windows", [])
        planned: list[dict[str, str]] = []
        for window in windows:
            if not window["machine_ids"]:
                raise Refused(400, "List of machines in the maintenance window is empty")
            for machine in window["machine_ids"]:
                if machine in planned:
                    raise Refused(400, f"Machine '{_text(machine)}' appears more than once in the schedule")
                planned.append(machine)
        for machine in self.down:
            if machine not in planned:
                raise Refused(400, f"Machine '{_text(machine)}' is deactivated and cannot be removed from the schedule")
        self.windows = list(windows)

    def _planned(self) -> list[dict[str, str]]:
        return [machine for window in self.windows for machine in window["machine_ids"]]

    def _move(self, request: Request, *, up: bool) -> None:
        machines: list[dict[str, str]] = request.json
        known = [_machine(agent) for agent in self._agents(request)]
        for machine in machines:
            if machine not in [*self._planned(), *known]:
                raise Refused(400, f"Machine '{_text(machine)}' is not part of a maintenance schedule")
            if up and machine not in self.down:
                raise Refused(400, f"Machine '{_text(machine)}' is not in DOWN mode and cannot be brought up")
            if not up and (machine in self.down or machine not in self._planned()):
                raise Refused(400, f"Machine '{_text(machine)}' is not in DRAINING mode and cannot be brought down")
        if not up:
            self.down += machines
            return
        self.down = [one for one in self.down if one not in machines]
        left = [{**one, "machine_ids": [m for m in one["machine_ids"] if m not in machines]} for one in self.windows]
        self.windows = [one for one in left if one["machine_ids"]]

    def _schedule(self) -> dict[str, Any]:
        return {"windows": self.windows} if self.windows else {}

    def _status(self) -> dict[str, Any]:
        draining = [{"id": machine} for machine in self._planned() if machine not in self.down]
        return {**({"draining_machines": draining} if draining else {}), **({"down_machines": self.down} if self.down else {})}

    def _set_quotas(self, given: Mapping[str, Any], request: Request) -> None:
        new = {**self.quotas, **{one["role"]: one for one in given["quota_configs"]}}
        if not given.get("force"):
            for name in ("cpus", "mem", "disk"):
                asked = sum(one.get("guarantees", {}).get(name, {}).get("value", 0) for one in new.values())
                there = sum(
                    resource["scalar"]["value"]
                    for agent in self._agents(request)
                    for resource in agent["total_resources"]
                    if resource["name"] == name
                )
                if asked > there:
                    raise Refused(
                        400,
                        f"Invalid QuotaConfig: total quota guarantees '{name}:{asked}' exceed cluster capacity '{name}:{there:g}' (use "
                        "'force' flag to bypass this check)",
                    )
        self.quotas = new

    def _quota_status(self) -> dict[str, Any]:
        if not self.quotas:
            return {}
        infos, configs = [], []
        for role, one in self.quotas.items():
            parts = {
                part: {name: {"value": float(amount["value"])} for name, amount in one[part].items()}
                for part in ("guarantees", "limits")
                if one.get(part)
            }
            least = [{"name": name, "type": "SCALAR", "scalar": amount} for name, amount in parts.get("guarantees", {}).items()]
            infos.append({"role": role, **({"guarantee": least} if least else {})})
            configs.append({"role": role, **parts})
        return {"infos": infos, "configs": configs}


def _machine(agent: Mapping[str, Any]) -> dict[str, str]:
    return {"hostname": agent["agent_info"]["hostname"], "ip": agent["pid"].rpartition("@")[2].rpartition(":")[0]}


def _text(machine: Mapping[str, str]) -> str:
    return json.dumps(machine, separators=(",", ":"))


def _answer(body: Any) -> Answer:
    return Answer() if body is None else as_json(body)
