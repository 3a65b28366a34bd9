# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""marathon_apps against the real engine: many at once, pruning, and a batch that fails."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from integration.engine.running import RunningEngine

Run = Callable[..., dict[str, Any]]
Define = Callable[..., dict[str, Any]]


def ids(engine: RunningEngine, project: str) -> list[str]:
    return sorted(app["id"].split("/")[3] for app in engine.call("GET", "/v2/apps")["apps"] if f"/{project}/" in app["id"])


def test_many_apps_from_creation_to_pruning(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    owned = {"ZEUS_OWNER": "project"}
    apps = [web(name, labels=owned) for name in ("a", "b", "c")]
    foreign = web("foreign", labels={"ZEUS_OWNER": "gray_release"})
    assert run("marathon_apps", apps=[foreign], vcluster="web")["changed"]
    prune = {"prune": True, "prune_selector": f"ZEUS_PROJECT=={project},ZEUS_OWNER==project", "vcluster": "web"}

    assert len(run("marathon_apps", check=True, apps=apps, **prune)["changes"]) == 3
    assert ids(engine, project) == ["foreign"]
    created = run("marathon_apps", apps=apps, **prune)
    assert created["changed"], created
    assert len(created["deployments"]) == 1, "one deployment for all"
    assert ids(engine, project) == ["a", "b", "c", "foreign"]

    again = run("marathon_apps", apps=apps, **prune)
    assert (again["changed"], again["unchanged"]) == (False, [app["id"] for app in apps])
    assert again["apps"] == created["apps"]
    assert [(app["id"], app["vcluster"], app["instances"]) for app in again["apps"]] == [(app["id"], "web", 1) for app in apps]

    apps[1] = {**apps[1], "instances": 2}
    changed = run("marathon_apps", apps=apps[:2], **prune)
    assert [(c["id"].split("/")[3], c["action"]) for c in changed["changes"]] == [("b", "update"), ("c", "delete")]
    assert ids(engine, project) == ["a", "b", "foreign"], "only what the selector chooses is pruned"

    removed = run("marathon_apps", apps=[apps[0]], absent=[apps[1]["id"]], vcluster="web")
    assert [(change["id"], change["action"]) for change in removed["changes"]] == [(apps[1]["id"], "delete")]
    assert [app["id"] for app in removed["apps"]] == [apps[0]["id"]]
    assert ids(engine, project) == ["a", "foreign"]


def test_pruning_is_guarded(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    app = web(labels={"ZEUS_OWNER": "project"})
    assert run("marathon_apps", apps=[app], vcluster="web")["changed"]
    selector = f"ZEUS_PROJECT=={project},ZEUS_OWNER==project"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"apps": [app], "prune": True}, "prune is True but all of the following are missing: prune_selector"),
        ({"apps": [app], "prune": True, "prune_selector": "ZEUS_OWNER"}, "names no value"),
        ({"apps": [app], "prune": True, "prune_selector": "ZEUS_OWNER!=project"}, "names no value"),
        ({"apps": [app], "prune": True, "prune_selector": "ZEUS_OWNER=project"}, "cannot be read"),
        ({"apps": [app], "prune": True, "prune_selector": "ZEUS_PROJECT==other"}, "apps[0].labels.ZEUS_PROJECT: is not what"),
        ({"apps": [], "prune": True, "prune_selector": selector}, "would delete everything"),
    ]
    for arguments, text in cases:
        failed = run("marathon_apps", vcluster="web", **arguments)
        assert failed["failed"], arguments
        assert text in failed["msg"]
    assert ids(engine, project) == ["shop"]
    assert run("marathon_apps", apps=[], prune=True, prune_selector=selector, prune_everything=True)["changed"]
    assert ids(engine, project) == []


def test_bad_input_names_the_entry_and_nothing_is_sent(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    good = web("good")
    cases: list[tuple[list[Any], dict[str, Any], str]] = [
        ([good, web("bad", cpu=1)], {}, f"apps[1] (/test/{project}/bad/stable): cpu: unknown field; expected did you mean cpus?"),
        ([good, good], {}, "apps[1].id: stands twice"),
        ([good], {"absent": [good["id"]]}, "absent[0]: stands in apps too"),
        ([good, {**web("x"), "id": good["id"] + "/x"}], {}, "cannot be the group"),
        (
            [web("a", dependencies=[f"/test/{project}/b/stable"]), web("b", dependencies=[f"/test/{project}/a/stable"])],
            {},
            "wait for each other",
        ),
    ]
    for apps, more, text in cases:
        failed = run("marathon_apps", apps=apps, vcluster="web", **more)
        assert failed["failed"], text
        assert text in failed["msg"]
    assert ids(engine, project) == []


def test_a_failing_batch_stops_the_rest(engine: RunningEngine, run: Run, web: Define, project: str) -> None:
    plain = {"healthChecks": [], "instances": 0}
    apps = [web(f"n{n:02}", **plain) for n in range(41)]
    apps[30] = web("n30", healthChecks=[], cmd="echo no luck; exit 3")
    failed = run("marathon_apps", apps=apps, vcluster="web", wait_timeout=8)
    assert failed["failed"], failed
    error = failed["error"]
    assert (len(error["done"]), len(error["failed"]), len(error["not_started"])) == (20, 20, 1)
    assert error["state"] == "rolled_back", failed["msg"]
    assert "TASK_FAILED" in str(error["reasons"])
    assert ids(engine, project) == [f"n{n:02}" for n in range(20)]
