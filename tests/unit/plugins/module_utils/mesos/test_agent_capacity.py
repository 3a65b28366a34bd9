# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the agents that stay can carry what those that leave have."""

from __future__ import annotations

from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_capacity import lacking
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Attribute, Resources, Task


def agent(name: str, cluster: str, used: float = 0.0, **more: Any) -> Agent:
    return Agent(
        name, name, **{"active": True, "attributes": (Attribute("vcluster", "TEXT", cluster),), **more},
        total=Resources(2, 1000), used=Resources(used, used * 500),
    )  # fmt: skip


def task(name: str, where: str, cpus: float, mem: float = 100, state: str = "TASK_RUNNING") -> Task:
    return Task(name, name, where, "f", state, Resources(cpus, mem))


WEB = (agent("w1", "web", 1.0), agent("w2", "web", 1.0), agent("w3", "web", 2.0))


def test_what_fits_fits_exactly() -> None:
    assert lacking(WEB, [task("a", "w1", 0.1), task("b", "w1", 0.2), task("c", "w1", 0.7)], [], {"w1"}) == []


def test_what_does_not_fit_is_named() -> None:
    tasks = [task("a", "w1", 0.4), task("b", "w1", 0.6), task("c", "w1", 0.6), task("done", "w1", 9, state="TASK_FINISHED")]
    assert lacking(WEB, tasks, [], {"w1"}) == ["web: no room on the 2 agents that would stay for 1 task with 0.6 cpus and 100 MiB (c)"]
    # Together there is room enough for it, but on no agent.
    two = (agent("w1", "web"), agent("w2", "web", 1.5), agent("w3", "web", 1.5))
    assert "1 task with 0.8 cpus" in lacking(two, [task("a", "w1", 0.8)], [], {"w1"})[0]
    assert "(a)" in lacking(WEB, [task("a", "w1", 0.1, mem=900)], [], {"w1"})[0]


def test_those_that_leave_later_carry_nothing() -> None:
    assert lacking(WEB, [task("a", "w1", 0.5)], [], {"w1"}) == []
    assert lacking(WEB, [task("a", "w1", 0.5)], [], {"w1", "w2"}) != []


def test_who_is_out_of_service_carries_nothing() -> None:
    for state in ({"active": False}, {"deactivated": True}):
        agents = (WEB[0], agent("w2", "web", **state))
        assert lacking(agents, [], [], {"w1"}) == ["web: none of its agents would stay in service"]


def test_another_cluster_carries_nothing() -> None:
    assert lacking((*WEB, agent("b1", "batch")), [], [], {"b1"}) == ["batch: none of its agents would stay in service"]
    assert lacking((WEB[0], agent("b1", "batch")), [], [], {"b1", "w1"}) == [
        "batch: none of its agents would stay in service",
        "web: none of its agents would stay in service",
    ]


def test_an_app_that_wants_a_host_of_its_own_for_each_instance() -> None:
    app = {
        "id": "/web", "instances": 3, "constraints": [["vcluster", "CLUSTER", "web"], ["hostname", "UNIQUE"]],
        "tasks": [{"id": "a", "slaveId": "w1", "state": "TASK_RUNNING"}],
    }  # fmt: skip
    said = "web: /web wants each of its 3 instances on a host of its own, and 2 agents would stay"
    assert lacking(WEB, [], [app], {"w1"}) == [said]
    assert lacking(WEB, [], [app], {"w2"}) == [], "it is not there"
    assert lacking(WEB, [], [{**app, "instances": 2}], {"w1"}) == []
