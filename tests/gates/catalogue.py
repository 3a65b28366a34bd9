# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the gates are: each with the commands that it consists of. docs/gates.md says the same in words."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gates.checkout import ROOT

#: The gate that installs what others run with.
PACKAGES = "packages"


@dataclass(frozen=True)
class Command:
    """``environment`` is set on top of this process's; a variable with the value None is taken away."""

    arguments: tuple[str, ...]
    folder: Path = ROOT
    environment: Mapping[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Gate:
    """``needs`` names the gate that must have passed before this one can run."""

    name: str
    about: str
    commands: tuple[Command, ...]
    needs: str = ""


@dataclass(frozen=True)
class Places:
    """``venv`` has what demo and tests run with; ``tools`` what only these gates need: the two cannot share a set of pins."""

    state: Path
    venv: Path
    tools: Path

    @property
    def collections(self) -> Path:
        return self.state / "collections"

    @property
    def own(self) -> Path:
        """This checkout, by a path at which Ansible's tools know it as the collection."""
        return self.collections / "ansible_collections" / "zeus" / "paas"


def places() -> Places:
    state = Path(os.environ.get("ZEUS_STATE", ROOT / ".state"))
    return Places(state, state / "venv", state / "venv-gates")


def gates(at: Places) -> tuple[Gate, ...]:
    """The slowest first: what runs beside them then ends with them."""

    def own(program: str, *arguments: str, folder: Path = ROOT) -> Command:
        return Command((str(at.venv / "bin" / program), *arguments), folder)

    def tool(program: str, *arguments: str, folder: Path = ROOT) -> Command:
        # reuse looks for libmagic otherwise, which not every machine has
        environment = {"PATH": f"{at.tools / 'bin'}:{os.environ['PATH']}", "REUSE_ENCODING_MODULE": "charset_normalizer"}
        return Command((str(at.tools / "bin" / program), *arguments), folder, environment)

    def typed(source: str) -> Command:
        # What PYTHONPATH names mypy takes for installed packages without types; MYPYPATH says that it is our own source.
        search = {"PYTHONPATH": None, "MYPYPATH": f"{at.collections}:{ROOT / 'demo'}:{(ROOT / source).parent}"}
        return Command((str(at.venv / "bin" / "mypy"), source), ROOT, search)

    programs = sorted(path.relative_to(ROOT).as_posix() for path in ROOT.glob("roles/*/files/zeus_*"))
    bootstrap, pins = str(ROOT / "demo" / "bootstrap" / "venv"), ("requirements-gates.txt", "tests/unit/requirements.txt")
    install = Command((bootstrap, str(at.venv / "bin" / "python"), str(at.tools), *pins))
    return (
        Gate(PACKAGES, "the gates' own Python packages", (install,)),
        Gate("sanity", "ansible-test's rules for collections, nothing ignored", (tool("python", "-m", "gates.core", "sanity"),), PACKAGES),
        Gate("ansible-lint", "its profile production", (own("ansible-lint", "--offline", "--profile", "production", folder=at.own),)),
        Gate(
            "mypy",
            "types, strictly",
            tuple(
                typed(source)
                for source in (
                    "plugins/module_utils",
                    "plugins/plugin_utils",
                    *programs,
                    "demo/zeus_demo",
                    "tests/gates",
                    "tests/matrix",
                    "tests/conformance",
                )
            ),
        ),
        Gate("ruff", "Python's style, and its layout", (own("ruff", "check", "."), own("ruff", "format", "--check", "."))),
        Gate("yamllint", "YAML's style", (own("yamllint", "--strict", "."),)),
        Gate("repository", "our own rules: tests/unit/repo", (own("python", "-m", "pytest", "-q", "tests/unit/repo"),)),
        Gate(
            "importer",
            "what Galaxy checks in the built artefact",
            (tool("python", "-m", "gates.importer", str(at.state / "gates" / "importer")),),
            PACKAGES,
        ),
        Gate("units", "unit tests of plugins, as ansible-test runs them", (tool("python", "-m", "gates.core", "units"),), PACKAGES),
        Gate(
            "docs",
            "documentation of plugins and roles",
            (tool("antsibull-docs", "lint-collection-docs", "--plugin-docs", "--validate-collection-refs=all", ".", folder=at.own),),
            PACKAGES,
        ),
        Gate(
            "changelog",
            "the changelog and its fragments",
            (
                tool("antsibull-changelog", "lint"),
                tool("antsibull-changelog", "lint-changelog-yaml", "--strict", "changelogs/changelog.yaml"),
            ),
            PACKAGES,
        ),
        Gate("reuse", "every file says its licence", (tool("reuse", "lint"),), PACKAGES),
    )
