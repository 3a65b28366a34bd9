# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/mesos-traps.md: every trap has its row, and the tests that name one are those that the page names."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from . import tree

PAGE = tree.ROOT / "docs" / "mesos-traps.md"
NUMBERS = list(range(1, 26))
#: "Trap 3: …", "Traps 7, 9, 10 and 20.", test_trap_18_down_and_up
SAID = re.compile(r"\btraps? (\d+(?:(?:, | and )\d+)*)", re.IGNORECASE)
CALLED = re.compile(r"test_trap_(\d+)_")
#: The only places that speak of traps without meeting one.
ABOUT = {Path(__file__)}


def rows(heading: str) -> dict[int, list[str]]:
    """Number of each row in the table below the heading → its other cells."""
    section = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ") for line in section.splitlines() if re.match(r"\| \d", line)]
    assert [int(row[0]) for row in cells] == NUMBERS
    return {int(number): rest for number, *rest in cells}


def numbers(text: str) -> set[int]:
    return {int(one) for said in SAID.findall(text) for one in re.findall(r"\d+", said)} | {int(one) for one in CALLED.findall(text)}


def named() -> Iterator[tuple[int, str, str]]:
    """Number, file and function of every test that names a trap; the function is empty where a file does so outside of its tests."""
    for path in tree.files():
        if path.suffix != ".py" or path in ABOUT or tree.ROOT / "tests" not in path.parents:
            continue
        lines = path.read_text(encoding="utf-8").splitlines()
        if not numbers("\n".join(lines)):
            continue
        for node in ast.parse("\n".join(lines)).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                span = slice(min([node.lineno, *(one.lineno for one in node.decorator_list)]) - 1, node.end_lineno)
                yield from ((number, tree.relative(path), node.name) for number in sorted(numbers("\n".join(lines[span]))))
                lines[span] = [""] * len(lines[span])
        yield from ((number, tree.relative(path), "") for number in sorted(numbers("\n".join(lines))))


@pytest.fixture(scope="module")
def tests() -> dict[int, str]:
    """As the page has to name them."""
    found: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for number, file, function in named():
        assert function, f"{file}: trap {number} is named outside of a test; the test that meets it names it"
        found[number][file].append(f"`{function}`")
    return {
        number: "; ".join(f"[{file.removeprefix('tests/')}](../{file}): {', '.join(called)}" for file, called in sorted(files.items()))
        for number, files in found.items()
    }


@pytest.mark.parametrize("number", NUMBERS)
def test_the_page_names_the_tests_that_name_the_trap(number: int, tests: dict[int, str]) -> None:
    """What it says first is what it ought to say, to be copied."""
    assert f"| {number} | {tests[number]} |" == f"| {number} | {rows('Tests')[number][0]} |"


def test_no_test_names_a_trap_that_there_is_not(tests: dict[int, str]) -> None:
    assert sorted(tests) == NUMBERS


def test_every_trap_says_how_it_is_known_and_what_is_done() -> None:
    for number, (trap, known, done) in rows("Traps").items():
        assert trap.endswith("."), number
        assert known in ("observed", "documented", "both"), number
        assert re.search(r"\]\([^)]+\)", done), f"{number}: no link to what meets it"


def test_the_pages_links_lead_somewhere() -> None:
    targets = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", PAGE.read_text(encoding="utf-8"))
    assert [target for target in targets if not (PAGE.parent / target).exists()] == []
