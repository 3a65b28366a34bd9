# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook zeus.paas.gray as users call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
import yaml

from integration.gray.site import BINDING, CATALOGUE, EVERYONE, GRAY, POLICY, REGIONS, STABLE, TESTERS, Site


class Playbook:
    """A datacenter's inventory, a project and a policy file; ``run`` gives the exit code and what was printed."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.policy = site.folder / "policy.yml"
        self.inventory = site.folder / "inventory.yml"
        variables = {
            "zeus_datacenter": "bj01", "zeus_vclusters": CATALOGUE, "zeus_regions": REGIONS,
            "zeus_marathon_urls": [site.engine.url], "zeus_marathon_user": "zeus", "zeus_marathon_password": "engine-password-0",
            "zeus_mesos_urls": [site.engine.mesos_url],
            "zeus_router_urls": {"web": [site.agent.url]}, "zeus_router_token": site.agent.token,
            "zeus_policy_store_host": site.redis.host, "zeus_policy_store_port": site.redis.port,
            "zeus_policy_store_writer_password": site.redis.writer,
            "zeus_artifact_url": site.artifacts.url, "zeus_artifact_token": site.artifacts.token,
        }  # fmt: skip
        self.inventory.write_text(yaml.safe_dump({"control": {"hosts": {"bj01-control": None}, "vars": variables}}))
        site.write()

    def run(self, *steps: str, options: tuple[str, ...] = (), **more: Any) -> tuple[int, str]:
        given = {
            "project": str(self.site.file), "environment_name": "production", "app": "web", "policy_file": str(self.policy),
            "gray_timeout": 60, "gray_steps": list(steps), **more,
        }  # fmt: skip
        variables = {key: value for key, value in given.items() if value is not None}
        playbook = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.inventory), "zeus.paas.gray"]
        done = subprocess.run(
            [*playbook, "-e", json.dumps(variables), *options],
            capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False, timeout=300, env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )  # fmt: skip
        printed = done.stdout + done.stderr
        for secret in ("engine-password-0", self.site.agent.token, self.site.redis.writer, self.site.artifacts.token):
            assert secret not in printed
        # The callback folds long lines.
        return done.returncode, " ".join(printed.split())


@pytest.fixture
def playbook(site: Site) -> Playbook:
    return Playbook(site)


def test_every_step(playbook: Playbook) -> None:
    site = playbook.site
    playbook.policy.write_text(yaml.safe_dump(TESTERS))
    before = site.state()
    code, printed = playbook.run("deploy", "policy", "bind", options=("--check", "--diff"))
    assert (code, site.state()) == (0, before), printed
    assert "bind can be predicted only after they have been done" in printed

    code, printed = playbook.run("widen")
    assert (code, site.state()) == (2, before), printed
    assert "is not bound to policy shop-web" in printed

    code, printed = playbook.run("deploy", "policy", "bind", options=("-vvv", "--diff"))
    assert code == 0, printed
    assert site.binding() == {"policy": POLICY, "variant": "2-0", "version": "2.0"}
    assert (site.variants(), site.variants(Cookie="beta=1")) == ({"stable"}, {"2-0"})
    code, printed = playbook.run("deploy", "policy", "bind")
    assert (code, " changed=0 " in printed) == (0, True), printed

    playbook.policy.write_text(yaml.safe_dump(EVERYONE))
    assert playbook.run("widen")[0] == 0
    assert site.variants() == {"2-0"}

    code, printed = playbook.run("finish")
    assert code == 0, printed
    assert f'{site.file}: set apps.web.version to "2.0", remove apps.web.gray' in printed
    assert site.apps() == {STABLE: ("2.0", 2)}


def test_abort(playbook: Playbook) -> None:
    site = playbook.site
    assert playbook.run(step="deploy", gray_steps=None)[0] == 0
    assert GRAY in site.apps()
    assert playbook.run(step="abort", gray_steps=None, policy_file=None)[0] == 0
    assert site.apps() == {STABLE: ("1.0", 2)}
    assert site.values().get(BINDING) is None


@pytest.mark.parametrize(("variables", "words"), [
    ({"gray_steps": ["deploy", "finnish"]}, "Unknown step: finnish; expected -e step=<one of deploy, policy, bind, widen, finish, abort>"),
    ({"gray_steps": None}, "No step was given; expected -e step=<one of deploy"),
    ({"gray_steps": "deploy"}, "as the list gray_steps"),
    ({"gray_steps": ["policy"], "policy_file": None}, "-e policy_file=<path of a policy> for the steps policy and widen"),
    ({"gray_steps": ["deploy"], "app": None}, "-e app=<one of its apps>"),
])  # fmt: skip
def test_a_wrong_call(datacenter: Site, variables: dict[str, Any], words: str) -> None:
    before = datacenter.state()
    code, printed = Playbook(datacenter).run(**variables)
    assert code == 2, printed
    assert words in printed
    assert datacenter.state() == before
