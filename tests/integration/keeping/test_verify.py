# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""verify against a running engine: what is well is said to be, and what is not, or cannot be asked, makes it fail.

The hosts are this machine, so what no systemd runs here is not well; the molecule scenario ``cluster`` looks at hosts of which all is.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from fakes.router import Router
from integration.engine.running import RunningEngine, agent
from integration.keeping.datacenter import Datacenter, write

USER, PASSWORD, TOKEN, WRITER = "deployer", "geheim-marathon-2291", "geheim-router-token-2291", "geheim-writer-22910"
#: What stands on hosts of their own, of which there are none here.
NOT_HERE = {"Services", "Policy store", "Artifact store"}
APP = {
    "id": "/test/shop/web/stable", "cmd": "exec sleep 600", "cpus": 0.05, "mem": 32, "instances": 2,
    "constraints": [["vcluster", "CLUSTER", "web"]],
    "labels": {"ZEUS_VCLUSTER": "web", "ZEUS_ENVIRONMENT": "test", "ZEUS_PROJECT": "shop", "ZEUS_APP": "web", "ZEUS_TYPE": "web"},
}  # fmt: skip


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine([agent("web-1.bj01", "web", 31000), agent("web-2.bj01", "web", 31100)], user=USER, password=PASSWORD) as running:
        running.deploy(APP)
        yield running


@pytest.fixture
def router(engine: RunningEngine) -> Iterator[Router]:
    with Router(lambda: engine.call("GET", "/v2/apps", embed="apps.tasks")["apps"], "web", TOKEN) as running:
        yield running


@pytest.fixture
def datacenter(tmp_path: Path, engine: RunningEngine, router: Router) -> Datacenter:
    variables = {
        "zeus_marathon_urls": [engine.url], "zeus_mesos_urls": [engine.mesos_url], "zeus_router_urls": {"web": [router.url]},
        "zeus_marathon_user": USER, "zeus_marathon_password": PASSWORD, "zeus_router_token": TOKEN,
        "zeus_artifact_url": "http://127.0.0.1:9", "zeus_policy_store_writer_password": WRITER,
        "verify_disk_percent": 0,
    }  # fmt: skip
    hosts = {
        "bj01-control": {"ansible_host": engine.address, "zeus_node_role": "control"},
        "bj01-web-router": {"ansible_host": "127.0.0.1", "zeus_node_role": "router", "zeus_vcluster": "web"},
    }
    clusters = {"web": {"router": "nginx", "standalone": {"agents": 2}}}
    return Datacenter.made(tmp_path, clusters, hosts, variables, (PASSWORD, TOKEN, WRITER))


def verify(datacenter: Datacenter, *options: str) -> tuple[int, str, dict[str, dict[str, Any]]]:
    """Its exit code, what it printed, and its checks by name."""
    code, output = datacenter.play("verify.yml", "-e", "report=report.json", *options)
    written = (datacenter.folder / "report.json").read_text("utf-8")
    for secret in datacenter.secrets:
        assert secret not in written
    return code, output, {check["name"]: check for check in json.loads(written)["checks"]}


def not_well(checks: dict[str, dict[str, Any]]) -> set[str]:
    return {name for name, check in checks.items() if check["state"] != "ok"} - NOT_HERE


def test_what_is_well(datacenter: Datacenter) -> None:
    code, output, checks = verify(datacenter, "--check")
    assert not_well(checks) == set(), output
    assert "ok Virtual clusters: web: no task and no route is outside its cluster" in output
    assert "changed=0" in output
    # What is not here has been looked at, too, and found.
    assert code == 2
    assert all(checks[name]["wrong"] or checks[name]["unknown"] for name in NOT_HERE)


def test_what_is_not_well(datacenter: Datacenter, engine: RunningEngine, router: Router) -> None:
    router.running = False
    assert engine.session.put(f"{engine.mesos_url}/zeus/v1/agents/web-2.bj01", json={"state": "away"}, timeout=10).status_code == 200
    try:
        code, output, checks = verify(datacenter, "-e", "verify_settle_seconds=3")
    finally:
        engine.session.put(f"{engine.mesos_url}/zeus/v1/agents/web-2.bj01", json={"state": "present"}, timeout=10)
    assert code == 2
    assert {"Agents", "Routers"} <= not_well(checks)
    assert f"{router.url} does not serve its newest plan" in output
    assert "bj01: " in output
    assert "checks are not well:" in output


def test_what_cannot_be_asked_is_not_well(datacenter: Datacenter) -> None:
    """A host that is away, masters and Marathons that are, and a token that the routers do not know."""
    away = {
        "zeus_mesos_urls": ["http://127.0.0.1:9"],
        "zeus_marathon_urls": ["http://127.0.0.1:9"],
        "zeus_router_token": "another-token-2291",
    }
    write(datacenter.folder / "bj01" / "group_vars" / "bj01_control.yml", away)
    gone = {"ansible_connection": "ssh", "ansible_ssh_common_args": "-o ConnectTimeout=2", "ansible_port": 9}
    write(datacenter.folder / "bj01" / "host_vars" / "bj01-web-router.yml", gone)
    code, _output, checks = verify(datacenter)
    assert code in (2, 4)
    assert not_well(checks) == set(checks) - NOT_HERE - {"Certificates"}
    assert checks["Mesos masters"]["unknown"]
    assert "bj01-web-router does not answer" in checks["Hosts"]["wrong"][0]
