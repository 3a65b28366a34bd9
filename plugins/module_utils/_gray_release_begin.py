# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The first two steps of a release: the gray version runs beside stable; then a policy decides who sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._gray import parse_policy
from ansible_collections.zeus.paas.plugins.module_utils._gray_check import Bound, Regions, check_bound, check_regions
from ansible_collections.zeus.paas.plugins.module_utils._gray_release import Scene, Step, version_of
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import policy_key
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App as ProjectApp
from ansible_collections.zeus.paas.plugins.module_utils._project_release import check_finished
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import Binding


class Deploy(Step):
    """``definition``: the compiled gray app; ``app`` as the project file has it; ``file``: that file, for messages."""

    def __init__(self, scene: Scene, definition: Definition, app: ProjectApp, file: str) -> None:
        super().__init__(scene)
        self.definition = definition
        self.app = app
        self.file = file
        self.source = f"{file}: {app.where}"

    def wanted(self) -> Mapping[str, Definition | None]:
        return {self.definition["id"]: self.definition}

    def check(self, changes: Sequence[Change]) -> None:
        id_ = str(self.definition["id"])
        refuse_without_stable(self.scene, self.source)
        check_finished(self.file, [self.app], {self.app.name: self.scene.target.key}, self.scene.running)
        others = sorted(set(self.scene.gray()) - {id_})
        if others:
            raise RefusedError(
                f"{self.source}.gray.version: another gray version runs already, {', '.join(others)}; "
                "expected one release of an app at a time: finish or abort that one first"
            )
        if self.scene.binding is not None and self.scene.binding.share == "all":
            raise RefusedError(
                f"{self.source}.gray: the release is being finished, and its gray version has all of the traffic; "
                "expected that it is finished, or aborted, first"
            )
        self.scene.apps.check([change for change in changes if change.action == "create"])

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        self.scene.wait_unlocked(changes)
        self.scene.make(self.scene.apps, self.wanted())
        return {}


class Bind(Step):
    """``regions``: the operator's table, None if it is not known here."""

    def __init__(self, scene: Scene, bound: Bound, policy: str, regions: Regions | None, source: str) -> None:
        super().__init__(scene)
        self.bound = bound
        self.policy = policy
        self.regions = regions
        self.source = source

    @property
    def _gray_id(self) -> str:
        return self.scene.target.variant(self.bound.variant)

    def wanted(self) -> Mapping[str, Definition | None]:
        return {self.scene.target.binding: Binding(self.policy, self.bound.variant, self.bound.version).body()}

    def check(self, changes: Sequence[Change]) -> None:
        self._check_policy()
        refuse_without_stable(self.scene, self.source)
        before, gray = self.scene.binding, self.scene.running.get(self._gray_id)
        if before is not None and before.variant != self.bound.variant:
            raise RefusedError(
                f"{self.source}.gray.version: {self.scene.target.key} is bound to another release, version {before.version} by policy "
                f"{before.policy}; expected that it is finished or aborted first"
            )
        if version_of(self.scene.stable) == self.bound.version:
            raise RefusedError(
                f"{self.source}.gray.version: {self.bound.version} already runs as stable; "
                "expected that the release is finished (step finish)"
            )
        if version_of(gray) != self.bound.version:
            raise RefusedError(f"{self._gray_id} does not run; expected the gray version beside stable before it is bound (step deploy)")
        self.scene.refuse_unhealthy(self._gray_id, "a policy would send requests there; deploy it again, or abort the release")
        if before is not None and before.share == "all":
            self.scene.refuse_unhealthy(self.scene.target.stable, "most requests would go there again; finish the release, or wait")

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        self.scene.confirm([self._gray_id])
        self.scene.make(self.scene.values, self.wanted())
        return {}

    def _check_policy(self) -> None:
        entry = self.scene.values.store.get(policy_key(self.policy))
        if entry is None or entry.body is None:
            raise RefusedError(
                f"{self.source}.gray.policy: there is no policy {self.policy} in the policy store; "
                "expected that it is written first (gray_policy, or step policy)"
            )
        policy = parse_policy(entry.body, f"policy {self.policy}")
        check_bound(policy, self.bound, f"policy {self.policy}")
        if self.regions is not None:
            check_regions(policy, self.regions, f"policy {self.policy}")


def refuse_without_stable(scene: Scene, source: str) -> None:
    if scene.stable is None:
        raise RefusedError(
            f"{source}: {scene.target.stable} does not run in this datacenter; expected the stable version, which serves everybody "
            "whom no rule chooses (playbook zeus.paas.deploy)"
        )
