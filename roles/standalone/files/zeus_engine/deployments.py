# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deployments: the running plans, step by step, on apps that they lock.

A deployment is advanced by looking at what there is (:meth:`Deployments.advance`), never by remembering what was sent, so a new engine goes
on with the stored plan wherever the old one ended.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import planning, rolling
from .events import Events
from .launchqueue import LaunchQueue
from .model import Task
from .planning import Action, Step
from .state import State
from .tasks import Tasks
from .tree import Group, Tree

Definition = Mapping[str, Any]


@dataclass
class Rolling:
    """What a replacement under way has decided. `credited` new tasks have already cost an old one."""

    max_capacity: int
    credited: set[str] = field(default_factory=set)


@dataclass
class Deployment:
    """`original` and `target` hold the affected apps before and after, `groups` the changed groups before (None: there was none).

    `kill` are chosen tasks per app that end in a scaling down.
    """

    id: str
    version: str
    position: int
    steps: tuple[Step, ...]
    original: dict[str, dict[str, Any]]
    target: dict[str, dict[str, Any]]
    kill: dict[str, list[str]] = field(default_factory=dict)
    groups: dict[str, Group | None] = field(default_factory=dict)
    current: int = 0
    done: set[str] = field(default_factory=set)
    rolling: dict[str, Rolling] = field(default_factory=dict)

    @cached_property
    def apps(self) -> list[str]:
        return sorted({action.app for step in self.steps for action in step})

    def to_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "position": self.position,
            "steps": [[[action.action, action.app] for action in step] for step in self.steps],
            "original": self.original,
            "target": self.target,
            "kill": self.kill,
            "groups": {group_id: group.to_json() if group else None for group_id, group in self.groups.items()},
            "current": self.current,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Deployment:
        steps = tuple(tuple(Action(kind, app) for kind, app in step) for step in data["steps"])
        current = data["current"]
        later = {action.app for step in steps[current:] for action in step}
        return cls(
            data["id"],
            data["version"],
            data["position"],
            steps,
            data["original"],
            data["target"],
            data["kill"],
            # absent in what an engine before groups stored
            {group_id: Group.from_json(group) if group else None for group_id, group in data.get("groups", {}).items()},
            current=current,
            done={action.app for step in steps[:current] for action in step} - later,
        )

    def plan(self) -> dict[str, Any]:
        """The plan as events carry it.

        Marathon has left `original` and `target` out since 1.8; python-marathon 0.13, Debian's, fails without them, but reads empty ones.
        """
        steps = [planning.shown(step) for step in self.steps]
        return {"id": self.id, "original": {}, "target": {}, "steps": steps, "version": self.version}


class Deployments:
    def __init__(self, state: State, events: Events, tasks: Tasks, queue: LaunchQueue) -> None:
        self._state = state
        self._events = events
        self._tasks = tasks
        self._queue = queue
        self.running: dict[str, Deployment] = {one["id"]: Deployment.from_json(one) for one in state.store.deployments()}

    def conflicts(self, apps: Collection[str]) -> list[Deployment]:
        wanted = set(apps)
        return [one for one in self.running.values() if wanted & set(one.apps)]

    def of_app(self, app_id: str) -> list[str]:
        return [one.id for one in self.running.values() if app_id in one.target or app_id in one.original]

    def new(
        self,
        version: str,
        steps: tuple[Step, ...],
        original: Tree,
        target: Tree,
        kill: Mapping[str, list[str]],
    ) -> Deployment:
        position = max((one.position for one in self.running.values()), default=0) + 1
        apps = {action.app for step in steps for action in step}
        return Deployment(
            str(uuid.uuid4()),
            version,
            position,
            steps,
            {app_id: dict(original.apps[app_id]) for app_id in apps if app_id in original.apps},
            {app_id: dict(target.apps[app_id]) for app_id in apps if app_id in target.apps},
            {app_id: list(task_ids) for app_id, task_ids in kill.items()},
            {
                group_id: original.groups.get(group_id)
                for group_id in original.groups.keys() | target.groups.keys()
                if original.groups.get(group_id) != target.groups.get(group_id)
            },
        )

    def store(self, deployment: Deployment) -> None:
        if deployment.steps:
            self._state.store.put_deployment(deployment.id, deployment.position, deployment.to_json())

    def start(self, deployment: Deployment) -> None:
        """Begin a stored deployment. One without steps has succeeded at once."""
        if not deployment.steps:
            self._events.emit("deployment_success", id=deployment.id, plan=deployment.plan())
            return
        self.running[deployment.id] = deployment
        self._tell("deployment_info", deployment)

    def cancel(self, deployment: Deployment, reason: str) -> None:
        """End it where it stands; what it started and stopped stays."""
        self.running.pop(deployment.id, None)
        self._state.touched.update(deployment.apps)
        self._state.store.delete_deployment(deployment.id)
        for app_id in deployment.apps:
            self._queue.drop(app_id)
        self._tell("deployment_step_failure", deployment)
        self._events.emit("deployment_failed", id=deployment.id, plan=deployment.plan(), reason=reason)

    def locked(self) -> set[str]:
        """Apps whose instances are a deployment's business now: its step has not come yet, or is under way."""
        return {app_id for one in self.running.values() for app_id in one.apps if app_id not in one.done}

    def advance(self) -> None:
        for deployment in list(self.running.values()):
            while deployment.id in self.running and self._step(deployment):
                pass

    def _step(self, deployment: Deployment) -> bool:
        """Work on the current step; True if it ended."""
        step = deployment.steps[deployment.current]
        later = {action.app for coming in deployment.steps[deployment.current + 1 :] for action in coming}
        complete = True
        for action in step:
            if action.app in deployment.done:
                continue
            if not self._act(deployment, action):
                complete = False
            elif action.app not in later:
                deployment.done.add(action.app)
        if not complete:
            return False
        self._tell("deployment_step_success", deployment)
        deployment.current += 1
        if deployment.current == len(deployment.steps):
            self.running.pop(deployment.id)
            self._state.touched.update(deployment.apps)
            self._state.store.delete_deployment(deployment.id)
            self._events.emit("deployment_success", id=deployment.id, plan=deployment.plan())
            return True
        self.store(deployment)
        self._tell("deployment_info", deployment)
        return True

    def _tell(self, event: str, deployment: Deployment) -> None:
        self._events.emit(event, plan=deployment.plan(), currentStep=planning.shown(deployment.steps[deployment.current]))

    def _act(self, deployment: Deployment, action: Action) -> bool:
        if action.action == planning.START:
            self._checks_added(deployment.target[action.app])
            return True
        if action.action == planning.STOP:
            done = self._stop(action.app)
            if done:
                self._checks_removed(deployment.original[action.app])
            return done
        definition = deployment.target[action.app]
        if action.action == planning.SCALE:
            return self._scale(definition, deployment.kill.get(action.app, ()))
        if action.app not in deployment.rolling:
            self._checks_added(definition)
        done = self._replace(deployment, definition)
        if done:
            self._checks_removed(deployment.original[action.app])
        return done

    def _checks_added(self, definition: Definition) -> None:
        for check in definition.get("healthChecks", ()):
            self._events.emit("add_health_check_event", appId=definition["id"], healthCheck=check, version=definition["version"])

    def _checks_removed(self, definition: Definition) -> None:
        for _check in definition.get("healthChecks", ()):
            self._events.emit("remove_health_check_event", appId=definition["id"])

    def _stop(self, app_id: str) -> bool:
        self._queue.drop(app_id)
        active = self._state.tasks_of(app_id)
        for task in active:
            self._tasks.kill(task, "The app is being deleted")
        if not active:
            self._events.emit("app_terminated_event", appId=app_id)
        return not active

    def _scale(self, definition: Definition, chosen: Collection[str]) -> bool:
        active = self._state.tasks_of(definition["id"])
        for task in active:
            if task.task_id in chosen:
                self._tasks.kill(task, "Killed by scaling down")
        alive = [task for task in active if task.counted]
        keep_count(self._tasks, self._queue, definition, alive)
        ending = any(task.killing for task in active)
        # Who is unreachable counts, but nobody waits for it.
        return not ending and len(alive) == definition["instances"] and all(task.unreachable or self._good(task) for task in alive)

    def _replace(self, deployment: Deployment, definition: Definition) -> bool:
        active = self._state.tasks_of(definition["id"])
        old = [task for task in active if not task.is_of(definition)]
        new = [task for task in active if task.is_of(definition) and task.counted]
        good = [task for task in new if self._good(task)]
        roll = deployment.rolling.get(definition["id"])
        if roll is None:
            serving = [task for task in active if task.serving]
            plan = rolling.strategy(definition, len(serving), len([task for task in active if task.counted]))
            roll = deployment.rolling[definition["id"]] = Rolling(plan.max_capacity, {task.task_id for task in good})
            self._kill_old(definition, old, plan.kill_now)
        fresh = [task for task in good if task.task_id not in roll.credited]
        roll.credited.update(task.task_id for task in fresh)
        self._kill_old(definition, old, len(fresh))
        if len(good) >= definition["instances"]:
            self._kill_old(definition, old, len(old))
        surplus = len(new) - int(definition["instances"])
        for task in victims(definition, new)[: max(0, surplus)]:
            self._tasks.kill(task, "Over capacity")
        ending = sum(task.killing for task in active if task.is_of(definition))  # they hold their place until they have ended
        launch = rolling.launch_now(definition, roll.max_capacity, len(old) + ending, len(new))
        if not launch and not ending and len(good) == len(new) and not any(task.killing for task in old):
            launch = self._go_on(definition, roll, old, new)
        self._queue.want(definition, launch)
        return not old and surplus == 0 and len(good) == len(new)

    def _go_on(self, definition: Definition, roll: Rolling, old: Sequence[Task], new: Sequence[Task]) -> int:
        """Nothing is under way and nothing may start: the old tasks did not serve yet, or no more, when the replacement was planned.

        Those that still do not serve are not missed. Else what was planned then is planned anew. Returns how many may be launched.
        """
        if idle := [task for task in old if not task.serving]:
            self._kill_old(definition, idle, len(idle))
            return 0
        plan = rolling.strategy(definition, len(old) + len(new), len(old) + len(new))
        roll.max_capacity = plan.max_capacity
        self._kill_old(definition, old, plan.kill_now)
        return rolling.launch_now(definition, roll.max_capacity, len(old), len(new))

    def _kill_old(self, definition: Definition, old: Sequence[Task], count: int) -> None:
        alive = [task for task in old if not task.killing]
        for task in victims(definition, alive)[: max(0, count)]:
            self._tasks.kill(task, "Replaced by a new version")

    def _good(self, task: Task) -> bool:
        """Serving, and ready if the app has a readiness check (asked only during deployments)."""
        if not task.serving:
            return False
        self._tasks.health.start_readiness(task)
        return bool(task.ready) or not task.definition.get("readinessChecks")


def victims(definition: Definition, tasks: Sequence[Task]) -> list[Task]:
    """Who goes first: those that do not serve, then those of an old configuration, then by killSelection."""
    youngest_first = definition["killSelection"] == "YOUNGEST_FIRST"
    by_age = sorted(tasks, key=lambda task: task.staged_at, reverse=youngest_first)
    return sorted(by_age, key=lambda task: (task.serving, task.is_of(definition)))


def keep_count(tasks: Tasks, queue: LaunchQueue, definition: Definition, alive: Sequence[Task]) -> None:
    """Kill what is too much, queue what is missing."""
    missing = int(definition["instances"]) - len(alive)
    for task in victims(definition, alive)[: max(0, -missing)]:
        tasks.kill(task, "Over capacity")
    queue.want(definition, missing)
