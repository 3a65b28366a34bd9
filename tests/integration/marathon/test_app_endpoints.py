# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lookup app_endpoints by ansible-playbook against the real engine: its connection from arguments, variables and the environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests

from integration.engine.running import RunningEngine
from integration.marathon.running import Play, playbook

Run = Callable[..., dict[str, Any]]
Define = Callable[..., dict[str, Any]]


def asked(folder: Path, expression: str, variables: dict[str, Any] | None = None) -> Play:
    task = {"name": "Ask", "ansible.builtin.debug": {"msg": "{{ " + expression + " }}"}, "vars": variables or {}}
    return playbook(folder, [task], "-v")


def test_where_an_app_serves(
    engine: RunningEngine, connection: dict[str, Any], run: Run, web: Define, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = web(instances=2)
    assert run("marathon_app", id=app["id"], definition=app, vcluster="web")["changed"]
    tasks = {task["id"]: task for task in engine.tasks(app["id"])}
    query = f"query('zeus.paas.app_endpoints', '{app['id']}'"
    variables = {f"zeus_{name}": value for name, value in connection.items()}
    found = asked(tmp_path, query + ")", variables).results["Ask"]["msg"]
    assert [one["task"] for one in found] == sorted(tasks)
    for one in found:
        assert (one["app"], one["host"], one["ports"]) == (app["id"], tasks[one["task"]]["host"], tasks[one["task"]]["ports"])
        assert requests.get(f"http://{one['address']}/", timeout=5).status_code == 200
    by_arguments = ", ".join(f"{name}={json.dumps(value)}" for name, value in connection.items())
    assert asked(tmp_path, f"{query}, {by_arguments})").results["Ask"]["msg"] == found
    monkeypatch.setenv("ZEUS_MARATHON_URLS", ",".join(connection["marathon_urls"]))
    monkeypatch.setenv("ZEUS_MARATHON_USER", connection["marathon_user"])
    monkeypatch.setenv("ZEUS_MARATHON_PASSWORD", connection["marathon_password"])
    assert asked(tmp_path, query + ")").results["Ask"]["msg"] == found


def test_an_app_that_is_not_there_is_named(connection: dict[str, Any], tmp_path: Path) -> None:
    variables = {f"zeus_{name}": value for name, value in connection.items()}
    play = asked(tmp_path, "query('zeus.paas.app_endpoints', '/no/such/app')", variables)
    assert play.code != 0
    assert "Marathon has no such app (got '/no/such/app')" in play.output
    assert connection["marathon_password"] not in play.output
