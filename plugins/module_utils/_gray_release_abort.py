# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Abort: the traffic goes to stable first, then the gray version goes. A finish that was cut off half-way is taken back before that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._gray_release import Scene, Step, version_of
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import definition_of
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition


class Abort(Step):
    """All gray variants of the app go, whatever the project file says of them by now."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self.before = self._version_before()

    def wanted(self) -> Mapping[str, Definition | None]:
        stable = {} if self.before is None else {self.scene.target.stable: self.before}
        return {**stable, self.scene.target.binding: None, **dict.fromkeys(sorted(self.scene.gray()))}

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        scene = self.scene
        self._cancel_own(scene)
        if self.before is not None:
            scene.progress("stable goes back to the version before while gray has the traffic")
            scene.make(scene.apps, {scene.target.stable: self.before})
        elif scene.binding is not None and scene.binding.share == "all":
            # Nobody may be sent to a stable that is not there yet.
            scene.confirm([scene.target.stable])
        scene.progress("all of the traffic goes to stable")
        scene.make(scene.values, {scene.target.binding: None})
        scene.make(scene.apps, dict.fromkeys(sorted(scene.gray())))
        return {}

    def _cancel_own(self, scene: Scene) -> None:
        """A deployment that a cut-off run has left may wait for ever; what it does is not wanted any more."""
        ours = {*scene.gray(), *([] if self.before is None else [scene.target.stable])}
        for deployment, held in scene.holding().items():
            if held <= ours:
                scene.progress(f"the deployment {deployment} of {', '.join(sorted(held))} is cancelled")
                scene.apps.marathon.cancel_deployment(deployment, force=True)

    def _version_before(self) -> Definition | None:
        """What stable was before a finish began that has not come to its end; None if there is none under way."""
        binding, stable = self.scene.binding, self.scene.stable
        if binding is None or binding.share != "all" or stable is None or version_of(stable) != binding.version:
            return None
        marathon = self.scene.apps.marathon
        for version in marathon.versions(self.scene.target.stable):
            definition = marathon.app_version(self.scene.target.stable, version)
            if version_of(definition) != binding.version:
                return definition_of(definition)
        raise RefusedError(
            f"{self.scene.target.stable}: Marathon knows no version before {binding.version}, to which the release could go back; "
            "expected that it is finished instead (step finish)"
        )
