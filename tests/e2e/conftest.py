# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running demo, a project of the tests' own on it, and that project's gray release: each made once, and taken away at the end."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from .ansible_runs import HERE, Playbooks
from .bed import Bed, Center, until
from .trial import POLICY, PROJECT, Trial


@pytest.fixture(scope="session")
def bed() -> Bed:
    """Not skipped where there is no demo: these tests are about it."""
    bed = Bed.open()
    assert len(bed.centers) >= 2, "the tests need two datacenters: make demo"
    for center in bed.centers:
        until(lambda center=center: center.agent("GET", "/v1/status")["running"], 30, f"{center.name}'s router runs its plan (make demo)")  # type: ignore[misc]
    return bed


@pytest.fixture(scope="session")
def playbooks(bed: Bed) -> Playbooks:
    return Playbooks(bed.settings)


@pytest.fixture(scope="session")
def trial(bed: Bed, playbooks: Playbooks, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trial]:
    """The project at version 1.0 in the first datacenter, not under release; removed everywhere at the end."""
    trial = Trial(tmp_path_factory.mktemp("project") / PROJECT)
    _remove(bed, playbooks, trial)
    playbooks.run("deploy", inventory=bed.first.inventory, variables=trial.deploy()).ended(0)
    yield trial
    _remove(bed, playbooks, trial)


@pytest.fixture(scope="session")
def released(bed: Bed, playbooks: Playbooks, trial: Trial) -> Trial:
    """The project as its file says in all datacenters, with 2.0 of its web app bound as gray version to a policy of every condition."""
    run, _unused = playbooks.fleet("deploy", variables=trial.deploy())
    run.ended(0)
    trial.change("web", gray={"version": "2.0", "instances": 1, "policy": "trial-web"})
    run, _unused = playbooks.fleet("gray", variables=trial.gray("deploy", "policy", "bind"))
    run.ended(0)
    return trial


def _remove(bed: Bed, playbooks: Playbooks, trial: Trial) -> None:
    """Whatever an earlier run or this one left: no release, no apps, no policy. On a fresh demo there is nothing to do."""
    for center in bed.centers:
        apps = _apps(center)
        if not apps and not _values(center):
            continue
        # A binding outlives an interrupted run; aborting is harmless without one.
        playbooks.run("gray", inventory=center.inventory, variables=trial.gray("abort")).ended(0)
        variables = {"absent": [app for app in apps if app.endswith("/stable")], "policy": POLICY}
        playbooks.run(HERE / "remove.yml", inventory=center.inventory, variables=variables).ended(0)
        assert _apps(center) == _values(center) == []
        assert [key for key in center.agent("GET", "/v1/plan")["apps"] if f"/{PROJECT}/" in key] == []


def _apps(center: Center) -> list[str]:
    return [app["id"] for app in center.marathon("GET", "/v2/apps")["apps"] if f"/{PROJECT}/" in app["id"]]


def _values(center: Center) -> list[str]:
    """Keys of the policy store that say something about the project; a deleted one stays as a tombstone."""
    return [key for key, value in center.store().items() if PROJECT in key and json.loads(value)["body"] is not None]
