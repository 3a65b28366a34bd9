# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A step of a gray release from what a module was told: the project file is read, the step chosen, run, and reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._artifacts import Artifacts
from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    http_options,
    marathon_from,
    mesos_from,
    routers_from,
    store_from,
)
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray_check import Bound
from ansible_collections.zeus.paas.plugins.module_utils._gray_release import Scene, Step, Target, labels, run_step, scene_of
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_abort import Abort
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_begin import Bind, Deploy
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_finish import Finish
from ansible_collections.zeus.paas.plugins.module_utils._gray_store import Values
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._lease import leased, policy_lease, project_lease
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps, prepare
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._project_assets import Files
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import compile_gray_app, compile_promoted_app
from ansible_collections.zeus.paas.plugins.module_utils._project_keys import slug
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App, Gray
from ansible_collections.zeus.paas.plugins.module_utils._project_release import finishing_edits
from ansible_collections.zeus.paas.plugins.module_utils._project_sources import Sources, open_app, open_project
from ansible_collections.zeus.paas.plugins.module_utils._resource import Definition, Outcome, compare, reconcile

Params = Mapping[str, Any]
#: Steps that need the definitions of the gray version, and so what the project packs.
COMPILED = ("deployed", "finished")


@dataclass
class Release:
    """What was asked for: ``params`` are the module's. ``scratch`` is a folder for archives."""

    params: Params
    scratch: Path
    progress: Callable[[str], Any]

    def run(self, *, check_mode: bool) -> dict[str, Any]:
        """The module's result. Raises a ZeusError."""
        params = self.params
        sources, app, project = self._read()
        target = Target(params["environment_name"], project, params["app"])
        marathon, store = marathon_from(params), store_from(params)
        leases = [project_lease(target.environment, target.project)]
        if params["state"] == "bound" and (policy := self._policy(app)):
            # Somebody who writes the policy meanwhile would look at bindings that are not there yet.
            leases.append(policy_lease(policy))
        doing = f"gray release of {target.key}, {params['state']}"
        with leased(store, leases, doing, guarded=[marathon, store], check_mode=check_mode, progress=self.progress):
            return self._run(self._scene(target, app, marathon, store), sources, app, check_mode)

    def _run(self, scene: Scene, sources: Sources | None, app: App, check_mode: bool) -> dict[str, Any]:
        step, definition = self._step(scene, sources, app)
        planned = compare(step, step.wanted())
        if planned.changed:
            # Before the upload: a step that is refused has done nothing at all.
            step.check(planned.changes)
        uploaded = Outcome((), ()) if sources is None else self._upload(sources, definition, check_mode)
        outcome = run_step(step, check_mode=check_mode)
        return {**uploaded.also(outcome).result(), **self._told(scene, outcome, app, check_mode)}

    def _read(self) -> tuple[Sources | None, App, str]:
        params = self.params
        where = (params["src"], params["environment_name"], params["datacenter"], params["vclusters"])
        if params["state"] not in COMPILED:
            project, app = open_app(*where, params["app"])
            return None, app, project.name
        sources = open_project(*where, artifact_url=params["artifact_url"], scratch=self.scratch, gray=True)
        project, app = open_app(*where, params["app"])
        return sources, app, project.name

    def _policy(self, app: App) -> str | None:
        named: str | None = self.params["policy"] or (app.gray.policy if app.gray is not None else None)
        return named

    def _scene(self, target: Target, app: App, marathon: Marathon, store: PolicyStore) -> Scene:
        params = self.params
        deadline = Deadline(params["wait_timeout"])
        routers = routers_from(params)
        rollback, force = params["rollback"], params["force"]
        apps = Apps(marathon, routers, timeout=deadline.left(), force=force, rollback=rollback, progress=self.progress)
        values = Values(store, routers, deadline, rollback=rollback, progress=self.progress)
        scene = scene_of(target, apps, values, deadline, self.progress)
        # The clusters in which something of the app runs, which may be another one than the file says by now.
        values.vclusters = {app.vcluster, *(labels(running).get("ZEUS_VCLUSTER", app.vcluster) for running in scene.running.values())}
        return scene

    def _step(self, scene: Scene, sources: Sources | None, app: App) -> tuple[Step, Definition]:
        file, source = self.params["src"], f"{self.params['src']}: {app.where}"
        if self.params["state"] == "aborted":
            return Abort(scene), {}
        gray = gray_of(app, file)
        if sources is None:
            policy = self._policy(app)
            if not policy:
                raise InputError(file, f"{app.where}.gray.policy", "no policy is named", "the name of one, here or as the option policy")
            bound = Bound(scene.target.key, slug(gray.version), gray.version)
            return Bind(scene, bound, policy, self.params["regions"], source), {}
        compiled = (sources.project, sources.environment, sources.site, app.name)
        definition = prepare(compile_gray_app(*compiled), f"{source}.gray")
        if self.params["state"] == "deployed":
            return Deploy(scene, definition, app, file), definition
        promoted = prepare(compile_promoted_app(*compiled), source)
        return Finish(scene, mesos_from(self.params), definition, promoted, app, file), promoted

    def _upload(self, sources: Sources, definition: Definition, check_mode: bool) -> Outcome:
        """What the definition's instances fetch, if the artifact store lacks it."""
        digest = definition["env"].get("ZEUS_FILES_SHA256")
        packs = {key: pack for key, pack in sources.packs.items() if key == digest}
        if not packs:
            return Outcome((), ())
        http = HttpClient("artifact store", [self.params["artifact_url"]], http_options(self.params, token=self.params["artifact_token"]))
        files = Files(Artifacts(http), packs)
        return reconcile(files, files.wanted(), check_mode=check_mode)

    def _told(self, scene: Scene, outcome: Outcome, app: App, check_mode: bool) -> dict[str, Any]:
        routers = scene.apps.routers
        asked = {} if routers is None or check_mode else {name: list(routers.urls.get(name, ())) for name in scene.values.vclusters or ()}
        return {
            "app": scene.target.key,
            "apps": scene.described(outcome.changes),
            "deployments": scene.deployments,
            "version": None if app.gray is None else app.gray.version,
            "variant": None if app.gray is None else slug(app.gray.version),
            "routers": {name: urls for name, urls in sorted(asked.items()) if urls},
            "edit": finishing_edits(app) if self.params["state"] == "finished" else [],
        }


def gray_of(app: App, file: str) -> Gray:
    if app.gray is None:
        raise InputError(file, f"{app.where}.gray", "this app has no gray version", 'gray: {version: "2.0", …}')
    return app.gray
