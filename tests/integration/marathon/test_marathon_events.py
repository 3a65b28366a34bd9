# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The event source for ansible-rulebook, started as ansible-rulebook does (by its path), against a real engine."""

from __future__ import annotations

import asyncio
import json
import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from integration.engine.running import RunningEngine, agent

FOLDER = Path(__file__).resolve().parents[3] / "extensions" / "eda" / "plugins" / "event_source"
USER, PASSWORD = "listener", "geheim-events-4711"


@pytest.fixture(scope="module")
def source() -> dict[str, Any]:
    return runpy.run_path(str(FOLDER / "marathon_events.py"))


async def until(queue: asyncio.Queue[dict[str, Any]], wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    async with asyncio.timeout(30):
        while True:
            event = (await queue.get())["marathon"]
            if wanted(event):
                return dict(event)


def test_events_arrive_and_a_break_is_told(source: dict[str, Any]) -> None:
    app = {"id": "/events/app", "cmd": "exec sleep 1000", "cpus": 0.01, "mem": 32}

    async def follow(engine: RunningEngine) -> None:
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(maxsize=1)
        args = {"marathon_urls": [engine.url], "marathon_user": USER, "marathon_password": PASSWORD}
        running = asyncio.create_task(source["main"](queue, args))
        connected = await until(queue, lambda event: True)
        assert connected == {"eventType": "event_stream_connected"}
        await asyncio.to_thread(engine.call, "POST", "/v2/apps", app)
        status = await until(queue, lambda event: event["eventType"] == "status_update_event" and event["taskStatus"] == "TASK_RUNNING")
        assert status["appId"] == app["id"]
        await until(queue, lambda event: event["eventType"] == "deployment_success")
        await asyncio.to_thread(engine.kill9)
        await asyncio.to_thread(engine.restart)
        await until(queue, lambda event: event["eventType"] == "event_stream_connected")
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    with RunningEngine([agent("web-1.bj01", "web", 31000)], user=USER, password=PASSWORD) as engine:
        asyncio.run(follow(engine))


def test_wrong_credentials_end_the_source(source: dict[str, Any], engine: RunningEngine) -> None:
    args = {"marathon_urls": [engine.url], "marathon_user": USER, "marathon_password": "wrong-one"}
    with pytest.raises(Exception, match="the credentials are missing or wrong") as told:
        asyncio.run(source["main"](asyncio.Queue(), args))
    assert "wrong-one" not in str(told.value)


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no address": ({}, "marathon_urls: is missing"),
    "an unknown argument": ({"marathon_urls": ["http://127.0.0.1:1"], "urls": []}, "urls: unknown argument"),
    "a wrong type": ({"marathon_urls": "http://127.0.0.1:1"}, "marathon_urls: has the wrong type"),
    "half of the credentials": ({"marathon_urls": ["http://127.0.0.1:1"], "marathon_user": "x"}, "marathon_user: does not fit"),
    "no time": ({"marathon_urls": ["http://127.0.0.1:1"], "timeout": 0}, "timeout: is no time"),
}


@pytest.mark.parametrize("case", WRONG)
def test_bad_arguments_are_named(source: dict[str, Any], case: str) -> None:
    args, message = WRONG[case]
    with pytest.raises(Exception, match=f"zeus.paas.marathon_events: {message}"):
        source["check"](args)
    schema = json.loads((FOLDER / "schemas" / "marathon_events.json").read_text(encoding="utf-8"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(args, schema)


def test_the_schema_and_the_documentation_name_the_same_options(source: dict[str, Any]) -> None:
    documented = yaml.safe_load(source["DOCUMENTATION"])["options"]
    schema = json.loads((FOLDER / "schemas" / "marathon_events.json").read_text(encoding="utf-8"))
    assert set(documented) == set(schema["properties"]) == set(source["_OPTIONS"])
    assert {name for name, option in documented.items() if option.get("required")} == set(schema["required"])
    defaults = {name: option["default"] for name, option in documented.items() if "default" in option}
    assert defaults == {name: one["default"] for name, one in schema["properties"].items() if "default" in one}


def test_the_example_fits_the_schema(source: dict[str, Any]) -> None:
    schema = json.loads((FOLDER / "schemas" / "marathon_events.json").read_text(encoding="utf-8"))
    used = [one["zeus.paas.marathon_events"] for rules in yaml.safe_load(source["EXAMPLES"]) for one in rules["sources"]]
    assert used
    for args in used:
        jsonschema.validate(args, schema)
        source["check"](args)
