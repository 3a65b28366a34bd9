# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""marathon_app_info against the real engine."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from integration.engine.running import RunningEngine

Run = Callable[..., dict[str, Any]]
Define = Callable[..., dict[str, Any]]


def test_a_settled_app(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    app = web(instances=2, env={"DB_PASSWORD": "geheim-0815"})
    done = run("marathon_app", id=app["id"], definition=app, vcluster="web")
    assert done["changed"]
    shown = run("marathon_app_info", id=app["id"], hidden_fields=["env.DB_PASSWORD"])
    assert shown["changed"] is False
    [told] = shown["apps"]
    assert told["serving"] == sorted(task["id"] for task in engine.tasks(app["id"]))
    assert (told["settled"], told["instances"], told["running"], told["vcluster"]) == (True, 2, 2, "web")
    assert told["version"] == engine.app(app["id"])["version"]
    assert told["reasons"] == []
    assert done["apps"] == [{key: told[key] for key in done["apps"][0]}], "modules that change an app show it in the same form"
    assert "geheim" not in json.dumps(shown)
    selected = run("marathon_app_info", selector=f"ZEUS_PROJECT=={project}")
    assert [a["id"] for a in selected["apps"]] == [app["id"]]
    assert app["id"] in {one["id"] for one in run("marathon_app_info", check=True)["apps"]}
    # What was read may be given again.
    assert not run("marathon_app", id=app["id"], definition=selected["apps"][0]["definition"])["changed"]


def test_none(run: Run) -> None:
    assert run("marathon_app_info", id="/no/such/app") == {**run("marathon_app_info", id="/no/such/app"), "apps": []}


def test_an_app_that_waits_says_why(engine: RunningEngine, run: Run, web: Define) -> None:
    app = web(cpus=1000)
    sent = run("marathon_app", id=app["id"], definition=app, vcluster="web", wait=False)

    def reasons() -> list[str]:
        [told] = run("marathon_app_info", id=app["id"])["apps"]
        assert told["settled"] is False
        assert told["deployments"] == sent["deployments"]
        return [reason for reason in told["reasons"] if "InsufficientCpus" in reason]

    assert engine.wait(reasons)


def test_bad_input(run: Run, web: Define) -> None:
    assert "mutually exclusive" in run("marathon_app_info", id="/a", selector="b")["msg"]
    failed = run("marathon_app_info", selector="a=b=c")
    assert failed["error"]["status"] == 422
