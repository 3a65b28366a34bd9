# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Documentation that teaches: no option without its type, default and meaning, no return value without a sample, no promise left out."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import yaml

from documented.plugins import ROOT, Documented, modules, plugins
from documented.returned import problems, text, untrue

ATTRIBUTES = ("check_mode", "diff_mode", "idempotent", "action_group")
SUPPORT = ("full", "partial", "none", "N/A")
#: Numbers of something; whose unit the description says.
UNITS = re.compile(r"second|MiB|port|how many|number of|core", re.IGNORECASE)
#: What the modules that manage apps say of apps and their changes they say in the same words.
SHARED = {"apps": ("id", "vcluster", "instances", "labels"), "changes": ("id", "action", "fields")}
ALL = pytest.mark.parametrize("plugin", plugins(), ids=str)
MODULES = pytest.mark.parametrize("plugin", modules(), ids=str)


def test_they_are_found() -> None:
    assert {str(plugin) for plugin in plugins()} >= {"modules/marathon_app", "lookup/app_endpoints", "filter/virtual_agents"}


@ALL
def test_every_option_says_what_it_takes(plugin: Documented) -> None:
    for name, option in plugin.documentation.get("options", {}).items():
        said = text(option)
        assert option.get("type"), name
        assert said[0].isupper() or said[0] in "OVC", name
        assert said.rstrip(")").endswith((".", "...")), name
        if option["type"] == "list":
            assert option.get("elements"), name
        if option["type"] in ("int", "float"):
            assert UNITS.search(said), f"{name}: its unit"
        if option["type"] in ("dict", "list") and option["type"] == "dict":
            assert re.search(r"C\(", said), f"{name}: an example of its shape"


@ALL
def test_every_plugin_has_examples(plugin: Documented) -> None:
    """That they are run, and what they do, is looked at in tests/integration/examples."""
    assert plugin.examples.strip()
    yaml.safe_load(plugin.examples)


@MODULES
def test_every_module_promises_what_it_keeps(plugin: Documented) -> None:
    for name in ATTRIBUTES:
        attribute = plugin.attribute(name)
        assert attribute.get("support") in SUPPORT, name
        assert attribute.get("description"), name
        if attribute["support"] not in ("full",):
            assert attribute.get("details"), name
    assert plugin.documentation.get("version_added")
    assert plugin.documentation.get("seealso")


@ALL
def test_every_return_value_has_a_sample_that_could_be_one(plugin: Documented) -> None:
    if plugin.kind in ("modules", "lookup", "filter"):
        assert plugin.returned
    for where, said in leaves(plugin.returned):
        assert "sample" in said, where
        assert list(problems(said, said["sample"], where)) == []


@MODULES
def test_the_same_things_are_said_in_the_same_words(plugin: Documented) -> None:
    first = {key: {} for key in SHARED}  # type: dict[str, Mapping[str, Any]]
    for other in modules():
        for key, parts in SHARED.items():
            said = other.returned.get(key)
            if said is None or said.get("elements") != "dict":
                continue
            form = {name: {k: v for k, v in said["contains"][name].items() if k != "sample"} for name in parts}
            first[key] = first[key] or form
            assert form == first[key], f"{other.name}: {key}"
    assert "apps" not in plugin.returned or plugin.returned["apps"]["type"] == "list"


def leaves(returned: Mapping[str, Any], where: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for key, said in returned.items():
        place = f"{where}.{key}" if where else key
        if "contains" in said:
            yield from leaves(said["contains"], place)
        else:
            yield place, said


def test_every_action_group_has_its_fragment() -> None:
    groups = yaml.safe_load((ROOT / "meta" / "runtime.yml").read_text("utf-8"))["action_groups"]
    for group, members in groups.items():
        assert (ROOT / "plugins" / "doc_fragments" / f"{group}.py").exists(), group
        said = {m.name for m in modules() if f"zeus.paas.{group}" in m.attribute("action_group").get("membership", ())}
        assert said == set(members), group


RETURNED = {
    "name": {"description": "A name; null without one.", "returned": "success", "type": "str"},
    "sizes": {"description": "Sizes.", "returned": "success", "type": "list", "elements": "int"},
    "parts": {
        "description": "Parts.",
        "returned": "always",
        "type": "list",
        "elements": "dict",
        "contains": {
            "id": {"description": "Its id.", "type": "str"},
            "port": {"description": "Absent without one.", "type": "int", "returned": "if any"},
        },
    },
    "why": {"description": "Why it failed.", "returned": "failure", "type": "str"},
}  # fmt: skip


@pytest.mark.parametrize(("result", "expected"), [
    ({"name": None, "sizes": [1], "parts": [{"id": "a"}, {"id": "b", "port": 1}], "changed": True, "diff": {}}, []),
    ({"name": "x", "sizes": []}, ["parts: not returned"]),
    ({"name": "x", "sizes": [], "parts": [], "more": 1}, ["more: not documented"]),
    ({"name": 1, "sizes": None, "parts": []}, [
        "name: int, documented as str", "sizes: null, which the description does not mention",
    ]),
    ({"name": "x", "sizes": [True, "1"], "parts": []}, ["sizes[0]: bool, documented as int", "sizes[1]: str, documented as int"]),
    ({"name": "x", "sizes": [], "parts": [{"port": "80"}]}, ["parts[0].id: not returned", "parts[0].port: str, documented as int"]),
    ({"name": "x", "sizes": [], "parts": [{"id": "a", "size": 1}]}, ["parts[0].size: not documented"]),
])  # fmt: skip
def test_a_difference_in_either_direction_is_seen(result: dict[str, Any], expected: list[str]) -> None:
    assert untrue(RETURNED, result) == expected


def test_of_a_failure_less_is_promised() -> None:
    assert untrue(RETURNED, {"parts": [], "why": "x", "msg": "x"}, failed=True) == []
    assert untrue(RETURNED, {"why": "x"}, failed=True) == ["parts: not returned"]
