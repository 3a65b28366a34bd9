# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""vcluster_add and vcluster_remove against a running engine: what they refuse, and what they prove."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.router import Router
from integration.engine.running import RunningEngine, agent

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"
USER, PASSWORD, TOKEN = "deployer", "geheim-marathon-2291", "geheim-router-token-2291"
SPARE = "spare-1.bj01"
APP = {
    "cmd": "exec sleep 600", "cpus": 0.05, "mem": 32, "instances": 2,
    "labels": {"ZEUS_VCLUSTER": "web", "ZEUS_ENVIRONMENT": "test", "ZEUS_PROJECT": "shop", "ZEUS_APP": "web", "ZEUS_TYPE": "web"},
}  # fmt: skip
#: In the place of zeus.paas.site, whose work on real hosts molecule looks at: the spare agent comes.
SITE = f"""
- name: The agents come
  hosts: control[0]
  connection: local
  gather_facts: false
  tasks:
    - name: The spare agent is there
      ansible.builtin.uri:
        url: "{{{{ zeus_mesos_urls[0] }}}}/zeus/v1/agents/{SPARE}"
        method: PUT
        body: {{state: "{{{{ after }}}}"}}
        body_format: json
        force_basic_auth: true
        url_username: "{{{{ zeus_marathon_user }}}}"
        url_password: "{{{{ zeus_marathon_password }}}}"
"""


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    agents = [agent("web-1.bj01", "web", 31000), agent("web-2.bj01", "web", 31100), agent(SPARE, "spare", 31200)]
    with RunningEngine(agents, user=USER, password=PASSWORD) as running:
        yield running


@pytest.fixture
def router(engine: RunningEngine) -> Iterator[Router]:
    with Router(lambda: engine.call("GET", "/v2/apps", embed="apps.tasks")["apps"], "web", TOKEN) as running:
        yield running


@pytest.fixture
def datacenter(tmp_path: Path, engine: RunningEngine, router: Router) -> Iterator[Path]:
    """bj01 of a site: ``web`` with a router, ``spare`` without; and the playbooks with a stand-in for the site's."""
    clusters = {"web": {"router": "nginx", "standalone": {"agents": 2}}, "spare": {"router": "none"}}
    variables = {
        "zeus_marathon_urls": [engine.url], "zeus_mesos_urls": [engine.mesos_url], "zeus_router_urls": {"web": [router.url]},
        "zeus_marathon_user": USER, "zeus_marathon_password": PASSWORD, "zeus_router_token": TOKEN,
        "ansible_connection": "local", "ansible_python_interpreter": sys.executable,
    }  # fmt: skip
    hosts = {
        "bj01-control": {"ansible_host": engine.address, "zeus_node_role": "control"},
        "bj01-web-router": {"ansible_host": "127.0.0.1", "zeus_node_role": "router", "zeus_vcluster": "web"},
    }
    write(tmp_path / "common" / "site.yml", {"zeus_engine": "standalone", "zeus_vclusters": clusters})
    write(tmp_path / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
    write(tmp_path / "bj01" / "hosts.yml", {"all": {"hosts": hosts}})
    write(tmp_path / "bj01" / "group_vars" / "bj01.yml", variables)
    shutil.copytree(PLAYBOOKS, tmp_path / "playbooks", ignore=shutil.ignore_patterns("templates"))
    (tmp_path / "playbooks" / "site.yml").write_text(SITE, encoding="utf-8")
    yield tmp_path
    for app in engine.call("GET", "/v2/apps")["apps"]:
        engine.call("DELETE", f"/v2/apps{app['id']}", force="true")
    engine.wait_deployed()
    spare(engine, "present")


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data), encoding="utf-8")


def spare(engine: RunningEngine, state: str) -> None:
    assert engine.session.put(f"{engine.mesos_url}/zeus/v1/agents/{SPARE}", json={"state": state}, timeout=10).status_code == 200


def run(datacenter: Path, playbook: str, *options: str) -> tuple[int, str]:
    """Its exit code, and what it printed on one line."""
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(datacenter / "bj01"), str(datacenter / "playbooks" / playbook), *options],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip
    output = " ".join((done.stdout + done.stderr).split())
    assert PASSWORD not in output
    assert TOKEN not in output
    return done.returncode, output


@pytest.mark.parametrize(("playbook", "options", "said"), [
    ("vcluster_remove.yml", (), "No virtual cluster was given; expected -e vcluster=<one of spare, web>"),
    ("vcluster_add.yml", ("-e", "vcluster=spar"), "spar is not in zeus_vclusters of the site; expected -e vcluster=<one of spare, web>"),
])  # fmt: skip
def test_a_cluster_that_is_not_declared(datacenter: Path, playbook: str, options: tuple[str, ...], said: str) -> None:
    code, output = run(datacenter, playbook, *options)
    assert code == 2
    assert said in output
    assert "The spare agent is there" not in output


def test_an_empty_cluster_may_go(datacenter: Path) -> None:
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=spare")
    assert code == 0, output
    assert "spare is empty in bj01. When it is in every datacenter, take zeus_vclusters.spare out" in output
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=web")
    assert code == 0, output
    assert "(here bj01-web-router)" in output


def test_a_cluster_with_an_app_stays(datacenter: Path, engine: RunningEngine) -> None:
    engine.deploy({**APP, "id": "/test/shop/web/stable", "constraints": [["vcluster", "CLUSTER", "web"]]})
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=web")
    assert code == 2
    assert "web is not empty. Apps: /test/shop/web/stable; tasks on its agents: 2; routed: /test/shop/web;" in output
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=spare")
    assert code == 0, output


def test_a_cluster_with_a_task_of_nobodys_stays(datacenter: Path, engine: RunningEngine) -> None:
    """No label says so, but the agents' attributes do."""
    engine.deploy({**APP, "id": "/test/stray", "labels": {}, "instances": 1, "constraints": [["vcluster", "CLUSTER", "spare"]]})
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=spare")
    assert code == 2
    assert "spare is not empty. Apps: none; tasks on its agents: 1; routed: nothing;" in output


def test_a_router_that_does_not_say_what_it_carries(datacenter: Path, router: Router) -> None:
    write(datacenter / "bj01" / "group_vars" / "bj01_control.yml", {"zeus_router_urls": {"web": [router.url, "http://127.0.0.1:9"]}})
    code, output = run(datacenter, "vcluster_remove.yml", "-e", "vcluster=web")
    assert code == 2
    assert "routers that did not say what they carry: http://127.0.0.1:9" in output


def test_a_cluster_is_added(datacenter: Path, engine: RunningEngine) -> None:
    spare(engine, "away")
    code, output = run(datacenter, "vcluster_add.yml", "-e", "vcluster=spare", "-e", "after=present")
    assert code == 0, output
    again, output = run(datacenter, "vcluster_add.yml", "-e", "vcluster=spare", "-e", "after=present")
    assert again == 0, output
    assert "skipping: [bj01-control]" in output, "it has no routers"


def test_the_routers_of_a_cluster_that_is_added_must_serve(datacenter: Path, router: Router) -> None:
    add = ("vcluster_add.yml", "-e", "vcluster=web", "-e", "after=present", "-e", "vcluster_timeout=5")
    code, output = run(datacenter, *add)
    assert code == 0, output
    router.running = False
    code, output = run(datacenter, *add)
    assert code == 2
    assert f"{router.url}" in output.partition("TASK [Its routers serve]")[2]


def test_agents_that_do_not_come(datacenter: Path, engine: RunningEngine) -> None:
    spare(engine, "away")
    options = ("-e", "vcluster=spare", "-e", "after=away", "-e", "vcluster_timeout=5")
    code, output = run(datacenter, "vcluster_add.yml", *options)
    assert code == 2
    assert "spare has 0 active agents, expected 1; the other clusters have 2, before 2; not apart: nothing" in output


def test_an_agent_that_the_inventory_does_not_know(datacenter: Path) -> None:
    common = datacenter / "common" / "site.yml"
    written = yaml.safe_load(common.read_text("utf-8"))
    written["zeus_vclusters"]["web"]["standalone"]["agents"] = 1
    write(common, written)
    code, output = run(datacenter, "vcluster_add.yml", "-e", "vcluster=web", "-e", "after=present")
    assert code == 2
    assert "Mesos knows 2 agents of web, the inventory 1: a host that is not in it says that it belongs to this cluster." in output
    assert "The spare agent is there" not in output
