# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Are the virtual clusters really apart? Every running task is held against its agent, and every route against its router.

What an app *says* (its label) is compared with where its tasks *are* (the agent's attribute, told by Mesos) and with who carries it (the
plan that a router runs). Constraints are not consulted: they are what should bring it about, not a proof of it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._constraints import ATTRIBUTE, LABEL
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Resources, Task


@dataclass(frozen=True)
class OutsideTask:
    """A task that is not proved to run inside its app's virtual cluster. ``app`` and ``vcluster`` are None for a task of no known app."""

    task: str
    app: str | None
    vcluster: str | None
    agent: str
    hostname: str | None
    runs_in: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class OutsideRoute:
    """A route on a router that does not belong to the router's virtual cluster. ``task`` is None if it is about the app as a whole."""

    router: str
    vcluster: str
    app: str
    variant: str | None
    task: str | None
    reason: str


@dataclass(frozen=True)
class View:
    """What was read. ``plans``: virtual cluster → router address → its running plan."""

    agents: Sequence[Agent]
    tasks: Sequence[Task]
    apps: Sequence[App]
    plans: Mapping[str, Mapping[str, Mapping[str, Any]]]


def outside_tasks(view: View) -> Iterator[OutsideTask]:
    """Every active task that runs elsewhere than its app says, or of which that cannot be said."""
    agents = {agent.id: agent for agent in view.agents}
    owners = _owners(view.apps)
    for task in view.tasks:
        if not task.active:
            continue
        agent = agents.get(task.agent_id)
        app = owners.get(task.id)
        wanted = None if app is None else vcluster_of(app)
        runs_in = () if agent is None else agent.values(ATTRIBUTE)
        reason = _task_problem(app, wanted, agent, runs_in)
        if reason:
            hostname = None if agent is None else agent.hostname
            yield OutsideTask(task.id, None if app is None else str(app["id"]), wanted, task.agent_id, hostname, runs_in, reason)


def outside_routes(view: View) -> Iterator[OutsideRoute]:
    """Every app and peer in a router's plan that is not of the router's virtual cluster."""
    owners = _owners(view.apps)
    agents = {agent.id: agent for agent in view.agents}
    homes = {task.id: agents[task.agent_id].values(ATTRIBUTE) for task in view.tasks if task.active and task.agent_id in agents}
    clusters: dict[str, set[str | None]] = defaultdict(set)
    for app in view.apps:
        clusters[app_key(app)].add(vcluster_of(app))
    for vcluster, routers in sorted(view.plans.items()):
        for router, plan in sorted(routers.items()):
            for key, entry in sorted((plan.get("apps") or {}).items()):
                named = clusters.get(key, set())
                if named and vcluster not in named:
                    told = ", ".join(sorted(str(name) for name in named))
                    yield OutsideRoute(router, vcluster, key, None, None, f"the app belongs to {told}")
                for variant, peers in sorted((entry.get("variants") or {}).items()):
                    for peer in peers.get("peers") or []:
                        task = str(peer.get("task"))
                        reason = _peer_problem(vcluster, key, peer, owners.get(task), homes.get(task))
                        if reason:
                            yield OutsideRoute(router, vcluster, key, variant, task, reason)


def capacity(view: View) -> dict[str, dict[str, Any]]:
    """Per virtual cluster: agents, resources (cpus in cores, mem and disk in MiB), tasks and apps. Agents of none stand under ``""``."""
    agents: dict[str, list[Agent]] = defaultdict(list)
    for agent in view.agents:
        names = agent.values(ATTRIBUTE)
        agents[names[0] if len(names) == 1 else ""].append(agent)
    on_agent: dict[str, int] = defaultdict(int)
    for task in view.tasks:
        on_agent[task.agent_id] += task.active
    apps: dict[str, int] = defaultdict(int)
    for app in view.apps:
        apps[vcluster_of(app) or ""] += 1
    report = {}
    for name in sorted({*agents, *apps}):
        usable = [agent for agent in agents[name] if agent.active]
        total = sum((agent.total for agent in usable), Resources())
        used = sum((agent.used for agent in usable), Resources())
        report[name] = {
            "agents": len(usable),
            "inactive_agents": len(agents[name]) - len(usable),
            "total": total.rounded(),
            "used": used.rounded(),
            "free": (total - used).rounded(),
            "tasks": sum(on_agent[agent.id] for agent in agents[name]),
            "apps": apps[name],
        }
    return report


def app_key(app: App) -> str:
    """``/<environment>/<project>/<app>`` of its labels, else its id without the variant."""
    labels = app.get("labels") or {}
    parts = [labels.get(f"ZEUS_{part}") for part in ("ENVIRONMENT", "PROJECT", "APP")]
    return "/" + "/".join(str(part) for part in parts) if all(parts) else str(app["id"]).rpartition("/")[0]


def _owners(apps: Sequence[App]) -> dict[str, App]:
    return {str(task["id"]): app for app in apps for task in app.get("tasks") or []}


def _task_problem(app: App | None, wanted: str | None, agent: Agent | None, runs_in: Sequence[str]) -> str:
    if agent is None:
        return "its agent is not registered, so nobody knows where it runs"
    if app is None:
        return "it belongs to no app of this Marathon"
    if wanted is None:
        return f"its app names no virtual cluster (label {LABEL})"
    if not runs_in:
        return f"its agent has no attribute {ATTRIBUTE}"
    if len(runs_in) > 1:
        return f"its agent names several virtual clusters: {', '.join(runs_in)}"
    return "" if runs_in[0] == wanted else f"it runs on an agent of {runs_in[0]}, its app belongs to {wanted}"


def _peer_problem(vcluster: str, key: str, peer: Mapping[str, Any], app: App | None, home: Sequence[str] | None) -> str:
    if app is None or home is None:
        return "it leads to a task that does not run"
    if app_key(app) != key:
        return f"its task belongs to the app {app_key(app)}"
    if vcluster_of(app) != vcluster:
        return f"its task's app belongs to {vcluster_of(app) or 'no virtual cluster'}"
    if list(home) != [vcluster]:
        return f"its task runs on an agent of {', '.join(home) or 'no virtual cluster'}"
    task = next(task for task in app["tasks"] if str(task["id"]) == str(peer.get("task")))
    ports = task.get("ports") or []
    if ports and peer.get("port") not in ports:
        return f"it leads to port {peer.get('port')}, its task has {', '.join(map(str, ports))}"
    return ""
