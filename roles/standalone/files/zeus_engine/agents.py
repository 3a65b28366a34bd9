# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual agents: attributes, resources, port ranges, and whether an app's next instance fits."""

from __future__ import annotations

import errno
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from . import constraints
from .definitions import is_host, ports_of
from .model import Task

#: The order in which Marathon asks, and so the order of its reject summary.
REASONS = (
    "UnfulfilledRole",
    "UnfulfilledConstraint",
    "NoCorrespondingReservationFound",
    "AgentMaintenance",
    "InsufficientCpus",
    "InsufficientMemory",
    "InsufficientDisk",
    "InsufficientGpus",
    "InsufficientPorts",
    "DeclinedScarceResources",
)
_ROUNDING = 1e-6


@dataclass(frozen=True)
class Agent:
    """`ports` are inclusive ranges. Attribute values are text; numbers as Mesos prints scalars."""

    id: str
    hostname: str
    attributes: Mapping[str, str]
    cpus: float
    mem: float
    disk: float
    ports: tuple[tuple[int, int], ...]
    port: int = 5051

    def attribute(self, name: str) -> str | None:
        return self.attributes.get(name)


@dataclass
class Used:
    """What tasks hold: kept up task by task, so that a placement need not look at all of them."""

    tasks: int = 0
    cpus: float = 0.0
    mem: float = 0.0
    disk: float = 0.0
    ports: set[int] = field(default_factory=set)

    def add(self, task: Task) -> None:
        self.tasks += 1
        self.cpus += task.definition["cpus"]
        self.mem += task.definition["mem"]
        self.disk += task.definition["disk"]
        self.ports.update(task.ports)

    def remove(self, task: Task) -> None:
        self.tasks -= 1
        self.ports.difference_update(task.ports)
        if not self.tasks:  # sums of fractions come back to about zero only
            self.cpus = self.mem = self.disk = 0.0
            return
        self.cpus -= task.definition["cpus"]
        self.mem -= task.definition["mem"]
        self.disk -= task.definition["disk"]


def used_by(tasks: Iterable[Task]) -> Used:
    used = Used()
    for task in tasks:
        used.add(task)
    return used


@dataclass(frozen=True)
class Placement:
    """Where an instance goes, or per agent why it does not."""

    agent: Agent | None
    ports: tuple[int, ...]
    rejected: Mapping[str, str]


def place(
    definition: Mapping[str, Any],
    agents: Sequence[Agent],
    used: Mapping[str, Used],
    siblings: Sequence[str],
    free_port: Callable[[int], bool],
    next_port: Mapping[str, int],
    everyone: Sequence[Agent] | None = None,
) -> Placement:
    """Find an agent for one more instance of `definition`.

    `used` is what each agent's tasks hold, `siblings` the agents of the app's active instances of this configuration, one entry each;
    `next_port` says where each agent's search for ports begins (freed ports are reused late), `everyone` are also the agents that are away,
    whose instances count for constraints. Among the agents that fit, the one with the fewest instances of this app wins, then the one with
    the smallest share of CPUs taken.
    """
    by_id = {agent.id: agent for agent in everyone or agents}
    placed = [by_id[one] for one in siblings if one in by_id] if definition.get("constraints") else []
    instances = Counter(siblings)
    rejected: dict[str, str] = {}
    fitting: list[tuple[int, float, int, Agent, tuple[int, ...]]] = []
    for index, agent in enumerate(agents):
        held = used.get(agent.id) or Used()
        reason = _reject_reason(definition, agent, held, placed, agents)
        ports = None if reason else choose_ports(definition, agent, held.ports, free_port, next_port.get(agent.id, 0))
        if ports is None:
            rejected[agent.id] = reason or "InsufficientPorts"
            continue
        fitting.append((instances[agent.id], held.cpus / max(agent.cpus, _ROUNDING), index, agent, ports))
    if not fitting:
        return Placement(None, (), rejected)
    *_unused, agent, ports = min(fitting, key=lambda one: one[:3])
    return Placement(agent, ports, rejected)


def _reject_reason(
    definition: Mapping[str, Any], agent: Agent, used: Used, siblings: Sequence[Agent], agents: Sequence[Agent]
) -> str | None:
    if "*" not in definition.get("acceptedResourceRoles", ("*",)):
        return "UnfulfilledRole"  # nothing is reserved for a role here
    for raw in definition.get("constraints", ()):
        if not constraints.accepts(constraints.parse(raw), agent, siblings, agents, definition["instances"]):
            return "UnfulfilledConstraint"
    if used.cpus + definition["cpus"] > agent.cpus + _ROUNDING:
        return "InsufficientCpus"
    if used.mem + definition["mem"] > agent.mem + _ROUNDING:
        return "InsufficientMemory"
    if used.disk + definition["disk"] > agent.disk + _ROUNDING:
        return "InsufficientDisk"
    if definition["gpus"]:
        return "InsufficientGpus"
    return None


def choose_ports(
    definition: Mapping[str, Any], agent: Agent, taken: set[int], free_port: Callable[[int], bool], start: int = 0
) -> tuple[int, ...] | None:
    """Host ports for one instance: those defined if requirePorts or a port mapping says so, else free ones of the agent's ranges."""
    host = is_host(definition)
    wanted = [int(one["port" if host else "hostPort"]) for one in ports_of(definition)]
    if (definition["requirePorts"] or not host) and any(wanted):
        allowed = all(not port or (_offers(agent, port) and port not in taken and free_port(port)) for port in wanted)
        if not allowed:
            return None
        fixed = [port for port in wanted if port]
    else:
        wanted, fixed = [0] * len(wanted), []
    spare = _candidates(agent, start)
    chosen: list[int] = []
    for port in wanted:
        found: int | None = port or next((one for one in spare if one not in taken and one not in fixed and free_port(one)), None)
        if found is None:
            return None
        chosen.append(found)
    return tuple(chosen)


def _offers(agent: Agent, port: int) -> bool:
    return any(first <= port <= last for first, last in agent.ports)


def _candidates(agent: Agent, start: int) -> Iterator[int]:
    """All ports of the agent, beginning after `start` and going round once; none is made before it is asked for."""
    for first, last in agent.ports:
        yield from range(max(first, start + 1), last + 1)
    for first, last in agent.ports:
        yield from range(first, min(last, start) + 1)


def nobody_listens(port: int) -> bool:
    """Is this TCP port of the host free? Connections of an earlier task in TIME_WAIT do not count."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise
    return True
