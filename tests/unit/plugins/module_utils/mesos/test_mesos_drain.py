# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ran on agents runs elsewhere, by each of the three ways; and what is refused before anything is done."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils import _mesos_drain
from ansible_collections.zeus.paas.plugins.module_utils._drain_plan import kills, leaving, unknown
from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Task
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import NANO, Machine, Window
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import UnknownError
from fakes.clock import Clock
from fakes.draining import FakeCluster
from fakes.marathon import FakeRouters

#: Which Mesos takes which way by itself.
WAYS = {"draining": "1.11.0", "maintenance": "1.8.0", "constraint": "0.24.0"}


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes only when somebody waits: a deadline says nothing about how busy the machine is."""
    for module in ("_mesos_drain", "_mesos_agents", "_mesos_machines"):
        monkeypatch.setattr(f"ansible_collections.zeus.paas.plugins.module_utils.{module}.Deadline", Clock().deadline)
    monkeypatch.setattr(_mesos_drain, "POLL", 0.001)
    monkeypatch.setattr(_mesos_drain, "PATIENCE", 0.02)
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._mesos_agents.POLL", 0.001)


def run(cluster: FakeCluster, state: str, *names: str, check: bool = False, timeout: float = 0.2, **more: Any) -> dict[str, Any]:
    given: Any = cluster
    return _mesos_drain.ensure_drained(given, given, names, state, check_mode=check, wait_timeout=timeout, **more)


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def cluster(way: str) -> FakeCluster:
    cluster = FakeCluster(version=WAYS[way])
    cluster.app("/shop", "web-1", "web-1", "web-2")
    cluster.app("/blog", "web-1")
    return cluster


def test_there_and_back(cluster: FakeCluster, way: str) -> None:
    told = run(cluster, "drained", "web-1", check=True)
    assert cluster.calls == []
    done = run(cluster, "drained", "web-1")
    assert done == told
    assert [(one["hostname"], one["method"], one["state"]) for one in done["agents"]] == [("web-1", way, "drained")]
    assert cluster.on("web-1") == []
    assert {name: len(tasks) for name, tasks in cluster.where.items()} == {"/shop": 3, "/blog": 1}
    again = run(cluster, "drained", "web-1")
    assert (again["changed"], again["unchanged"]) == (False, ["S-web-1"])
    back = run(cluster, "reactivated", "web-1")
    assert (back["changed"], back["agents"][0]["state"]) == (True, "active")
    assert run(cluster, "reactivated", "web-1")["changed"] is False
    assert cluster.windows == ()
    assert not any(app.get("constraints") for app in cluster.defined.values())


def test_what_each_way_does(cluster: FakeCluster, way: str) -> None:
    run(cluster, "drained", "web-1", grace=5.0)
    run(cluster, "reactivated", "web-1")
    kinds = [call[0] for call in cluster.calls]
    # What runs nowhere else is restarted; the two instances of one app go one after the other; and only then Mesos drains what is left.
    moved = ["restart", "kill", "kill"]
    assert kinds == {
        "draining": ["deactivate", *moved, "drain", "reactivate"],
        "maintenance": ["schedule", *moved, "schedule"],
        "constraint": ["put", "put"],
    }[way]  # fmt: skip
    assert cluster.least == {"/shop": 3 if way == "constraint" else 2, "/blog": 1}


@pytest.mark.parametrize("version", ["1.11.0", "1.8.0"])
def test_an_app_loses_no_more_than_one_at_a_time(version: str) -> None:
    cluster = FakeCluster(version=version)
    cluster.app("/shop", "web-1", "web-1", "web-1", "web-2")
    run(cluster, "drained", "web-1")
    assert cluster.least == {"/shop": 3}
    assert [len(call[1]) for call in cluster.calls if call[0] == "kill"] == [1, 1, 1]
    # As its upgrade strategy allows.
    cluster = FakeCluster(version=version)
    cluster.app("/shop", "web-1", "web-1", "web-1", "web-2", upgradeStrategy={"minimumHealthCapacity": 0.5})
    run(cluster, "drained", "web-1")
    assert cluster.least == {"/shop": 2}


@pytest.mark.parametrize("version", ["1.11.0", "1.8.0"])
def test_an_app_with_nothing_elsewhere_is_restarted_and_never_away(version: str) -> None:
    cluster = FakeCluster(version=version)
    cluster.app("/shop", "web-1", "web-1", "web-1")
    cluster.locked = 2
    run(cluster, "drained", "web-1")
    assert cluster.least == {"/shop": 3}
    assert [call for call in cluster.calls if call[0] in ("restart", "kill")] == [("restart", "/shop")]
    assert {task["host"] for task in cluster.where["/shop"]} == {"web-2"}


def test_replacements_that_do_not_get_healthy_leave_the_last_instance_alone() -> None:
    cluster = FakeCluster()
    cluster.app("/shop", "web-1", "web-1")
    cluster.stuck = True
    with pytest.raises(DeadlineError, match=r"web-1: apps still have tasks there after .* s: /shop \(deployment restart of /shop holds it"):
        run(cluster, "drained", "web-1")
    assert (len(cluster.on("web-1")), cluster.hosts["web-1"].drain) == (2, "")
    # A restart that waits for room for ever would keep the app's owner from everything.
    assert (cluster.restarting, cluster.calls[-1]) == ({}, ("cancel", "restart of /shop"))
    cluster.stuck = False
    # The next run goes on.
    assert run(cluster, "drained", "web-1")["agents"][0]["state"] == "drained"
    assert [call[0] for call in cluster.calls] == ["deactivate", "restart", "cancel", "restart", "drain"]
    assert cluster.least == {"/shop": 2}


@pytest.fixture
def routed() -> tuple[FakeCluster, Any]:
    """An app that routers carry, and one that they do not."""
    cluster = FakeCluster()
    cluster.app("/test/shop/site/stable", "web-1", "web-2", labels={"ZEUS_VCLUSTER": "web", "ZEUS_TYPE": "web"})
    cluster.app("/other", "web-1", "web-2")
    routers: Any = FakeRouters(cluster)  # type: ignore[arg-type]
    return cluster, routers


def test_the_routers_let_go_of_a_task_before_it_is_killed(routed: tuple[FakeCluster, Any]) -> None:
    cluster, routers = routed
    run(cluster, "drained", "web-1", routers=routers)
    assert [call for call in cluster.calls if call[0] in ("drain", "kill")] == [
        ("drain", ["test/shop/site/stable.1"]),
        ("kill", ["other.3", "test/shop/site/stable.1"]),
        ("drain", "web-1", None),
    ]


def test_nothing_is_killed_that_a_router_goes_on_with(routed: tuple[FakeCluster, Any]) -> None:
    cluster, routers = routed
    routers.mood["http://r2:8700"] = "stale"
    told = r"still have tasks there .*the routers of web did not let go of the tasks .*http://r2:8700: lacks a task"
    with pytest.raises(DeadlineError, match=told):
        run(cluster, "drained", "web-1", routers=routers)
    assert {task for call in cluster.calls if call[0] == "kill" for task in call[1]} == {"other.3"}
    assert routers.draining == set()
    routers.mood["http://r2:8700"] = "ok"
    assert run(cluster, "drained", "web-1", routers=routers)["agents"][0]["state"] == "drained"


def test_restarts_are_taken_back_when_all_routers_are_away(routed: tuple[FakeCluster, Any]) -> None:
    cluster, routers = routed
    cluster.app("/alone", "web-1")
    cluster.stuck = True
    routers.mood = dict.fromkeys(routers.mood, "away")
    with pytest.raises(UnknownError):
        run(cluster, "drained", "web-1", routers=routers)
    assert cluster.calls[-1] == ("cancel", "restart of /alone")


def test_what_may_not_be_killed_any_more_is_not(routed: tuple[FakeCluster, Any]) -> None:
    """The instance elsewhere ends while the routers wait for open requests: then this one is the app's last."""
    cluster, routers = routed
    name = "/test/shop/site/stable"
    drain = routers.drain

    def slow(vcluster: str, tasks: Any, deadline: Any, *, ttl: float) -> Any:
        cluster.where[name] = [task for task in cluster.where[name] if task["host"] == "web-1"]
        routers.drain = drain
        return drain(vcluster, tasks, deadline, ttl=ttl)

    routers.drain = slow
    assert run(cluster, "drained", "web-1", routers=routers)["agents"][0]["state"] == "drained"
    assert ("undrain", ["test/shop/site/stable.1"]) in routers.calls
    assert cluster.least[name] == 1


def test_a_router_that_is_away_holds_nothing_up_unless_all_are(routed: tuple[FakeCluster, Any]) -> None:
    cluster, routers = routed
    routers.mood = dict.fromkeys(routers.mood, "away")
    with pytest.raises(UnknownError, match="no router of web could be reached: http://r1:8700: Connection refused"):
        run(cluster, "drained", "web-1", routers=routers)
    assert not any(call[0] == "kill" for call in cluster.calls)
    assert routers.draining == set()
    routers.mood["http://r1:8700"] = "ok"
    said: list[str] = []
    assert run(cluster, "drained", "web-1", routers=routers, progress=said.append)["agents"][0]["state"] == "drained"
    assert "the router http://r2:8700 of web cannot be reached: it is behind" in said


def test_an_app_that_its_owner_deletes_meanwhile_is_no_failure() -> None:
    cluster = FakeCluster()
    cluster.app("/shop", "web-1")
    cluster.app("/blog", "web-1")
    cluster.deleted = {"/shop"}
    assert run(cluster, "drained", "web-1", timeout=5.0)["agents"][0]["state"] == "drained"
    assert set(cluster.where) == {"/blog"}


def test_tasks_that_come_back_under_maintenance_go_again() -> None:
    """A Marathon without the feature maintenance_mode may start them where they were."""
    cluster = FakeCluster(version="1.8.0")
    cluster.app("/shop", "web-1", "web-2")
    cluster.app("/blog", "web-1")
    cluster.unheeding = 4
    assert run(cluster, "drained", "web-1", timeout=5.0)["agents"][0]["state"] == "drained"
    assert cluster.least == {"/shop": 1, "/blog": 1}


def test_apps_with_data_on_the_agent_are_refused() -> None:
    cluster = FakeCluster()
    cluster.app("/db", "web-1", container={"volumes": [{"containerPath": "data", "persistent": {"size": 100}}]})
    with pytest.raises(RefusedError, match="/db: has persistent volumes on these agents"):
        run(cluster, "drained", "web-1")
    assert cluster.calls == []
    assert run(cluster, "drained", "web-1", force=True)["changed"] is True


def app(*tasks: tuple[str, str, bool | None], instances: int = 3, **more: Any) -> dict[str, Any]:
    """``tasks``: agent, state, and whether it is healthy (None: nobody knows yet)."""
    shown = [
        {"id": f"t{number}", "slaveId": agent, "state": state, "healthCheckResults": [] if alive is None else [{"alive": alive}]}
        for number, (agent, state, alive) in enumerate(tasks)
    ]
    return {"id": "/a", "instances": instances, "healthChecks": [{}], "tasks": shown, **more}


RUN = "TASK_RUNNING"


@pytest.mark.parametrize(("tasks", "before", "wanted"), [
    # One at a time of those that serve; what does not serve, at once.
    ([("A", RUN, True), ("A", RUN, True), ("B", RUN, True)], 3, ["t0"]),
    ([("A", RUN, False), ("A", RUN, None), ("A", "TASK_STAGING", None)], 0, ["t0", "t1", "t2"]),
    ([("A", RUN, False), ("B", RUN, True), ("B", RUN, False)], 1, ["t0"]),
    # An instance elsewhere that was never healthy holds nothing up; a replacement that is not healthy yet does.
    ([("A", RUN, True), ("B", RUN, True), ("B", RUN, False)], 2, ["t0"]),
    ([("A", RUN, True), ("B", RUN, True), ("B", RUN, None)], 3, []),
    # Never the last one.
    ([("A", RUN, True), ("B", RUN, False)], 1, []),
])  # fmt: skip
def test_whose_turn_it_is(tasks: list[tuple[str, str, bool | None]], before: int, wanted: list[str]) -> None:
    assert kills([app(*tasks)], {"A"}, {"/a": before}) == wanted
    assert kills([app(*tasks, deployments=[{"id": "d"}])], {"A"}, {"/a": before}) == []


@pytest.mark.parametrize(("state", "there"), [
    (RUN, True), ("TASK_STAGING", True), ("TASK_KILLING", True), ("TASK_UNREACHABLE", False), ("TASK_KILLED", False),
])  # fmt: skip
def test_an_app_has_left_when_its_last_task_has_ended(state: str, there: bool) -> None:
    """One that is being killed has a grace period of its own; one that nobody can reach has nothing that could move."""
    assert bool(leaving([app(("A", state, True))], {"A"})) is there
    assert leaving([app(("B", state, True))], {"A"}) == []


def test_what_is_not_known_to_be_healthy_is_waited_for() -> None:
    assert unknown([app(("A", RUN, None))], {"A"}) == ["/a"]
    assert unknown([app(("A", RUN, False), ("B", RUN, None), ("A", "TASK_STAGING", None))], {"A"}) == []


def test_windows_of_others_stay_and_one_of_the_future_begins_now() -> None:
    cluster = FakeCluster(version="1.8.0")
    later = 4_000_000_000 * NANO
    other = Window((Machine("batch-1", "10.0.0.3"),), later)
    cluster.windows = (other, Window((Machine("web-1", "10.0.0.1"),), later))
    assert run(cluster, "drained", "web-1")["changed"] is True
    assert other in cluster.windows
    assert {one.start == later for one in cluster.windows} == {True, False}
    run(cluster, "reactivated", "web-1")
    assert cluster.windows == (other,)


def test_constraints_of_an_apps_owner_stay() -> None:
    cluster = FakeCluster()
    own = [["hostname", "UNLIKE", "web-9"], ["rack", "GROUP_BY"]]
    cluster.app("/shop", "web-1", constraints=own)
    run(cluster, "drained", "web-1", method="constraint")
    assert cluster.defined["/shop"]["constraints"] == [*own, ["hostname", "UNLIKE", "web\\-1|zeus-drained"]]
    back = run(cluster, "reactivated", "web-1")
    assert back["agents"][0]["method"] == "constraint"
    assert cluster.defined["/shop"]["constraints"] == own


def test_an_agent_without_apps_needs_no_constraint() -> None:
    cluster = FakeCluster(version="0.24.0")
    for state in ("drained", "reactivated"):
        assert run(cluster, state, "web-1")["changed"] is False
    assert cluster.calls == []


@pytest.mark.parametrize("leaving", [["web-1", "web-2"], ["10.0.0.2"]])
def test_a_cluster_without_agents_is_refused(cluster: FakeCluster, leaving: list[str]) -> None:
    with pytest.raises(RefusedError, match=r"web: none of its agents would stay in service\. Nothing was changed"):
        run(cluster, "drained", "web-1", leaving=leaving)
    assert cluster.calls == []


def test_by_force_only_the_end_of_the_tasks_is_waited_for() -> None:
    cluster = FakeCluster()
    cluster.app("/job", "batch-1")
    with pytest.raises(RefusedError):
        run(cluster, "drained", "batch-1")
    cluster.stuck = True
    assert run(cluster, "drained", "batch-1", force=True)["changed"] is True
    assert cluster.calls == [("drain", "batch-1", None)]
    old = FakeCluster(version="1.8.0")
    old.app("/job", "batch-1", "batch-1")
    old.stuck = True
    assert run(old, "drained", "batch-1", force=True)["agents"][0]["state"] == "drained"
    assert old.calls == [("schedule", ["batch-1"]), ("kill", ["job.1", "job.2"])]


def test_what_waits_for_an_offer_already_is_refused() -> None:
    cluster = FakeCluster()
    cluster.app("/shop", "web-1", "web-2")
    cluster.stuck = True
    cluster.defined["/shop"]["instances"] = 3
    with pytest.raises(RefusedError, match="/shop: instances wait for an offer, so web has no room"):
        run(cluster, "drained", "web-1")
    assert cluster.calls == []
    # Another cluster's matter.
    cluster.hosts["batch-2"] = FakeCluster().hosts["batch-1"]
    cluster.hosts["batch-2"].__dict__.update(id="S-batch-2", hostname="batch-2")
    assert run(cluster, "drained", "batch-1")["changed"] is True


def test_replacements_that_do_not_come_are_a_failure_and_so_is_the_next_run() -> None:
    cluster = FakeCluster()
    cluster.app("/shop", "web-1", "web-2")
    cluster.stuck = True
    with pytest.raises(DeadlineError) as caught:
        run(cluster, "drained", "web-1")
    assert "drained, but not everything runs elsewhere" in caught.value.message
    assert "/shop has 1 healthy instances elsewhere, before 2" in caught.value.message
    with pytest.raises(RefusedError, match="instances wait for an offer"):
        run(cluster, "drained", "web-1")
    cluster.stuck = False
    assert run(cluster, "drained", "web-1")["changed"] is False


def test_a_task_of_no_app_has_to_end_by_itself() -> None:
    cluster = FakeCluster(version="1.8.0")
    cluster.others = [Task("ct:1:job", "job", "S-web-1", "chronos", "TASK_RUNNING")]
    with pytest.raises(DeadlineError, match=r"tasks are still there after .* s: ct:1:job"):
        run(cluster, "drained", "web-1")
    cluster.others = []
    assert run(cluster, "drained", "web-1")["agents"][0]["state"] == "drained"


def test_one_that_is_not_registered_is_told() -> None:
    cluster = FakeCluster()
    result = run(cluster, "drained", "web-1", "web-9")
    assert (result["unregistered"], len(result["agents"])) == (["web-9"], 1)
    assert run(cluster, "reactivated", "web-9") == {**run(cluster, "reactivated", "web-9"), "agents": [], "changed": False}
