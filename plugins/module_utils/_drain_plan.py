# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""How tasks leave an agent: by which way, whose turn it is, and when they are elsewhere.

``draining``: Mesos offers the agent to nobody (1.9 and later), and ends what is left there when the apps have moved. ``maintenance``: a
window keeps new tasks away. With both, an app that has nothing healthy elsewhere is restarted, which starts new tasks before it ends old
ones, as its upgrade strategy says; of the others a few tasks are killed at a time, so that Marathon starts others. ``constraint``: Marathon
deploys the apps anew with one more constraint, which keeps them off the agent.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from math import floor
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import LIVE_STATES, App, complaints, healthy, live_tasks, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent
from ansible_collections.zeus.paas.plugins.module_utils._mesos_versions import features

DRAINING, MAINTENANCE, CONSTRAINT = "draining", "maintenance", "constraint"
METHODS = (DRAINING, MAINTENANCE, CONSTRAINT)
#: Of the constraint's value: it fits no host's name, and tells our constraints from those of an app's owner.
_MARK = "|zeus-drained"


def method_for(agent: Agent) -> str:
    """The best way that this agent's version of Mesos knows."""
    known = features(agent.version, f"agent {agent.hostname}")
    if known["draining"] and "AGENT_DRAINING" in agent.capabilities:
        return DRAINING
    return MAINTENANCE if known["maintenance"] else CONSTRAINT


def keeps_off(app: App, hostname: str) -> bool:
    """Does our constraint keep this app off the agent?"""
    return _constraint(hostname) in (app.get("constraints") or [])


def kept_off(definition: Mapping[str, Any], hostnames: Collection[str], *, now: bool) -> dict[str, Any]:
    """The definition with our constraints for these agents, or without them."""
    ours = [_constraint(name) for name in sorted(hostnames)]
    rest = [list(item) for item in definition.get("constraints") or [] if list(item) not in ours]
    return {**definition, "constraints": rest + (ours if now else [])}


def on_agents(apps: Sequence[App], agents: Collection[str]) -> dict[str, int]:
    """Apps with tasks on these agents (ids) → how many healthy instances they have at the moment, anywhere."""
    return {
        str(app["id"]): sum(healthy(app, task) for task in live_tasks(app))
        for app in apps
        if any(task.get("slaveId") in agents for task in live_tasks(app))
    }


def tasks_on(apps: Sequence[App], agents: Collection[str]) -> list[str]:
    """The ids of all tasks of apps on these agents, sorted."""
    return sorted(str(task["id"]) for app in apps for task in live_tasks(app) if task.get("slaveId") in agents)


def leaving(apps: Sequence[App], agents: Collection[str]) -> list[App]:
    """Apps with tasks that run on these agents, or are ending there. Those that are unreachable are nobody's to move."""
    states = (LIVE_STATES - {"TASK_UNREACHABLE"}) | {"TASK_KILLING"}
    return [app for app in apps if any(task.get("slaveId") in agents and task.get("state") in states for task in app.get("tasks") or [])]


def unknown(apps: Sequence[App], agents: Collection[str]) -> list[str]:
    """Apps with a running task there of which it is not known yet whether it is healthy: new ones, or all when another Marathon leads."""
    return [
        str(app["id"])
        for app in apps
        if any(
            task.get("slaveId") in agents
            and task.get("state") == "TASK_RUNNING"
            and len(task.get("healthCheckResults") or []) < len(app.get("healthChecks") or [])
            for task in live_tasks(app)
        )
    ]


def bound(apps: Sequence[App], agents: Collection[str]) -> list[str]:
    """Apps on these agents whose tasks keep their place, with what they have stored there: they cannot run elsewhere."""
    return sorted(
        str(app["id"])
        for app in leaving(apps, agents)
        if any("persistent" in volume for volume in (app.get("container") or {}).get("volumes") or [])
    )


def only_here(apps: Sequence[App], agents: Collection[str]) -> list[str]:
    """Apps that serve from these agents alone: to kill their tasks would be an outage, so they are restarted instead."""
    found = []
    for app in apps:
        serving = {task.get("slaveId") in agents for task in live_tasks(app) if healthy(app, task)}
        if serving == {True}:
            found.append(str(app["id"]))
    return found


def kills(apps: Sequence[App], agents: Collection[str], before: Mapping[str, int]) -> list[str]:
    """The tasks to be killed next. ``before``: what ``on_agents`` said at the beginning.

    Of those that serve as many as the app's upgrade strategy allows (but one at least), and none that nothing serves beside; the next ones
    when the last ones' replacements are healthy. Those that do not serve go at once. An app that is being deployed has to wait.
    """
    found = []
    for app in apps:
        here = [task for task in live_tasks(app) if task.get("slaveId") in agents]
        if not here or app.get("deployments"):
            continue
        serving = sorted(str(task["id"]) for task in here if healthy(app, task))
        found += sorted({str(task["id"]) for task in here} - set(serving))
        elsewhere = sum(healthy(app, task) for task in live_tasks(app) if task.get("slaveId") not in agents)
        if not elsewhere:
            continue
        instances = int(app.get("instances", 1))
        least = float((app.get("upgradeStrategy") or {}).get("minimumHealthCapacity", 1.0))
        missing = max(0, min(instances, before.get(str(app["id"]), 0)) - len(serving) - elsewhere)
        found += serving[: max(0, max(1, floor(instances * (1 - least))) - missing)]
    return found


def short(apps: Sequence[App], queue: Sequence[Mapping[str, Any]], before: Mapping[str, int], agents: Collection[str]) -> list[str]:
    """What is not yet elsewhere as it was here, one sentence each. ``before``: what ``on_agents`` said at the beginning."""
    found = []
    for app in apps:
        wanted = min(before.get(str(app["id"]), 0), int(app.get("instances", 1)))
        have = sum(healthy(app, task) for task in live_tasks(app) if task.get("slaveId") not in agents)
        if have < wanted:
            why = "; ".join(complaints(app, queue, ""))
            found.append(f"{app['id']} has {have} healthy instances elsewhere, before {wanted}" + (f" ({why})" if why else ""))
    return found


def waiting(apps: Sequence[App], queue: Sequence[Mapping[str, Any]], clusters: Collection[str]) -> list[str]:
    """Apps of these virtual clusters with instances that wait for an offer: those that are delayed after failures are their own matter."""
    return sorted(_waiting({str(app["id"]): vcluster_of(app) or "" for app in apps}, queue, clusters))


def _waiting(homes: Mapping[str, str], queue: Sequence[Mapping[str, Any]], clusters: Collection[str]) -> Iterator[str]:
    for entry in queue:
        id_ = str((entry.get("app") or {}).get("id"))
        if entry.get("count") and (entry.get("delay") or {}).get("overdue", True) and homes.get(id_, "") in clusters:
            yield id_


def _constraint(hostname: str) -> list[str]:
    return ["hostname", "UNLIKE", re.escape(hostname) + _MARK]
