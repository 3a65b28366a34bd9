# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random sequences hold, and a model that finds nothing would be worth nothing: engines that were broken on purpose are found out.

ZEUS_SEQUENCES says how many are played (`make properties SEQUENCES=10000`). They are the same ones each time; others are played by
`python -m properties.sequences --first N`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from zeus_engine import deployments, groups, planning, rolling, serviceports, state, tasks

from properties.sequences import Operation, made, play, play_many, report, shrunk


def test_random_sequences_of_calls_hold() -> None:
    failed = play_many(0, int(os.environ.get("ZEUS_SEQUENCES", "1000")))
    assert not failed, "\n\n".join(report(seed) for seed in failed)


NOTHING_HELD_BACK = {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}
#: What random sequences once found, made small.
FOUND: dict[str, list[Operation]] = {
    "a new task that is being killed holds its place in a replacement": [
        ("slow", 3.0, 0.0),
        ("many", {"/g/b": {"cmd": "sleep 1"}}, "PUT", False),
        (
            "update",
            "/g/b",
            {"instances": 5, "upgradeStrategy": {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0.2}},
            "PUT",
            True,
            True,
        ),
        ("wait", 1),
        ("kill", [18, 14], False, True, False),
        ("create", "/g/h/c", {"instances": 4}, True),
    ],
    "a replacement whose old task does not run yet goes on": [
        ("update", "/g/b", {"cmd": "sleep 2", "upgradeStrategy": NOTHING_HELD_BACK}, "PUT", True, True),
        ("slow", 0.5, 3.0),
        ("wait", 0.1),
        ("update", "/g/b", {"labels": {"tier": "web"}}, "PUT", True, True),
    ],
    "an app has taken the name of a group that a rollback would bring back": [
        ("update", "/a", {"args": ["sleep", "1"], "env": {"A": "1"}}, "PUT", True, False),
        ("scale_group", "/g", 2, False),
        ("many", {"/a": {"instances": 2, "upgradeStrategy": {"minimumHealthCapacity": 0, "maximumOverCapacity": 1}}}, "PUT", True),
        ("wait", 5),
        ("group_version", "/", 5, False),
        ("create", "/g", {"mem": 32}, True),
        ("cancel", 0, False),
    ],
    "nothing is told of a task that was given up before it started": [
        ("create", "/g/b", {}, False),
        ("wait", 0.1),
        ("kill", [11, 13, 9], False, False, False),
        (
            "update",
            "/g/b",
            {"instances": 3, "taskKillGracePeriodSeconds": 10, "upgradeStrategy": {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0}},
            "PATCH",
            True,
            False,
        ),
        ("turns", 1),
        ("agent", 0, "away"),
    ],
    "old instances are in nobody's way by their constraint": [
        ("create", "/g/h/c", {"instances": 5, "upgradeStrategy": {"minimumHealthCapacity": 1, "maximumOverCapacity": 1}}, True),
        ("scale_group", "/", 0.5, True),
        ("turns", 2),
        (
            "update",
            29,
            {
                "constraints": [["hostname", "GROUP_BY", "3"]],
                "env": {"A": "1"},
                "upgradeStrategy": {"minimumHealthCapacity": 1, "maximumOverCapacity": 0},
            },
            "PATCH",
            True,
            False,
        ),
    ],
    "an app that cannot start and has no delay does not stop the rest": [
        ("mood", "/a", "broken"),
        ("create", "/a", {"backoffSeconds": 0}, False),
        ("create", "/b", {}, False),
        ("wait", 30),
    ],
}


@pytest.mark.parametrize("operations", FOUND.values(), ids=FOUND.keys())
def test_what_was_found_once(operations: list[Operation]) -> None:
    failed = play(operations)
    assert failed is None, failed


def test_a_seed_always_makes_the_same_sequence() -> None:
    assert made(4) == made(4) != made(5)


def kills_one_too_many(definition: Any, healthy: int, current: int) -> rolling.Strategy:
    plan = STRATEGY(definition, healthy, current)
    return replace(plan, kill_now=plan.kill_now + 1)


def starts_one_too_many(definition: Any, max_capacity: int, old: int, new: int) -> int:
    return LAUNCH_NOW(definition, max_capacity + 1, old, new)


def forgets_service_ports(app: Any, previous: Any, *others: Any) -> dict[str, Any]:
    return ASSIGN(app, None, *others)


def forgets_labels(old: Any, new: Any) -> bool:
    return IS_UPGRADE({**old, "labels": {}}, {**new, "labels": {}})


def no_lock(self: Any, apps: Any) -> list[Any]:
    return []


def loses_a_status(self: Any, task: Any) -> None:
    if task.state != "TASK_RUNNING":
        PUT_TASK(self, task)
    self.tasks[task.task_id] = task


STRATEGY, LAUNCH_NOW, ASSIGN, IS_UPGRADE = rolling.strategy, rolling.launch_now, serviceports.assign, planning.is_upgrade
PUT_TASK = state.State.put_task


@pytest.mark.parametrize(
    ("where", "name", "broken"),
    [
        (rolling, "strategy", kills_one_too_many),
        (rolling, "launch_now", starts_one_too_many),
        (serviceports, "assign", forgets_service_ports),
        (groups, "is_upgrade", forgets_labels),
        (deployments.Deployments, "conflicts", no_lock),
        (tasks, "DEFAULT_GRACE", 1e9),
        (state.State, "put_task", loses_a_status),
    ],
    ids=lambda one: one if isinstance(one, str) else None,
)
def test_a_broken_engine_is_found_out(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, broken: Callable[..., Any]) -> None:
    monkeypatch.setattr(where, name, broken)
    found = next((seed for seed in range(300) if play(made(seed)) is not None), None)
    assert found is not None, f"300 sequences did not see that {name} is broken"


def test_what_fails_is_shrunk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serviceports, "assign", forgets_service_ports)
    failing = next(seed for seed in range(300) if play(made(seed)) is not None)
    small = shrunk(made(failing))
    assert len(small) < len(made(failing))
    assert play(small) is not None
    assert all(play(small[:index] + small[index + 1 :]) is None for index in range(len(small))), "each operation that is left is needed"
