# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mistakes and mishaps: the run fails, its message names the file and the key (or who answered what), and nothing is half done."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from .ansible_runs import Playbooks, Run
from .bed import Bed, until
from .broken import broken_marathon
from .trial import HOST, Trial, stable

EVIL = '"; } evil {'


@dataclass
class Trying:
    """A run that must be refused, in the first datacenter."""

    bed: Bed
    playbooks: Playbooks
    trial: Trial

    def refused(self, play: str, *words: str, **variables: Any) -> Run:
        before = self.bed.first.state()
        given = self.trial.gray("policy") if play == "gray" else self.trial.deploy()
        run = self.playbooks.run(play, inventory=self.bed.first.inventory, variables={**given, **variables})
        assert run.code != 0, f"this was accepted: {run.output[-3000:]}"
        assert [word for word in words if word not in run.told] == [], run.output[-3000:]
        assert "Traceback" not in run.output
        assert self.bed.first.state() == before, "something was done"
        return run


@pytest.fixture
def trying(bed: Bed, playbooks: Playbooks, released: Trial) -> Iterator[Trying]:
    """The project file and the policy are as they were afterwards."""
    project, apps, policy = released.project.read_text("utf-8"), copy.deepcopy(released.apps), released.policy.read_text("utf-8")
    yield Trying(bed, playbooks, released)
    released.apps = apps
    released.project.write_text(project, "utf-8")
    released.policy.write_text(policy, "utf-8")


def unknown_key(trial: Trial) -> None:
    trial.change("web", instanses=3)


def unknown_vcluster(trial: Trial) -> None:
    trial.change("web", vcluster="wbe")


def two_apps_on_one_place(trial: Trial) -> None:
    trial.change("catalog", path="/")


def evil_host(trial: Trial) -> None:
    trial.change("web", hosts=[EVIL])


def evil_path(trial: Trial) -> None:
    trial.change("catalog", path="/" + EVIL)


def forbidden_directive(trial: Trial) -> None:
    trial.change("web", nginx={"snippet": "web.conf"})
    (trial.folder / "web.conf").write_text('content_by_lua_block { os.execute("id") }\n', "utf-8")


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (unknown_key, ("apps.web.instanses", "instances")),
        (unknown_vcluster, ("apps.web.vcluster", "wbe", "batch")),
        (two_apps_on_one_place, (HOST, "apps.web", "apps.catalog")),
        (evil_host, ("apps.web.hosts", "evil")),
        (evil_path, ("apps.catalog.path", "evil")),
    ],
)
def test_a_bad_project_file_is_refused(trying: Trying, edit: Callable[[Trial], None], words: tuple[str, ...]) -> None:
    edit(trying.trial)
    trying.refused("deploy", "project.yml", *words)


def test_a_forbidden_directive_in_a_snippet_is_refused(trying: Trying) -> None:
    forbidden_directive(trying.trial)
    trying.refused("deploy", "web.conf", "content_by_lua_block")


def when(condition: dict[str, Any]) -> dict[str, Any]:
    return {"policy": "trial-web", "owner": "tests@example.com", "reason": "a mistake", "rules": [{"variant": "2.0", "when": condition}]}


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ({"address": {"in": ["10.0.0.0/33"]}}, ("rules[0].when.address.in", "10.0.0.0/33")),
        ({"percent": None}, ("rules[0].when.percent",)),
        ({"cookie": {"name": EVIL, "exists": True}}, ("rules[0].when.cookie.name", "evil")),
        ({"header": {"name": EVIL, "exists": True}}, ("rules[0].when.header.name", "evil")),
    ],
    ids=["a bad CIDR", "an empty percentage", "an evil cookie name", "an evil header name"],
)
def test_a_bad_policy_is_refused(trying: Trying, condition: dict[str, Any], words: tuple[str, ...]) -> None:
    trying.trial.policy.write_text(yaml.safe_dump(when(condition)), "utf-8")
    trying.refused("gray", "trial-web.yml", *words)


def test_a_policy_with_two_megabytes_of_rules_is_refused(trying: Trying) -> None:
    data = when({"cookie": {"name": "uid", "in": [f"user-{number:08d}" for number in range(160)]}})
    data["rules"] *= 900
    # JSON is YAML, and writes every rule out.
    text = json.dumps(data)
    assert len(text) > 2_000_000
    trying.trial.policy.write_text(text, "utf-8")
    trying.refused("gray", "trial-web.yml")


def test_an_unknown_variant_is_refused(trying: Trying) -> None:
    """The project says 3.0 and the policy speaks of 9.9: binding them would route to nowhere."""
    trying.trial.change("web", gray={"version": "3.0", "instances": 1, "policy": "trial-web"})
    trying.trial.write_policy(5, "9.9")
    trying.refused("gray", "trial-web.yml", "rules[0].variant", "9.9", "3.0")


@pytest.mark.parametrize(("way", "said"), [("500", "HTTP 500"), ("html", "JSON"), ("nothing", "is away")])
def test_a_broken_marathon_is_named_with_its_answer(trying: Trying, way: str, said: str) -> None:
    with broken_marathon(way) as (url, server):
        run = trying.refused("deploy", url, said, zeus_marathon_urls=[url], deploy_timeout=20)
        assert server.asked > 0
    assert trying.bed.first.secrets["zeus_marathon_password"] not in run.output


def test_a_locked_app_is_left_alone_unless_forced(trying: Trying) -> None:
    """Somebody else's deployment, which can never end, holds the app: 409, its id in the message; with force it is overridden."""
    center, trial = trying.bed.first, trying.trial
    app = center.app(stable("catalog"))
    assert app is not None
    held = center.marathon("PUT", f"/v2/apps{stable('catalog')}?force=false", {"instances": app["instances"] + 1, "cpus": 1000})
    try:
        trial.change("catalog", env={"COLOUR": "blue"})
        run = trying.refused("deploy", stable("catalog"), held["deploymentId"])
        assert "deploy_force" in run.told or "force" in run.told
        trying.playbooks.run("deploy", inventory=center.inventory, variables=trial.deploy(deploy_force=True)).ended(0)
    finally:
        trial.change("catalog", env=None)
        trying.playbooks.run("deploy", inventory=center.inventory, variables=trial.deploy(deploy_force=True)).ended(0)
    until(lambda: not center.marathon("GET", "/v2/deployments"), 10, "no deployment is left")
    again = center.app(stable("catalog"))
    assert again is not None
    assert again["cpus"] == app["cpus"]
