# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What ``project`` must leave alone while a gray release is under way, and after one has been finished."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import STABLE, labels_key
from ansible_collections.zeus.paas.plugins.module_utils._project_model import App

GRAY_KEYS = ("cmd", "files", "env", "resources", "health")


def finishing_edits(app: App) -> list[str]:
    """What to change in the project file once the app's gray version runs as stable."""
    if app.gray is None:
        return []
    moved = [key for key in GRAY_KEYS if getattr(app.gray, key)]
    also = [f"move {', '.join(moved)} from {app.where}.gray to {app.where}"] if moved else []
    return [f'set {app.where}.version to "{app.gray.version}"', *also, f"remove {app.where}.gray"]


def check_finished(source: str, apps: Iterable[App], keys: Mapping[str, str], running: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse to take a finished release back by accident. ``keys``: app name → app key; ``running``: Marathon id → app."""
    for app in apps:
        stable = running.get(f"{keys[app.name]}/{STABLE}")
        if stable is None or app.gray is None:
            continue
        version = (stable.get("labels") or {}).get("ZEUS_VERSION")
        if version == app.gray.version:
            edits = finishing_edits(app)
            raise RefusedError(
                f"{source}: {app.where}.gray.version: {version} already runs as stable: its release was finished. This file would take it "
                f"back to {app.version}. Change these lines: {', '.join(edits[:-1])}, and {edits[-1]}",
                source=source,
                key=f"{app.where}.gray.version",
            )


def check_under_release(source: str, changes: Mapping[str, tuple[str, tuple[str, ...]]], running: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse every change but scaling for an app of which a gray variant runs. ``changes``: Marathon id → (action, fields)."""
    variants: dict[str, list[str]] = {}
    for app in running.values():
        labels = app.get("labels") or {}
        if labels.get("ZEUS_OWNER") == "gray_release" and labels.get("ZEUS_VARIANT") not in (None, STABLE):
            variants.setdefault(labels_key(labels), []).append(str(labels["ZEUS_VARIANT"]))
    for id_, (action, fields) in changes.items():
        key, _unused, variant = id_.rpartition("/")
        if variant != STABLE or key not in variants or action == "create":
            continue
        if action == "update" and fields == ("instances",):
            continue
        name = key.rpartition("/")[2]
        what = "it is not in the file any more" if action == "delete" else f"it would change {', '.join(fields)}"
        raise RefusedError(
            f"{source}: apps.{name}: this app is under gray release (variant {', '.join(sorted(variants[key]))} runs), and {what}; "
            "meanwhile project changes only its instances. Finish or abort the release first (playbook zeus.paas.gray)",
            source=source,
            key=f"apps.{name}",
        )
