# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter for examples: engine, artifact store, Redis, a router of nginx, HAProxy and agent, and a folder as a team has one.

The names and paths that examples use are those of this folder: ``inventories/example/bj01``, ``projects/shop.yml`` (the demo's sample
project), ``policies/shop-web.yml``.
"""

from __future__ import annotations

import contextlib
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from documented.plugins import plugins
from fakes.mesos_operated import OperatedMaster, forward
from fakes.server import Server
from fakes.zookeeper import FakeEnsemble
from integration.agent.running import RunningAgent
from integration.engine.running import RunningEngine, agent
from integration.gray.redis import RunningRedis
from integration.nginx.running import RunningNginx
from integration.project.store import RunningStore

SHOP = Path(__file__).resolve().parents[3] / "demo" / "shop"
REGIONS = {"CN-BJ": ["10.201.0.0/16"], "CN-SH": ["10.202.0.0/16"]}
AGENTS = (
    agent("web-1.bj01", "web", 31000, rack="r1"),
    agent("web-2.bj01", "web", 31100, rack="r2"),
    agent("batch-1.bj01", "batch", 31200),
)
REACHABLE = """
- name: The datacenter's hosts answer
  hosts: control
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - name: This one
      ansible.builtin.ping:
"""


@dataclass(frozen=True)
class Site:
    """``folder`` is where ansible-playbook is called; ``variables`` are the datacenter's, as its inventory has them."""

    folder: Path
    variables: dict[str, Any]
    engine: RunningEngine

    @property
    def inventory(self) -> str:
        return "inventories/example/bj01"

    @property
    def secrets(self) -> list[str]:
        return [str(value) for name, value in self.variables.items() if name.endswith(("_token", "_password"))]


@contextlib.contextmanager
def running_site(folder: Path) -> Iterator[Site]:
    with contextlib.ExitStack() as stack:
        engine = stack.enter_context(RunningEngine(AGENTS))
        # The engine's own agents and tasks, under a master that can do what an engine for one machine cannot.
        mesos = stack.enter_context(Server(OperatedMaster(forward(engine.mesos_url), reads=1)))
        artifacts = stack.enter_context(RunningStore())
        redis = stack.enter_context(RunningRedis())
        nginx = stack.enter_context(RunningNginx(router_nginx_trusted_proxies=["127.0.0.1"]))
        ensemble = stack.enter_context(FakeEnsemble())
        store = {"host": redis.host, "port": redis.port, "user": "zeus-reader", "password": redis.reader}
        router = stack.enter_context(RunningAgent(engine.url, nginx=nginx, haproxy=True, store=store, regions=REGIONS))
        variables = {
            "zeus_marathon_urls": [engine.url], "zeus_mesos_urls": [mesos.url],
            "zeus_router_urls": {"web": [router.url]}, "zeus_router_token": router.token,
            "zeus_policy_store_host": redis.host, "zeus_policy_store_port": redis.port, "zeus_policy_store_writer_password": redis.writer,
            "zeus_zookeeper_hosts": list(ensemble.members),
            "zeus_artifact_url": artifacts.url, "zeus_artifact_token": artifacts.token,
        }  # fmt: skip
        _write_folder(folder, variables, engine.address)
        yield Site(folder, variables, engine)


def _write_folder(folder: Path, variables: dict[str, Any], control: str) -> None:
    shutil.copytree(SHOP, folder / "projects")
    (folder / "projects" / "project.yml").rename(folder / "projects" / "shop.yml")
    (folder / "projects" / "policies").rename(folder / "policies")
    datacenter = folder / "inventories" / "example" / "bj01"
    common = {
        "zeus_engine": "standalone", "zeus_vclusters": {"web": {"router": "both"}, "batch": {"router": "none"}}, "zeus_regions": REGIONS,
        # These hosts are containers without ssh, so what would run on them runs here.
        "ansible_connection": "local", "ansible_python_interpreter": sys.executable,
    }  # fmt: skip
    hosts = {
        "bj01-control-1": {"ansible_host": control, "zeus_node_role": "control"},
        "bj01-web-router-1": {"ansible_host": "127.0.0.1", "zeus_node_role": "router", "zeus_vcluster": "web"},
    }
    files = {
        folder / "inventories" / "example" / "common" / "site.yml": yaml.safe_dump(common),
        datacenter / "hosts.yml": yaml.safe_dump({"all": {"hosts": hosts}}),
        datacenter / "group_vars" / "bj01" / "main.yml": yaml.safe_dump(variables),
        # The inventory plugin's own example.
        datacenter / "topology.zeus.yml": next(plugin.examples for plugin in plugins() if plugin.name == "topology"),
        folder / "playbooks" / "reachable.yml": REACHABLE,
    }
    for path, content in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
