# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The pure parts of the agent: its configuration, HAProxy's, snippets, and what it keeps on disk."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import zeus_router_apply
from zeus_router_agent.config import load_config
from zeus_router_agent.disk import Disk, write_atomically
from zeus_router_agent.haproxy_config import render, server_name, services_of
from zeus_router_agent.loop import Loop
from zeus_router_agent.marathon import apps_of
from zeus_router_agent.ports import listening_ports
from zeus_router_agent.snippets import file_name, plan_files
from zeus_router_agent.world import World

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, asset_key, assets_key
from ansible_collections.zeus.paas.plugins.module_utils._routing import Entry as PlanEntry
from ansible_collections.zeus.paas.plugins.module_utils._routing import Peer, Plan, Variant

SETTINGS: dict[str, Any] = {
    "router": "r1",
    "datacenter": "bj01",
    "vcluster": "web",
    "state_dir": "/x",
    "api": {"address": "0.0.0.0", "port": 8700, "token": "a-secret-token"},
    "marathon": {"urls": ["http://10.0.0.1:8080"]},
    "nginx": None,
}


def written(tmp_path: Path, settings: object) -> str:
    path = tmp_path / "agent.json"
    path.write_text(settings if isinstance(settings, str) else json.dumps(settings))
    return str(path)


def test_a_configuration_is_read(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SETTINGS))
    assert (config.api.port, config.marathon.resync, config.nginx, config.reload_interval) == (8700, 30.0, None, 5.0)
    assert "a-secret-token" not in repr(config)


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ("{", "cannot be read"),
        ([], "the file is no object"),
        ({**SETTINGS, "vclusters": 1}, "vclusters is unknown"),
        ({**SETTINGS, "api": {**SETTINGS["api"], "prot": 1}}, r"api\.prot is unknown"),
        ({key: SETTINGS[key] for key in SETTINGS if key != "vcluster"}, "vcluster"),
        ({**SETTINGS, "api": "a-secret-token"}, r"api\. is no object"),
    ],
)
def test_a_bad_configuration_names_its_key_and_no_secret(tmp_path: Path, settings: object, told: str) -> None:
    with pytest.raises(ValueError, match=told) as error:
        load_config(written(tmp_path, settings))
    assert "agent.json" in str(error.value)
    assert "a-secret-token" not in str(error.value)


def service(*peers: Peer, port: int = 9090) -> PlanEntry:
    variants = {"stable": Variant("1.0", peers), "2-0": Variant("2.0", (Peer("gray", "10.0.0.9", 1),))}
    return PlanEntry("service", "production", "shop", "price", variants, port=port)


def test_haproxys_file_has_every_service_with_its_stable_servers() -> None:
    services = services_of({"/production/shop/price": service(Peer("a", "10.0.0.1", 31001), Peer("b", "2001:db8::1", 31002))})
    text = render(services, ["0.0.0.0", "::"])
    assert text.splitlines()[2:] == [
        "frontend zeus_in_production_shop_price_9090 from zeus_service",
        "    bind 0.0.0.0:9090",
        "    bind [::]:9090 v6only",
        "    default_backend zeus_production_shop_price",
        "",
        "backend zeus_production_shop_price from zeus_service",
        *sorted([f"    server {server_name('a')} 10.0.0.1:31001", f"    server {server_name('b')} [2001:db8::1]:31002"]),
    ]


def test_server_names_are_short_and_differ() -> None:
    names = {server_name(f"production_shop_price.instance-{number}") for number in range(1000)}
    assert len(names) == 1000
    assert all(len(name) == 22 for name in names)


def snippet(text: str, digest: str | None = None) -> dict[str, Entry]:
    body = {"kind": "snippet", "text": text}
    digest = digest or digest_of(body)
    key, asset = assets_key("production", "shop", "web"), asset_key(digest)
    reference = {"snippet": digest}
    return {key: Entry(key, 1, 1, digest_of(reference), reference), asset: Entry(asset, 1, 2, digest_of(body), body)}


def test_a_snippet_becomes_a_file_of_its_app_and_digest() -> None:
    entries = snippet("add_header X-Own yes;")
    wanted = plan_files(entries)
    assert wanted.problems == ()
    ((name, text),) = wanted.files.items()
    assert name == file_name("/production/shop/web", wanted.digests["/production/shop/web"])
    assert zeus_router_apply.NAME.fullmatch(name)
    assert "X-Own" in text


@pytest.mark.parametrize(
    ("entries", "told"),
    [
        (snippet("root /etc;"), "root"),
        (snippet("content_by_lua_block { }"), "content_by_lua_block"),
        (snippet("add_header X y;", digest="a" * 64), "another content"),
        ({key: value for key, value in snippet("add_header X y;").items() if "assets" in key}, "not in the policy store"),
    ],
)
def test_a_snippet_that_may_not_be_is_a_problem_of_its_app(entries: dict[str, Entry], told: str) -> None:
    wanted = plan_files(entries)
    assert wanted.files == {}
    assert [(problem.kind, problem.subject) for problem in wanted.problems] == [("snippet", "/production/shop/web")]
    assert told in wanted.problems[0].message


def test_the_helper_takes_plain_files_with_its_names_only(tmp_path: Path) -> None:
    good = tmp_path / "test_shop_web_0123456789ab.conf"
    good.write_text("location {}")
    (tmp_path / ".new").write_text("left over")
    assert zeus_router_apply.read_staged(tmp_path) == {good.name: b"location {}"}
    for name in ("evil.conf", "test_shop_web_0123456789ab.conf.sh", "test_shop_web_0123456789AB.conf"):
        (tmp_path / name).write_text("x")
        with pytest.raises(zeus_router_apply.Refused, match="no name of a snippet"):
            zeus_router_apply.read_staged(tmp_path)
        (tmp_path / name).unlink()
    link = tmp_path / "test_shop_web_ffffffffffff.conf"
    link.symlink_to("/etc/shadow")
    with pytest.raises(OSError, match="symbolic links"):
        zeus_router_apply.read_staged(tmp_path)
    link.unlink()
    os.mkfifo(link)
    with pytest.raises(zeus_router_apply.Refused, match="is no file"):
        zeus_router_apply.read_staged(tmp_path)
    link.unlink()
    good.write_bytes(b"x" * (zeus_router_apply.MAX_BYTES + 1))
    with pytest.raises(zeus_router_apply.Refused, match="longer than"):
        zeus_router_apply.read_staged(tmp_path)


def test_a_plan_on_disk_is_whole_or_not_used(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path))
    assert disk.load_plan() is None
    plan = Plan({"/production/shop/price": service(Peer("a", "10.0.0.1", 1))})
    disk.save_plan(plan)
    loaded = disk.load_plan()
    assert loaded is not None
    assert loaded.to_text() == plan.to_text()
    for spoiled in ("", plan.to_text()[:-9], plan.to_text().replace("10.0.0.1", "10.0.0.2"), '{"schema": 9}', "\udcff"):
        disk.plan_path.write_bytes(spoiled.encode("utf-8", "surrogateescape"))
        assert disk.load_plan() is None


def test_what_was_taken_from_the_store_survives_and_broken_parts_do_not(tmp_path: Path) -> None:
    disk = Disk(str(tmp_path))
    entries = snippet("add_header X y;")
    disk.save_entries(entries)
    assert disk.load_entries() == entries
    text = (tmp_path / "store.json").read_text().replace("add_header X", "add_header Z")
    (tmp_path / "store.json").write_text(text)
    assert set(disk.load_entries()) == {key for key in entries if "assets" in key}
    (tmp_path / "store.json").write_text("[]")
    assert disk.load_entries() == {}
    disk.save_drains({"a": 5.0})
    assert disk.load_drains() == {"a": 5.0}


def test_a_file_is_replaced_as_a_whole_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("old")
    write_atomically(path, "new", 0o640)
    assert path.read_text() == "new"
    assert path.stat().st_mode & 0o777 == 0o640
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("data", "apps"),
    [
        ({"appId": "/a"}, {"/a"}),
        ({"runSpecId": "/a"}, {"/a"}),
        ({"appDefinition": {"id": "/a"}}, {"/a"}),
        (
            {"plan": {"steps": [{"actions": [{"action": "ScaleApplication", "app": "/a"}, {"pod": "/p"}]}, {"actions": [{"app": "/b"}]}]}},
            {"/a", "/b"},
        ),
        ({"groupId": "/"}, set()),
        ({"plan": None, "appId": 3}, set()),
    ],
)
def test_events_name_their_apps_in_different_places(data: dict[str, Any], apps: set[str]) -> None:
    assert apps_of(data) == apps


def test_listening_ports_come_from_the_kernels_tables(tmp_path: Path) -> None:
    (tmp_path / "tcp").write_text(
        "  sl  local_address rem_address   st\n   0: 00000000:1F90 00000000:0000 0A x\n   1: 0100007F:0016 0100007F:9999 01 x\n"
    )
    assert listening_ports(tmp_path) == {8080}


def test_a_loop_outlives_errors_and_is_woken_from_its_pause() -> None:
    world, turns, failures = World(), [0], []

    def turn() -> None:
        turns[0] += 1
        if turns[0] < 4:
            raise OSError("no")
        world.stop()

    loop = Loop("test", turn, world.stopping, failures.append)
    loop.start()
    while loop.is_alive():
        loop.nudge()
        loop.join(0.01)
    assert turns[0] == 4
    assert failures == ["no", "no", "no"]
