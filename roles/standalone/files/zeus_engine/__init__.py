# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Marathon and a Mesos master for one machine: one process, several virtual agents, real tasks."""

from __future__ import annotations

#: What /v2/info, /version and the agents report. The APIs are those of Marathon 1.11 and Mesos 1.11.
MARATHON_VERSION = "1.11.24"
MESOS_VERSION = "1.11.0"
ENGINE_VERSION = "0.1.0"
