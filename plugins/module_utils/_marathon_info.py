# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What can be said about running apps in a few words."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import (
    App,
    complaints,
    described,
    healthy,
    live_tasks,
    serving,
    settled,
)
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import absolute, definition_of
from ansible_collections.zeus.paas.plugins.module_utils._resource import hide
from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import Task, parse_app


def describe_apps(
    marathon: Marathon,
    *,
    app_id: str | None = None,
    selector: str | None = None,
    hidden: Collection[str] = (),
    previous: bool = False,
) -> dict[str, Any]:
    """``{"apps": […]}``: one app, those that a selector chooses, or all, as modules show apps, and besides how each is.

    ``definition`` is what may be given to Marathon, or to ``marathon_app``, again. With ``previous`` the one before it is told, too, which
    is what a rollback would run; that takes two calls per app.
    """
    apps = marathon.apps(ids=None if app_id is None else [absolute(app_id)], label=selector)
    apps.sort(key=lambda app: str(app["id"]))
    queue = [] if all(settled(app) for app in apps) else marathon.queue()
    before = {str(app["id"]): {"previous": _previous(marathon, app, hidden)} for app in apps} if previous else {}
    return {"apps": [{**_with_state(app, queue, hidden), **before.get(str(app["id"]), {})} for app in apps]}


def _previous(marathon: Marathon, app: App, hidden: Collection[str]) -> dict[str, Any] | None:
    older = [version for version in marathon.versions(str(app["id"])) if version < str(app.get("version") or "")]
    return hide(definition_of(marathon.app_version(str(app["id"]), older[0])), hidden) if older else None


def _with_state(app: App, queue: Sequence[Mapping[str, Any]], hidden: Collection[str]) -> dict[str, Any]:
    held = [str(deployment.get("id")) for deployment in app.get("deployments") or []]
    return {
        **hide(described(app), hidden),
        "version": app.get("version"),
        "settled": settled(app) and not held,
        "reasons": [] if settled(app) else complaints(app, queue, str(app.get("version") or "")),
        "running": len(live_tasks(app)),
        "serving": serving(app),
        "deployments": held,
        "definition": hide(definition_of(app), hidden),
        "tasks": list(app.get("tasks") or []),
    }


def endpoints(marathon: Marathon, app_ids: Sequence[str]) -> list[dict[str, Any]]:
    """``{app, task, host, ports, port?, address?}`` of every instance that serves, in one call. Raises InputError for an unknown app."""
    wanted = [absolute(app_id) for app_id in app_ids]
    found = {str(app["id"]): app for app in marathon.apps(ids=wanted)}
    if missing := [app_id for app_id in wanted if app_id not in found]:
        raise InputError("app_endpoints", "_terms", "Marathon has no such app", "the id of an app that exists", ", ".join(missing))
    return [
        {"app": app_id, "task": str(task["id"]), "host": str(task["host"]), **_reached_at(reachable[str(task["id"])])}
        for app_id in dict.fromkeys(wanted)
        for reachable in [parse_app(found[app_id]).tasks]
        for task in sorted(found[app_id].get("tasks") or [], key=lambda task: str(task["id"]))
        if healthy(found[app_id], task)
    ]


def _reached_at(task: Task) -> dict[str, Any]:
    """Where the routers, too, would reach it."""
    if not task.ports:
        return {"ports": []}
    host = f"[{task.host}]" if ":" in task.host else task.host
    return {"ports": list(task.ports), "port": task.ports[0], "address": f"{host}:{task.ports[0]}"}
