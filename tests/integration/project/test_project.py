# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module `project` against a running engine and a running artifact store."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from integration.project.conftest import Shop

STABLE = "/production/shop/web/stable"


def test_a_project_from_nothing_to_gone(shop: Shop) -> None:
    """Created, the same again, predicted, updated, scaled, pruned: what check mode says is what happens."""
    predicted = shop.run("--check", "--diff")
    assert (predicted.code, predicted.changed, predicted.actions()) == (0, True, {"web": "create", "mailer": "create"})
    assert shop.store.have() == set()
    assert set(shop.store.requests()) == {"HEAD 404"}
    assert shop.engine.call("GET", "/v2/apps")["apps"] == []

    created = shop.run("--diff")
    assert (created.code, created.changed) == (0, True)
    assert (created.data["apps"], created.data["changes"]) == (predicted.data["apps"], predicted.data["changes"])
    assert created.diff == predicted.diff
    assert '+    "cmd": "exec sh -c ' in created.diff
    assert shop.answers() == {'1.0 hello it\'s "$HOME" `id` \\ %s'}
    assert shop.engine.app(STABLE)["constraints"] == [["vcluster", "CLUSTER", "web"]]

    before = shop.task_ids()
    again = shop.run()
    assert (again.changed, again.actions(), again.data["changes"]) == (False, {"web": "none", "mailer": "none"}, [])
    assert shop.task_ids() == before
    assert shop.store.requests().count("PUT 201") == 1

    shop.web["version"] = "1.1"
    shop.write("web/text", "changed")
    predicted = shop.run("--check")
    updated = shop.run()
    assert predicted.data["apps"] == updated.data["apps"]
    assert {"id": STABLE, "action": "update", "fields": ["env", "labels"]} in updated.data["changes"]
    web = next(app for app in updated.data["apps"] if app["id"] == STABLE)
    assert (web["vcluster"], web["instances"], web["labels"]["ZEUS_VERSION"]) == ("web", 2, "1.1")
    assert shop.answers() == {'1.1 changed it\'s "$HOME" `id` \\ %s'}
    assert len(shop.store.have()) == 2

    before = shop.task_ids()
    shop.web["instances"] = 3
    scaled = shop.run()
    assert scaled.actions() == {"web": "scale", "mailer": "none"}
    assert before < shop.task_ids()

    del shop.data["apps"]["mailer"]
    assert not shop.run().changed
    pruned = shop.run(prune=True)
    assert pruned.actions() == {"web": "none", "mailer": "delete"}
    assert [app["id"] for app in shop.engine.call("GET", "/v2/apps")["apps"]] == [STABLE]


def test_pruning_leaves_everything_else_alone(shop: Shop) -> None:
    shop.run()
    others = {
        "/production/other/app/stable": {"ZEUS_PROJECT": "other", "ZEUS_ENVIRONMENT": "production", "ZEUS_OWNER": "project"},
        "/test/shop/old/stable": {"ZEUS_PROJECT": "shop", "ZEUS_ENVIRONMENT": "test", "ZEUS_OWNER": "project"},
        "/production/shop/old/2-0": {"ZEUS_PROJECT": "shop", "ZEUS_ENVIRONMENT": "production", "ZEUS_OWNER": "gray_release"},
        "/by-hand": {},
    }
    for id_, labels in others.items():
        shop.engine.deploy({"id": id_, "cmd": "sleep 1000", "instances": 0, "labels": labels, "portDefinitions": []})
    assert not shop.run(prune=True).changed
    assert {app["id"] for app in shop.engine.call("GET", "/v2/apps")["apps"]} > set(others)


def test_an_artifact_that_was_lost_is_uploaded_again(shop: Shop) -> None:
    shop.run()
    [digest] = shop.store.have()
    shop.store.shell(f"truncate -s -1 /var/lib/zeus-artifacts/{digest}.tar.gz")
    repaired = shop.run()
    assert [(c["id"], c["action"]) for c in repaired.data["changes"]] == [(f"{digest}.tar.gz", "create")]
    assert not shop.run().changed


def test_a_version_that_never_gets_healthy_is_taken_back(shop: Shop) -> None:
    shop.run()
    shop.web["version"] = "2.0"
    shop.web["cmd"] = "exec sleep 1000"
    failed = shop.run(wait_timeout=6)
    assert failed.code == 2
    assert failed.data["error"]["state"] == "rolled_back"
    assert shop.answers() == {'1.0 hello it\'s "$HOME" `id` \\ %s'}
    assert shop.engine.app(STABLE)["labels"]["ZEUS_VERSION"] == "1.0"


def gray(shop: Shop, version: str = "2.0") -> None:
    """What gray_release starts: the gray variant beside the stable one."""
    stable = shop.engine.app(STABLE)
    labels = {**stable["labels"], "ZEUS_VARIANT": "2-0", "ZEUS_VERSION": version, "ZEUS_OWNER": "gray_release"}
    shop.engine.deploy(
        {"id": "/production/shop/web/2-0", "cmd": "exec sleep 1000", "labels": labels, "portDefinitions": [], "mem": 32, "cpus": 0.1}
    )


def test_under_gray_release_an_app_is_only_scaled(shop: Shop) -> None:
    shop.web["gray"] = {"version": "2.0"}
    shop.run()
    gray(shop)
    assert not shop.run(prune=True).changed
    shop.web["instances"] = 3
    assert shop.run().actions()["web"] == "scale"
    before = shop.task_ids()
    shop.web["env"]["A"] = "changed"
    for options in (("--check",), ()):
        refused = shop.run(*options)
        assert (refused.code, refused.message) == (2, (
            f"{shop.folder}/shop.yml: apps.web: this app is under gray release (variant 2-0 runs), and it would change env; "
            "meanwhile project changes only its instances. Finish or abort the release first (playbook zeus.paas.gray)"
        ))  # fmt: skip
    del shop.data["apps"]["web"]
    refused = shop.run(prune=True)
    assert "it is not in the file any more" in refused.message
    assert shop.task_ids() == before


def test_a_finished_release_is_not_taken_back(shop: Shop) -> None:
    shop.web["version"] = "2.0"
    shop.run()
    shop.web["version"] = "1.0"
    shop.web["gray"] = {"version": "2.0", "env": {"A": "b"}}
    refused = shop.run()
    assert (refused.code, refused.message) == (2, (
        f"{shop.folder}/shop.yml: apps.web.gray.version: 2.0 already runs as stable: its release was finished. This file would take it "
        'back to 1.0. Change these lines: set apps.web.version to "2.0", move env from apps.web.gray to apps.web, and remove apps.web.gray'
    ))  # fmt: skip
    assert shop.engine.app(STABLE)["labels"]["ZEUS_VERSION"] == "2.0"


def test_a_host_that_another_project_has(shop: Shop) -> None:
    labels = {"ZEUS_ENVIRONMENT": "test", "ZEUS_PROJECT": "other", "ZEUS_APP": "site", "ZEUS_VARIANT": "stable", "ZEUS_VCLUSTER": "web",
              "ZEUS_HOSTS": "shop.example.com", "ZEUS_PATH": "/"}  # fmt: skip
    shop.engine.deploy({"id": "/test/other/site/stable", "cmd": "sleep 1000", "instances": 0, "labels": labels, "portDefinitions": []})
    refused = shop.run()
    assert (refused.code, refused.message) == (2, (
        f"{shop.folder}/shop.yml: apps.web.hosts: shop.example.com/ of virtual cluster web already belongs to /test/other/site, which runs "
        "in this datacenter; expected a host and path, or a port, that no other app has"
    ))  # fmt: skip
    assert shop.store.have() == set()


@pytest.mark.parametrize(("key", "value", "message"), [
    ("instnces", 3, "apps.web.instnces: unknown key; did you mean instances?"),
    ("vcluster", "wbe", "apps.web.vcluster: unknown virtual cluster (got 'wbe'); expected one of batch, tv, web"),
    ("hosts", ['"; } evil {'],
     "apps.web.hosts[0]: this cannot be used here (got '\"; } evil {'); expected a DNS name in lower case, such as shop.example.com"),
    ("files", "nowhere", "apps.web.files: there is no such file or folder (got '{folder}/nowhere'); "
                         "expected a path below the project file's folder"),
    ("nginx", {"snippet": "gone.conf"},
     "apps.web.nginx.snippet: there is no such file (got '{folder}/gone.conf'); expected a file with nginx directives"),
])  # fmt: skip
def test_bad_input_changes_nothing(shop: Shop, key: str, value: Any, message: str) -> None:
    shop.web[key] = value
    refused = shop.run()
    assert (refused.code, refused.message) == (2, f"{shop.folder}/shop.yml: {message.replace('{folder}', str(shop.folder))}")
    assert shop.engine.call("GET", "/v2/apps")["apps"] == []
    assert shop.store.have() == set()


def test_a_forbidden_directive_in_a_snippet(shop: Shop) -> None:
    shop.web["nginx"] = {"snippet": "web.conf"}
    shop.write("web.conf", "client_max_body_size 10m;\ncontent_by_lua_block { os.execute('id') }\n")
    refused = shop.run()
    assert refused.code == 2
    assert f"{shop.folder}/web.conf" in refused.message
    assert "line 2" in refused.message
    assert "content_by_lua_block" in refused.message
    shop.write("web.conf", "client_max_body_size 10m;\n")
    assert shop.run().message == (
        f"{shop.folder}/shop.yml: apps.web.nginx.snippet: a snippet reaches the routers through the policy store, and policy_store_host is "
        "not set; expected zeus_policy_store_host in the inventory"
    )


def test_a_link_out_of_the_project(shop: Shop) -> None:
    (shop.folder / "out").symlink_to("/etc")
    shop.web["files"] = "out"
    assert "apps.web.files: this path leaves the project's folder" in shop.run().message


def test_a_wrong_token_uploads_nothing(shop: Shop) -> None:
    refused = shop.run(artifact_token="wrong-token-0123456789")
    assert refused.code == 2
    assert "artifact store: PUT" in refused.message
    assert "HTTP 401" in refused.message
    assert shop.store.have() == set()
    assert shop.engine.call("GET", "/v2/apps")["apps"] == []


def test_an_artifact_store_that_is_away_is_told_apart(shop: Shop) -> None:
    away = shop.run(artifact_url="http://127.0.0.1:9")
    assert (away.code, away.data["unreachable"]) == (4, True)
    assert away.message.startswith("artifact store is away: http://127.0.0.1:9: ")


def test_no_secret_is_shown(shop: Shop) -> None:
    for result in (shop.run("-vvv", "--diff"), shop.run("-vvv", artifact_token="wrong-token-0123456789"), shop.run("-vvv")):
        shown = result.printed.replace(f"'{yaml.safe_dump({})}'", "")
        assert "engine-password-0" not in shown
        assert shop.store.token not in shown
