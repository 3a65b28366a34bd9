# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Scaling and rolling by the project file and the deploy playbook, under load: nobody notices."""

from __future__ import annotations

import pytest

from .ansible_runs import Playbooks
from .bed import Bed, Center
from .traffic import ENOUGH, Watched, watched
from .trial import Trial, key, stable

ROUTED = ("web", "catalog", "price")


def deploy(playbooks: Playbooks, center: Center, trial: Trial) -> None:
    """The run ends when the routers have what Marathon runs: compared in the moment after it."""
    playbooks.run("deploy", inventory=center.inventory, variables=trial.deploy()).ended(0)
    for app in ROUTED:
        wanted = trial.apps[app]
        variants = center.routed(key(app))
        assert set(variants) == {"stable"}
        assert variants["stable"]["version"] == wanted["version"]
        peers = {peer["task"] for peer in variants["stable"]["peers"]}
        assert peers == {task["id"] for task in center.tasks(stable(app))}
        assert len(peers) == wanted["instances"]


@pytest.fixture(scope="module")
def rollouts(bed: Bed, playbooks: Playbooks, trial: Trial) -> Watched:
    center = bed.first
    with watched(center, at_least=ENOUGH) as seen:
        for instances in (6, 2):
            trial.change(*ROUTED, instances=instances)
            with seen.load.during(f"scale to {instances}"):
                deploy(playbooks, center, trial)
        trial.change(*ROUTED, version="1.1")
        with seen.load.during("roll 1.0 to 1.1"):
            deploy(playbooks, center, trial)
    return seen


def test_no_idempotent_request_failed(rollouts: Watched) -> None:
    assert [rollouts.load.failed(name, "get") for name in ROUTED] == [0, 0, 0], rollouts.load.story()


def test_programs_that_finish_their_requests_lost_none_of_any_kind(rollouts: Watched) -> None:
    assert [rollouts.load.failed(name, "get", "post") for name in ("web", "price")] == [0, 0], rollouts.load.story()


def test_the_old_and_the_new_version_answered(rollouts: Watched) -> None:
    for app in ROUTED:
        assert rollouts.load.versions(app) == {f"{app} stable 1.0", f"{app} stable 1.1"}
        # 2 at first, 4 more, 2 of the new version: each of them served.
        assert sum(len(pids) for pids in rollouts.load.streams[app]["answers"].values()) == 8


def test_it_was_enough_to_tell(rollouts: Watched) -> None:
    assert rollouts.load.sent >= ENOUGH


def test_neither_nginx_nor_haproxy_was_reloaded(rollouts: Watched) -> None:
    rollouts.nothing_was_reloaded()
