# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every role has: the same phases, documented options, its own prefix, and no more tasks than a reader can hold."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from . import tree

#: A role without ``main`` is internal: other roles import its entry points one by one.
ROLES = tuple(role for role in tree.roles() if (role / "tasks" / "main.yml").exists())
INTERNAL = tuple(role for role in tree.roles() if role not in ROLES)
PHASES = ("preflight", "install", "configure", "service", "verify")
MOST_TASKS = 25


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def test_there_are_roles() -> None:
    assert ROLES
    assert INTERNAL


@pytest.fixture(params=ROLES, ids=lambda role: role.name)
def role(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=INTERNAL, ids=lambda role: role.name)
def internal(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture(params=(*ROLES, *INTERNAL), ids=lambda role: role.name)
def any_role(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


def options(role: Path) -> dict[str, Any]:
    """Those of all entry points: an ordinary role has one, ``main``."""
    specs: dict[str, Any] = load(role / "meta" / "argument_specs.yml")["argument_specs"]
    return {name: option for spec in specs.values() for name, option in spec.get("options", {}).items()}


def test_defaults_and_argument_specs_name_the_same_options(role: Path) -> None:
    defaults = load(role / "defaults" / "main.yml") or {}
    assert set(defaults) == set(options(role))


def test_every_entry_point_of_an_internal_role_is_documented(internal: Path) -> None:
    """A file in ``tasks`` is an entry point, one in a folder below is not; what an entry point needs not be given has a default."""
    specs = load(internal / "meta" / "argument_specs.yml")["argument_specs"]
    assert set(specs) == {path.stem for path in (internal / "tasks").glob("*.yml")}
    needed = {name for spec in specs.values() for name, option in spec["options"].items() if option.get("required")}
    assert set(load(internal / "defaults" / "main.yml")) == set(options(internal)) - needed


def test_every_option_says_what_it_is(any_role: Path) -> None:
    for name, option in options(any_role).items():
        assert option.get("description"), name
        assert option.get("type"), name


def test_options_carry_the_roles_name(any_role: Path) -> None:
    assert [name for name in options(any_role) if not name.startswith(f"{any_role.name}_")] == []


def test_shared_variables_are_read_in_defaults_only(any_role: Path) -> None:
    """``zeus_*`` belongs to inventories; a role takes what it needs once, under its own name."""
    found = []
    for path in tree.files():
        if any_role not in path.parents or path.suffix not in (".yml", ".j2") or path.parent.name in ("defaults", "meta"):
            continue
        for line in path.read_text(encoding="utf-8").splitlines():
            for expression in re.findall(r"{{.*?}}|{%.*?%}|(?<=when: ).*|(?<=that: ).*", line):
                found += [f"{tree.relative(path)}: {name}" for name in re.findall(r"(?<![\w.'\"/-])zeus_[a-z_]+", expression)]
    assert found == []


def test_tasks_come_in_phases(role: Path) -> None:
    present = {path.stem for path in (role / "tasks").glob("*.yml")}
    assert present >= {"main", *PHASES}
    included = re.findall(r"(?:import|include)_tasks(?::|: file:)\s*(\w+)\.yml", (role / "tasks" / "main.yml").read_text(encoding="utf-8"))
    assert [name for name in included if name in PHASES] == list(PHASES)


def test_the_happy_path_is_short(role: Path) -> None:
    tasks = 0
    for phase in PHASES:
        for task in load(role / "tasks" / f"{phase}.yml") or []:
            tasks += len(task["block"]) if "block" in task else 1
    assert tasks <= MOST_TASKS


def test_the_controller_is_not_asked_for_root(any_role: Path) -> None:
    """An inventory that says ``ansible_become`` for all means its hosts; it would hold for delegated tasks, too, keyword or not."""
    tasks = [task for path in sorted((any_role / "tasks").rglob("*.yml")) for task in load(path) or []]
    delegated = [task for task in tasks if task.get("delegate_to") == "localhost"]
    assert [task["name"] for task in delegated if task.get("vars", {}).get("ansible_become") is not False] == []


def test_a_refusal_is_said_and_says_no_secret(any_role: Path) -> None:
    """``no_log`` would hide the sentence. An assertion shows what it asked, and no values, so only the sentence could tell a secret."""
    tasks = [task for path in sorted((any_role / "tasks").rglob("*.yml")) for task in load(path) or []]
    tasks += [inner for task in tasks for part in ("block", "rescue") for inner in task.get(part, [])]
    refusals = {task["name"]: task for task in tasks if {"ansible.builtin.assert", "ansible.builtin.fail"} & set(task)}
    assert [name for name, task in refusals.items() if "no_log" in task] == []
    texts = {
        name: str([task.get("ansible.builtin.assert", task.get("ansible.builtin.fail")), *messages(task)])
        for name, task in refusals.items()
    }
    told = {name: " ".join(re.findall(r"{{.*?}}", text)) for name, text in texts.items()}
    assert [name for name, text in told.items() if re.search(r"\w+_(password|secret|token)\b", text)] == []


def messages(task: dict[str, Any]) -> list[str]:
    """What a task that asserts several rules at once would say of each."""
    return [rule["message"] for name, rules in task.get("vars", {}).items() if name.endswith("_rules") for rule in rules]


def test_internal_entry_points_get_what_they_ask_for(internal: Path) -> None:
    """Their arguments are our own code's, so this looks at them once, and no run looks at them again on every host."""
    specs = {name: spec["options"] for name, spec in load(internal / "meta" / "argument_specs.yml")["argument_specs"].items()}
    found = 0
    for role in tree.roles():
        for path in sorted((role / "tasks").rglob("*.yml")):
            for task in load(path) or []:
                call = task.get("ansible.builtin.import_role", task.get("ansible.builtin.include_role", {}))
                if call.get("name") != f"zeus.paas.{internal.name}":
                    continue
                found += 1
                known = specs[call["tasks_from"]]
                given = {name for name in task["vars"] if name.startswith(f"{internal.name}_")}
                where = f"{tree.relative(path)}: {task['name']}"
                assert given <= set(known), where
                assert {name for name, option in known.items() if option.get("required")} <= given, where
                for name in given:
                    choices, value = known[name].get("choices"), task["vars"][name]
                    assert choices is None or value in choices, f"{where}: {name}"
    assert found > len(ROLES)


def test_the_role_has_a_guide(any_role: Path) -> None:
    text = (any_role / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) >= 10


def test_what_is_the_roles_own_business_is_called_so(any_role: Path) -> None:
    """Registered results, facts and the variables in ``vars`` begin with ``__<role>_``; nobody outside may rely on them."""
    found = set(load(any_role / "vars" / "main.yml") or {}) if (any_role / "vars" / "main.yml").exists() else set()
    for path in (any_role / "tasks").rglob("*.yml"):
        text = path.read_text(encoding="utf-8")
        found |= set(re.findall(r"register: (\w+)", text)) | set(re.findall(r"loop_var: (\w+)", text))
    assert sorted(name for name in found if not name.startswith(f"__{any_role.name}_")) == []
