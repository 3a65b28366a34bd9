# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's answers for the tests of routing, small and typed."""

from __future__ import annotations

from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._routing_fleet import Fleet, merge_answer, parse_apps


def task(task_id: str, *, host: str = "10.1.0.11", port: int = 31001, state: str = "TASK_RUNNING", **more: Any) -> dict[str, Any]:
    return {"id": task_id, "host": host, "ports": [port], "state": state, **more}


def app(
    name: str = "web", variant: str = "stable", *tasks: dict[str, Any], kind: str = "web", version: str = "1.0", **more: Any
) -> dict[str, Any]:
    """``/production/shop/<name>/<variant>``; ``labels`` replace or remove (None) single labels."""
    labels: dict[str, str | None] = {
        "ZEUS_ENVIRONMENT": "production",
        "ZEUS_PROJECT": "shop",
        "ZEUS_APP": name,
        "ZEUS_VARIANT": variant,
        "ZEUS_VERSION": version,
        "ZEUS_VCLUSTER": "web",
        "ZEUS_TYPE": kind,
        "ZEUS_OWNER": "project",
    }
    if kind == "web":
        labels |= {"ZEUS_HOSTS": f"{name}.example.com", "ZEUS_PATH": "/"}
    if kind == "service":
        labels |= {"ZEUS_PORT": "9090"}
    labels |= more.pop("labels", {})
    return {
        "id": f"/production/shop/{name}/{variant}",
        "labels": {key: value for key, value in labels.items() if value is not None},
        "tasks": list(tasks),
        **more,
    }


def fleet(*apps: dict[str, Any]) -> Fleet:
    return merge_answer(Fleet(), parse_apps(list(apps)), peers=0)
