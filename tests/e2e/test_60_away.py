# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter is away: the other one serves, and gets what it should get; the one that comes back catches up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from zeus_demo import clients, docker, hosts, site

from .ansible_runs import Playbooks, Run
from .bed import Bed, Center, until
from .traffic import Watched, watched
from .trial import HOST, PORT, Trial, key, stable

INSTANCES = 3


@dataclass
class Outage:
    run: Run
    report: dict[str, Any]
    seen: Watched


def start(center: Center) -> None:
    ours = [machine for machine in site.machines(center.settings) if machine.hostname.startswith(f"{center.name}-")]
    docker.docker("start", *(machine.container for machine in ours))
    for machine in ours:
        hosts.wait_ready(machine, site.keys(center.settings))


@pytest.fixture(scope="module")
def outage(bed: Bed, playbooks: Playbooks, released: Trial) -> Iterator[Outage]:
    """While the second datacenter is away, a release for all; it comes back when these tests have ended."""
    trial, away = released, bed.second
    trial.change("catalog", instances=INSTANCES)
    docker.docker("stop", "--time", "5", *(bed.settings.container(host) for host in away.datacenter.hosts))
    try:
        with watched(bed.first, at_least=3000) as seen:
            run, report = playbooks.fleet("deploy", variables=trial.deploy())
        yield Outage(run, report, seen)
    finally:
        start(away)


def test_the_other_one_serves_on(outage: Outage) -> None:
    load = outage.seen.load
    assert [load.failed(name, "get") for name in load.streams] == [0, 0, 0], load.story()
    assert [load.failed(name, "get", "post") for name in ("web", "price")] == [0, 0], load.story()


def test_the_fleet_names_the_one_that_is_away(bed: Bed, outage: Outage) -> None:
    outage.run.ended(4)
    assert outage.report["state"] == "away"
    states = {name: center["state"] for name, center in outage.report["datacenters"].items()}
    assert states == {bed.first.name: "done", bed.second.name: "away"}
    assert outage.report["datacenters"][bed.second.name]["unreachable"], outage.report
    assert f"away (nothing that could not be reached was done): {bed.second.name}" in outage.run.told


def test_the_other_one_was_done_completely(bed: Bed, outage: Outage) -> None:
    done = outage.report["datacenters"][bed.first.name]
    assert set(done["plays"].values()) == {"done"}
    assert done["failures"] == done["unreachable"] == []
    assert len(bed.first.routed(key("catalog"))["stable"]["peers"]) == INSTANCES


def test_the_one_that_comes_back_serves_and_catches_up(bed: Bed, playbooks: Playbooks, outage: Outage, released: Trial) -> None:
    back = bed.second
    start(back)
    ways = [back.request(HOST), back.request(HOST, "/catalog"), {**back.request(HOST), "address": f"{back.router.address}:{PORT}"}]
    # Its programs ended with their machine: the engine starts them again, with nobody's help.
    until(lambda: [answer["status"] for answer in clients.ask(bed.settings, ways)] == [200] * 3, 60, f"{back.name} serves again")
    assert len(back.tasks(stable("catalog"))) == 2
    run, report = playbooks.fleet("deploy", variables=released.deploy())
    run.ended(0)
    assert report["state"] == "done"
    assert report["datacenters"][bed.first.name]["changed"] == 0
    assert len(back.routed(key("catalog"))["stable"]["peers"]) == INSTANCES
