# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The user's working copy of the shop, in the state folder: what the story edits the way a user would edit files in git."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from zeus_demo.errors import DemoError
from zeus_demo.settings import CHECKOUT, Settings

SHOP = CHECKOUT / "demo" / "shop"
GRAY_LINE = re.compile(r"^    gray: .*\n", re.MULTILINE)
STABLE = '    version: "1.0"\n'
GRAY = '    version: "2.0"\n'


class Sample:
    """Three states of the project file: before the release, with a gray version, and after the release was finished."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.home / "shop"
        self.project = self.folder / "project.yml"
        self.policy = self.folder / "policies" / "shop-web.yml"
        self._original = (SHOP / "project.yml").read_text(encoding="utf-8")
        if not GRAY_LINE.search(self._original) or STABLE not in self._original:
            raise DemoError(f"{SHOP / 'project.yml'}: expected the app web with version 1.0 and a line that begins with gray:")

    def lay_down(self) -> None:
        """Copy the shop anew; the project file then says 1.0, without a gray version."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(SHOP, self.folder, ignore=shutil.ignore_patterns("__pycache__"))
        self._write(self.project, GRAY_LINE.sub("", self._original))

    def add_gray(self) -> None:
        self._write(self.project, self._original)

    def finish(self) -> None:
        """What the release made true is written down: the first app's version is the gray one, and its gray lines are gone."""
        self._write(self.project, GRAY_LINE.sub("", self._original).replace(STABLE, GRAY, 1))

    def share(self, percent: int) -> None:
        """The policy gives this share of the users the gray version."""
        original = (SHOP / "policies" / "shop-web.yml").read_text(encoding="utf-8")
        self._write(self.policy, re.sub(r"percent: \d+", f"percent: {percent}", original))

    def _write(self, path: Path, text: str) -> None:
        path.write_text(text, encoding="utf-8")
