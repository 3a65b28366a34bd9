# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Mesos's operator API: which agents there are, with what attributes, and which tasks run on them.

Only the v1 calls give attributes as a typed list; the older ``/slaves`` folds a repeated key, which would hide a wrong agent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, Response

#: States in which a task still occupies its agent.
ACTIVE_STATES = frozenset({"TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_UNREACHABLE"})


@dataclass(frozen=True)
class Attribute:
    """One attribute: ``kind`` is TEXT, SCALAR or RANGES; ``value`` in Mesos's spelling (``web``, ``1.5``, ``[1-5, 7-7]``)."""

    name: str
    kind: str
    value: str


@dataclass(frozen=True)
class Resources:
    """Scalar resources: cpus in cores, mem and disk in MiB."""

    cpus: float = 0.0
    mem: float = 0.0
    disk: float = 0.0
    gpus: float = 0.0

    def __add__(self, other: Resources) -> Resources:
        return Resources(self.cpus + other.cpus, self.mem + other.mem, self.disk + other.disk, self.gpus + other.gpus)

    def __sub__(self, other: Resources) -> Resources:
        return Resources(self.cpus - other.cpus, self.mem - other.mem, self.disk - other.disk, self.gpus - other.gpus)

    def rounded(self) -> dict[str, float]:
        """For results: sums of floats without their noise."""
        return {name: round(getattr(self, name), 4) for name in ("cpus", "mem", "disk", "gpus")}


@dataclass(frozen=True)
class Agent:
    id: str
    hostname: str
    active: bool
    attributes: tuple[Attribute, ...]
    total: Resources
    used: Resources
    #: Where it registered from; empty if Mesos did not say it.
    address: str = ""
    #: An operator has taken it out of service (or drained it): it gets no offers until it is reactivated.
    deactivated: bool = False
    #: ``DRAINING`` or ``DRAINED``; empty if it was not asked to drain.
    drain: str = ""
    version: str = ""
    capabilities: frozenset[str] = frozenset()

    def values(self, name: str) -> tuple[str, ...]:
        """Every value of an attribute: a name may (wrongly) stand twice."""
        return tuple(attribute.value for attribute in self.attributes if attribute.name == name)


@dataclass(frozen=True)
class Task:
    id: str
    name: str
    agent_id: str
    framework_id: str
    state: str
    resources: Resources = Resources()

    @property
    def active(self) -> bool:
        return self.state in ACTIVE_STATES


class Mesos:
    """The masters of one cluster; POST goes on to the leader."""

    def __init__(self, http: HttpClient) -> None:
        self.http = http

    def agents(self) -> tuple[Agent, ...]:
        """All registered agents."""
        answer, body = self._call("GET_AGENTS", "get_agents")
        return tuple(_parsed(answer, _agent, item) for item in body.get("agents", []))

    def tasks(self) -> tuple[Task, ...]:
        """All tasks that are not completed, those of agents that cannot be reached included."""
        answer, body = self._call("GET_TASKS", "get_tasks")
        items = [*body.get("tasks", []), *body.get("pending_tasks", []), *body.get("unreachable_tasks", [])]
        return tuple(_parsed(answer, _task, item) for item in items)

    def close(self) -> None:
        self.http.close()

    def _call(self, kind: str, key: str) -> tuple[Response, Mapping[str, Any]]:
        # These calls only read, so they may be sent again although they are POST.
        answer = self.http.request("POST", "/api/v1", json={"type": kind}, retry=True)
        body = answer.json()
        if not isinstance(body, dict) or not isinstance(body.get(key, {}), dict) or body.get("type") != kind:
            problem = f"answered JSON, but not {kind}: is this address a Mesos master's?"
            raise ApiError(answer.service, "POST", answer.url, answer.status, problem)
        return answer, body.get(key, {})


def _parsed(answer: Response, parse: Any, item: Any) -> Any:
    try:
        return parse(item)
    except (KeyError, TypeError, AttributeError) as error:
        raise ApiError(answer.service, "POST", answer.url, answer.status, f"an entry of the answer lacks {error}") from None


def _agent(item: Mapping[str, Any]) -> Agent:
    info = item["agent_info"]
    return Agent(
        id=info["id"]["value"],
        hostname=info["hostname"],
        active=bool(item.get("active", False)),
        attributes=tuple(_attributes(info.get("attributes", []))),
        total=_resources(item.get("total_resources", [])),
        used=_resources(item.get("allocated_resources", [])),
        address=_address(str(item.get("pid", ""))),
        deactivated=bool(item.get("deactivated", False)),
        drain=str(item.get("drain_info", {}).get("state", "")),
        version=str(item.get("version", "")),
        # A name that the master does not know itself is an empty object.
        capabilities=frozenset(str(one["type"]) for one in item.get("capabilities", []) if "type" in one),
    )


def _address(pid: str) -> str:
    """Of ``slave(1)@10.1.10.11:5051``; an IPv6 address without its brackets."""
    host, _colon, _port = pid.partition("@")[2].rpartition(":")
    return host.removeprefix("[").removesuffix("]")


def _attributes(items: list[Mapping[str, Any]]) -> Iterator[Attribute]:
    for item in items:
        kind = item["type"]
        if kind == "TEXT":
            value = str(item["text"]["value"])
        elif kind == "SCALAR":
            value = scalar(item["scalar"]["value"])
        elif kind == "RANGES":
            value = "[" + ", ".join(f"{r['begin']}-{r['end']}" for r in item["ranges"].get("range", [])) + "]"
        else:
            value = "{" + ", ".join(map(str, item.get("set", {}).get("item", []))) + "}"
        yield Attribute(str(item["name"]), kind, value)


def scalar(value: float) -> str:
    """Mesos prints scalars with at most three decimals and no trailing zeros (``0.###``)."""
    return f"{float(value):.3f}".rstrip("0").rstrip(".")


def _resources(items: list[Mapping[str, Any]]) -> Resources:
    sums = dict.fromkeys(("cpus", "mem", "disk", "gpus"), 0.0)
    for item in items:
        # Resources come once per role and reservation.
        if item.get("name") in sums and item.get("type") == "SCALAR":
            sums[item["name"]] += float(item["scalar"]["value"])
    return Resources(**sums)


def _task(item: Mapping[str, Any]) -> Task:
    return Task(
        id=item["task_id"]["value"],
        name=str(item.get("name", "")),
        agent_id=item.get("agent_id", {}).get("value", ""),
        framework_id=item.get("framework_id", {}).get("value", ""),
        state=str(item.get("state", "")),
        resources=_resources(item.get("resources", [])),
    )
