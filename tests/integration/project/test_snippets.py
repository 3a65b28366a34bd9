# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snippets on their way to the routers: into the policy store, confirmed, changed, taken back, and gone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from ansible_collections.zeus.paas.plugins.module_utils._project_assets import snippet_asset
from integration.engine.running import RunningEngine
from integration.project.conftest import Result, Shop
from integration.project.router import FollowingRouter
from integration.project.store import RunningStore

TOKEN = "router-token-0123456789"
KEY = "zeus:assets:production:shop:web"


@pytest.fixture(scope="module")
def policy_store(store: RunningStore) -> Iterator[redis.Redis]:
    client = redis.Redis(host=store.start_redis())
    yield client
    client.close()


@pytest.fixture
def router(engine: RunningEngine, policy_store: redis.Redis) -> Iterator[FollowingRouter]:
    policy_store.flushall()
    with FollowingRouter(engine, policy_store, TOKEN) as running:
        yield running


def run(shop: Shop, router: FollowingRouter, *options: str, **parameters: Any) -> Result:
    host = shop.store.url.removeprefix("http://").partition(":")[0]
    return shop.run(*options, policy_store_host=host, policy_store_password="writer-password-0",
                    router_urls={"web": [router.url]}, router_token=TOKEN, **parameters)  # fmt: skip


def value(store: redis.Redis, key: str) -> dict[str, Any]:
    return dict(json.loads(store.get(key) or b"{}"))  # type: ignore[arg-type]


def snippet(shop: Shop, text: str) -> None:
    shop.web["nginx"] = {"snippet": "web.conf"}
    shop.write("web.conf", text)


def test_a_snippet_is_stored_confirmed_changed_and_removed(shop: Shop, router: FollowingRouter, policy_store: redis.Redis) -> None:
    snippet(shop, "client_max_body_size 10m;\n")
    predicted = run(shop, router, "--check")
    assert policy_store.keys() == []
    created = run(shop, router)
    assert (created.code, created.data["changes"]) == (0, predicted.data["changes"])
    assert created.data["routers"] == {"web": [router.url]}
    digest = value(policy_store, KEY)["body"]["snippet"]
    assert value(policy_store, f"zeus:asset:{digest}")["body"] == {"kind": "snippet", "text": "client_max_body_size 10m;\n"}
    # Above what a router has seen, or it would not believe a rebuilt store.
    assert value(policy_store, KEY)["counter"] > 41
    assert not run(shop, router).changed

    before = shop.task_ids()
    snippet(shop, "client_max_body_size 20m;\n")
    changed = run(shop, router)
    assert changed.actions() == {"web": "none", "mailer": "none"}
    assert value(policy_store, KEY)["body"]["snippet"] != digest
    assert router.plan()["apps"]["/production/shop/web"]["snippet"] == value(policy_store, KEY)["body"]["snippet"]

    del shop.web["nginx"]
    assert run(shop, router).changed
    assert value(policy_store, KEY)["body"] == {"snippet": None}
    assert not run(shop, router).changed
    assert shop.task_ids() == before

    del shop.data["apps"]["web"]
    removed = run(shop, router, prune=True)
    assert removed.actions() == {"web": "delete", "mailer": "none"}
    assert value(policy_store, KEY)["body"] is None


def test_a_project_without_snippets_leaves_no_trace_in_the_policy_store(
    shop: Shop, router: FollowingRouter, policy_store: redis.Redis
) -> None:
    assert run(shop, router).code == 0
    assert policy_store.keys() == []


def test_a_rollout_that_fails_takes_the_snippet_back(shop: Shop, router: FollowingRouter, policy_store: redis.Redis) -> None:
    snippet(shop, "client_max_body_size 10m;\n")
    run(shop, router)
    was = value(policy_store, KEY)["body"]
    snippet(shop, "client_max_body_size 20m;\n")
    shop.web["cmd"] = "exec sleep 1000"
    failed = run(shop, router, wait_timeout=5)
    assert (failed.code, failed.data["error"]["state"]) == (2, "rolled_back")
    assert value(policy_store, KEY)["body"] == was


def test_a_router_that_refuses_a_snippet_fails_the_run_and_it_is_taken_back(
    shop: Shop, router: FollowingRouter, policy_store: redis.Redis
) -> None:
    snippet(shop, "client_max_body_size 10m;\n")
    run(shop, router)
    was = value(policy_store, KEY)["body"]
    snippet(shop, "client_max_body_size 20m;\n")
    router.refuses.add(snippet_asset("client_max_body_size 20m;\n")[0])
    failed = run(shop, router, wait_timeout=5)
    assert failed.code == 2
    assert f"{shop.folder}/shop.yml: apps.web.nginx.snippet: not every router of web has it" in failed.message
    assert value(policy_store, KEY)["body"] == was
