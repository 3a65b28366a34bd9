# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The router agent: follows Marathon and the policy store, makes the plan, and gives it to nginx and HAProxy of this node."""

from __future__ import annotations

VERSION = "0.1.0"
