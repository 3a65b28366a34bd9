# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Finish: the gray version becomes stable, without a moment in which somebody has nowhere to go.

Gray grows to stable's size and gets all of the traffic; then stable, which nobody needs, is updated; then it takes over, and gray goes.
Each move is looked at before it is made, so a run that was cut off anywhere is simply run again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App
from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError, RolloutError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._gray_capacity import finish_needs, lacking
from ansible_collections.zeus.paas.plugins.module_utils._gray_release import Scene, Step
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_begin import refuse_without_stable
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import comparable
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Mesos
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App as ProjectApp
from ansible_collections.zeus.paas.plugins.module_utils._project_release import check_finished
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition


class Finish(Step):
    """``gray`` and ``promoted`` are the compiled definitions of the gray version and of stable afterwards; ``app`` as the file has it."""

    def __init__(self, scene: Scene, mesos: Mesos, gray: Definition, promoted: Definition, app: ProjectApp, file: str) -> None:
        super().__init__(scene)
        self.mesos = mesos
        self.gray = gray
        # The release changes what runs, not how much of it: the file's number may be older than the last scaling.
        kept = (scene.stable or promoted).get("instances", 1)
        self.promoted: Definition = {**promoted, "instances": kept}
        self.app = app
        self.file = file
        self.source = f"{file}: {app.where}"

    @property
    def _gray_id(self) -> str:
        return str(self.gray["id"])

    @property
    def _stable_id(self) -> str:
        return self.scene.target.stable

    @property
    def _version(self) -> str:
        return str(self.gray["labels"]["ZEUS_VERSION"])

    def wanted(self) -> Mapping[str, Definition | None]:
        return {self._stable_id: self.promoted, self.scene.target.binding: None, self._gray_id: None}

    def check(self, changes: Sequence[Change]) -> None:
        refuse_without_stable(self.scene, self.source)
        if self._updated(changes):
            return
        running = self.scene.running.get(self._gray_id)
        if running is None:
            check_finished(self.file, [self.app], {self.app.name: self.scene.target.key}, self.scene.running)
            raise RefusedError(f"{self._gray_id} does not run; expected a release to finish: deploy, policy and bind come first")
        binding = self.scene.binding
        if binding is None or binding.version != self._version:
            bound = "no policy" if binding is None else f"version {binding.version} by policy {binding.policy}"
            raise RefusedError(
                f"{self.source}.gray: {self.scene.target.key} is bound to {bound}, so nobody has seen {self._version} yet; "
                "expected that it is bound before it becomes stable (step bind)"
            )
        self._refuse_other_gray(running)
        self._refuse_without_room(running)

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        scene = self.scene
        scene.wait_unlocked(changes)
        if not self._updated(changes):
            self._give_gray_all(scene)
        self._update_stable(scene)
        scene.progress("the traffic goes to stable again, which is the new version now")
        scene.make(scene.values, {scene.target.binding: None})
        scene.make(scene.apps, {self._gray_id: None})
        return {}

    def _give_gray_all(self, scene: Scene) -> None:
        size = self._gray_size(scene.running[self._gray_id])
        scene.progress(f"gray {self._version} grows to {size} instances")
        scene.make(scene.apps, {self._gray_id: {**self.gray, "instances": size}})
        if scene.binding is not None:
            scene.progress(f"all of the traffic goes to gray {self._version}")
            scene.make(scene.values, {scene.target.binding: replace(scene.binding, share="all").body()})

    def _update_stable(self, scene: Scene) -> None:
        scene.progress(f"stable is updated to {self._version} while gray has the traffic")
        try:
            scene.make(scene.apps, {self._stable_id: self.promoted})
        except RolloutError as error:
            if error.details.get("state") != "rolled_back" or scene.binding is None:
                raise
            self._back_to_policy(scene, error)

    def _back_to_policy(self, scene: Scene, error: RolloutError) -> None:
        """Stable runs the version before again: so the policy decides again, too."""
        try:
            binding = replace(scene.binding, share="policy") if scene.binding is not None else None
            scene.make(scene.values, {scene.target.binding: None if binding is None else binding.body()})
        except ZeusError as second:
            left = f"{error.message}. All of the traffic is still on gray {self._version}: {second.message}"
            raise RolloutError(left, "left", **_rest(error)) from error
        told = f"{error.message}. The policy decides again; gray {self._version} runs on with the instances it got"
        raise RolloutError(told, "rolled_back", **_rest(error)) from error

    def _updated(self, changes: Sequence[Change]) -> bool:
        """Has stable got the new definition already?"""
        return self._stable_id not in {change.id for change in changes}

    def _gray_size(self, running: App) -> int:
        return max(int(self.promoted.get("instances", 1)), int(running.get("instances", 1)))

    def _refuse_other_gray(self, running: App) -> None:
        """What becomes stable is what was tried, not what lies in the project's folder by now."""
        file, there = comparable(self.gray, running), comparable(running, running)
        other = sorted(key for key in {*file, *there} - {"instances"} if file.get(key) != there.get(key))
        if other:
            raise RefusedError(
                f"{self.source}.gray: what runs as {self._gray_id} is not what the file says now ({', '.join(other)} differ), so finishing "
                "would make something stable that nobody has tried; expected the file and folder as they were deployed, or a new deploy"
            )

    def _refuse_without_room(self, running: App) -> None:
        needs = finish_needs(self.scene.stable or {}, self.promoted, int(running.get("instances", 1)), self._gray_size(running))
        vcluster = str(self.promoted["labels"]["ZEUS_VCLUSTER"])
        problem = lacking(needs, self.mesos.agents(), vcluster)
        if problem:
            raise RefusedError(f"{self.source}: there is no room to finish the release, and nothing was changed: {problem}")


def _rest(error: RolloutError) -> dict[str, Any]:
    return {key: value for key, value in error.details.items() if key != "state"}
