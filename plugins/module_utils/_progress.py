# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What long work says while it goes on: one line of text per step, to whoever listens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Progress = Callable[[str], Any]


def unheard(_line: str) -> None:
    """For work that nobody listens to. A module's standard output is its result, so nothing may be printed there."""
