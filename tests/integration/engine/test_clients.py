# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients that others wrote for Marathon, unchanged, against the engine."""

from __future__ import annotations

from pathlib import Path

from .running import RunningEngine


def test_debians_python_marathon(engine: RunningEngine) -> None:
    script = Path(__file__).with_name("debian_marathon.py").read_text()
    said = engine.exec("/usr/bin/python3", "-", f"http://{engine.address}:8080", data=script)
    assert said.startswith("all held"), said
