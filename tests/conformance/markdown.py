# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Tables that the document and the report share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join([*lines, *("| " + " | ".join(_cell(one) for one in row) + " |" for row in rows)])


def code(text: str) -> str:
    return f"`{text}`"


def _cell(text: str) -> str:
    """One line, and no character that would end the cell or, outside of code, begin markup of a stranger's answer."""
    parts = " ".join(text.split()).replace("|", "\\|").split("`")
    closed = len(parts) if len(parts) % 2 else len(parts) - 1
    return "`".join(part if number % 2 and number < closed else part.replace("<", "&lt;") for number, part in enumerate(parts))
