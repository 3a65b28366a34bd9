# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Marathon's API shows of apps, tasks, deployments and the queue."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from typing import Any

from . import ids, serviceports, taskstats
from .deployments import Deployment
from .engine import Engine
from .launchqueue import Item, summary
from .model import Task
from .tree import ROOT, Tree

ITEM_EMBED = frozenset(("counts", "deployments", "tasks", "lastTaskFailure"))
LIST_EMBED = frozenset(("counts", "deployments"))
GROUP_EMBED = ("group.groups", "group.apps", "group.pods")
#: What ``embed=apps.<name>`` adds, also with ``app.`` or without a prefix. "failures" is an old name for three.
EMBEDS = {
    "tasks": ("tasks", "deployments"),
    "counts": ("counts",),
    "deployments": ("deployments",),
    "lastTaskFailure": ("lastTaskFailure",),
    "failures": ("tasks", "lastTaskFailure", "deployments"),
    "readiness": ("readiness",),
    "taskStats": ("taskStats",),
}
_EMBED_PREFIXES = ("group.apps.", "apps.", "app.")


def embeds(given: Collection[str], default: frozenset[str] = frozenset()) -> frozenset[str]:
    """What to add to an app. Unknown names are ignored, as in Marathon."""
    wanted = set(default)
    for text in given:
        name = next((text.removeprefix(prefix) for prefix in _EMBED_PREFIXES if text.startswith(prefix)), text)
        wanted.update(EMBEDS.get(name, ()))
    return frozenset(wanted)


def group_app_embeds(given: Collection[str]) -> frozenset[str]:
    """What to add to the apps of a group: only the names with the whole prefix count."""
    return embeds([text for text in given if text.startswith(_EMBED_PREFIXES[0])])


def task(engine: Engine, one: Task) -> dict[str, Any]:
    app = engine.state.apps.get(one.app_id, one.definition)
    shown = {
        "id": one.task_id,
        "appId": one.app_id,
        "host": one.hostname,
        "state": one.state,
        "ports": one.ports,
        "servicePorts": serviceports.of(app),
        "ipAddresses": engine.tasks.addresses(one),
        "slaveId": one.agent_id,
        "stagedAt": one.staged_at,
        "startedAt": one.started_at,
        "version": one.version,
        "healthCheckResults": [one.health[index].view(one.instance_id) for index in sorted(one.health)] or None,
        "localVolumes": [],
        "role": one.definition["role"],
    }
    return {key: value for key, value in shown.items() if value is not None}


def counts(tasks: Collection[Task]) -> dict[str, int]:
    return {f"tasks{name.capitalize()}": value for name, value in taskstats.counts(tasks).items()}


def app(engine: Engine, definition: Mapping[str, Any], embed: Collection[str]) -> dict[str, Any]:
    app_id = definition["id"]
    tasks = engine.state.tasks_of(app_id)
    shown = dict(definition)
    if "counts" in embed:
        shown |= counts(tasks)
    if "deployments" in embed:
        shown["deployments"] = [{"id": one} for one in engine.deployments.of_app(app_id)]
    if "readiness" in embed:
        shown["readinessCheckResults"] = [result for one in tasks for result in one.readiness]
    if "tasks" in embed:
        shown["tasks"] = [task(engine, one) for one in tasks]
    if "lastTaskFailure" in embed and app_id in engine.state.failures:
        shown["lastTaskFailure"] = engine.state.failures[app_id]
    if "taskStats" in embed:
        shown["taskStats"] = taskstats.by_version(definition, tasks, time.time())
    return shown


def new_app(definition: Mapping[str, Any], deployment: Deployment) -> dict[str, Any]:
    """The answer to a POST, before anything has started."""
    return dict(definition) | counts(()) | {"deployments": [{"id": deployment.id}], "tasks": []}


def group(engine: Engine, tree: Tree, group_id: str, version: str, embed: Collection[str]) -> dict[str, Any]:
    """A group with what is below it. Whatever is not embedded is an empty list; the version is that of the whole."""
    children: dict[str, list[str]] = {}
    if "group.groups" in embed:
        for one in sorted(tree.groups):
            if one != ROOT:
                children.setdefault(ids.parent(one), []).append(one)
    apps: dict[str, list[str]] = {}
    if "group.apps" in embed:
        for one in sorted(tree.apps):
            apps.setdefault(ids.parent(one), []).append(one)
    app_embed = group_app_embeds(embed)

    def shown(one: str) -> dict[str, Any]:
        return {
            "id": one,
            "dependencies": list(tree.groups[one].dependencies),
            "version": version,
            "apps": [app(engine, tree.apps[app_id], app_embed) for app_id in apps.get(one, ())],
            "groups": [shown(child) for child in children.get(one, ())],
            "pods": [],
            # Where nobody said anything Marathon writes false; python-marathon 0.13, Debian's, knows no such field and fails on it.
            **({} if (enforced := tree.groups[one].enforce_role) is None else {"enforceRole": enforced}),
        }

    return shown(group_id)


def result(deployment: Deployment) -> dict[str, str]:
    return {"version": deployment.version, "deploymentId": deployment.id}


def deployment(engine: Engine, one: Deployment) -> dict[str, Any]:
    return {
        "id": one.id,
        "version": one.version,
        "affectedApps": one.apps,
        "affectedPods": [],
        "steps": one.plan()["steps"],
        "currentActions": [
            {
                "action": action.action,
                "app": action.app,
                "readinessCheckResults": [result for task in engine.state.tasks_of(action.app) for result in task.readiness],
            }
            for action in one.steps[one.current]
        ],
        "currentStep": one.current + 1,
        "totalSteps": len(one.steps),
    }


def queue_item(engine: Engine, item: Item, *, with_offers: bool) -> dict[str, Any]:
    left = engine.queue.delay_left(item)
    last: dict[str, Any] = {"lastUnusedOfferAt": item.last_unused, "lastUsedOfferAt": item.last_used}
    shown: dict[str, Any] = {
        "count": item.count,
        "delay": {"timeLeftSeconds": int(left + 0.999), "overdue": left <= 0},
        "since": item.since,
        "processedOffersSummary": {
            "processedOffersCount": item.processed,
            "unusedOffersCount": item.unused,
            **{key: value for key, value in last.items() if value},
            "rejectSummaryLastOffers": summary(item.last_reasons()),
            "rejectSummaryLaunchAttempt": summary(item.attempt),
        },
        "app": dict(item.definition),
        # Marathon 1.11 writes "*", too; python-marathon 0.13, Debian's, knows no such field and fails on it.
        **({"role": item.definition["role"]} if item.definition["role"] != "*" else {}),
    }
    if with_offers:
        shown["lastUnusedOffers"] = [_unused(engine, item, agent_id, reason) for agent_id, reason in item.last.items() if reason]
    return shown


def _unused(engine: Engine, item: Item, agent_id: str, reason: str) -> dict[str, Any]:
    agent = next(one for one in engine.state.agents if one.id == agent_id)
    return {
        "offer": {
            "id": f"{engine.state.master_id}-O{item.processed}",
            "agentId": agent_id,
            "hostname": agent.hostname,
            "resources": [
                {"name": "cpus", "role": "*", "scalar": agent.cpus},
                {"name": "mem", "role": "*", "scalar": agent.mem},
                {"name": "disk", "role": "*", "scalar": agent.disk},
                {"name": "ports", "role": "*", "ranges": [{"begin": first, "end": last} for first, last in agent.ports]},
            ],
            "attributes": [_attribute(name, value) for name, value in agent.attributes.items()],
        },
        "reason": [reason],
        "timestamp": item.last_unused,
    }


def _attribute(name: str, value: str) -> dict[str, Any]:
    try:
        return {"name": name, "scalar": float(value)}
    except ValueError:
        return {"name": name, "text": value}
