# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of apps: one at a time, each a new version of the whole, checked, planned, stored and started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import ids, planning, serviceports
from .definitions import is_scaling, is_upgrade
from .deployments import Deployment, Deployments
from .errors import locked, not_valid, too_many_deployments
from .events import Events
from .state import State


class Groups:
    def __init__(self, state: State, events: Events, deployments: Deployments) -> None:
        self._state = state
        self._events = events
        self._deployments = deployments

    def change(
        self,
        wanted: Mapping[str, Mapping[str, Any] | None],
        *,
        force: bool,
        restart: Sequence[str] = (),
        kill: Mapping[str, list[str]] | None = None,
    ) -> Deployment:
        """Set the definitions of some apps (None: remove) and start the deployment that makes it so.

        Raises the API's errors: 409 if a running deployment holds one of the apps (force cancels it), 403 above the limit, 422 for clashes.
        """
        original = self._state.apps
        version = self._state.next_version()
        target = {app_id: app for app_id, app in original.items() if app_id not in wanted}
        changed: dict[str, dict[str, Any]] = {}
        for app_id, app in wanted.items():
            if app is not None:
                others = [other for other in (*target.values(), *changed.values()) if other["id"] != app_id]
                new = serviceports.assign(app, original.get(app_id), others)
                changed[app_id] = _versioned(new, original.get(app_id), version, app_id in restart)
        target |= changed
        if ids.clashes(target):
            raise not_valid("/", "Groups and Applications may not have the same identifier.")
        steps = planning.steps(original, target, restart, list(kill or {}))
        deployment = self._deployments.new(version, steps, original, target, kill)
        conflicting = self._deployments.conflicts(deployment.apps)
        if conflicting and not force:
            raise locked(one.id for one in conflicting)
        limit = self._state.config.max_running_deployments
        if steps and len(self._deployments.running) - len(conflicting) >= limit:
            raise too_many_deployments(limit)
        self._store(deployment, wanted, changed, conflicting, version)
        for one in conflicting:
            self._deployments.cancel(one, f"The upgrade has been cancelled by deployment {deployment.id}")
        self._events.emit("group_change_success", groupId="/", version=version)
        self._deployments.start(deployment)
        return deployment

    def _store(
        self,
        deployment: Deployment,
        wanted: Mapping[str, Mapping[str, Any] | None],
        changed: Mapping[str, dict[str, Any]],
        conflicting: Sequence[Deployment],
        version: str,
    ) -> None:
        store = self._state.store
        with store.transaction():
            store.set_meta("version", version)
            for app_id in wanted:
                if app_id not in changed:
                    store.delete_app(app_id)
            for app_id, app in changed.items():
                if app != self._state.apps.get(app_id):
                    store.put_app(app)
            for one in conflicting:
                store.delete_deployment(one.id)
            self._deployments.store(deployment)
        apps = {app_id: app for app_id, app in self._state.apps.items() if app_id not in wanted} | dict(changed)
        self._state.apps.clear()
        self._state.apps.update(apps)
        for app_id in wanted:
            if app_id not in changed:
                self._state.failures.pop(app_id, None)

    def rollback(self, deployment: Deployment) -> Deployment:
        """A new deployment that brings the affected apps back to what they were; the old one is cancelled."""
        back: dict[str, Mapping[str, Any] | None] = {app_id: deployment.original.get(app_id) for app_id in deployment.apps}
        return self.change(back, force=True)


def _versioned(new: dict[str, Any], old: Mapping[str, Any] | None, version: str, restart: bool) -> dict[str, Any]:
    if old is None or is_upgrade(old, new):
        info = {"lastScalingAt": version, "lastConfigChangeAt": version}
    elif restart:
        info = dict(old["versionInfo"]) | {"lastConfigChangeAt": version}
    elif is_scaling(old, new):
        info = dict(old["versionInfo"]) | {"lastScalingAt": version}
    elif any(new.get(key) != old.get(key) for key in (set(new) | set(old)) - {"version", "versionInfo"}):
        info = dict(old["versionInfo"])  # only executorResources differ
    else:
        return dict(old)
    return new | {"version": version, "versionInfo": info}
