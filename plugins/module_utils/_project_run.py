# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A project made true in one datacenter: its files, its assets and its apps, refused as a whole or applied in this order.

Everything is read and every refusal is decided before the first write, so a run that is refused has done nothing.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError, InputError, RolloutError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._lease import leased, project_lease
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps, prepare
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import assets_key
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._project_assets import Assets, Files, snippet_asset, wanted_assets
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import STABLE, app_key, check_free, compile_apps
from ansible_collections.zeus.paas.plugins.module_utils._project_release import check_finished, check_under_release
from ansible_collections.zeus.paas.plugins.module_utils._project_sources import Sources
from ansible_collections.zeus.paas.plugins.module_utils._resource import Definition, Outcome, compare, reconcile
from ansible_collections.zeus.paas.plugins.module_utils._router import Routers

#: What routers get at most to take changed assets, besides what the rollout took (seconds): a new snippet may need a reload,
#: and reloads are bundled.
ASSETS_SECONDS = 30.0
#: How long a deployment that holds what is to be changed may take to end.
LEFTOVER_SECONDS = 15.0


@dataclass
class Deployment:
    """One run of ``project``. ``files`` is None if the project packs nothing; ``store`` is None if the site gave none."""

    sources: Sources
    apps: Apps
    routers: Routers | None
    files: Files | None
    store: PolicyStore | None
    prune: bool
    progress: Progress = unheard
    _assets: Assets | None = field(default=None, init=False)

    @property
    def source(self) -> str:
        return self.sources.project.source

    def run(self, *, check_mode: bool) -> dict[str, Any]:
        """The module's result. Raises a ZeusError; before anything is written unless it is a RolloutError, AwayError or ApiError."""
        name, environment = self.sources.project.name, self.sources.environment
        with leased(
            self.store,
            [project_lease(environment, name)],
            f"deploy {self.source} in {environment}",
            guarded=[self.apps.marathon, *([] if self.store is None else [self.store])],
            check_mode=check_mode,
            progress=self.progress,
        ):
            return self._run(check_mode)

    def _wait_for_leftovers(self, planned: Outcome) -> None:
        """Deployments that a cut-off run has left are waited for: ours could only be refused, and what is as wanted is not true before."""
        changing = {change.id for change in planned.changes}
        below = f"/{self.sources.environment}/{self.sources.project.name}/"

        def held() -> set[str]:
            apps = {str(app) for deployment in self.apps.marathon.deployments() for app in deployment.get("affectedApps") or []}
            return {app for app in apps if app.startswith(below)}

        # Who else than a cut-off run deploys here takes no lease and may take for ever; that is refused as locked.
        with contextlib.suppress(DeadlineError):
            Deadline(min(LEFTOVER_SECONDS, self.apps.timeout)).wait(lambda: not held() & changing, every=0.25)
        try:
            Deadline(self.apps.timeout).wait(lambda: not held() - changing, every=0.25)
        except DeadlineError as error:
            raise RolloutError(
                f"{self.source}: {', '.join(sorted(held() - changing))}: defined as wanted by an earlier run, but the deployment of that "
                f"has not ended within {self.apps.timeout:.0f} seconds; look why its instances are not healthy",
                "left",
                failed=sorted(held() - changing),
            ) from error

    def _run(self, check_mode: bool) -> dict[str, Any]:
        wanted = compile_apps(self.sources.project, self.sources.environment, self.sources.site)
        wanted = {id_: prepare(definition, self._place(definition)) for id_, definition in wanted.items()}
        running = {str(app["id"]): app for app in self.apps.marathon.apps(embed=())}
        expanded = self.sources.project.expand(self.sources.environment, self.sources.site.datacenter)
        keys = {app.name: app_key(self.sources.environment, self.sources.project.name, app.name) for app in expanded}

        planned = compare(self.apps, wanted, prune=self.prune)
        if not check_mode and self.apps.wait_for_end and not self.apps.force:
            self._wait_for_leftovers(planned)
        check_finished(self.source, expanded, keys, running)
        check_under_release(self.source, {c.id: (c.action, c.fields) for c in planned.changes}, running)
        check_free(self.source, wanted, [app for id_, app in running.items() if not self._goes(id_, planned)])
        if planned.changes:
            self.apps.check(planned.changes)
        files = self.files.wanted() if self.files is not None else {}
        assets = self._wanted_assets([app.name for app in expanded if app.type == "web"], planned)

        uploaded = Outcome((), ()) if self.files is None else reconcile(self.files, files, check_mode=check_mode)
        stored = self._store({key: body for key, body in assets.items() if body is not None}, check_mode)
        try:
            deployed = reconcile(self.apps, wanted, check_mode=check_mode, prune=self.prune)
            if not check_mode and self.apps.wait_for_end:
                self._confirm_assets(stored, deployed)
        except ZeusError:
            if self._assets is not None and stored.changed and not check_mode and self.apps.rollback:
                self._assets.restore(stored.changes)
            raise
        # What belongs to removed apps goes last: until they are gone it still counts.
        buried = self._store({key: None for key, body in assets.items() if body is None}, check_mode)
        return self._result(uploaded.also(stored, deployed, buried))

    def _store(self, assets: Mapping[str, Definition | None], check_mode: bool) -> Outcome:
        return Outcome((), ()) if self._assets is None else reconcile(self._assets, assets, check_mode=check_mode)

    def _place(self, definition: Definition) -> str:
        return f"{self.source}: apps.{definition['labels']['ZEUS_APP']}"

    @staticmethod
    def _goes(id_: str, planned: Outcome) -> bool:
        return any(change.id == id_ and change.action == "delete" for change in planned.changes)

    def _wanted_assets(self, web_apps: Sequence[str], planned: Outcome) -> dict[str, Definition | None]:
        if self.store is None:
            if self.sources.snippets:
                name = sorted(self.sources.snippets)[0]
                raise InputError(
                    self.source,
                    f"apps.{name}.nginx.snippet",
                    "a snippet reaches the routers through the policy store, and policy_store_host is not set",
                    "zeus_policy_store_host in the inventory",
                )
            return {}
        environment, project = self.sources.environment, self.sources.project.name
        keys = {name: assets_key(environment, project, name) for name in web_apps}
        removed = {
            assets_key(environment, project, c.id.split("/")[3]): None
            for c in planned.changes
            if c.action == "delete" and c.id.endswith(f"/{STABLE}")
        }
        self._assets = Assets(self.store, self.routers.highest_stamp() if self.routers is not None else 0)
        existing = self._assets.read([*keys.values(), *removed])
        return {**wanted_assets(self.sources.snippets, keys, existing), **{key: None for key in removed if key in existing}}

    def _confirm_assets(self, stored: Outcome, deployed: Outcome) -> None:
        """Wait until every router has installed the changed snippets: a router refuses one that its nginx would not take."""
        changed = {change.id for change in stored.changes}
        for name, digest in self._digests().items():
            key = app_key(self.sources.environment, self.sources.project.name, name)
            if assets_key(self.sources.environment, self.sources.project.name, name) not in changed or self.routers is None:
                continue
            vcluster = self._vcluster(name)
            deadline = Deadline(min(ASSETS_SECONDS, self.apps.timeout))

            def check(entries: Mapping[str, Any], key: str = key, digest: str | None = digest) -> str:
                have = (entries.get(key) or {}).get("snippet")
                return "" if have == digest else f"{key}: snippet {have or 'none'} instead of {digest or 'none'}"

            self.progress(f"the routers of {vcluster} are asked for the snippet of {name}")
            answer = self.routers.confirm_entries(vcluster, check, [key], deadline)
            if answer.refused or answer.behind:
                told = answer.describe()
                raise RolloutError(
                    f"{self.source}: apps.{name}.nginx.snippet: not every router of {vcluster} has it: {told}",
                    state="left" if answer.refused else "done",
                    done=[change.id for change in deployed.changes],
                    failed=[f"{key}/{STABLE}"],
                    behind=list(answer.behind),
                )

    def _digests(self) -> dict[str, str | None]:
        expanded = self.sources.project.expand(self.sources.environment, self.sources.site.datacenter)
        texts = self.sources.snippets
        return {app.name: snippet_asset(texts[app.name])[0] if app.name in texts else None for app in expanded if app.type == "web"}

    def _vcluster(self, name: str) -> str:
        expanded = self.sources.project.expand(self.sources.environment, self.sources.site.datacenter)
        return next(app.vcluster for app in expanded if app.name == name)

    def _result(self, outcome: Outcome) -> dict[str, Any]:
        return {
            **outcome.result(),
            "project": self.sources.project.name,
            "environment": self.sources.environment,
            "datacenter": self.sources.site.datacenter,
        }
