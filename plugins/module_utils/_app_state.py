# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a running app, as Marathon shows it with its tasks, amounts to: who serves, who would be killed, what went wrong."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._constraints import LABEL

App = Mapping[str, Any]
Task = Mapping[str, Any]

#: Tasks in these states are there, or are coming.
LIVE_STATES = frozenset({"TASK_STAGING", "TASK_STARTING", "TASK_RUNNING", "TASK_UNREACHABLE"})
ROUTED_TYPES = frozenset({"web", "service"})
ROUTED_LABELS = ("ZEUS_HOSTS", "ZEUS_PORT")


def live_tasks(app: App) -> list[Task]:
    return [task for task in app.get("tasks") or [] if task.get("state") in LIVE_STATES]


def healthy(app: App, task: Task) -> bool:
    """Running, and alive in every health check (one without a result yet does not count as passed)."""
    if task.get("state") != "TASK_RUNNING":
        return False
    checks = len(app.get("healthChecks") or [])
    results = task.get("healthCheckResults") or []
    return not checks or (len(results) >= checks and all(result.get("alive") is True for result in results))


def fresh(app: App, task: Task) -> bool:
    """Does the task run the app's configuration of now? A mere change of scale keeps tasks of the version before."""
    changed = (app.get("versionInfo") or {}).get("lastConfigChangeAt") or app.get("version") or ""
    return str(task.get("version") or "") >= str(changed)


def serving(app: App) -> list[str]:
    """The ids of the tasks that carry, or should carry, this app's traffic: sorted."""
    return sorted(str(task["id"]) for task in app.get("tasks") or [] if healthy(app, task))


def settled(app: App) -> bool:
    """All instances run the present configuration and are healthy, and no other task is left."""
    tasks = live_tasks(app)
    return len(tasks) == app.get("instances", 1) and all(healthy(app, task) and fresh(app, task) for task in tasks)


def progress_of(app: App) -> str:
    """``3 of 4 ready`` for a progress line."""
    ready = sum(1 for task in live_tasks(app) if healthy(app, task) and fresh(app, task))
    old = sum(1 for task in live_tasks(app) if not fresh(app, task))
    return f"{app.get('id')}: {ready} of {app.get('instances', 1)} ready" + (f", {old} old" if old else "")


def vcluster_of(app: App) -> str | None:
    value = (app.get("labels") or {}).get(LABEL)
    return None if value is None else str(value)


def described(app: App) -> dict[str, Any]:
    """An app as results of modules show it: what is true of its definition, before it runs, too."""
    return {
        "id": str(app.get("id")),
        "vcluster": vcluster_of(app),
        "instances": app.get("instances", 1),
        "labels": dict(app.get("labels") or {}),
    }


def routed(app: App) -> bool:
    """Do routers carry this app? They know apps by ids of the form ``/<environment>/<project>/<app>/<variant>`` only."""
    labels = app.get("labels") or {}
    return str(app.get("id")).count("/") == 4 and (
        labels.get("ZEUS_TYPE") in ROUTED_TYPES or any(label in labels for label in ROUTED_LABELS)
    )


def victims(app: App, count: int) -> list[str]:
    """Which ``count`` tasks to give up: first those that serve nobody, then by ``killSelection``."""
    youngest_first = app.get("killSelection", "YOUNGEST_FIRST") != "OLDEST_FIRST"
    tasks = sorted(live_tasks(app), key=lambda task: str(task.get("stagedAt") or task.get("startedAt") or ""), reverse=youngest_first)
    tasks.sort(key=lambda task: healthy(app, task))
    return [str(task["id"]) for task in tasks[:count]]


def complaints(app: App, queue: Sequence[Mapping[str, Any]], since: str) -> list[str]:
    """Why an app is not settled, in words: its last failure, failing checks, and why offers are not used.

    ``since``: a timestamp of the server; failures before it belong to the version before.
    """
    return [*_failures(app, since), *_unhealthy(app), *_waiting(app, queue)]


def _failures(app: App, since: str) -> Iterator[str]:
    failure = app.get("lastTaskFailure") or {}
    if failure and str(failure.get("timestamp", "")) >= since:
        host = f" on {failure['host']}" if failure.get("host") else ""
        yield f"the last task failed{host}: {failure.get('state', 'unknown state')}: {failure.get('message') or 'no message'}"


def _unhealthy(app: App) -> Iterator[str]:
    for task in live_tasks(app):
        if task.get("state") != "TASK_RUNNING":
            continue
        results = task.get("healthCheckResults") or []
        for result in results:
            if result.get("alive") is not True:
                cause = result.get("lastFailureCause") or "no cause given"
                times = result.get("consecutiveFailures", 0)
                yield f"task {task['id']} on {task.get('host')} fails its health check ({times} in a row): {cause}"
        if len(results) < len(app.get("healthChecks") or []):
            yield f"task {task['id']} on {task.get('host')} has no health check result yet"


def _waiting(app: App, queue: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for entry in queue:
        if (entry.get("app") or {}).get("id") != app.get("id"):
            continue
        delay = entry.get("delay") or {}
        if not delay.get("overdue", True):
            yield f"{entry.get('count', 0)} more wait {delay.get('timeLeftSeconds', 0)} s after failed starts (backoff)"
        summary = entry.get("processedOffersSummary") or {}
        rejects = [
            f"{reject.get('reason')} ({reject.get('declined')} of {reject.get('processed')} offers)"
            for reject in summary.get("rejectSummaryLastOffers") or []
            if reject.get("declined")
        ]
        if rejects:
            yield f"{entry.get('count', 0)} wait for an offer that fits: {', '.join(rejects)}"
        elif delay.get("overdue", True):
            yield f"{entry.get('count', 0)} wait for an offer; {summary.get('processedOffersCount', 0)} came so far"
