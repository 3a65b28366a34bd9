# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What can be said about running apps in a few words."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import complaints, live_tasks, serving, settled, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import absolute
from ansible_collections.zeus.paas.plugins.module_utils._resource import hide


def describe_apps(
    marathon: Marathon, *, app_id: str | None = None, selector: str | None = None, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """``{"apps": [definitions with tasks], "summary": {id: …}}`` of one app, of those that a selector chooses, or of all."""
    apps = marathon.apps(ids=None if app_id is None else [absolute(app_id)], label=selector)
    apps.sort(key=lambda app: str(app["id"]))
    waiting = {str(app["id"]) for app in apps if not settled(app)}
    queue = marathon.queue() if waiting else []
    summary: dict[str, dict[str, Any]] = {}
    for app in apps:
        id_ = str(app["id"])
        held = [str(d.get("id")) for d in app.get("deployments") or []]
        summary[id_] = {
            "vcluster": vcluster_of(app),
            "version": app.get("version"),
            "instances": app.get("instances", 1),
            "running": len(live_tasks(app)),
            "serving": serving(app),
            "settled": id_ not in waiting and not held,
            "deployments": held,
            "reasons": complaints(app, queue, str(app.get("version") or "")) if id_ in waiting else [],
        }
    return {"apps": [hide(app, hidden) for app in apps], "summary": summary}
