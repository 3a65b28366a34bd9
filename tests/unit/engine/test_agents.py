# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Placement on virtual agents, the launch queue's accounts, the event bus, the environment of tasks."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from typing import Any

from zeus_engine import environment
from zeus_engine.agents import Agent, choose_ports, place, used_by
from zeus_engine.definitions import with_defaults
from zeus_engine.events import BOUND, Events
from zeus_engine.launchqueue import summary
from zeus_engine.model import RUNNING, Health, Task


def agent(name: str, **attributes: str) -> Agent:
    return Agent(f"S-{name}", name, attributes, cpus=2, mem=256, disk=100, ports=((31000, 31003),))


def definition(**fields: Any) -> dict[str, Any]:
    version = {"version": "v", "versionInfo": {"lastConfigChangeAt": "v"}}
    return with_defaults({"id": "/a/b", "cmd": "sleep 1", "cpus": 0.5, "mem": 64, **fields}) | version


def task(on: Agent, ports: list[int], **fields: Any) -> Task:
    return Task(f"t{ports}", "/a/b", definition(**fields), on.id, on.hostname, ports, state=RUNNING)


def always(port: int) -> bool:
    return True


WEB, BATCH = agent("web", vcluster="web"), agent("batch", vcluster="batch")


def test_the_emptiest_agent_for_this_app_wins() -> None:
    spot = place(definition(), [WEB, BATCH], {WEB.id: used_by([task(WEB, [31000])])}, [WEB.id], always, {})
    assert spot.agent == BATCH


def test_constraints_keep_others_out_and_say_so() -> None:
    spot = place(definition(constraints=[["vcluster", "CLUSTER", "web"]]), [WEB, BATCH], {}, [], always, {})
    assert spot.agent == WEB
    assert spot.rejected == {BATCH.id: "UnfulfilledConstraint"}


def test_reasons_for_too_little() -> None:
    full = {WEB.id: used_by([task(WEB, [31000], cpus=1.8)])}
    assert place(definition(), [WEB], full, [WEB.id], always, {}).rejected == {WEB.id: "InsufficientCpus"}
    assert place(definition(mem=257), [WEB], {}, [], always, {}).rejected == {WEB.id: "InsufficientMemory"}
    assert place(definition(disk=101), [WEB], {}, [], always, {}).rejected == {WEB.id: "InsufficientDisk"}
    assert place(definition(gpus=1), [WEB], {}, [], always, {}).rejected == {WEB.id: "InsufficientGpus"}
    assert place(definition(ports=[0] * 5), [WEB], {}, [], always, {}).rejected == {WEB.id: "InsufficientPorts"}


def test_freed_ports_are_reused_late_and_foreign_listeners_avoided() -> None:
    assert choose_ports(definition(ports=[0, 0]), WEB, {31001}, always, start=31000) == (31002, 31003)
    assert choose_ports(definition(ports=[0]), WEB, set(), lambda port: port != 31001, start=31000) == (31002,)
    assert choose_ports(definition(ports=[0, 0]), WEB, set(), always, start=31002) == (31003, 31000)


def test_required_ports_are_exactly_those_or_none() -> None:
    wanted = definition(ports=[31002, 0], requirePorts=True)
    assert choose_ports(wanted, WEB, set(), always) == (31002, 31000)
    assert choose_ports(wanted, WEB, {31002}, always) is None
    assert choose_ports(definition(ports=[9000], requirePorts=True), WEB, set(), always) is None


def test_the_reject_summary_is_a_funnel() -> None:
    steps = {
        one["reason"]: (one["declined"], one["processed"])
        for one in summary(Counter({"UnfulfilledConstraint": 2, "InsufficientCpus": 1, None: 1}))
    }
    assert steps["UnfulfilledRole"] == (0, 4)
    assert steps["UnfulfilledConstraint"] == (2, 4)
    assert steps["InsufficientCpus"] == (1, 2)
    assert steps["InsufficientMemory"] == (0, 1)


def test_environment_of_a_task() -> None:
    app = definition(
        portDefinitions=[{"port": 8081, "name": "http-api"}, {"port": 0}],
        env={"A": "1", "PORT0": "9"},
        labels={"ZEUS_APP": "web", "long": "x" * 600},
    )
    env = environment.build(app, "task-1", "web-1.bj01", [31001, 31002])
    expected = {
        "PORT": "31001",
        "PORT0": "31001",
        "PORT1": "31002",
        "PORTS": "31001,31002",
        "PORT_8081": "31001",
        "PORT_HTTP_API": "31001",
        "HOST": "web-1.bj01",
        "MESOS_TASK_ID": "task-1",
        "MARATHON_APP_ID": "/a/b",
        "MARATHON_APP_VERSION": "v",
        "MARATHON_APP_RESOURCE_CPUS": "0.5",
        "MARATHON_APP_LABELS": "LONG ZEUS_APP",
        "MARATHON_APP_LABEL_ZEUS_APP": "web",
        "A": "1",
    }
    assert {key: env.get(key) for key in expected} == expected
    assert "MARATHON_APP_LABEL_LONG" not in env


def test_health_of_a_task_is_that_of_all_its_checks() -> None:
    one = task(WEB, [31000], healthChecks=[{"protocol": "TCP"}, {"protocol": "HTTP"}])
    assert one.healthy is None
    one.health[0] = Health(alive=True, first_success="x")
    assert one.healthy is None
    assert not one.serving
    one.health[1] = Health(alive=True, first_success="x")
    assert one.serving
    one.health[1] = Health(alive=False, last_failure="y")
    assert one.healthy is False
    assert not one.serving


def _events(data: bytes) -> list[dict[str, Any]]:
    told = []
    for one in data.decode().strip().split("\r\n\r\n"):
        kind, content = one.split("\r\n")
        told.append(json.loads(content.removeprefix("data: ")))
        assert kind == f"event: {told[-1]['eventType']}"
    return told


def test_a_slow_reader_gets_all_its_events_in_order() -> None:
    async def scenario() -> None:
        events = Events()
        slow, picky = events.attach([], "1.1.1.1"), events.attach(["wanted"], "2.2.2.2")
        for number in range(30_000):
            events.emit("other", number=number)
        events.emit("wanted", number=1, absent=None)
        assert [one | {"timestamp": ""} for one in _events(await picky.next() or b"")] == [
            {"number": 1, "eventType": "wanted", "timestamp": ""}
        ]
        events.close()
        received: list[dict[str, Any]] = []
        while (data := await slow.next()) is not None:
            received += _events(data)
        assert [one["number"] for one in received if one["eventType"] == "other"] == list(range(30_000))
        assert received[-1]["eventType"] == "wanted"

    asyncio.run(scenario())


def test_a_reader_that_is_too_far_behind_is_cut_off_and_costs_nothing_more() -> None:
    async def scenario() -> None:
        events = Events()
        given_up: list[str] = []
        events.attach([], "1.1.1.1", lambda: given_up.append("slow"))
        good = events.attach([], "2.2.2.2", lambda: given_up.append("good"))
        text = "x" * 1_000_000
        read = b""
        for _number in range(BOUND // len(text) + 2):
            events.emit("big", text=text)
            read = await good.next() or b""
        assert given_up == ["slow"]
        assert b"big" in read

    asyncio.run(scenario())
