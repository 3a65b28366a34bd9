# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The isolation report of a datacenter, read from Mesos, Marathon and the routers while everything moves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Protocol

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._isolation import (
    OutsideRoute,
    OutsideTask,
    View,
    capacity,
    outside_routes,
    outside_tasks,
)
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Mesos

#: The three are read one after the other while tasks come and go: only what is still outside after this many seconds counts. It is longer
#: than a router needs to follow a task that ended.
SETTLE_SECONDS = 3.0
PAUSE = 0.5


class PlanSource(Protocol):
    """What the report needs of the routers."""

    @property
    def urls(self) -> Mapping[str, Any]:
        """Virtual cluster → its routers."""

    def plans(self, vcluster: str) -> Mapping[str, Mapping[str, Any] | ZeusError]:
        """Router → the plan that it runs, or why it could not be asked."""


def isolation(
    mesos: Mesos, marathon: Marathon, routers: PlanSource | None, *, deadline: Callable[[float], Deadline] = Deadline
) -> dict[str, Any]:
    """``{"isolated", "outside_tasks", "outside_routes", "unproved", "vclusters", "routers"}``.

    ``isolated`` is true only if nothing is outside and nothing is left unproved (a router that did not answer).

    :raises AwayError: Mesos or Marathon cannot be reached: then nothing can be said at all.
    """
    view, unproved = _read(mesos, marathon, routers)
    tasks, routes = _outside(view)
    settle = deadline(SETTLE_SECONDS)
    while (tasks or routes) and not settle.passed:
        settle.pause(PAUSE)
        view, unproved = _read(mesos, marathon, routers)
        again_tasks, again_routes = _outside(view)
        tasks, routes = tasks & again_tasks, routes & again_routes
    return {
        "isolated": not tasks and not routes and not unproved,
        "outside_tasks": [{**asdict(t), "runs_in": list(t.runs_in)} for t in sorted(tasks, key=lambda t: t.task)],
        "outside_routes": [asdict(r) for r in sorted(routes, key=str)],
        "unproved": unproved,
        "vclusters": capacity(view),
        "routers": {
            vcluster: {url: {"plan": plan.get("digest"), "apps": sorted(plan.get("apps") or {})} for url, plan in plans.items()}
            for vcluster, plans in view.plans.items()
        },
    }


def _outside(view: View) -> tuple[frozenset[OutsideTask], frozenset[OutsideRoute]]:
    return frozenset(outside_tasks(view)), frozenset(outside_routes(view))


def _read(mesos: Mesos, marathon: Marathon, routers: PlanSource | None) -> tuple[View, list[str]]:
    plans: dict[str, dict[str, Mapping[str, Any]]] = {}
    unproved: list[str] = []
    if routers is not None:
        for vcluster in sorted(routers.urls):
            answers = routers.plans(vcluster)
            plans[vcluster] = {}
            for url, plan in answers.items():
                if isinstance(plan, ZeusError):
                    unproved.append(f"the routes of {url} ({vcluster}): {plan.message}")
                else:
                    plans[vcluster][url] = plan
    # Routes first, apps last: what is routed and ends meanwhile shows up, and is then asked for again.
    agents, tasks = mesos.agents(), mesos.tasks()
    return View(agents, tasks, marathon.apps(embed=("apps.tasks",)), plans), unproved


def summary(report: Mapping[str, Any]) -> str:
    """One sentence per thing that keeps the clusters from being proved apart."""
    told = [f"task {t['task']} on {t['hostname'] or t['agent']}: {t['reason']}" for t in report["outside_tasks"]]
    told += [
        f"route {r['app']} on {r['router']}" + (f" to {r['task']}" if r["task"] else "") + f": {r['reason']}"
        for r in report["outside_routes"]
    ]
    told += [f"unproved: {text}" for text in report["unproved"]]
    return "; ".join(told) or "all tasks and routes are inside their virtual clusters"
