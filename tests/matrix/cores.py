# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which versions of ansible-core: the newest of every minor that ``requires_ansible`` allows and this Python can have."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet
from packaging.version import Version


def allowed(checkout: Path) -> SpecifierSet:
    """``requires_ansible``: the one place that says it."""
    runtime = yaml.safe_load((checkout / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    return SpecifierSet(runtime["requires_ansible"])


def offered(python: str) -> list[str]:
    """What the package index offers to this Python, by its own pip."""
    told = subprocess.run([python, "-m", "pip", "index", "versions", "ansible-core"], capture_output=True, text=True, check=True).stdout
    found = re.search(r"Available versions: (.*)", told)
    if found is None:
        raise RuntimeError(f"{python} -m pip index versions ansible-core said: {told[:500]!r}; expected a line with the available versions")
    return found.group(1).split(", ")


def newest_of_each_minor(versions: Iterable[str], wanted: SpecifierSet) -> list[str]:
    """``["2.18.19", "2.19.14"]``: oldest minor first; pre-releases are left out."""
    newest: dict[tuple[int, int], Version] = {}
    for version in map(Version, versions):
        minor = (version.major, version.minor)
        if not version.is_prerelease and version in wanted and version > newest.get(minor, Version("0")):
            newest[minor] = version
    return [str(newest[minor]) for minor in sorted(newest)]
