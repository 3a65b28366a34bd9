# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Can the agents that stay carry the tasks of those that leave? Asked before anything is drained.

Tasks are placed as a careful person would do it: the largest first, each where there is room. That is no promise of Mesos, which offers in
an order of its own; but what does not fit like this hardly fits at all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, live_tasks
from ansible_collections.zeus.paas.plugins.module_utils._constraints import ATTRIBUTE
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Resources, Task

#: Sums of floats are not exact.
_GRAIN = 1e-6


def lacking(agents: Sequence[Agent], tasks: Sequence[Task], apps: Sequence[App], leaving: Collection[str]) -> list[str]:
    """What speaks against it, one sentence each; empty if nothing does. ``leaving``: ids of agents."""
    clusters: dict[str, list[Agent]] = defaultdict(list)
    for agent in agents:
        clusters[cluster_of(agent)].append(agent)
    found = []
    for name, members in sorted(clusters.items()):
        gone = {agent.id for agent in members if agent.id in leaving}
        stay = [agent for agent in members if agent.id not in gone and agent.active and not agent.deactivated]
        if not gone:
            continue
        if not stay:
            found.append(f"{_named(name)}: none of its agents would stay in service")
            continue
        homeless = _homeless([task for task in tasks if task.active and task.agent_id in gone], stay)
        if homeless:
            found.append(f"{_named(name)}: no room on the {_count(len(stay), 'agent')} that would stay for {_told(homeless)}")
        found += _crowded(apps, gone, len(stay), name)
    return found


def cluster_of(agent: Agent) -> str:
    """The virtual cluster that an agent says it belongs to; empty for none."""
    return ", ".join(agent.values(ATTRIBUTE))


def _homeless(tasks: Sequence[Task], stay: Sequence[Agent]) -> list[Task]:
    free = [agent.total - agent.used for agent in stay]
    left = []
    for task in sorted(tasks, key=lambda task: (-task.resources.cpus, -task.resources.mem, task.id)):
        place = next((number for number, room in enumerate(free) if _fits(task.resources, room)), None)
        if place is None:
            left.append(task)
        else:
            free[place] = free[place] - task.resources
    return left


def _fits(wanted: Resources, room: Resources) -> bool:
    left = room - wanted
    return min(left.cpus, left.mem, left.disk, left.gpus) >= -_GRAIN


def _crowded(apps: Sequence[App], gone: Collection[str], stay: int, cluster: str) -> Iterator[str]:
    """Apps that want every instance on a host of its own, and would have too few hosts."""
    for app in apps:
        unique = any(
            len(item) == 2 and item[0] in ("hostname", "@hostname") and item[1] == "UNIQUE" for item in app.get("constraints") or []
        )
        here = any(task.get("slaveId") in gone for task in live_tasks(app))
        if unique and here and int(app.get("instances", 1)) > stay:
            yield (
                f"{_named(cluster)}: {app['id']} wants each of its {app.get('instances', 1)} instances on a host of its own, and "
                f"{_count(stay, 'agent')} would stay"
            )


def _named(cluster: str) -> str:
    return cluster or "agents of no virtual cluster"


def _told(tasks: Sequence[Task], limit: int = 3) -> str:
    total = sum((task.resources for task in tasks), Resources())
    names = ", ".join(task.id for task in tasks[:limit]) + (f" and {len(tasks) - limit} more" if len(tasks) > limit else "")
    return f"{_count(len(tasks), 'task')} with {total.cpus:g} cpus and {total.mem:g} MiB ({names})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
