# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What is known of Marathon's apps and tasks, and how answers and events change it.

The rule behind everything here: a peer is lost only for a reason that somebody stated. A terminal state, TASK_KILLING, a health check that
failed and ``app_terminated_event`` are such reasons; a task that is merely absent from an answer has to be absent twice, and results of
health checks that are absent are as they were.
Values are immutable: a change gives a new :class:`Fleet` that shares what stayed, so "did this app change" is an identity test.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._routing_labels import LabelError, Route, parse_route

RUNNING = "TASK_RUNNING"
KILLING = "TASK_KILLING"
# Lost sight of, but nobody said it ended: the peer stays if it was one (a router may reach what the master cannot).
OUT_OF_SIGHT = frozenset({"TASK_UNREACHABLE", "TASK_UNKNOWN"})
TERMINAL = frozenset(f"TASK_{name}" for name in ("FINISHED", "FAILED", "KILLED", "ERROR", "LOST", "DROPPED", "GONE", "GONE_BY_OPERATOR"))
# Absent in this many plausible answers in a row means: it does not exist any more.
ABSENT_LIMIT = 2
# How many ended task ids are remembered, so that an answer that was asked before the end cannot bring one back.
ENDED_LIMIT = 20_000


class ImplausibleError(Exception):
    """An answer that must not change anything; the text says why."""


@dataclass(frozen=True)
class Task:
    """``host``: an address, or a name that must be resolved; ``alive``: the results of health checks so far.

    ``version``: the app's version it was started from.
    """

    id: str
    host: str
    ports: tuple[int, ...]
    state: str
    alive: tuple[bool, ...] = ()
    version: str = ""
    absent: int = 0


@dataclass(frozen=True)
class App:
    """``route`` is ``None`` for apps that are not ours and for bad labels (then ``problem`` has the text).

    ``config_version``: tasks of an older version were started from another definition, so ``health_checks`` is not theirs.
    """

    id: str
    route: Route | None
    health_checks: int
    config_version: str
    tasks: Mapping[str, Task]
    problem: str = ""
    absent: int = 0


@dataclass(frozen=True)
class Fleet:
    apps: Mapping[str, App] = field(default_factory=dict)
    ended: Mapping[str, None] = field(default_factory=dict)

    def find(self, task_id: str) -> Task | None:
        for app in self.apps.values():
            if task_id in app.tasks:
                return app.tasks[task_id]
        return None

    @property
    def has_missing(self) -> bool:
        """Something was absent once: ask again soon."""
        return any(app.absent or any(task.absent for task in app.tasks.values()) for app in self.apps.values())


def parse_apps(answer: Any) -> tuple[App, ...]:
    """The ``apps`` of ``GET /v2/apps?embed=apps.tasks``. Raises :class:`ImplausibleError` if it is no list of apps with tasks."""
    if not isinstance(answer, Sequence) or isinstance(answer, (str, bytes)):
        raise ImplausibleError(f"the answer is no list of apps but {type(answer).__name__}")
    return tuple(parse_app(item) for item in answer)


def parse_app(item: Any) -> App:
    """One app with its tasks. Bad labels become the app's ``problem``; a wrong shape is an :class:`ImplausibleError`."""
    try:
        app_id = str(item["id"])
        labels = {str(k): str(v) for k, v in (item.get("labels") or {}).items()}
        own_network = any(network.get("mode") not in (None, "host") for network in item.get("networks") or ())
        tasks = [_task(task, own_network) for task in item["tasks"]]
        checks = len(item.get("healthChecks") or ())
        version = str((item.get("versionInfo") or {}).get("lastConfigChangeAt") or "")
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise ImplausibleError(f"an app in the answer has not the shape of an app with tasks ({type(exc).__name__}: {exc})") from exc
    try:
        route, problem = parse_route(app_id, labels), ""
    except LabelError as exc:
        route, problem = None, str(exc)
    return App(app_id, route, checks, version, {task.id: task for task in tasks}, problem)


def _task(item: Mapping[str, Any], own_network: bool) -> Task:
    """On its host's network a task has its host's address, as Mesos knows it; on a network of its own only the host's name leads there."""
    results = item.get("healthCheckResults") or ()
    addresses = [] if own_network else [str(entry["ipAddress"]) for entry in item.get("ipAddresses") or () if entry.get("ipAddress")]
    return Task(
        id=str(item["id"]),
        host=addresses[0] if addresses else str(item.get("host") or ""),
        ports=tuple(int(port) for port in item.get("ports") or ()),
        state=str(item.get("state") or ""),
        alive=tuple(bool(result.get("alive")) for result in results if result is not None),
        version=str(item.get("version") or ""),
    )


def merge_answer(fleet: Fleet, apps: Sequence[App], *, peers: int) -> Fleet:
    """A complete, leader-backed list of all apps. ``peers``: how many there are now.

    Raises :class:`ImplausibleError` for an empty list while there are peers.
    """
    if not apps and peers:
        raise ImplausibleError(f"the answer has no app at all while {peers} peers are known")
    merged = {app.id: _merge_app(fleet, fleet.apps.get(app.id), app) for app in apps}
    for app_id, known in fleet.apps.items():
        if app_id not in merged:
            kept = _absent(known)
            if kept is not None:
                merged[app_id] = kept
    return replace(fleet, apps=merged)


def merge_one(fleet: Fleet, app_id: str, app: App | None) -> Fleet:
    """The answer for a single app; ``None``: Marathon says that it does not exist."""
    known = fleet.apps.get(app_id)
    if app is not None:
        kept: App | None = _merge_app(fleet, known, app)
    elif known is not None:
        kept = _absent(known)
    else:
        return fleet
    apps = dict(fleet.apps)
    if kept is None:
        apps.pop(app_id, None)
    else:
        apps[app_id] = kept
    return replace(fleet, apps=apps)


def apply_status(fleet: Fleet, app_id: str, task_id: str, state: str) -> Fleet:
    """A ``status_update_event``. Only an end is applied from the event itself; the rest is read again by whoever heard it."""
    if state != KILLING and state not in TERMINAL:
        return fleet
    if task_id in fleet.ended and state == KILLING:
        return fleet
    ended = _remember(fleet.ended, (task_id,))
    app = fleet.apps.get(app_id)
    task = app.tasks.get(task_id) if app else None
    if app is None or task is None:
        return replace(fleet, ended=ended)
    tasks = {**app.tasks, task_id: replace(task, state=state)}
    return Fleet({**fleet.apps, app_id: replace(app, tasks=tasks)}, ended)


def apply_health(fleet: Fleet, app_id: str, instance_id: str, alive: Any) -> Fleet:
    """A ``health_status_changed_event`` or ``instance_health_changed_event``: a running task has become healthy.

    It counts at once, for Marathon ends the task that this one replaces in the same moment, and an end counts at once, too: by the answer
    alone the app would be without a peer until that has come. Only for an app with one health check, of which the event must be; all else
    is left to the answer, a task that has become unhealthy, too. ``instance_id``: an instance's, or an older Marathon's task's.
    """
    app = fleet.apps.get(app_id)
    if app is None or alive is not True or app.health_checks != 1:
        return fleet
    for task in app.tasks.values():
        if (task.id == instance_id or task.id.startswith(f"{instance_id}.")) and task.state == RUNNING and not task.alive:
            return replace(fleet, apps={**fleet.apps, app_id: replace(app, tasks={**app.tasks, task.id: replace(task, alive=(True,))})})
    return fleet


def apply_app_terminated(fleet: Fleet, app_id: str) -> Fleet:
    app = fleet.apps.get(app_id)
    if app is None:
        return fleet
    apps = dict(fleet.apps)
    del apps[app_id]
    return Fleet(apps, _remember(fleet.ended, app.tasks))


def _merge_app(fleet: Fleet, known: App | None, new: App) -> App:
    tasks: dict[str, Task] = {}
    for task_id, task in new.tasks.items():
        state = task.state
        if task_id in fleet.ended and state != KILLING and state not in TERMINAL:
            state = KILLING  # an answer that is older than the event that ended it
        alive = _results(known.tasks.get(task_id) if known else None, task)
        tasks[task_id] = task if (state, alive) == (task.state, task.alive) else replace(task, state=state, alive=alive)
    for task_id, task in (known.tasks if known else {}).items():
        if task_id not in tasks and task_id not in fleet.ended and task.absent + 1 < ABSENT_LIMIT:
            tasks[task_id] = replace(task, absent=task.absent + 1)
    merged = replace(new, tasks=tasks)
    return known if known == merged and known is not None else merged


def _results(known: Task | None, new: Task) -> tuple[bool, ...]:
    """Those that are not there any more were another leader's, or are of an event that is newer than this answer."""
    return known.alive if known and all(new.alive) and len(known.alive) > len(new.alive) else new.alive


def _absent(app: App) -> App | None:
    return replace(app, absent=app.absent + 1) if app.absent + 1 < ABSENT_LIMIT else None


def _remember(ended: Mapping[str, None], ids: Collection[str]) -> Mapping[str, None]:
    joined = {**ended, **dict.fromkeys(ids)}
    while len(joined) > ENDED_LIMIT:
        del joined[next(iter(joined))]
    return joined
