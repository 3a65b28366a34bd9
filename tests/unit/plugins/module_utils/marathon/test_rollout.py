# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Rollouts that end, with a Marathon and routers in every mood. Time is the test's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError, LockedError, RolloutError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps, prepare
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, compare
from ansible_collections.zeus.paas.plugins.module_utils._rollout import remove, rollout, scale_down
from fakes.clock import Clock
from fakes.marathon import FakeMarathon, FakeRouters

WEB = "/production/shop/web/stable"
WORKER = "/production/shop/mailer/stable"
Lines = list[str]


def web(id_: str = WEB, **fields: Any) -> dict[str, Any]:
    labels = {"ZEUS_TYPE": "web", "ZEUS_HOSTS": "shop.example.com"}
    return prepare({"id": id_, "cmd": "serve 1", "instances": 2, "labels": labels, **fields}, "t", vcluster="web")


def worker(id_: str = WORKER, **fields: Any) -> dict[str, Any]:
    return prepare({"id": id_, "cmd": "work 1", "labels": {"ZEUS_TYPE": "worker"}, **fields}, "t", vcluster="batch")


class World:
    def __init__(self, *apps: dict[str, Any]) -> None:
        self.clock = Clock()
        self.marathon = FakeMarathon(*apps)
        self.clock.watchers.append(self.marathon.tick)
        self.routers = FakeRouters(self.marathon)
        self.lines: Lines = []

    def changes(self, *wanted: dict[str, Any], gone: tuple[str, ...] = ()) -> list[Change]:
        apps = Apps(self.marathon, self.routers)  # type: ignore[arg-type]
        targets: dict[str, dict[str, Any] | None] = {app["id"]: app for app in wanted} | dict.fromkeys(gone)
        return list(compare(apps, targets).changes)

    def roll(self, changes: list[Change], seconds: float = 60, **options: Any) -> Mapping[str, Any]:
        return rollout(
            self.marathon,  # type: ignore[arg-type]
            self.routers,
            changes,
            deadline=self.clock.deadline(seconds),
            progress=self.lines.append,
            **options,
        )

    def fails(self, function: Callable[..., Any], *args: Any, **kwargs: Any) -> RolloutError:
        with pytest.raises(RolloutError) as caught:
            function(*args, **kwargs)
        return caught.value

    def calls(self, kind: str) -> list[Any]:
        return [what for name, what in self.marathon.calls if name == kind]


def test_an_update_ends_when_the_routers_have_exactly_its_tasks() -> None:
    world = World(web())
    old = world.marathon.task_ids(WEB)
    result = world.roll(world.changes(web(cmd="serve 2")))
    assert result == {"deployments": result["deployments"], "done": [WEB], "behind": []}
    new = world.marathon.task_ids(WEB)
    assert not set(old) & set(new)
    assert world.routers.calls == [("confirm", {WEB: new})]
    assert world.calls("put")[0][0]["cmd"] == "serve 2"
    assert any("ready" in line for line in world.lines)


def test_apps_that_no_router_carries_are_not_asked_for() -> None:
    world = World()
    world.roll(world.changes(worker(), web("/production/shop/web/extra/deep")))
    assert world.routers.calls == []


def test_batches_of_twenty_one_after_the_other() -> None:
    world = World()
    apps = [worker(f"/production/shop/w{n}/stable") for n in range(45)]
    result = world.roll(world.changes(*apps))
    assert [len(batch) for batch in world.calls("put")] == [20, 20, 5]
    assert len(result["done"]) == 45
    assert world.marathon.running == {}


def test_a_batch_that_does_not_get_ready_goes_back_and_stops_the_rest() -> None:
    world = World(*[worker(f"/production/shop/w{n}/stable") for n in range(41)])
    world.marathon.broken = {"crash"}
    wanted = [worker(f"/production/shop/w{n}/stable", cmd="crash" if n == 25 else "work 2") for n in range(41)]
    error = world.fails(world.roll, world.changes(*wanted))
    commands = {id_: app["cmd"] for id_, app in world.marathon.store.items()}
    assert [commands[f"/production/shop/w{n}/stable"] for n in (0, 19, 20, 25, 39, 40)] == ["work 2"] * 2 + ["work 1"] * 4
    assert error.state == "rolled_back"
    details = error.details
    assert (len(details["done"]), len(details["failed"]), details["not_started"]) == (20, 20, ["/production/shop/w40/stable"])
    assert details["reasons"]["/production/shop/w25/stable"] == ["the last task failed on h1: TASK_FAILED: Command exited with status 1"]
    for text in ("not ready within 60 s", "Command exited with status 1", "the version before runs again", "not started: 1"):
        assert text in error.message


def test_an_app_that_did_not_exist_before_is_removed_again() -> None:
    world = World()
    world.marathon.broken = {"crash"}
    error = world.fails(world.roll, world.changes(web(cmd="crash")))
    assert world.marathon.store == {}
    assert error.state == "rolled_back"
    assert f"{WEB} did not exist before and was removed" in error.message
    assert world.routers.calls[-1] == ("confirm", {WEB: []})


def test_without_rollback_it_is_left() -> None:
    world = World(web())
    world.marathon.broken = {"crash"}
    error = world.fails(world.roll, world.changes(web(cmd="crash")), rollback=False)
    assert (error.state, world.marathon.store[WEB]["cmd"]) == ("left", "crash")


def test_a_router_that_answers_without_the_tasks_rolls_back() -> None:
    world = World(web())
    world.routers.mood["http://r2:8700"] = "stale"
    error = world.fails(world.roll, world.changes(web(cmd="serve 2")))
    assert world.marathon.store[WEB]["cmd"] == "serve 1"
    # Going back was not confirmed by that router either; that is said, not hidden.
    assert (error.state, error.details["refused"]) == ("left", ["http://r2:8700"])
    assert "http://r2:8700: lacks a task" in error.message


def test_a_router_that_is_slow_but_comes_is_waited_for_with_fresh_task_ids() -> None:
    world = World(web())
    world.routers.mood["http://r2:8700"] = "stale"

    def replaced() -> None:
        if world.clock.now > 5 and world.routers.mood["http://r2:8700"] == "stale":
            world.marathon.store[WEB]["tasks"][0]["id"] = "replaced"
            world.routers.mood["http://r2:8700"] = "ok"

    world.clock.watchers.append(replaced)
    world.roll(world.changes(web(cmd="serve 2")))
    assert "replaced" in world.routers.calls[-1][1][WEB]


def test_a_router_that_is_away_is_named_and_everything_else_is_done() -> None:
    apps = [web(f"/production/shop/web{n}/stable") for n in range(25)]
    world = World()
    world.routers.mood["http://r2:8700"] = "away"
    error = world.fails(world.roll, world.changes(*apps))
    assert (error.state, error.details["behind"], len(error.details["done"])) == ("done", ["http://r2:8700"], 25)
    assert len(world.marathon.store) == 25


def test_no_router_in_reach_means_nothing_is_known_and_nothing_rolled_back() -> None:
    world = World(web())
    world.routers.mood = dict.fromkeys(world.routers.mood, "away")
    error = world.fails(world.roll, world.changes(web(cmd="serve 2"), worker()))
    assert error.state == "unknown"
    assert world.marathon.store[WEB]["cmd"] == "serve 2"
    assert "the state is unknown, so nothing was rolled back" in error.message


def test_without_health_checks_tasks_must_last_for_a_moment() -> None:
    """A program that ends at once is running for a moment, again and again."""
    world = World()

    def crash() -> None:
        for task in world.marathon.store.get(WORKER, {"tasks": []})["tasks"]:
            world.marathon.count += 1
            task["id"] = f"again-{world.marathon.count}"

    world.clock.watchers.append(crash)
    error = world.fails(world.roll, world.changes(worker()))
    assert error.state == "rolled_back"
    assert world.marathon.store == {}


def test_with_health_checks_their_word_is_enough() -> None:
    world = World()
    checked = worker(healthChecks=[{"protocol": "COMMAND", "command": {"value": "true"}}])

    def alive() -> None:
        for task in world.marathon.store[WORKER]["tasks"]:
            task["healthCheckResults"] = [{"alive": True}]

    world.clock.watchers.append(alive)
    world.roll(world.changes(checked))
    assert world.clock.now < 2


def test_a_marathon_that_is_away_for_a_while_is_waited_for() -> None:
    world = World(web())
    changes = world.changes(web(cmd="serve 2"))
    world.clock.watchers.append(lambda: setattr(world.marathon, "away", 1 < world.clock.now < 5))
    assert world.roll(changes)["done"] == [WEB]


def test_a_marathon_that_stays_away_leaves_the_state_unknown() -> None:
    world = World(web())
    changes = world.changes(web(cmd="serve 2"))
    world.clock.watchers.append(lambda: setattr(world.marathon, "away", True))
    error = world.fails(world.roll, changes)
    assert error.state == "unknown"
    assert len(world.calls("put")) == 1


def test_away_before_anything_was_done_is_away() -> None:
    world = World()
    changes = world.changes(web())
    world.marathon.away = True
    with pytest.raises(AwayError):
        world.roll(changes)


def test_a_lock_is_named_and_force_overrides_it() -> None:
    world = World(web())
    world.marathon.locked = True
    changes = world.changes(web(cmd="serve 2"))
    with pytest.raises(LockedError):
        world.roll(changes)
    assert world.roll(changes, force=True)["done"] == [WEB]


def test_somebody_elses_change_is_not_rolled_back() -> None:
    world = World(web())
    changes = world.changes(web(cmd="serve 2"))
    world.clock.watchers.append(lambda: world.marathon._define(web(cmd="serve 3")))
    error = world.fails(world.roll, changes)
    assert (error.state, world.marathon.store[WEB]["cmd"]) == ("left", "serve 3")
    assert "by somebody else" in error.message


def test_scaling_down_goes_by_way_of_the_routers() -> None:
    world = World(web(instances=6))
    tasks = sorted(world.marathon.store[WEB]["tasks"], key=lambda task: task["stagedAt"])
    youngest = sorted(task["id"] for task in tasks[2:])
    assert world.roll(world.changes(web(instances=2)))["done"] == [WEB]
    assert [(kind, sorted(what)) for kind, what in world.marathon.calls] == [("drain", youngest), ("kill", youngest)]
    assert world.marathon.store[WEB]["instances"] == 2
    assert world.routers.calls[-1] == ("confirm", {WEB: sorted(task["id"] for task in tasks[:2])})


def test_the_oldest_go_first_if_the_app_says_so_but_before_them_the_sick() -> None:
    world = World(web(instances=3, killSelection="OLDEST_FIRST", healthChecks=[{"protocol": "MESOS_TCP"}]))
    tasks = world.marathon.store[WEB]["tasks"]
    for task in tasks:
        task["healthCheckResults"] = [{"alive": True}]
    tasks[2]["healthCheckResults"] = [{"alive": False}]
    scale_down(
        world.marathon,  # type: ignore[arg-type]
        world.routers,
        WEB,
        1,
        deadline=world.clock.deadline(60),
        progress=world.lines.append,
    )
    assert sorted(world.calls("kill")[0]) == sorted([tasks[0]["id"], tasks[2]["id"]])


def test_a_router_that_does_not_let_go_saves_the_tasks() -> None:
    world = World(web(instances=6))
    world.routers.mood["http://r1:8700"] = "stale"
    error = world.fails(world.roll, world.changes(web(instances=2)))
    assert world.calls("kill") == []
    assert world.routers.draining == set()
    assert error.state == "left"
    assert "so none was killed" in error.message


def test_instances_that_never_came_are_given_up_without_a_kill() -> None:
    world = World(web(instances=6))
    del world.marathon.store[WEB]["tasks"][1:]
    world.roll(world.changes(web(instances=2)))
    assert world.calls("kill") == []
    assert [batch[0]["instances"] for batch in world.calls("put")] == [2]


def test_a_change_to_no_instances_drains_them_first() -> None:
    world = World(web())
    tasks = world.marathon.task_ids(WEB)
    world.roll(world.changes(web(instances=0, cmd="serve 2")))
    assert [kind for kind, _unused in world.marathon.calls] == ["drain", "kill", "put"]
    assert sorted(world.calls("kill")[0]) == tasks
    assert world.marathon.store[WEB]["cmd"] == "serve 2"


def test_removal_drains_first_and_skips_what_is_not_there() -> None:
    world = World(web(), worker())
    tasks = world.marathon.task_ids(WEB)
    result = remove(
        world.marathon,  # type: ignore[arg-type]
        world.routers,
        [WEB, WORKER, "/production/shop/none/stable"],
        deadline=world.clock.deadline(60),
        progress=world.lines.append,
    )
    assert world.marathon.store == {}
    assert [kind for kind, _unused in world.marathon.calls] == ["drain", "delete", "delete"]
    assert world.calls("drain") == [tasks]
    assert world.routers.calls[-1] == ("confirm", {WEB: []})
    assert len(result["done"]) == 3


def test_creations_and_updates_come_before_scaling_down_and_that_before_deletions() -> None:
    a, b = "/production/shop/a/stable", "/production/shop/b/stable"
    world = World(web(a, instances=3), web(b))
    world.roll(world.changes(web(a, instances=1), web(), gone=(b,)))
    kinds = [kind for kind, _unused in world.marathon.calls]
    assert kinds == ["put", "drain", "kill", "drain", "delete"]


def test_only_sending_waits_for_nothing() -> None:
    world = World(web(), worker())
    result = world.roll(world.changes(web(cmd="serve 2"), gone=(WORKER,)), wait=False)
    assert world.clock.now == 0
    assert world.routers.calls == []
    assert [kind for kind, _unused in world.marathon.calls] == ["put", "delete"]
    assert len(result["deployments"]) == 2
