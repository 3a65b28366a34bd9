# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stranger's path stays short; tests/start walks it."""

from __future__ import annotations

import re

from start.page import blocks

MOST_COMMANDS = 15


def test_the_way_to_the_app_is_short() -> None:
    commands = blocks()
    steps = [heading for heading in commands if re.match(r"\d", heading)]
    assert [heading[0] for heading in steps] == ["1", "2", "3", "4", "5"]
    assert sum(len(commands[heading]) for heading in steps) <= MOST_COMMANDS
