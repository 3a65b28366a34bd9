# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Is a Mesos cluster fit to work? Each thing that is wrong is a sentence that says what to do.

Mesos's own ``/health`` is green whatever happens, also with no leader, no quorum and a dead registry, so it is not consulted. What counts
is what the leader says of itself, and what each master says of itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent

#: Flags that have to be the same on all masters; another value on one of them shows only when it leads.
ALIKE = ("quorum", "zk", "registry", "authenticate_agents", "authenticate_frameworks", "agent_ping_timeout", "max_agent_ping_timeouts")
#: How the sentence about agents that are away begins.
AGENTS_AWAY = "agents that do not answer"


@dataclass(frozen=True)
class MasterView:
    """What one master says of itself; ``away`` is why it says nothing. ``metrics`` and ``flags`` by Mesos's names."""

    url: str
    away: str = ""
    version: str = ""
    flags: Mapping[str, str] = field(default_factory=dict)
    metrics: Mapping[str, float] = field(default_factory=dict)

    @property
    def elected(self) -> bool:
        return self.metrics.get("master/elected") == 1

    @property
    def recovered(self) -> bool:
        return self.metrics.get("registrar/log/recovered") == 1


@dataclass(frozen=True)
class ClusterView:
    """``leading`` is empty if the leader answers as one, else what was said instead. ``writes``: the same of a write, None if not tried."""

    masters: Sequence[MasterView]
    leading: str = ""
    agents: Sequence[Agent] = ()
    writes: str | None = None
    least_agents: int = 0


def majority(masters: int) -> int:
    return masters // 2 + 1


def problems(view: ClusterView) -> list[str]:
    """What keeps the cluster from working, or will at the next failure; empty if it is ready."""
    return [*_masters(view), *_leading(view), *_quorum(view), *_flags(view), *_agents(view)]


def notes(view: ClusterView) -> list[str]:
    """What somebody should know, and what is no fault."""
    found = []
    versions = sorted({master.version for master in view.masters if master.version})
    if len(versions) > 1:
        found.append(f"masters run several versions: {', '.join(versions)}; an upgrade is under way, or was cut off")
    unreachable = sum(int(master.metrics.get("master/slaves_unreachable", 0)) for master in view.masters if master.elected)
    if unreachable:
        found.append(
            f"{unreachable} agents count as unreachable. Those that came back under another id stay in this number until the registry is "
            "cleaned up, two weeks by default"
        )
    out = sorted(agent.hostname for agent in view.agents if agent.deactivated)
    if out:
        found.append(f"out of service by an operator: {', '.join(out)}")
    return found


def _masters(view: ClusterView) -> Iterator[str]:
    for master in view.masters:
        if master.away:
            yield f"master {master.url} does not answer ({master.away}): start it"
        elif not master.recovered:
            yield f"master {master.url}: its replicated log is not recovered yet. Wait; if it stays so, a quorum of masters is missing"


def _leading(view: ClusterView) -> Iterator[str]:
    leaders = [master.url for master in view.masters if master.elected]
    if not leaders:
        yield "no master leads. An election takes about 10 seconds; if there is none after 30, look at ZooKeeper and the masters' logs"
    elif len(leaders) > 1:
        told = ", ".join(leaders)
        yield f"several masters say that they lead: {told}. Unless this ends within seconds they are not one cluster: compare --zk"
    if view.leading:
        yield f"the leader does not answer as one: {view.leading}"
    if view.writes:
        yield view.writes


def _quorum(view: ClusterView) -> Iterator[str]:
    count, alive = len(view.masters), [master for master in view.masters if not master.away]
    wanted = majority(count)
    for master in alive:
        said = master.flags.get("quorum", "")
        if not said:
            if count > 1 and master.flags:
                yield f"master {master.url} runs without --quorum, alone with its registry: give it --zk and --quorum={wanted}"
        elif not said.isdigit() or int(said) != wanted:
            fault = (
                "two halves could lead at once and the registry be lost"
                if said.isdigit() and int(said) < wanted
                else "one more failure stops all"
            )
            yield f"master {master.url} runs with --quorum={said}, and {count} masters need {wanted}: {fault}. Mesos does not notice"
    if len(alive) < wanted:
        yield (
            f"{len(alive)} of {count} masters answer, {wanted} are needed: the next write to the registry fails and ends the leader. Start "
            "the others, then restart the one that leads now if it accepts no more writes"
        )


def _flags(view: ClusterView) -> Iterator[str]:
    alive = [master for master in view.masters if master.flags]
    for name in ALIKE:
        values = {master.flags.get(name, "") for master in alive}
        if name != "quorum" and len(values) > 1:
            told = ", ".join(f"{master.url} has {master.flags.get(name, '') or 'none'}" for master in alive)
            yield f"the masters differ in --{name}: {told}"
    for master in alive:
        if master.flags.get("authenticate_agents") == "true" and not master.flags.get("credentials"):
            yield f"master {master.url} authenticates agents, but has no --credentials: when it leads, it refuses every agent"


def _agents(view: ClusterView) -> Iterator[str]:
    active = sum(agent.active for agent in view.agents)
    lost = sorted(agent.hostname for agent in view.agents if not agent.active and not agent.deactivated)
    if lost:
        yield f"{AGENTS_AWAY}: {', '.join(lost)}. Look at their hosts; soon their tasks count as unreachable"
    if active < view.least_agents and not view.leading:
        yield f"{active} agents are active, at least {view.least_agents} should be"
