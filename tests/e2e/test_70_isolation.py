# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual clusters are apart, and what is smuggled across is found."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from zeus_demo import clients

from .ansible_runs import HERE, Playbooks
from .bed import Bed, Center, until
from .trial import HOST, Trial, key, stable

SMUGGLED = "/production/smuggled/web/stable"
SMUGGLED_HOST = "smuggled.example.com"


def isolation(playbooks: Playbooks, center: Center, folder: Path, number: int) -> dict[str, Any]:
    answer = folder / f"{number}.json"
    playbooks.run(HERE / "isolation.yml", inventory=center.inventory, variables={"answer": str(answer)}).ended(0)
    report: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return report


@pytest.fixture(scope="module")
def clean(bed: Bed, playbooks: Playbooks, trial: Trial, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return isolation(playbooks, bed.first, tmp_path_factory.mktemp("isolation"), 1)


def test_the_clusters_are_apart(clean: dict[str, Any]) -> None:
    assert clean["isolated"] is True, clean
    assert clean["outside_tasks"] == clean["outside_routes"] == clean["unproved"] == []
    # Something was compared: tasks in both clusters, and a router's plan.
    assert clean["vclusters"]["web"]["tasks"] >= 6
    assert clean["vclusters"]["batch"]["tasks"] >= 1
    assert [sorted(plan["apps"]) != [] for plan in clean["routers"]["web"].values()] == [True]


def test_what_runs_in_batch_cannot_be_reached_through_the_routers_of_web(bed: Bed, trial: Trial) -> None:
    for center in bed.centers:
        plan = center.agent("GET", "/v1/plan")["apps"]
        assert {entry["app"] for entry in plan.values()} >= {"web"}
        assert [name for name in plan if name.endswith("/mailer")] == []
        hosts = {host for entry in plan.values() for host in entry.get("hosts", [])}
        asks = [center.request(host, path) for host in sorted(hosts) for path in ("/", "/mailer", "/production/trial/mailer/stable")]
        asks += [center.request(name) for name in ("mailer", "mailer.trial.example.com", key("mailer").strip("/"))]
        for answer in clients.ask(bed.settings, asks):
            assert not isinstance(answer["body"], dict) or answer["body"].get("app") != "mailer", answer


@pytest.fixture
def smuggled(bed: Bed, trial: Trial) -> Iterator[str]:
    """By Marathon's own API, past the collection: an app that says ``web`` and is made to run in ``batch``."""
    center = bed.first
    model = center.app(stable("web"))
    assert model is not None
    labels = {**model["labels"], "ZEUS_PROJECT": "smuggled", "ZEUS_HOSTS": SMUGGLED_HOST}
    app: dict[str, Any] = {
        name: copy.deepcopy(model[name]) for name in ("cmd", "cpus", "mem", "portDefinitions", "healthChecks", "fetch") if name in model
    }
    app.update({"id": SMUGGLED, "instances": 1, "labels": labels, "constraints": [["vcluster", "CLUSTER", "batch"]], "env": model["env"]})
    center.marathon("POST", "/v2/apps", app)
    try:
        yield until(lambda: _healthy(center), 60, "the smuggled app runs")
    finally:
        center.marathon("DELETE", f"/v2/apps{SMUGGLED}?force=true")
        until(lambda: center.app(SMUGGLED) is None and not center.routed("/production/smuggled/web"), 30, "the smuggled app is gone")


def _healthy(center: Center) -> str:
    tasks = center.tasks(SMUGGLED)
    return str(tasks[0]["id"]) if tasks and any(result["alive"] for result in tasks[0].get("healthCheckResults", [])) else ""


def test_a_smuggled_task_and_a_smuggled_route_are_reported(bed: Bed, playbooks: Playbooks, smuggled: str, tmp_path: Path) -> None:
    center = bed.first
    report = isolation(playbooks, center, tmp_path, 2)
    assert report["isolated"] is False
    (task,) = report["outside_tasks"]
    assert (task["task"], task["app"], task["vcluster"], task["runs_in"]) == (smuggled, SMUGGLED, "web", ["batch"])
    # By its label it belongs to web, so web's router leads to it, which is the smuggled route.
    (route,) = report["outside_routes"]
    assert (route["task"], route["app"], route["vcluster"]) == (smuggled, "/production/smuggled/web", "web")
    assert route["router"] == f"http://{center.router.address}:8700"
    assert "batch" in route["reason"]


def test_they_are_apart_again(bed: Bed, playbooks: Playbooks, trial: Trial, tmp_path: Path) -> None:
    assert isolation(playbooks, bed.first, tmp_path, 3)["isolated"] is True
    answers = clients.ask(bed.settings, [bed.first.request(HOST), bed.first.request(SMUGGLED_HOST)])
    assert [answer["status"] for answer in answers] == [200, 404]
