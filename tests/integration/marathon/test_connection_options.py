# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Connection options by argument, by module_defaults and by the environment: the same result, and no secret in any output."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from integration.engine.running import RunningEngine
from integration.marathon.conftest import PASSWORD, ROUTER_TOKEN
from integration.marathon.running import Play, playbook

Define = Callable[..., dict[str, Any]]
Given = dict[str, Any]


def as_text(value: Any) -> str:
    return value if isinstance(value, str) else ",".join(value) if isinstance(value, list) else json.dumps(value)


def ask(folder: Path, arguments: Given, defaults: Given | None = None) -> Play:
    play = playbook(folder, [{"name": "Ask", "zeus.paas.vcluster_info": arguments}], "-vvv", defaults=defaults)
    for secret in (PASSWORD, ROUTER_TOKEN):
        assert secret not in play.output
    return play


def told(play: Play) -> Given:
    assert play.code == 0, play.output
    return {key: value for key, value in play.results["Ask"].items() if key != "invocation"}


def test_three_ways(
    tmp_path: Path,
    engine: RunningEngine,
    web: Define,
    run: Callable[..., Given],
    connection: Given,
    mesos: Given,
    routers: Given,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = web()
    assert run("marathon_app", id=app["id"], definition=app, vcluster="web", **routers)["changed"]
    everything = {**connection, **mesos, **routers}
    by_arguments = told(ask(tmp_path, everything))
    groups = {"marathon": connection, "mesos": mesos, "routers": routers}
    by_defaults = told(ask(tmp_path, {}, {f"group/zeus.paas.{group}": given for group, given in groups.items()}))

    for option, value in everything.items():
        monkeypatch.setenv(f"ZEUS_{option.upper()}", as_text(value))
    by_environment = told(ask(tmp_path, {}))
    assert by_arguments == by_defaults == by_environment
    assert (by_environment["vclusters"]["web"]["apps"], len(by_environment["routers"]["web"])) == (1, 1)

    # The task counts more than module_defaults, and these more than the environment.
    nobody = "http://127.0.0.1:9"
    monkeypatch.setenv("ZEUS_MARATHON_URLS", nobody)
    assert nobody in ask(tmp_path, {}).output
    told(ask(tmp_path, {}, {"group/zeus.paas.marathon": connection}))
    told(ask(tmp_path, connection, {"group/zeus.paas.marathon": {**connection, "marathon_urls": [nobody]}}))


def test_a_variable_that_cannot_be_used(tmp_path: Path, connection: Given, mesos: Given, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEUS_ROUTER_URLS", '{"web": "http://127.0.0.1:8700"}')
    play = ask(tmp_path, {**connection, **mesos})
    assert play.code == 2, play.output
    assert play.results["Ask"]["msg"] == (
        "ZEUS_ROUTER_URLS: web: not a list of texts (got 'http://127.0.0.1:8700'); expected a JSON object of lists, "
        'such as {"web": ["http://10.1.0.21:8700"]}'
    )
    assert play.results["Ask"]["error"]["kind"] == "input"
