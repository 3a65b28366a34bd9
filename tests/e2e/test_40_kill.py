# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An instance dies without a word."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
import requests

from .bed import Bed, Center, until
from .traffic import Watched, watched
from .trial import Trial, key, stable

VICTIMS = ("web", "catalog")


@dataclass(frozen=True)
class Loss:
    """``told_of`` and ``message`` are Marathon's of the app's last failure.

    ``noticed``: seconds until it was; ``replaced``: until another one served, to be shown.
    """

    victim: str
    told_of: str
    message: str
    noticed: float
    replaced: float


def bound(trial: Trial, app: str) -> float:
    """How long the app's own health check may take to notice, in seconds."""
    health: dict[str, Any] = trial.apps[app]["health"]
    return float(health["interval"] * health["failures"] + health["timeout"])


@pytest.fixture(scope="module")
def killed(bed: Bed, trial: Trial) -> tuple[Watched, dict[str, Loss]]:
    """Load over the kill of one instance of each victim, until another one is in its place."""
    center, losses = bed.first, {}
    with watched(center, at_least=3000) as seen:
        for app in VICTIMS:
            before = {task["id"] for task in center.tasks(stable(app))}
            victim, pid = _one_of(center, app)
            begin = time.time()
            with seen.load.during(f"kill one {app}"):
                center.run(center.control, "kill", "-KILL", str(pid))
                until(lambda app=app, victim=victim, before=before: _replaced(center, app, victim, before), 30, f"another {app} serves")  # type: ignore[misc]
            told = (center.app(stable(app)) or {})["lastTaskFailure"]
            noticed = datetime.fromisoformat(told["timestamp"]).timestamp() - begin
            losses[app] = Loss(victim, told["taskId"], told["message"], noticed, time.time() - begin)
    return seen, losses


def _one_of(center: Center, app: str) -> tuple[str, int]:
    """A task of the app and its process, as it says itself when it is asked directly."""
    task = center.tasks(stable(app))[0]
    answer = requests.get(f"http://{center.control.address}:{task['ports'][0]}/", timeout=5)
    return str(task["id"]), int(answer.json()["pid"])


def _replaced(center: Center, app: str, victim: str, before: set[str]) -> bool:
    peers = {peer["task"] for peer in center.routed(key(app))["stable"]["peers"]}
    return victim not in peers and len(peers) == len(before) and bool(peers - before)


def test_its_end_is_noticed_within_its_health_checks_time(killed: tuple[Watched, dict[str, Loss]], trial: Trial) -> None:
    """As an end, by which no check has to fail. How long the other one's program takes to start is the machine's."""
    for app, loss in killed[1].items():
        assert loss.told_of == loss.victim, loss
        assert loss.message.endswith("signal Killed"), loss
        assert loss.noticed <= bound(trial, app), loss


def test_no_idempotent_request_failed(killed: tuple[Watched, dict[str, Loss]]) -> None:
    load = killed[0].load
    assert [load.failed(name, "get") for name in VICTIMS] == [0, 0], load.story()
    assert load.failed("price", "get", "post") == 0, load.story()


def test_neither_nginx_nor_haproxy_was_reloaded(killed: tuple[Watched, dict[str, Loss]]) -> None:
    killed[0].nothing_was_reloaded()
