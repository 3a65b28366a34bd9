# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What all steps of a gray release share: whose release it is, what runs of it, and how one thing after the other is made true."""

from __future__ import annotations

import contextlib
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, complaints, described, settled
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError, RefusedError, RolloutError
from ansible_collections.zeus.paas.plugins.module_utils._gray_store import Values, binding_of
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import comparable
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import binding_key
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import STABLE, app_key
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Outcome, Resource, reconcile
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import Site
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import Binding

#: The rest of the time that a move of a release gets at least: one that is begun should have its chance.
LEAST_SECONDS = 15.0


@dataclass(frozen=True)
class Target:
    """The app under release."""

    environment: str
    project: str
    app: str

    @property
    def key(self) -> str:
        return app_key(self.environment, self.project, self.app)

    @property
    def stable(self) -> str:
        return f"{self.key}/{STABLE}"

    @property
    def binding(self) -> str:
        return binding_key(self.environment, self.project, self.app)

    def variant(self, slug: str) -> str:
        return f"{self.key}/{slug}"


@dataclass
class Scene:
    """One datacenter, as a step of a release sees it. ``running``: Marathon's apps of the target by id, as they were at the start.

    ``deployments`` are the ids of those that were made.
    """

    target: Target
    apps: Apps
    values: Values
    deadline: Deadline
    progress: Callable[[str], Any]
    running: Mapping[str, App]
    binding: Binding | None
    deployments: list[str] = field(default_factory=list)

    @property
    def stable(self) -> App | None:
        return self.running.get(self.target.stable)

    def gray(self) -> dict[str, App]:
        """The gray variants that run, by id."""
        return {id_: app for id_, app in self.running.items() if labels(app).get("ZEUS_OWNER") == "gray_release"}

    def described(self, changes: Sequence[Change]) -> list[dict[str, Any]]:
        """All variants of the app after these changes, as results show apps."""
        apps: dict[str, Definition | None] = {id_: comparable(app, app) for id_, app in self.running.items()}
        apps |= {change.id: change.after for change in changes if change.id.startswith(f"{self.target.key}/")}
        return [described(app) for _id, app in sorted(apps.items()) if app is not None]

    def make(self, resource: Resource, wanted: Mapping[str, Definition | None]) -> Outcome:
        """Make these things true and confirmed, also when they only look so: an earlier run may have been cut off on the way."""
        if isinstance(resource, Apps):
            resource.timeout = self.deadline.at_least(LEAST_SECONDS).left()
        outcome = reconcile(resource, wanted, check_mode=False)
        self.deployments += outcome.details.get("deployments", ())
        untouched = [id_ for id_ in outcome.unchanged if wanted[id_] is not None]
        if isinstance(resource, Values):
            if outcome.unchanged:
                resource.confirm(outcome.unchanged)
        elif untouched:
            self.confirm(untouched)
        return outcome

    def confirm(self, ids: Sequence[str]) -> None:
        """Wait until these apps, as they are defined now, are healthy in every instance and every router has exactly these."""
        site = Site(self.apps.marathon, self.apps.routers, self.progress)
        deadline = self.deadline.at_least(LEAST_SECONDS)
        now = {str(app["id"]): app for app in self.apps.marathon.apps(ids=ids)}
        apps = site.settle({id_: comparable(now[id_], now[id_]) if id_ in now else None for id_ in ids}, [], deadline)
        site.confirm(apps, {}, deadline)
        if site.behind:
            behind = sorted(site.behind)
            raise RolloutError(
                f"{', '.join(ids)}: all runs as wanted, but {', '.join(behind)} could not be reached and may be behind",
                "done",
                failed=[],
                behind=behind,
            )

    def wait_unlocked(self, changes: Sequence[Change]) -> None:
        """Deployments that a run before this one has left are waited for. Raises LockedError if one still holds an app at the deadline."""
        if self.apps.force:
            return
        with contextlib.suppress(DeadlineError):
            self.wait_over()
        self.apps.check([change for change in changes if not change.id.startswith("zeus:")])

    def wait_over(self) -> None:
        """No deployment of the app is under way any more. Raises DeadlineError."""
        self.deadline.wait(lambda: not self.holding(), every=0.25, what=f"the end of the deployments of {self.target.key}")

    def holding(self) -> dict[str, set[str]]:
        """Deployments that hold a variant of the app, with all that they hold."""
        held = {str(d.get("id")): {str(app) for app in d.get("affectedApps") or []} for d in self.apps.marathon.deployments()}
        return {id_: apps for id_, apps in held.items() if any(app.startswith(f"{self.target.key}/") for app in apps)}

    def refuse_unhealthy(self, id_: str, what: str) -> None:
        """Raises RefusedError unless every instance of the app is healthy now."""
        app = self.apps.marathon.app(id_)
        if app is None:
            raise RefusedError(f"{id_} does not run: {what}")
        if not settled(app) or not app.get("instances"):
            told = "; ".join(complaints(app, self.apps.marathon.queue(), "")) or "its deployment has not ended"
            raise RefusedError(f"{id_} is not healthy in every instance ({told}): {what}")


class Step(Resource):
    """One step of a release: Marathon apps and values of the policy store, compared together and changed in the step's own order."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    @abstractmethod
    def wanted(self) -> Mapping[str, Definition | None]:
        """What is true after the step."""

    def confirm(self) -> None:
        """Nothing differed: is it really so?"""
        for resource in (self.scene.apps, self.scene.values):
            some = {id_: definition for id_, definition in self.wanted().items() if self._of(id_) is resource}
            self.scene.make(resource, some)
        self.scene.wait_over()

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        apps, values = self.scene.apps, self.scene.values
        return {
            **apps.read([id_ for id_ in ids if self._of(id_) is apps]),
            **values.read([id_ for id_ in ids if self._of(id_) is values]),
        }

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        # Only Marathon's definitions carry an id.
        return comparable(definition, current) if "id" in definition else dict(definition)

    def _of(self, id_: str) -> Resource:
        return self.scene.values if id_.startswith("zeus:") else self.scene.apps


def run_step(step: Step, *, check_mode: bool) -> Outcome:
    """Make a step true, or in check mode say what it would change."""
    outcome = reconcile(step, step.wanted(), check_mode=check_mode)
    if not outcome.changed and not check_mode:
        step.confirm()
    return outcome


def labels(app: App) -> Mapping[str, str]:
    found: Mapping[str, str] = app.get("labels") or {}
    return found


def version_of(app: App | None) -> str | None:
    return None if app is None else labels(app).get("ZEUS_VERSION")


def scene_of(target: Target, apps: Apps, values: Values, deadline: Deadline, progress: Callable[[str], Any]) -> Scene:
    """Look at what runs."""
    below = f"{target.key}/"
    running = {str(app["id"]): app for app in apps.marathon.apps(embed=()) if str(app["id"]).startswith(below)}
    values.read([target.binding])
    binding = binding_of(values.entries.get(target.binding))
    return Scene(target, apps, values, deadline, progress, running, binding)
