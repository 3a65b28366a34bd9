# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Removing instances without losing a request: first the routers let go of them, then exactly those are killed.

Losses come from killing before the router has heard; what we choose ourselves need not lose any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, live_tasks, victims
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import comparable, definition_of
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import Site

#: How long open requests may hold up a kill (seconds).
DRAIN_SECONDS = 30.0


def shrink(site: Site, app_id: str, instances: int, deadline: Deadline, *, force: bool = False) -> list[str]:
    """Scale an app down to ``instances``; the ids of the deployments."""
    deployments: list[str] = []
    while True:
        app = site.marathon.app(app_id)
        if app is None or app.get("instances", 1) <= instances:
            return deployments
        live = len(live_tasks(app))
        chosen: list[str] = []
        try:
            if live < app.get("instances", 1):
                # Some instances are only wanted: give these up first, which kills nothing, then the number says what is there.
                target = max(live, instances)
                deployment = site.marathon.put_apps([{**definition_of(app), "instances": target}], force=force)
            else:
                chosen = victims(app, live - instances)
                site.progress(f"{app_id}: from {app.get('instances', 1)} to {instances} instances")
                site.drain({app_id: app}, {app_id: chosen}, deadline.within(DRAIN_SECONDS))
                # Marathon counts only the tasks that it still finds; if one was missing, the next turn does the rest.
                deployment = site.marathon.kill_tasks(chosen, scale=True, force=force) or ""
        except ApiError:
            site.undrain(app, chosen)
            raise
        deployments.append(deployment)
        now = site.marathon.app(app_id) or app
        after = site.settle({app_id: comparable(now, now)}, [deployment], deadline)
        site.confirm(after, {}, deadline)


def delete(site: Site, apps: Mapping[str, App], deadline: Deadline, *, force: bool = False) -> list[str]:
    """Delete these running apps (id → as read); the ids of the deployments."""
    tasks: dict[str, Sequence[str]] = {id_: [str(task["id"]) for task in live_tasks(app)] for id_, app in apps.items()}
    site.drain(apps, tasks, deadline.within(DRAIN_SECONDS))
    deployments: dict[str, str | None] = {}
    for id_ in sorted(apps):
        try:
            deployments[id_] = site.marathon.delete_app(id_, force=force)
        except ApiError:
            for left in sorted(set(apps) - set(deployments)):
                site.undrain(apps[left], tasks[left])
            raise
    ids = [deployment for deployment in deployments.values() if deployment]
    gone: dict[str, Any] = dict.fromkeys(apps)
    site.settle(gone, ids, deadline)
    site.confirm({}, apps, deadline)
    site.progress(f"removed: {', '.join(sorted(apps))}")
    return ids
