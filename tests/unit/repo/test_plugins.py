# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a plugin is: in the action groups that its options say, documented, and private if it is a library."""

from __future__ import annotations

import importlib
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import tree

PLUGINS = tree.ROOT / "plugins"
MODULES = sorted(path.stem for path in (PLUGINS / "modules").glob("*.py"))
#: Kinds of plugins that one file may hold several of, so that each is documented in a file beside it.
SEVERAL = {"filter": "filters", "test": "tests"}
#: Kinds that ansible-doc does not know. An action plugin is documented by the module of its name.
UNKNOWN_TO_ANSIBLE_DOC = {"action", "doc_fragments", "module_utils", "modules", "plugin_utils"}


def imported(path: Path) -> Any:
    return importlib.import_module(f"ansible_collections.zeus.paas.plugins.{path.parent.name}.{path.stem}")


def groups() -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load((tree.ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8"))["action_groups"]
    return found


def documented(fragment: str) -> set[str]:
    return set(yaml.safe_load(imported(PLUGINS / "doc_fragments" / f"{fragment}.py").ModuleDocFragment.DOCUMENTATION)["options"])


def test_groups_are_sorted_and_name_modules() -> None:
    assert list(groups()) == sorted(groups())
    for group, members in groups().items():
        assert members == sorted(set(members)), group
        assert set(members) <= set(MODULES), group


@pytest.mark.parametrize("name", MODULES)
def test_a_module_is_in_the_groups_whose_options_it_takes(name: str) -> None:
    """Said four times, each time for another reader: the argument spec, the fragments, the attribute, and meta/runtime.yml."""
    module = imported(PLUGINS / "modules" / f"{name}.py")
    documentation = yaml.safe_load(module.DOCUMENTATION)
    takes = set(getattr(module, "ARGUMENTS", {}))
    by_runtime = {group for group, members in groups().items() if name in members}
    by_arguments = {group for group in groups() if documented(group) & takes}
    by_fragments = set(groups()) & {text.removeprefix("zeus.paas.") for text in documentation.get("extends_documentation_fragment", [])}
    by_attribute = documentation["attributes"]["action_group"]["membership"]  # an empty list says: in none
    assert by_arguments == by_runtime
    assert by_fragments == by_runtime
    assert sorted(by_attribute) == sorted(f"zeus.paas.{group}" for group in by_runtime)
    for group in by_runtime:
        assert documented(group) <= takes, f"{name} takes some options of {group}, but not all"


def test_references_name_kinds_of_plugins() -> None:
    """``P(name#kind)``: to ansible-doc, playbooks and modules are none."""
    wrong = [
        f"{path.name}: {reference}"
        for path in sorted(PLUGINS.rglob("*.py"))
        for reference in re.findall(r"P\([\w.]+#(?:playbook|module)\)", path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def several() -> list[Path]:
    return sorted(path for kind in SEVERAL for path in (PLUGINS / kind).glob("*.py"))


@pytest.mark.parametrize("path", several(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_filters_and_tests_are_documented_beside_their_code(path: Path) -> None:
    (kind,) = [value for key, value in vars(imported(path)).items() if key in ("FilterModule", "TestModule")]
    for name in getattr(kind(), SEVERAL[path.parent.name])():
        sidecar = yaml.safe_load(path.with_name(f"{name}.yml").read_text(encoding="utf-8"))
        assert sidecar["DOCUMENTATION"]["name"] == name
        assert sidecar["EXAMPLES"].strip()
        assert sidecar["RETURN"]["_value"]


def others() -> list[Path]:
    elsewhere = {*UNKNOWN_TO_ANSIBLE_DOC, *SEVERAL}
    return sorted(path for path in PLUGINS.glob("*/*.py") if path.parent.name not in elsewhere and path.stem != "__init__")


@pytest.mark.parametrize("path", others(), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_other_plugins_document_themselves(path: Path) -> None:
    assert yaml.safe_load(imported(path).DOCUMENTATION)["name"].removeprefix("zeus.paas.") == path.stem


def test_action_plugins_have_a_module_that_documents_them() -> None:
    assert [path.stem for path in (PLUGINS / "action").glob("*.py") if path.stem not in MODULES] == []


def test_libraries_are_private_and_say_so() -> None:
    said = "# This file is private to the collection zeus.paas: others must not rely on it.\n"
    files = [path for path in sorted(PLUGINS.glob("*_utils/*")) if path.suffix == ".py" and path.stat().st_size]
    assert files
    assert [path.name for path in files if not path.name.startswith("_") or said not in path.read_text(encoding="utf-8")] == []
