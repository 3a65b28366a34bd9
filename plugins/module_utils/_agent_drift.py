# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""How a running agent differs from what its inventory says, told by the master.

The agent's checkpoint on disk does not say it: under the policy ``additive`` it keeps the original attributes for good (Mesos 1.11.0,
observed). An agent that is started with other attributes than it was registered with ends at once, and its tasks with it. The same holds
for its host name, its port and its resources.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._mesos import scalar

PLAYBOOK = "zeus.paas.attributes"
#: Flags that Mesos holds an agent to, and whose values no master tells as they were written.
_HELD = ("default_role", "resources")
_POLICY = "reconfiguration_policy"


@dataclass(frozen=True)
class Running:
    """One registered agent. ``attributes``: pairs, since a name may (wrongly) stand twice."""

    id: str
    hostname: str
    address: str
    port: int
    active: bool
    deactivated: bool
    attributes: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Drift:
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    #: Whether the agent leaves its virtual cluster, so that it will carry nothing of it any more.
    moves: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    @property
    def additive(self) -> bool:
        """Whether the policy ``additive`` would take it."""
        return bool(self.added) and not (self.removed or self.changed)

    def told(self) -> str:
        words = (
            *(f"{item} is changed" for item in self.changed),
            *(f"{item} is removed" for item in self.removed),
            *(f"{item} is new" for item in self.added),
        )
        return ", ".join(words)


def running_agents(answer: Mapping[str, Any]) -> tuple[Running, ...]:
    """The agents in a master's answer to GET_AGENTS, or to ``/slaves`` where the master is older than that call."""
    if "get_agents" in answer:
        return tuple(_from_call(item) for item in answer["get_agents"].get("agents", []))
    return tuple(_from_slaves(item) for item in answer.get("slaves", []))


def find(agents: Sequence[Running], address: str, port: int, hostname: str) -> Running | None:
    """The agent of a host: by address and port, else by its name (an agent behind another address), else at another port. The active one,
    if there are two."""
    here = [agent for agent in agents if (agent.address, agent.port) == (address, port)]
    named = here or [agent for agent in agents if (agent.hostname, agent.port) == (hostname, port)]
    found = named or [agent for agent in agents if agent.address == address]
    return max(found, key=lambda agent: agent.active, default=None)


def held(last: str, now: str) -> tuple[str, ...]:
    """What of two environment files (with which the agent was last started, and which it is to get) Mesos holds it to, and differs.

    An empty ``last``: it was never started. Once ``additive`` was on, it has to stay: the checkpoint does not have what was added.
    """
    if not last:
        return ()
    before, after = _flags(last), _flags(now)
    changed = [name for name in _HELD if before.get(name, "") != after.get(name, "")]
    changed += [_POLICY] if before.get(_POLICY) == "additive" != after.get(_POLICY) else []
    return tuple(f"{name} ({before.get(name) or 'none'} to {after.get(name) or 'none'})" for name in changed)


def _flags(environment: str) -> dict[str, str]:
    return {name.lower(): value for name, value in re.findall(r'^MESOS_([A-Z_]+)="(.*)"$', environment, re.MULTILINE)}


def drift(running: Running, attributes: Mapping[str, str], hostname: str, port: int | None = None, others: Sequence[str] = ()) -> Drift:
    """From the running agent to the wanted attributes, host name and port; ``others``: what ``held`` says."""
    before: dict[str, list[str]] = {}
    for name, value in running.attributes:
        before.setdefault(name, []).append(value)
    changed = [f"hostname ({running.hostname} to {hostname})"] if running.hostname != hostname else []
    changed += [f"port ({running.port} to {port})"] if port is not None and running.port != port else []
    changed += others
    changed += [
        f"{name} ({' and '.join(before[name])} to {value})"
        for name, value in attributes.items()
        if name in before and before[name] != [value]
    ]
    return Drift(
        added=tuple(f"{name} ({value})" for name, value in attributes.items() if name not in before),
        removed=tuple(f"{name} ({' and '.join(values)})" for name, values in before.items() if name not in attributes),
        changed=tuple(changed),
        moves="vcluster" in before and before["vcluster"] != [attributes.get("vcluster")],
    )


def refusal(drifted: Drift, host: str, agent: str) -> str:
    return (
        f"{host}: its Mesos agent {agent} runs with other attributes than the inventory says: {drifted.told()}. Mesos would refuse to "
        f"start with them, and its tasks would be lost. Nothing was changed; run the playbook {PLAYBOOK} (-e host={host}), which drains it "
        "first, or take the change of the inventory back"
    )


def _from_call(item: Mapping[str, Any]) -> Running:
    info = item["agent_info"]
    address, port = _place(item.get("pid", ""), int(info.get("port", 5051)))
    return Running(
        info["id"]["value"],
        info["hostname"],
        address,
        port,
        bool(item.get("active", False)),
        bool(item.get("deactivated", False)),
        tuple(_typed(info.get("attributes", []))),
    )


def _from_slaves(item: Mapping[str, Any]) -> Running:
    address, port = _place(item.get("pid", ""), 5051)
    attributes = tuple((name, value if isinstance(value, str) else scalar(value)) for name, value in item.get("attributes", {}).items())
    return Running(
        item["id"], item["hostname"], address, port, bool(item.get("active", False)), bool(item.get("deactivated", False)), attributes
    )


def _typed(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    for item in items:
        if item["type"] == "TEXT":
            yield item["name"], str(item["text"]["value"])
        elif item["type"] == "SCALAR":
            yield item["name"], scalar(item["scalar"]["value"])
        else:
            yield item["name"], "[" + ", ".join(f"{part['begin']}-{part['end']}" for part in item["ranges"].get("range", [])) + "]"


def _place(pid: str, port: int) -> tuple[str, int]:
    """Of ``slave(1)@10.1.0.31:5051``."""
    address, colon, written = pid.rpartition("@")[2].rpartition(":")
    return address.strip("[]"), int(written) if colon and written.isdigit() else port
