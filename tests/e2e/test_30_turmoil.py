# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything behind the routers changes, ends or comes back, under load: nobody notices."""

from __future__ import annotations

import json

import pytest

from .ansible_runs import HERE, Playbooks
from .bed import ENGINE, REDIS, Bed, Center, until
from .traffic import ENOUGH, Watched, watched
from .trial import POLICY, Trial, key, stable

#: Up and down, in single steps and in leaps; with the first one twenty changes.
SHARES = (10, 50, 1, 100, 0.01, 25, 5, 75, 2, 60, 30, 90, 0.5, 40, 20, 99.99, 3, 80, 15, 5)
ROUTED = ("web", "catalog", "price")


def change_the_share(playbooks: Playbooks, center: Center, trial: Trial) -> None:
    """One run, twenty policies; each is confirmed by the routers before the next."""
    policies = [trial.policy_data(share) for share in SHARES]
    run = playbooks.run(HERE / "shares.yml", inventory=center.inventory, variables={"policies": policies}).ended(0)
    assert run.changed[center.control.name] == 1, run.output
    assert json.loads(center.store()[f"zeus:policy:{POLICY}"])["body"]["rules"][-1]["when"]["percent"] == SHARES[-1]


def stop_and_start_redis(center: Center) -> None:
    center.unit(center.control, "stop", REDIS)
    until(lambda: not center.agent("GET", "/v1/status")["store"]["connected"], 30, "the agent has noticed that Redis is away")
    center.unit(center.control, "start", REDIS)
    center.agent_follows()


def kill_the_engine(center: Center) -> None:
    """``kill -9``, and what systemd makes of it: a new engine that finds the same tasks, in the same processes."""

    def tasks() -> dict[str, list[str]]:
        return {app: sorted(task["id"] for task in center.tasks(stable(app))) for app in (*ROUTED, "mailer")}

    def engine() -> str:
        return center.run(center.control, "systemctl", "show", "--property=MainPID", "--value", ENGINE).strip()

    before, programs, old = tasks(), center.programs(), engine()
    assert all(before.values()), before
    assert len(programs) >= 7, programs
    center.run(center.control, "kill", "-KILL", old)
    until(lambda: engine() not in (old, "0"), 30, "systemd started another engine")
    center.agent_follows()
    until(lambda: tasks() == before, 10, "the engine has found its tasks again")
    assert center.programs() == programs


def release(playbooks: Playbooks, center: Center, trial: Trial, *steps: str) -> None:
    playbooks.run("gray", inventory=center.inventory, variables=trial.gray(*steps)).ended(0)


def serves(center: Center, **variants: tuple[str, int]) -> None:
    """The router's plan of the web app: these variants and no others, each with a version and so many peers."""
    found = {name: (variant["version"], len(variant["peers"])) for name, variant in center.routed(key("web")).items()}
    assert found == {name.replace("_", "-").lstrip("-"): value for name, value in variants.items()}


@pytest.fixture(scope="module")
def turmoil(bed: Bed, playbooks: Playbooks, released: Trial) -> Watched:
    center, trial = bed.first, released
    now = trial.apps["web"]["version"]
    with watched(center, at_least=ENOUGH) as seen:
        with seen.load.during("change the share 20 times"):
            change_the_share(playbooks, center, trial)
        with seen.load.during("restart the agent"):
            center.restart_agent()
        with seen.load.during("stop and start Redis"):
            stop_and_start_redis(center)
        with seen.load.during("kill the engine"):
            kill_the_engine(center)
        serves(center, stable=(now, 2), _2_0=("2.0", 1))
        with seen.load.during("finish 2.0"):
            release(playbooks, center, trial, "finish")
        serves(center, stable=("2.0", 2))
        # What the release made true is written down, and the next one begins.
        trial.change("web", version="2.0", gray={"version": "3.0", "instances": 1, "policy": POLICY})
        trial.write_policy(50, "3.0")
        with seen.load.during("begin 3.0"):
            release(playbooks, center, trial, "deploy", "policy", "bind")
        serves(center, stable=("2.0", 2), _3_0=("3.0", 1))
        with seen.load.during("abort 3.0"):
            release(playbooks, center, trial, "abort")
        serves(center, stable=("2.0", 2))
        trial.change("web", gray=None)
    return seen


def test_no_idempotent_request_failed(turmoil: Watched) -> None:
    assert [turmoil.load.failed(name, "get") for name in ROUTED] == [0, 0, 0], turmoil.load.story()


def test_programs_that_finish_their_requests_lost_none_of_any_kind(turmoil: Watched) -> None:
    assert [turmoil.load.failed(name, "get", "post") for name in ("web", "price")] == [0, 0], turmoil.load.story()


def test_every_version_answered(turmoil: Watched, released: Trial) -> None:
    versions = turmoil.load.versions("web")
    assert {"web stable 2.0", "web 2-0 2.0", "web 3-0 3.0"} < versions
    assert len(versions) == 4, versions


def test_what_was_not_touched_kept_its_processes(turmoil: Watched) -> None:
    """Engine, agent and Redis came and went; the instances did not."""
    for app in ("catalog", "price"):
        assert [len(pids) for pids in turmoil.load.streams[app]["answers"].values()] == [2]


def test_it_was_enough_to_tell(turmoil: Watched) -> None:
    assert turmoil.load.sent >= ENOUGH


def test_neither_nginx_nor_haproxy_was_reloaded(turmoil: Watched) -> None:
    turmoil.nothing_was_reloaded(new_agent=True)


def test_the_release_ends_alike_where_nobody_looks(bed: Bed, playbooks: Playbooks, turmoil: Watched, released: Trial) -> None:
    """The second datacenter's release of 2.0 is still open: it ends as the first one's did, and then the file is true everywhere."""
    released.change("web", gray={"version": "2.0", "instances": 1, "policy": POLICY}, version="1.1")
    released.write_policy(5)
    release(playbooks, bed.second, released, "finish")
    serves(bed.second, stable=("2.0", 2))
    released.change("web", gray=None, version="2.0")
    run, report = playbooks.fleet("deploy", variables=released.deploy())
    run.ended(0)
    assert {name: center["changed"] for name, center in report["datacenters"].items()} == {center.name: 0 for center in bed.centers}
