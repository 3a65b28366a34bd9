# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What no check asks a foreign cluster for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.engine.running import DEFAULT_AGENTS, RunningEngine


def test_what_needs_no_check(secured: RunningEngine) -> None:
    assert secured.call("GET", "/metrics/prometheus", ok=(404,)) == {"message": "Prometheus reporter is disabled"}


@pytest.fixture(scope="module")
def mortal() -> Iterator[RunningEngine]:
    with RunningEngine(DEFAULT_AGENTS) as running:
        yield running


def test_the_root_group_can_be_emptied(mortal: RunningEngine) -> None:
    mortal.deploy({"id": "/some/where/app", "cmd": "exec sleep 1000", "cpus": 0.1, "mem": 32})
    mortal.call("DELETE", "/v2/groups")
    mortal.wait_deployed()
    assert mortal.call("GET", "/v2/apps")["apps"] == []
    assert mortal.call("GET", "/v2/groups")["groups"] == []


def test_the_leader_can_be_told_to_end(mortal: RunningEngine) -> None:
    before = mortal.pid
    assert mortal.call("DELETE", "/v2/leader") == {"message": "Leadership abdicated"}
    mortal.wait(lambda: mortal.pid is None, what="the engine's end")
    mortal.restart()
    assert mortal.pid not in (None, before)
