# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The conventions of docs/conventions.md: what the table names is there, and those rules that no other test holds."""

from __future__ import annotations

import re

import yaml

from . import tree

TABLE = tree.ROOT / "docs" / "conventions.md"
ROW = re.compile(r"^\| (\d+) \| ([^|]+) \|([^|]*)\| ([^|]+) \|$", re.MULTILINE)


def test_thirty_rows_name_what_shows_them() -> None:
    rows = ROW.findall(TABLE.read_text(encoding="utf-8"))
    assert [int(row[0]) for row in rows] == list(range(1, 31))
    missing = []
    for number, _convention, _here, shown in rows:
        names = re.findall(r"`([^`]+)`", shown)
        assert names, number
        missing += [f"{number}: {name}" for name in names if not (tree.ROOT / name).exists()]
    assert missing == []


def test_no_sanity_rule_is_ignored() -> None:
    assert [tree.relative(path) for path in tree.files() if path.match("tests/sanity/ignore-*.txt") and path.read_text().strip()] == []


def test_private_utilities_say_so() -> None:
    utils = [path for path in tree.files() if path.parent == tree.ROOT / "plugins" / "module_utils" and path.suffix == ".py"]
    assert len(utils) > 40
    wrong = [path.name for path in utils if not path.name.startswith("_") or "private to the collection" not in path.read_text()[:700]]
    assert wrong == []


def test_the_collection_depends_on_no_other_and_names_no_version_of_ansible() -> None:
    galaxy = yaml.safe_load((tree.ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    assert not galaxy.get("dependencies")
    for name in ("requirements.txt", "bindep.txt"):
        lines = [line.partition("#")[0].strip() for line in (tree.ROOT / name).read_text(encoding="utf-8").splitlines()]
        wanted = [line for line in lines if line]
        assert wanted
        assert [line for line in wanted if "ansible" in line or re.search(r"[<>=~]=", line)] == []


def test_execution_environments_are_told_what_controllers_are_told() -> None:
    told = yaml.safe_load((tree.ROOT / "meta" / "execution-environment.yml").read_text(encoding="utf-8"))
    assert told["dependencies"] == {"python": "requirements.txt", "system": "bindep.txt"}
