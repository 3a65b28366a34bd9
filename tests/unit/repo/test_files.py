# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file keeps to: no addresses of the outside world, no trace of the machine it was written on. (Licences: the gate reuse.)"""

from __future__ import annotations

import ast
import re

import pytest

from . import tree

TEXT = (".py", ".yml", ".yaml", ".lua", ".j2", ".md", ".toml", ".cfg", ".sh", ".rst", ".txt", ".Dockerfile", "")

#: Where packages, images and code are served from. Which of them a site uses is its own choice, so none may be named.
SERVED_FROM = re.compile(
    r"pypi\.org|pythonhosted|docker\.io/|docker\.com|quay\.io|ghcr\.io|gcr\.io|deb\.debian\.org|archive\.ubuntu|galaxy\.ansible\.com|"
    r"registry\.npmjs|mirrors?\.[a-z]+\.(com|org|cn|edu)|packages\.cloud\.google|download\.docker",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(r"(?<![A-Za-z0-9_.])/(work|farm|root/\.pyenv)/|\.\./shared|/tmp/boot")
THIS = "tests/unit/repo/test_files.py"


def texts() -> list[tuple[str, str]]:
    found = []
    for path in tree.files():
        if path.suffix in TEXT:
            found.append((tree.relative(path), path.read_text(encoding="utf-8")))
    return found


def test_files_are_found() -> None:
    assert len(tree.files()) > 50


def test_plugins_carry_the_header_that_ansible_wants() -> None:
    bare = [
        name
        for name, text in texts()
        if name.startswith("plugins/")
        and name.endswith(".py")
        and text.strip()
        and "GNU General Public License v3.0-or-later" not in text[:800]
    ]
    assert bare == []


@pytest.mark.parametrize("what", [SERVED_FROM, ELSEWHERE], ids=["package hosts", "other folders"])
def test_no_file_names_places_it_must_not_depend_on(what: re.Pattern[str]) -> None:
    found = [f"{name}: {match.group(0)}" for name, text in texts() if name != THIS for match in [what.search(text)] if match]
    assert found == []


def test_what_a_protocol_asks_for_is_said_in_words() -> None:
    """The formatter puts ``...`` on the line of its ``def``, which ansible-core 2.18's pep8 refuses (E704)."""
    stubs = [
        f"{name}: {line.strip()}"
        for name, text in texts()
        if name.endswith(".py")
        for line in re.findall(r"^ *(?:async )?def .*: \.\.\.$", text, re.M)
    ]
    assert stubs == []


def test_the_readme_links_to_whole_addresses() -> None:
    """It is shown where the repository's files are not beside it: on a collection's page, and in what ansible-galaxy installs."""
    text = (tree.ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)]+)\)|^\[[^]]+\]:\s*(\S+)", text, re.MULTILINE)
    found = [target for pair in targets for target in pair if target]
    assert found
    assert [target for target in found if not target.startswith(("https://", "#"))] == []
    ours = [target.split("/blob/main/")[1].partition("#")[0] for target in found if "/blob/main/" in target]
    assert [name for name in ours if not (tree.ROOT / name).is_file()] == []


def test_no_variable_is_called_underscore() -> None:
    """ansible-test's pylint keeps that name for translations. It says so after minutes; here it is said in a second."""
    named = [
        f"{name}:{node.lineno}"
        for name, text in texts()
        if name.endswith(".py")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Name) and node.id == "_"
    ]
    assert named == []


def test_no_check_is_switched_off_for_the_whole_repository() -> None:
    assert [tree.relative(path) for path in tree.files() if path.match("tests/sanity/ignore-*.txt") and path.read_text().strip()] == []
    lint = (tree.ROOT / ".ansible-lint").read_text(encoding="utf-8")
    assert "skip_list" not in lint
    assert "warn_list" not in lint
