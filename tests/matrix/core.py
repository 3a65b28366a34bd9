# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One ansible-core: its own virtual environment, and what is run in it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from zeus_demo.command import logged

#: Of requirements-test.txt, with its pins: what the tests import beside tests/unit/requirements.txt. What ansible-core needs, its
#: own version decides.
LIBRARIES = ("aiohttp", "docker", "jsonschema", "PyYAML")
#: Tests that run modules, plugins and playbooks by ansible-core, against real parts.
TESTS = (
    "tests/unit/plugins",
    "tests/integration/artefact",
    "tests/integration/fleet",
    "tests/integration/inventory",
    "tests/integration/marathon",
)


@dataclass(frozen=True)
class Core:
    """`version` of ansible-core for the interpreter `python`. `state` is the folder for what is made."""

    version: str
    python: str
    checkout: Path
    state: Path
    verbose: bool

    @property
    def venv(self) -> Path:
        return self.state / "matrix" / f"core-{self.version}-python-{sys.version_info.major}.{sys.version_info.minor}"

    @property
    def log(self) -> Path:
        return self.state / "log" / f"matrix-{self.version}.log"

    def prepare(self) -> None:
        """Make the virtual environment, unless it was made from the same list."""
        wanted = [f"ansible-core=={self.version}", *self._pins()]
        stamp = self.venv / ".made-from"
        made_from = hashlib.sha256("\n".join([sys.version, *wanted]).encode()).hexdigest()
        if stamp.exists() and stamp.read_text() == made_from:
            return
        shutil.rmtree(self.venv, ignore_errors=True)
        self._run([self.python, "-m", "venv", str(self.venv)])
        self._run([str(self.venv / "bin" / "python"), "-m", "pip", "install", "--no-input", *wanted])
        stamp.write_text(made_from)

    def _pins(self) -> Iterator[str]:
        lines = (self.checkout / "requirements-test.txt").read_text(encoding="utf-8").splitlines()
        pinned = {line.partition("==")[0]: line for line in lines}
        units = (self.checkout / "tests" / "unit" / "requirements.txt").read_text(encoding="utf-8").splitlines()
        yield from (line for line in units if not line.startswith("#"))
        for name in LIBRARIES:
            yield pinned[name]

    def sanity(self) -> None:
        """ansible-test's sanity and units, as `make lint` runs them."""
        self._run([sys.executable, "-m", "gates.core", "--venv", str(self.venv), "--state", str(self.state)])

    def tests(self) -> None:
        self._run([str(self.venv / "bin" / "python"), "-m", "pytest", "-q", *TESTS])

    def _run(self, command: list[str]) -> None:
        environment = {"PATH": f"{self.venv / 'bin'}:{os.environ['PATH']}", "ANSIBLE_HOME": str(self.venv / "ansible")}
        logged(command, self.log, verbose=self.verbose, environment=environment, cwd=self.checkout)
