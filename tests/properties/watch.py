# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What happens to tasks, seen by the events alone, and what may not happen at any moment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import marathon

FOLLOWS = {
    "TASK_STAGING": {"TASK_STARTING", "TASK_KILLED", "TASK_LOST", "TASK_UNREACHABLE"},
    "TASK_STARTING": {"TASK_UNREACHABLE", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED", "TASK_FAILED", "TASK_FINISHED", "TASK_LOST"},
    "TASK_RUNNING": {"TASK_KILLING", "TASK_KILLED", "TASK_FAILED", "TASK_FINISHED", "TASK_LOST", "TASK_UNREACHABLE"},
    "TASK_KILLING": {"TASK_KILLED", "TASK_FAILED", "TASK_FINISHED", "TASK_LOST", "TASK_UNREACHABLE"},
    "TASK_UNREACHABLE": {
        "TASK_STARTING",
        "TASK_RUNNING",
        "TASK_KILLING",
        "TASK_KILLED",
        "TASK_FAILED",
        "TASK_FINISHED",
        "TASK_LOST",
        "TASK_GONE",
    },
}
ACTIVE = set(FOLLOWS)


@dataclass
class Seen:
    """One active task."""

    id: str
    app: str
    agent: str
    version: str
    state: str = "TASK_STAGING"
    healthy: bool | None = None
    ports: tuple[int, ...] = ()


@dataclass
class Roll:
    """A replacement under way. `disturbed`: tasks failed, were killed by somebody, or the engine was: then capacity may be missing."""

    serving: int
    total: int
    disturbed: bool = False


@dataclass
class Deployment:
    """One that runs. `failures` counts the ends that nobody asked for since it began."""

    id: str
    version: str
    steps: marathon.Plan
    before: dict[str, marathon.App]
    after: dict[str, marathon.App]
    step: int = 0
    rolls: dict[str, Roll] = field(default_factory=dict)
    disturbed: set[str] = field(default_factory=set)

    @property
    def apps(self) -> set[str]:
        return {app for step in self.steps for _action, app in step}

    def restarts(self) -> set[str]:
        return {app for action, app in self.steps[self.step] if action == "RestartApplication"}


class Watch:
    """Hears every event. `asked_to_end` says whether somebody has asked a task to end that has not told it yet."""

    def __init__(self, asked_to_end: Callable[[str], bool]) -> None:
        self._asked_to_end = asked_to_end
        self.tasks: dict[str, Seen] = {}
        self.ended: set[str] = set()
        self.deployments: dict[str, Deployment] = {}
        self.apps: Mapping[str, marathon.App] = {}
        #: Definitions by (id, version), of all that ever were.
        self.known: Mapping[tuple[str, str], marathon.App] = {}
        #: What was found wrong while events were heard.
        self.problems: list[str] = []

    def of(self, app: str) -> list[Seen]:
        return [one for one in self.tasks.values() if one.app == app]

    def ending(self, task: Seen) -> bool:
        return task.state == "TASK_KILLING" or self._asked_to_end(task.id)

    def serving(self, app: str) -> int:
        running = [one for one in self.of(app) if one.state == "TASK_RUNNING"]
        return sum(one.healthy is True or not self.known[app, one.version].get("healthChecks") for one in running)

    def hear(self, event: dict[str, Any]) -> None:
        handler = getattr(self, f"_{event['eventType']}", None)
        try:
            assert "timestamp" in event, f"event without timestamp: {event}"
            if handler is not None:
                handler(event)
        except AssertionError as error:  # the engine's loop would go on as if nothing had been
            self.problems.append(str(error))

    # Tasks.

    def _instance_changed_event(self, event: dict[str, Any]) -> None:
        task_id = f"{event['instanceId']}._app.1"
        if event["condition"] == "Staging":
            self._launched(Seen(task_id, event["runSpecId"], event["agentId"], event["runSpecVersion"]))
        elif task_id in self.tasks:
            assert event["runSpecVersion"] == self.tasks[task_id].version, f"{task_id} changed its version: {event}"
            if event["condition"] == "Killed":  # given up while its agent is away: there is no news of the task itself
                assert self.tasks[task_id].state == "TASK_UNREACHABLE", f"{event} of {self.tasks[task_id]}"
                self.ended.add(task_id)
                self.disturb(self.tasks.pop(task_id).app)

    def _launched(self, task: Seen) -> None:
        assert task.id not in self.tasks, f"{task.id} was launched twice"
        assert task.id not in self.ended, f"{task.id} was launched again"
        self.tasks[task.id] = task
        app = self._wanted(task.app)
        assert app is not None, f"{task.id} was launched for an app that nobody wants"
        assert task.version == app["version"], f"{task.id} was launched from {task.version}, wanted is {app['version']}"
        alive = [one for one in self.of(task.app) if not self.ending(one) and one.state != "TASK_UNREACHABLE"]
        roll = self._roll(task.app)
        if roll is None:
            assert len(alive) <= app["instances"], f"{len(alive)} tasks of {task.app}, wanted are {app['instances']}"
            return
        most = marathon.rolling(app)[1]
        total = sum(one.state != "TASK_UNREACHABLE" for one in self.of(task.app))
        assert total <= most, f"{total} tasks of {task.app} while it is replaced, at most {most} may be: {self.of(task.app)}"

    def _wanted(self, app: str) -> marathon.App | None:
        for deployment in self.deployments.values():
            if app in deployment.after:
                return deployment.after[app]
        return self.apps.get(app)

    def _roll(self, app: str) -> Roll | None:
        for deployment in self.deployments.values():
            if app in deployment.restarts():
                return deployment.rolls.setdefault(app, Roll(self.serving(app), len(self.of(app))))
        return None

    def _status_update_event(self, event: dict[str, Any]) -> None:
        task = self.tasks.get(event["taskId"])
        assert task is not None, f"news of a task that is not there: {event}"
        state = event["taskStatus"]
        assert state in FOLLOWS[task.state], f"{task.id} went from {task.state} to {state}"
        assert (event["appId"], event["slaveId"], event["version"]) == (task.app, task.agent, task.version), f"{event} of {task}"
        asked = self.ending(task)
        task.state, task.ports = state, tuple(event["ports"])
        if state == "TASK_RUNNING":
            clash = [one for one in self.tasks.values() if one is not task and one.agent == task.agent and set(one.ports) & set(task.ports)]
            assert not clash, f"{task} has ports of {clash}"
        if state not in ACTIVE:
            del self.tasks[task.id]
            self.ended.add(task.id)
            if not asked:
                self.disturb(task.app)
        elif state == "TASK_KILLING":
            self._enough(task.app)

    def _enough(self, app: str) -> None:
        """The engine took a task away: are as many left as the strategy promises?"""
        roll, wanted = self._roll(app), self._wanted(app)
        if roll is None or roll.disturbed or wanted is None:
            return
        least = marathon.rolling(wanted)[0]
        assert self.serving(app) >= min(least, roll.serving), (
            f"{self.serving(app)} of {app} serve while it is replaced, {roll.serving} did at first, {least} must: {self.of(app)}"
        )

    def disturb(self, app: str) -> None:
        for deployment in self.deployments.values():
            if app in deployment.apps:
                deployment.disturbed.add(app)
                deployment.rolls.setdefault(app, Roll(self.serving(app), len(self.of(app)))).disturbed = True

    def disturb_all(self) -> None:
        for deployment in self.deployments.values():
            for app in deployment.apps:
                self.disturb(app)

    def _instance_health_changed_event(self, event: dict[str, Any]) -> None:
        task = self.tasks.get(f"{event['instanceId']}._app.1")
        assert task is not None, f"health of a task that is not there: {event}"
        task.healthy = event["healthy"]
        if not task.healthy:
            self.disturb(task.app)

    def _unhealthy_instance_kill_event(self, event: dict[str, Any]) -> None:
        self.disturb(event["appId"])

    # Deployments.

    def begin(self, deployment: Deployment) -> None:
        """The model knows of a new deployment (its answer was compared)."""
        if deployment.steps:
            self.deployments[deployment.id] = deployment
            self._enter(deployment)

    def _enter(self, deployment: Deployment) -> None:
        for app in deployment.restarts():
            disturbed = app in deployment.disturbed
            deployment.rolls[app] = Roll(self.serving(app), len(self.of(app)), disturbed)

    def _deployment_info(self, event: dict[str, Any]) -> None:
        assert event["plan"]["steps"], f"a plan without steps is told to run: {event}"

    def _deployment_step_success(self, event: dict[str, Any]) -> None:
        deployment = self.deployments.get(event["plan"]["id"])
        assert deployment is not None, f"a step of an unknown deployment: {event}"
        actions = {(one["action"], one["app"]) for one in event["currentStep"]["actions"]}
        assert actions == deployment.steps[deployment.step], f"step {deployment.step} is told as {actions}"
        for action, app in actions:
            if action != "StartApplication":
                self._reached(deployment, action, app)
        deployment.step += 1
        if deployment.step < len(deployment.steps):
            self._enter(deployment)

    def _reached(self, deployment: Deployment, action: str, app: str) -> None:
        if app in deployment.disturbed:
            return
        wanted = deployment.after.get(app)
        if wanted is None:
            assert not self.of(app), f"{app} is said to have ended: {self.of(app)}"
            return
        tasks = self.of(app)
        # A cancelled deployment leaves old tasks beside new ones, and scaling takes them as they are, as in Marathon.
        oldest = wanted["versionInfo"]["lastConfigChangeAt"] if action == "RestartApplication" else ""
        assert len(tasks) == wanted["instances"], f"{app} is said to be deployed: {tasks}, wanted are {wanted['instances']}"
        assert all(one.state == "TASK_RUNNING" and one.version >= oldest for one in tasks), f"{app} is said to be deployed: {tasks}"
        if wanted.get("healthChecks"):
            assert all(one.healthy for one in tasks), f"{app} is said to be deployed: {tasks}"

    def _deployment_success(self, event: dict[str, Any]) -> None:
        if event["plan"]["steps"]:
            deployment = self.deployments.pop(event["id"], None)
            assert deployment is not None, f"an unknown deployment succeeded: {event}"
            assert deployment.step == len(deployment.steps), f"{event} after step {deployment.step} of {len(deployment.steps)}"

    def _deployment_failed(self, event: dict[str, Any]) -> None:
        deployment = self.deployments.pop(event["id"], None)
        assert deployment is not None, f"an unknown deployment failed: {event}"
