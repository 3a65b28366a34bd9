# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Marathon apps as a resource: what a module, ``project`` or a gray release wants to be true of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._constraints import in_vcluster
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import clean_app, comparable
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource
from ansible_collections.zeus.paas.plugins.module_utils._rollout import rollout
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import RouterSet


class Apps(Resource):
    """Apps of one Marathon; ids are absolute, wanted definitions come from ``prepare``.

    ``selector`` chooses the apps that pruning may delete (Marathon's label selector); without one nothing is ever pruned.
    """

    def __init__(
        self,
        marathon: Marathon,
        routers: RouterSet | None,
        *,
        timeout: float = 300.0,
        force: bool = False,
        rollback: bool = True,
        wait: bool = True,
        selector: str | None = None,
        progress: Callable[[str], Any] = print,
    ) -> None:
        self.marathon = marathon
        self.routers = routers
        self.timeout = timeout
        self.force = force
        self.rollback = rollback
        self.wait_for_end = wait
        self.selector = selector
        self.progress = progress

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        return {str(app["id"]): app for app in self.marathon.apps(ids=ids, embed=())}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return comparable(definition, current)

    def owned(self) -> Mapping[str, Definition]:
        if self.selector is None:
            return {}
        return {str(app["id"]): app for app in self.marathon.apps(label=self.selector, embed=())}

    def check(self, changes: Sequence[Change]) -> None:
        """Refuse what a running deployment holds, and ids that Marathon's tree cannot have together; before anything is sent."""
        if not self.force:
            self._refuse_locked({change.id for change in changes})
        created = [change.id for change in changes if change.action == "create"]
        if created:
            # Deletions come last, so what is to be deleted still counts.
            known = {str(app["id"]) for app in self.marathon.apps(embed=())} | set(created)
            refuse_nesting(known)

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        return rollout(
            self.marathon,
            self.routers,
            changes,
            deadline=Deadline(self.timeout),
            force=self.force,
            rollback=self.rollback,
            wait=self.wait_for_end,
            progress=self.progress,
        )

    def _refuse_locked(self, ids: set[str]) -> None:
        held = {str(d.get("id")): sorted(ids & set(d.get("affectedApps") or [])) for d in self.marathon.deployments()}
        held = {deployment: apps for deployment, apps in held.items() if apps}
        if held:
            told = "; ".join(f"{deployment} holds {', '.join(apps)}" for deployment, apps in held.items())
            raise LockedError(
                "Marathon",
                "PUT",
                "/v2/apps",
                None,
                f"locked by a running deployment: {told}. Nothing was changed. Wait until it ends, or give force: true, which cancels it "
                "and leaves its apps as far as they got",
                deployments=list(held),
            )


def prepare(definition: Mapping[str, Any], source: str, *, vcluster: str | None = None) -> dict[str, Any]:
    """A user's definition, checked, and bound to its virtual cluster.

    :raises InputError: it is not valid, or names no virtual cluster.
    """
    return in_vcluster(clean_app(definition, source), vcluster, source)


def prepare_all(definitions: Sequence[Any], source: str, *, vcluster: str | None = None) -> dict[str, dict[str, Any]]:
    """Many definitions by id, in the order given.

    :raises InputError: as ``prepare``; or an id stands twice.
    """
    wanted: dict[str, dict[str, Any]] = {}
    for index, definition in enumerate(definitions):
        if not isinstance(definition, Mapping):
            raise InputError(source, f"apps[{index}]", "not an app's definition", "a mapping with id and cmd", definition)
        named = definition.get("id")
        place = f"{source}: apps[{index}]" + (f" ({named})" if isinstance(named, str) else "")
        app = prepare(definition, place, vcluster=vcluster)
        if app["id"] in wanted:
            raise InputError(source, f"apps[{index}].id", "stands twice in the list", "one definition per app", app["id"])
        wanted[app["id"]] = app
    refuse_nesting(wanted)
    return wanted


def refuse_nesting(ids: Collection[str]) -> None:
    """Marathon forbids an app and a group of one name: no app may lie below another."""
    known = set(ids)
    for id_ in ids:
        parent = id_
        while parent := parent.rpartition("/")[0]:
            if parent in known:
                raise InputError(id_, "id", f"{parent} is an app, so it cannot be the group of this one", "another name for one of them")
