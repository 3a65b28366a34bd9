# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""backup and restore of a real policy store, with the standalone engine. ZooKeeper's part is tried by the molecule scenario ``cluster``."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from integration.engine.running import RunningEngine, agent
from integration.gray.redis import RunningRedis
from integration.keeping.datacenter import Datacenter

POLICY = {"policy": "shop-web", "salt": "shop-web", "rules": []}
SNIPPET = {"kind": "snippet", "text": "add_header X-Shop '{{ not_a_template }}';\n"}
ASSET = "zeus:asset:" + "ab" * 32
VALUES: dict[str, dict[str, Any]] = {"zeus:policy:shop-web": POLICY, ASSET: SNIPPET}


@pytest.fixture(scope="module")
def engine() -> Iterator[RunningEngine]:
    with RunningEngine([agent("web-1.bj01", "web", 31000)]) as running:
        yield running


@pytest.fixture
def redis() -> Iterator[RunningRedis]:
    with RunningRedis() as running:
        yield running


@pytest.fixture
def store(redis: RunningRedis) -> PolicyStore:
    found = PolicyStore(redis.host, redis.port, "zeus-writer", redis.writer)
    found.put_many(VALUES)
    return found


@pytest.fixture
def datacenter(tmp_path: Path, engine: RunningEngine, redis: RunningRedis, store: PolicyStore) -> Datacenter:
    variables = {
        "zeus_marathon_urls": [engine.url], "zeus_mesos_urls": [engine.mesos_url], "zeus_router_urls": {},
        "zeus_policy_store_host": redis.host, "zeus_policy_store_port": redis.port, "zeus_policy_store_writer_password": redis.writer,
    }  # fmt: skip
    hosts = {"bj01-control": {"ansible_host": engine.address, "zeus_node_role": "control"}}
    return Datacenter.made(tmp_path, {"web": {"router": "none"}}, hosts, variables, (redis.writer, redis.reader))


def backups(datacenter: Datacenter) -> list[Path]:
    return sorted((datacenter.folder / "backups" / "bj01").iterdir())


def bodies(store: PolicyStore) -> dict[str, Any]:
    return {key: entry.body for key, entry in store.scan("zeus:").items() if entry.body is not None}


def test_what_was_lost_is_brought_back(datacenter: Datacenter, store: PolicyStore, redis: RunningRedis) -> None:
    code, output = datacenter.play("backup.yml", "--check")
    assert code == 0, output
    assert not (datacenter.folder / "backups").exists()
    code, output = datacenter.play("backup.yml")
    assert code == 0, output
    (backup,) = backups(datacenter)
    assert {path.name: oct(path.stat().st_mode & 0o777) for path in backup.iterdir()} == dict.fromkeys(
        ("manifest.json", "policy_store.json"), "0o600"
    )
    assert {oct(path.stat().st_mode & 0o777) for path in (backup, backup.parent)} == {"0o700"}
    manifest = json.loads((backup / "manifest.json").read_text("utf-8"))
    assert (manifest["datacenter"], manifest["zookeeper"]) == ("bj01", {})

    store.put_many({"zeus:policy:later": {**POLICY, "policy": "later"}, "zeus:policy:shop-web": None})
    restore = ("restore.yml", "-e", f"backup={os.path.relpath(backup, datacenter.folder)}")
    code, output = datacenter.play(*restore, "--check")
    assert code == 0, output
    assert "zeus:policy:later" in bodies(store)
    code, output = datacenter.play(*restore)
    assert code == 0, output
    assert bodies(store) == VALUES
    code, output = datacenter.play(*restore)
    assert code == 0, output
    assert "changed=0" in output

    # The whole store is lost: a new one is written, and counts above the old.
    before = store.stamp()
    redis.forget()
    code, output = datacenter.play(*restore)
    assert code == 0, output
    assert bodies(store) == VALUES
    assert before is not None
    assert (store.stamp() or (0, 0)) > before


def test_a_backup_that_is_not_what_was_written(datacenter: Datacenter, store: PolicyStore) -> None:
    assert datacenter.play("backup.yml")[0] == 0
    (backup,) = backups(datacenter)
    store.put_many({"zeus:policy:later": {**POLICY, "policy": "later"}})
    now = bodies(store)
    (backup / "policy_store.json").write_text("{}", "utf-8")
    code, output = datacenter.play("restore.yml", "-e", f"backup={backup}", "-e", "restore_force=true")
    assert code == 2
    assert "policy_store.json is not what was written: its sha256 differs. Nothing was changed." in output
    (backup / "manifest.json").unlink()
    code, output = datacenter.play("restore.yml", "-e", f"backup={backup}")
    assert code == 2
    assert "there is no manifest.json; expected the folder of a backup that was brought to its end" in output
    assert bodies(store) == now


def test_old_backups_go(datacenter: Datacenter) -> None:
    folder = datacenter.folder / "backups" / "bj01"
    for name, whole in (("20250101T000000Z", True), ("20250102T000000Z", False), ("20250103T000000Z", True), ("mine", True)):
        (folder / name).mkdir(parents=True)
        if whole:
            (folder / name / "manifest.json").write_text("{}", "utf-8")
    code, output = datacenter.play("backup.yml", "-e", "backup_keep=2")
    assert code == 0, output
    names = [path.name for path in backups(datacenter)]
    assert names[0] == "20250103T000000Z"
    assert names[-1] == "mine"
    assert len(names) == 3
    code, output = datacenter.play("backup.yml", "-e", "backup_keep=0")
    assert code == 2
    assert "expected how many backups stay, 1 or more" in output
