# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of a running master: groups, variables, ad-hoc commands, cache; by the engine, which answers as Mesos does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from fakes.mesos import master
from fakes.server import Server
from integration.engine.running import RunningEngine, agent

USER, PASSWORD = "operator", "geheim-mesos-4417"
AGENTS = (agent("web-1.bj01", "web", 31000, rack="r1"), agent("web-2.bj01", "web", 31100, rack="r2"), agent("batch-1.bj01", "batch", 31200))


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine(AGENTS, user=USER, password=PASSWORD) as running:
        yield running


def ansible(program: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ansible", program, *arguments],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1", **environment},
    )  # fmt: skip


def source(folder: Path, **options: Any) -> str:
    path = folder / "bj01.mesos.yml"
    path.write_text(yaml.safe_dump({"plugin": "zeus.paas.mesos", **options}), encoding="utf-8")
    return str(path)


def listed(path: str, *arguments: str, **environment: str) -> dict[str, Any]:
    done = ansible("inventory", "-i", path, "--list", *arguments, **environment)
    assert done.returncode == 0, done.stderr
    assert PASSWORD not in done.stdout + done.stderr
    return dict(json.loads(done.stdout))


def credentials(engine: RunningEngine) -> dict[str, Any]:
    return {"mesos_urls": [engine.mesos_url], "mesos_user": USER, "mesos_password": PASSWORD}


def test_groups_and_variables(tmp_path: Path, engine: RunningEngine) -> None:
    found = listed(source(tmp_path, **credentials(engine)))
    assert found["mesos_agents"]["hosts"] == ["batch-1.bj01", "web-1.bj01", "web-2.bj01"]
    assert found["vcluster_web"]["hosts"] == ["web-1.bj01", "web-2.bj01"]
    assert (found["vcluster_batch"]["hosts"], found["rack_r2"]["hosts"]) == (["batch-1.bj01"], ["web-2.bj01"])
    variables = found["_meta"]["hostvars"]["web-2.bj01"]
    assert variables["ansible_host"] == engine.address
    assert variables["mesos_attributes"] == {"dc": ["bj01"], "vcluster": ["web"], "rack": ["r2"]}
    assert (variables["mesos_active"], variables["mesos_resources"]["cpus"]) == (True, 4)


def test_the_recorded_agents_of_a_real_master(tmp_path: Path) -> None:
    with Server(master("loaded")) as leader:
        found = listed(source(tmp_path, mesos_urls=[leader.url]))
    assert found["mesos_agents"]["hosts"] == ["batch-r1.mesos.test", "web-r2.mesos.test"]
    assert (found["vcluster_batch"]["hosts"], found["rack_r2"]["hosts"]) == (["batch-r1.mesos.test"], ["web-r2.mesos.test"])
    variables = found["_meta"]["hostvars"]["web-r2.mesos.test"]
    assert (variables["ansible_host"], variables["mesos_agent_id"]) == ("127.0.10.12", "33cf390e-d34d-4949-ba72-04569beb2902-S1")
    assert (variables["mesos_resources"]["cpus"], variables["mesos_used"]["cpus"]) == (1, 0.4)


def test_what_the_file_composes(tmp_path: Path, engine: RunningEngine) -> None:
    path = source(
        tmp_path, **credentials(engine), strict=True,
        compose={"zeus_rack": "mesos_attributes.rack | first"},
        groups={"large": "mesos_resources.cpus >= 4", "inactive": "not mesos_active"},
        keyed_groups=[{"prefix": "in", "key": "mesos_attributes.vcluster"}],
    )  # fmt: skip
    found = listed(path)
    assert found["_meta"]["hostvars"]["web-2.bj01"]["zeus_rack"] == "r2"
    assert found["large"]["hosts"] == found["mesos_agents"]["hosts"]
    assert found["in_web"]["hosts"] == ["web-1.bj01", "web-2.bj01"]
    assert "inactive" not in found


def test_the_connection_may_come_from_the_environment(tmp_path: Path, engine: RunningEngine) -> None:
    found = listed(source(tmp_path), ZEUS_MESOS_URLS=engine.mesos_url, ZEUS_MESOS_USER=USER, ZEUS_MESOS_PASSWORD=PASSWORD)
    assert len(found["mesos_agents"]["hosts"]) == 3


def test_an_ad_hoc_command(tmp_path: Path, engine: RunningEngine) -> None:
    path = source(tmp_path, **credentials(engine), compose={"ansible_connection": "'local'"})
    done = ansible("adhoc", "-i", path, "vcluster_web", "-o", "-m", "ansible.builtin.debug", "-a", "var=mesos_attributes.rack[0]")
    assert done.returncode == 0, done.stdout + done.stderr
    assert sorted(line.split(" | ")[0] for line in done.stdout.splitlines() if " | SUCCESS" in line) == ["web-1.bj01", "web-2.bj01"]


def test_the_cache_answers_while_mesos_is_away(tmp_path: Path) -> None:
    options = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": str(tmp_path / "cache")}
    with RunningEngine(AGENTS) as short:
        path = source(tmp_path, mesos_urls=[short.mesos_url], **options)
        first = listed(path)
        # Its container stays: the address of one that is gone may be the next engine's.
        short.kill9()
        kept = listed(path)
        done = ansible("inventory", "-i", path, "--list", "--flush-cache")
    assert kept == first
    assert list((tmp_path / "cache").iterdir())
    assert done.returncode != 0
    assert "zeus.paas.mesos: " in done.stderr


@pytest.mark.parametrize(("options", "said"), [
    ({"mesos_urls": ["http://127.0.0.1:9"]}, "http://127.0.0.1:9"),
    ({}, "mesos_urls"),
    ({"mesos_urls": ["http://127.0.0.1:9"], "keyed_group": []}, "keyed_group"),
])  # fmt: skip
def test_what_cannot_be_used_ends_with_its_reason(tmp_path: Path, options: dict[str, Any], said: str) -> None:
    done = ansible("inventory", "-i", source(tmp_path, **options), "--list")
    assert done.returncode != 0
    assert said in done.stderr


def test_a_wrong_password_is_told_and_not_shown(tmp_path: Path, engine: RunningEngine) -> None:
    done = ansible("inventory", "-i", source(tmp_path, **{**credentials(engine), "mesos_password": "geheim-wrong"}), "--list", "-vvv")
    assert done.returncode != 0
    assert "401" in done.stderr
    assert "geheim-wrong" not in done.stdout + done.stderr
