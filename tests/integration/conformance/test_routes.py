# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no check asks a foreign cluster for."""

from __future__ import annotations

from integration.engine.running import DEFAULT_AGENTS, RunningEngine


def test_what_needs_no_check(secured: RunningEngine) -> None:
    assert secured.call("GET", "/metrics/prometheus", ok=(404,)) == {"message": "Prometheus reporter is disabled"}


def test_the_leader_can_be_told_to_end() -> None:
    with RunningEngine(DEFAULT_AGENTS) as engine:
        before = engine.pid
        assert engine.call("DELETE", "/v2/leader") == {"message": "Leadership abdicated"}
        engine.wait(lambda: engine.pid is None, what="the engine's end")
        engine.restart()
        assert engine.pid not in (None, before)
