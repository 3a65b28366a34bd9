# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the checkout, as git sees them (also those not yet added), and clean copies of them for tools that look at everything."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@cache
def files() -> tuple[Path, ...]:
    """Every file that belongs to the checkout. Where there is no git, all files but those that the gates and tests themselves make."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        return tuple(sorted(path for path in ROOT.rglob("*") if path.is_file() and ".state" not in path.relative_to(ROOT).parts))
    listed = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout.decode()
    found = (ROOT / name for name in listed.split("\0") if name)
    return tuple(path for path in found if path.is_file())


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def copy_to(folder: Path) -> Path:
    """A fresh copy in ``folder/ansible_collections/zeus/paas``, where Ansible's tools want a collection; its path."""
    shutil.rmtree(folder, ignore_errors=True)
    collection = folder / "ansible_collections" / "zeus" / "paas"
    for path in files():
        target = collection / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)
    return collection
