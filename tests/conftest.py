# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that is not true for every test: what a part needs stands in its own folder."""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import HealthCheck, settings

# Helpers are imported by their path below tests, also when ansible-test runs pytest with settings of its own.
sys.path.insert(0, str(Path(__file__).resolve().parent))

# How long an example takes says how busy the machine is, and nothing about what is tried.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")
