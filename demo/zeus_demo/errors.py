# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the demo says when it cannot go on."""

from __future__ import annotations


class DemoError(Exception):
    """One or two sentences: what is wrong, and what to do about it."""
