# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every file keeps to: its licence, no addresses of the outside world, no trace of the machine it was written on."""

from __future__ import annotations

import ast
import re

import pytest

from . import tree

#: Texts that are not ours to mark, or formats without comments.
UNMARKED = ("LICENSES/", ".gitignore", "CHANGELOG.rst")
UNMARKED_SUFFIXES = (".md", ".json", ".txt", ".golden", ".cfg.golden")
SPDX = "SPDX-License-Identifier: GPL-3.0-or-later"
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


def test_every_source_file_carries_its_licence() -> None:
    bare = [
        name
        for name, text in texts()
        if not name.startswith(UNMARKED) and not name.endswith(UNMARKED_SUFFIXES) and SPDX not in text[:1200] and text.strip()
    ]
    assert bare == []


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


def test_there_is_a_licence_text() -> None:
    text = (tree.ROOT / "LICENSES" / "GPL-3.0-or-later.txt").read_text(encoding="utf-8")
    assert "GNU GENERAL PUBLIC LICENSE" in text
    assert "Version 3, 29 June 2007" in text


def test_no_check_is_switched_off_for_the_whole_repository() -> None:
    lint = (tree.ROOT / ".ansible-lint").read_text(encoding="utf-8")
    assert "skip_list" not in lint
    assert "warn_list" not in lint
