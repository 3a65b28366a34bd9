# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Marathon apps as a resource: what a module, ``project`` or a gray release wants to be true of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from ansible_collections.zeus.paas.plugins.module_utils._app_state import described, routed, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._connection import marathon_from, routers_from
from ansible_collections.zeus.paas.plugins.module_utils._constraints import in_vcluster
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import absolute, clean_app, comparable, definition_of
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile

if TYPE_CHECKING:
    from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import RouterSet


class Apps(Resource):
    """Apps of one Marathon; ids are absolute, wanted definitions come from ``prepare``.

    ``selector`` chooses the apps that pruning may delete (Marathon's label selector); without one nothing is ever pruned. Details are
    ``deployments``, the ids of those that were made, and ``routers``, who confirmed the instances: addresses by virtual cluster.
    """

    kind = "apps"
    untouched: ClassVar[Mapping[str, Any]] = {"deployments": [], "routers": {}}

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
        progress: Progress = unheard,
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
        """Refuse what a running deployment holds, ids that Marathon's tree cannot have together, and labels that routers cannot read;
        before anything is sent."""
        if self.routers is not None:
            for change in changes:
                _refuse_unroutable(change.wanted)
        if not self.force:
            self._refuse_locked({change.id for change in changes})
        created = [change.id for change in changes if change.action == "create"]
        if created:
            # Deletions come last, so what is to be deleted still counts.
            known = {str(app["id"]) for app in self.marathon.apps(embed=())} | set(created)
            refuse_nesting(known)

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        # Only here: a run without changes, which is most of them, does not even compile it (modules come to a host without bytecode).
        from ansible_collections.zeus.paas.plugins.module_utils._rollout import rollout

        result = rollout(
            self.marathon,
            self.routers,
            changes,
            deadline=Deadline(self.timeout),
            force=self.force,
            rollback=self.rollback,
            wait=self.wait_for_end,
            progress=self.progress,
        )
        return {"deployments": list(result["deployments"]), "routers": self._confirmed(changes)}

    def describe(self, definition: Definition) -> Mapping[str, Any]:
        return described(definition)

    def _confirmed(self, changes: Sequence[Change]) -> dict[str, list[str]]:
        """The routers that a rollout without an error has heard from: all of the clusters in which a routed app was changed."""
        if self.routers is None or not self.wait_for_end:
            return {}
        clusters = {
            vcluster_of(app) or "" for change in changes for app in (change.wanted, change.current) if app is not None and routed(app)
        }
        return {vcluster: list(urls) for vcluster, urls in sorted(self.routers.urls.items()) if vcluster in clusters and urls}

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


def apps_from(params: Mapping[str, Any], progress: Callable[[str], Any], *, selector: str | None = None) -> Apps:
    """The resource that a module's options describe (those of MARATHON_ARGS, ROUTER_ARGS and WAIT_ARGS)."""
    return Apps(
        marathon_from(params),
        routers_from(params),
        timeout=params["wait_timeout"],
        force=params["force"],
        rollback=params["rollback"],
        wait=params["wait"],
        selector=selector,
        progress=progress,
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


def in_dependency_order(wanted: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """The same apps, each after those that it depends on; otherwise in the order given.

    :raises InputError: they depend on each other in a circle.
    """
    ordered: dict[str, Mapping[str, Any]] = {}

    def place(id_: str, path: tuple[str, ...]) -> None:
        if id_ in path:
            raise InputError(
                id_, "dependencies", f"these apps wait for each other: {' → '.join((*path[path.index(id_) :], id_))}", "no circle"
            )
        if id_ in ordered or id_ not in wanted:
            return
        for other in wanted[id_].get("dependencies", ()):
            place(other, (*path, id_))
        ordered[id_] = wanted[id_]

    for id_ in wanted:
        place(id_, ())
    return ordered


def refuse_nesting(ids: Collection[str]) -> None:
    """Marathon forbids an app and a group of one name: no app may lie below another."""
    known = set(ids)
    for id_ in ids:
        parent = id_
        while parent := parent.rpartition("/")[0]:
            if parent in known:
                raise InputError(id_, "id", f"{parent} is an app, so it cannot be the group of this one", "another name for one of them")


def ensure_app(
    apps: Apps,
    app_id: str,
    definition: Mapping[str, Any] | None,
    *,
    absent: bool,
    instances: int | None,
    vcluster: str | None,
    hidden: Collection[str],
    check_mode: bool,
) -> dict[str, Any]:
    """One app as a module wants it; without a definition an existing app keeps its own.

    :raises InputError: nothing is said about an app that does not exist.
    """
    id_ = absolute(app_id)
    wanted: dict[str, Any] | None = None
    if not absent:
        source = f"marathon_app {id_}"
        said = dict(definition) if definition is not None else _present(apps, id_, source)
        if absolute(str(said.get("id", id_))) != id_:
            raise InputError(source, "definition.id", "is another than the task's id", f"{id_}, or nothing", said["id"])
        said["id"] = id_
        if instances is not None:
            said["instances"] = instances
        wanted = prepare(said, source, vcluster=vcluster)
    return reconcile(apps, {id_: wanted}, check_mode=check_mode).result(hidden)


def ensure_apps(
    apps: Apps,
    definitions: Sequence[Any],
    *,
    absent: Sequence[str],
    vcluster: str | None,
    hidden: Collection[str],
    check_mode: bool,
) -> dict[str, Any]:
    """Many apps as a module wants them; with a selector in ``apps`` all others that it chooses are deleted.

    :raises InputError: a definition is not valid, or an id is wanted and not wanted.
    """
    wanted: dict[str, Definition | None] = dict(in_dependency_order(prepare_all(definitions, "marathon_apps", vcluster=vcluster)))
    for index, app_id in enumerate(absent):
        if wanted.get(absolute(app_id)) is not None:
            raise InputError("marathon_apps", f"absent[{index}]", "stands in apps too", "one of the two", app_id)
        wanted[absolute(app_id)] = None
    return reconcile(apps, wanted, check_mode=check_mode, prune=apps.selector is not None).result(hidden)


def _refuse_unroutable(app: Definition | None) -> None:
    """Routers would leave it out, and a rollout would wait for them in vain. Raises InputError."""
    if app is None or not routed(app):
        return
    from ansible_collections.zeus.paas.plugins.module_utils._routing_labels import LabelError, parse_route

    try:
        parse_route(str(app["id"]), app.get("labels") or {})
    except LabelError as error:
        raise InputError(str(app["id"]), "labels", f"no router could carry this app: {error}") from error


def keep_secret(module: Any, definitions: Sequence[Any], hidden: Collection[str]) -> None:
    """Tell Ansible to censor the values of hidden fields, so that the task's own arguments do not show them in verbose output."""
    for definition in definitions:
        for path in hidden:
            key, _dot, name = path.partition(".")
            value = definition.get(key) if isinstance(definition, Mapping) else None
            if name:
                value = value.get(name) if isinstance(value, Mapping) else None
            if isinstance(value, str) and value:
                module.no_log_values.add(value)


def _present(apps: Apps, app_id: str, source: str) -> dict[str, Any]:
    current = apps.marathon.app(app_id)
    if current is None:
        raise InputError(source, "definition", "is missing, and the app does not exist yet", "the app in Marathon's fields")
    return definition_of(current)
