# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The commands of docs/start.md, by heading."""

from __future__ import annotations

import re

from unit.repo import tree

PAGE = tree.ROOT / "docs" / "start.md"


def blocks() -> dict[str, list[str]]:
    """Heading → its commands; one that goes over several lines, or has a document, is one command."""
    found: dict[str, list[str]] = {}
    for heading, body in re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        for block in re.findall(r"^```sh\n(.*?)^```", body, re.MULTILINE | re.DOTALL):
            found[heading] = found.get(heading, []) + re.findall(r"(?:.*<<'EOF'\n(?:.*\n)*?EOF\n|(?:.*\\\n)*.*\n)", block)
    return found
