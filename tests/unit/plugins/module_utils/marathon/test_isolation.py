# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What counts as outside a virtual cluster."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError
from ansible_collections.zeus.paas.plugins.module_utils._isolation import View, capacity, outside_routes, outside_tasks
from ansible_collections.zeus.paas.plugins.module_utils._isolation_report import isolation, summary
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Attribute, Resources, Task
from fakes.clock import Clock

KEY = "/production/shop/web"


def agent(id_: str, *clusters: str, active: bool = True) -> Agent:
    attributes = tuple(Attribute("vcluster", "TEXT", name) for name in clusters)
    return Agent(id_, f"host-{id_}", active, attributes, Resources(4, 1024), Resources(1, 256))


def task(id_: str, agent_id: str, state: str = "TASK_RUNNING") -> Task:
    return Task(id_, "name", agent_id, "framework", state)


def app(vcluster: str | None = "web", *tasks: str, key: str = KEY) -> dict[str, Any]:
    _unused, environment, project, name = key.split("/")
    labels = {"ZEUS_ENVIRONMENT": environment, "ZEUS_PROJECT": project, "ZEUS_APP": name}
    if vcluster is not None:
        labels["ZEUS_VCLUSTER"] = vcluster
    return {"id": f"{key}/stable", "labels": labels, "tasks": [{"id": t, "ports": [31000]} for t in tasks]}


def plan(task_id: str = "t1", port: int = 31000, key: str = KEY) -> dict[str, Any]:
    return {"apps": {key: {"variants": {"stable": {"peers": [{"task": task_id, "address": "10.0.0.1", "port": port}]}}}}}


AGENTS = (agent("W", "web"), agent("B", "batch"), agent("N"), agent("D", "web", "batch"))
TASKS = (task("t1", "W"), task("t2", "B"))
APPS = (app("web", "t1"), app("batch", "t2", key="/production/shop/mailer"))


def test_all_inside() -> None:
    view = View(AGENTS, (*TASKS, task("old", "N", "TASK_FINISHED")), APPS, {"web": {"http://r": plan()}})
    assert list(outside_tasks(view)) == []
    assert list(outside_routes(view)) == []


@pytest.mark.parametrize(
    ("where", "owner", "reason"),
    [
        ("B", app("web", "t"), "it runs on an agent of batch, its app belongs to web"),
        ("N", app("web", "t"), "its agent has no attribute vcluster"),
        ("D", app("web", "t"), "its agent names several virtual clusters: web, batch"),
        ("W", app(None, "t"), "its app names no virtual cluster (label ZEUS_VCLUSTER)"),
        ("W", app("web"), "it belongs to no app of this Marathon"),
        ("gone", app("web", "t"), "its agent is not registered, so nobody knows where it runs"),
    ],
)
@pytest.mark.parametrize("state", ["TASK_RUNNING", "TASK_STAGING", "TASK_KILLING"])
def test_tasks_outside(where: str, owner: dict[str, Any], reason: str, state: str) -> None:
    (found,) = outside_tasks(View(AGENTS, (task("t", where, state),), (owner,), {}))
    assert (found.task, found.reason) == ("t", reason)


@pytest.mark.parametrize(
    ("cluster", "routes", "reasons"),
    [
        ("batch", plan(), ["the app belongs to web", "its task's app belongs to web"]),
        ("web", plan("t2"), ["its task belongs to the app /production/shop/mailer"]),
        ("web", plan("t9"), ["it leads to a task that does not run"]),
        ("web", plan(port=22), ["it leads to port 22, its task has 31000"]),
        ("web", plan(key="/production/shop/unknown"), ["its task belongs to the app /production/shop/web"]),
        ("batch", {"apps": {KEY: {"variants": {"stable": {"peers": []}}}}}, ["the app belongs to web"]),
    ],
)
def test_routes_outside(cluster: str, routes: dict[str, Any], reasons: list[str]) -> None:
    found = list(outside_routes(View(AGENTS, TASKS, APPS, {cluster: {"http://r": routes}})))
    assert [route.reason for route in found] == reasons
    assert {(route.router, route.vcluster) for route in found} == {("http://r", cluster)}


def test_a_route_to_a_task_that_is_itself_outside() -> None:
    view = View(AGENTS, (task("t1", "B"),), (app("web", "t1"),), {"web": {"http://r": plan()}})
    assert [route.reason for route in outside_routes(view)] == ["its task runs on an agent of batch"]


def test_capacity_leaves_out_agents_that_are_not_there() -> None:
    report = capacity(View((*AGENTS, agent("W2", "web", active=False)), TASKS, APPS, {}))
    assert (report["web"]["agents"], report["web"]["inactive_agents"]) == (1, 1)
    assert report["web"]["free"] == {"cpus": 3, "mem": 768, "disk": 0, "gpus": 0}
    assert (report["web"]["tasks"], report["web"]["apps"]) == (1, 1)
    assert report[""]["agents"] == 2


class Source:
    """Mesos, Marathon and routers whose answers come one after the other."""

    urls = {"web": ["http://r"]}  # noqa: RUF012 - a constant

    def __init__(self, *views: tuple[Any, Any, Any]) -> None:
        self._views = list(views)
        self.reads = 0

    def plans(self, _vcluster: str) -> dict[str, Any]:
        self.reads += 1
        self._now = self._views.pop(0) if len(self._views) > 1 else self._views[0]
        return {"http://r": self._now[2]}

    def agents(self) -> Any:
        return AGENTS

    def tasks(self) -> Any:
        return self._now[0]

    def apps(self, **_: Any) -> Any:
        return list(self._now[1])


def report_of(source: Source) -> dict[str, Any]:
    return isolation(source, source, source, deadline=Clock().deadline)  # type: ignore[arg-type]


def test_what_passes_by_itself_does_not_count() -> None:
    """A task that began between two reads is not yet in Marathon's list; one that ended is still in a plan for a moment."""
    source = Source(((*TASKS, task("new", "W")), APPS, plan("gone")), (TASKS, APPS, plan()))
    report = report_of(source)
    assert report["isolated"] is True
    assert source.reads == 2


def test_what_stays_counts_and_is_told() -> None:
    report = report_of(Source(((*TASKS, task("smuggled", "W")), APPS, plan(port=22))))
    assert report["isolated"] is False
    assert "task smuggled on host-W: it belongs to no app of this Marathon" in summary(report)
    assert "route /production/shop/web on http://r to t1: it leads to port 22" in summary(report)


def test_a_router_that_does_not_answer_proves_nothing() -> None:
    report = report_of(Source((TASKS, APPS, AwayError("router agent", {"http://r": "refused"}))))
    assert (report["isolated"], report["outside_routes"]) == (False, [])
    assert report["unproved"] == ["the routes of http://r (web): router agent is away: http://r: refused"]
