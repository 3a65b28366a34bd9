# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks and roles give the collection's own modules the options that they have, and all that they must be given.

A task in a part of a playbook that is seldom reached would tell only there.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import tree

COLLECTION = "zeus.paas."
PACKAGE = "ansible_collections.zeus.paas.plugins"


def options(module: str) -> dict[str, dict[str, Any]]:
    """What the module's documentation and the fragments in it say of each option; aliases are options, too."""
    document = yaml.safe_load(importlib.import_module(f"{PACKAGE}.modules.{module}").DOCUMENTATION)
    found = dict(document.get("options", {}))
    for fragment in document.get("extends_documentation_fragment", []):
        name = fragment.removeprefix(COLLECTION)
        # A fragment's other parts, with a dot, are of attributes and not of options.
        if fragment.startswith(COLLECTION) and "." not in name:
            text = importlib.import_module(f"{PACKAGE}.doc_fragments.{name}").ModuleDocFragment.DOCUMENTATION
            found |= yaml.safe_load(text).get("options", {})
    return found


MODULES = {path.stem: options(path.stem) for path in sorted((tree.ROOT / "plugins" / "modules").glob("*.py"))}
GROUPS = yaml.safe_load((tree.ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]


def calls(part: Any, defaults: dict[str, set[str]]) -> Iterator[tuple[str, str, set[str], set[str]]]:
    """Of each call below: the task's name, the module, the options given there and those that ``module_defaults`` give."""
    if isinstance(part, list):
        for inner in part:
            yield from calls(inner, defaults)
    if not isinstance(part, dict):
        return
    for target, given in part.get("module_defaults", {}).items():
        group = target.removeprefix("group/" + COLLECTION) if target.startswith("group/") else None
        for module in GROUPS[group] if group else [target]:
            name = module.removeprefix(COLLECTION)
            defaults = {**defaults, name: defaults.get(name, set()) | set(given)}
    for key, value in part.items():
        module = str(key).removeprefix(COLLECTION)
        if str(key).startswith(COLLECTION) and module in MODULES and isinstance(value, dict | None) and "name" in part:
            yield part["name"], module, set(value or {}), defaults.get(module, set())
        elif key != "module_defaults":
            yield from calls(value, defaults)


def files() -> list[Path]:
    folders = [tree.ROOT / "playbooks", *(role / part for role in tree.roles() for part in ("tasks", "handlers"))]
    return [path for path in tree.files() if path.suffix == ".yml" and any(folder in path.parents for folder in folders)]


@pytest.mark.parametrize("path", files(), ids=tree.relative)
def test_modules_are_given_what_they_take(path: Path) -> None:
    for task, module, given, defaulted in calls(yaml.safe_load(path.read_text(encoding="utf-8")), {}):
        known = MODULES[module]
        names = set(known) | {alias for option in known.values() for alias in option.get("aliases", [])}
        assert given <= names, f"{task}: {module} has no {sorted(given - names)}"
        if "tasks" in path.parts and "playbooks" in path.parts:
            continue  # The play that includes it may have the defaults.
        needed = {name for name, option in known.items() if option.get("required")}
        assert needed <= given | defaulted, f"{task}: {module} wants {sorted(needed - given - defaulted)}"


def test_there_are_calls() -> None:
    found = [module for path in files() for _task, module, _given, _defaults in calls(yaml.safe_load(path.read_text(encoding="utf-8")), {})]
    assert {"marathon_apps", "mesos_drain", "datacenter_lease", "router_info"} <= set(found)
