# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every change of what is wanted goes through here: checked, versioned, planned, locked, stored and started as one, or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from . import planning, rules, serviceports
from .definitions import is_scaling, is_upgrade
from .deployments import Deployment, Deployments
from .errors import ApiError, locked, not_valid, too_many_deployments
from .events import Events
from .state import State
from .tree import ROOT, App, Group, Tree


class Groups:
    def __init__(self, state: State, events: Events, deployments: Deployments, no_images: str = "") -> None:
        """`no_images` says why this machine runs no images, if so."""
        self._state = state
        self._no_images = no_images
        self._events = events
        self._deployments = deployments

    def change(
        self,
        wanted: Mapping[str, App | None],
        *,
        force: bool,
        about: str = ROOT,
        restart: Sequence[str] = (),
        kill: Mapping[str, list[str]] | None = None,
    ) -> Deployment:
        """Set the definitions of some apps (None: remove); see :meth:`replace`."""
        tree = self._state.tree
        for app_id, app in wanted.items():
            tree = tree.without_app(app_id) if app is None else tree.with_app(app)
        return self.replace(tree, force=force, about=about, restart=restart, kill=kill)

    def replace(
        self,
        wanted: Tree,
        *,
        force: bool,
        about: str = ROOT,
        restart: Sequence[str] = (),
        kill: Mapping[str, list[str]] | None = None,
    ) -> Deployment:
        """Make `wanted` what is wanted and start the deployment that makes it so. `about` is the group that the events name.

        Raises the API's errors: 409 if a running deployment holds one of the apps (force cancels it), 403 above the limit, 422 for clashes.
        """
        version = self._state.next_version()
        try:
            deployment, target, conflicting = self._planned(wanted, version, force, restart, kill or {})
        except ApiError as error:
            self._events.emit("group_change_failed", groupId=about, version=version, reason=str(error.body["message"]))
            raise
        with self._state.store.transaction():
            for one in conflicting:
                self._state.store.delete_deployment(one.id)
            self._deployments.store(deployment)
            self._state.put_tree(version, target)
        for one in conflicting:
            self._deployments.cancel(one, f"The upgrade has been cancelled by deployment {deployment.id}")
        self._events.emit("group_change_success", groupId=about, version=version)
        self._deployments.start(deployment)
        return deployment

    def steps(self, wanted: Tree) -> tuple[planning.Step, ...]:
        """What :meth:`replace` would do; nothing happens."""
        return self._steps(self._target(wanted, self._state.next_version(), ()), (), ())

    def _planned(
        self, wanted: Tree, version: str, force: bool, restart: Sequence[str], kill: Mapping[str, list[str]]
    ) -> tuple[Deployment, Tree, list[Deployment]]:
        target = self._target(wanted, version, restart)
        steps = self._steps(target, restart, list(kill))
        deployment = self._deployments.new(version, steps, self._state.tree, target, kill)
        conflicting = self._deployments.conflicts(deployment.apps)
        if conflicting and not force:
            raise locked(one.id for one in conflicting)
        limit = self._state.config.max_running_deployments
        if steps and len(self._deployments.running) - len(conflicting) >= limit:
            raise too_many_deployments(limit)
        return deployment, target, conflicting

    def _target(self, wanted: Tree, version: str, restart: Sequence[str]) -> Tree:
        """`wanted` with service ports and versions. Apps that do not change stay the same objects."""
        if wanted.clashes():
            raise not_valid("/", "Groups and Applications may not have the same identifier.")
        before = self._state.apps
        taken = {port for apps in (before, wanted.apps) for app in apps.values() for port in serviceports.of(app)}
        apps = dict(wanted.apps)
        for app_id, app in wanted.apps.items():
            old = before.get(app_id)
            if app is not old or app_id in restart:
                rules.check_runnable(app, self._no_images)
                apps[app_id] = _versioned(serviceports.assign(app, old, taken), old, version, app_id in restart)
        return Tree(apps, wanted.groups)

    def _steps(self, target: Tree, restart: Sequence[str], kill: Sequence[str]) -> tuple[planning.Step, ...]:
        return planning.steps(self._state.apps, target.apps, restart, kill, target.groups.values())

    def patch(self, group: Group) -> None:
        """Change what a group has of its own. No deployment, no new version."""
        self._state.store.patch_group(group)
        self._state.groups[group.id] = group

    def rollback(self, deployment: Deployment) -> Deployment:
        """A new deployment that brings the affected apps and groups back to what they were; the old one is cancelled."""
        tree = self._state.tree
        for app_id in deployment.apps:
            old = deployment.original.get(app_id)
            tree = tree.without_app(app_id) if old is None else tree.with_app(old)
        for group_id, group in sorted(deployment.groups.items(), reverse=True):
            if group is not None:
                if group_id not in tree.apps:  # an app may have taken the name of a group that was empty
                    tree = tree.with_group(group)
            elif not any(tree.apps_in(group_id)) and not tree.children(group_id):
                tree = tree.without_group(group_id)
        made = self.replace(tree, force=True)
        if deployment.id in self._deployments.running:  # it shared no app with the new one: nothing but restarts to undo
            self._deployments.cancel(deployment, f"The upgrade has been cancelled by deployment {made.id}")
        return made


def _versioned(new: dict[str, Any], old: App | None, version: str, restart: bool) -> App:
    if old is None or is_upgrade(old, new):
        info = {"lastScalingAt": version, "lastConfigChangeAt": version}
    elif restart:
        info = dict(old["versionInfo"]) | {"lastConfigChangeAt": version}
    elif is_scaling(old, new):
        info = dict(old["versionInfo"]) | {"lastScalingAt": version}
    elif any(new.get(key) != old.get(key) for key in (set(new) | set(old)) - {"version", "versionInfo"}):
        info = dict(old["versionInfo"])  # only executorResources differ
    else:
        return old
    return new | {"version": version, "versionInfo": info}
