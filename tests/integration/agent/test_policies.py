# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent and the policy store: what is written is decided by soon, and nothing that befalls the store takes a decision away."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import binding_key, policy_key
from integration.nginx.running import RunningNginx, until
from integration.policystore.running import RunningStore

from .fake_marathon import FakeMarathon, app_of
from .running import RunningAgent

KEY = "/test/shop/web"
BINDING = binding_key("test", "shop", "web")
POLICY = policy_key("testers")


def policy(cookie: str) -> dict[str, Any]:
    return {"policy": "testers", "rules": [{"variant": "2.0", "when": {"cookie": {"name": cookie, "exists": True}}}]}


@pytest.fixture
def store() -> Iterator[RunningStore]:
    with RunningStore() as running:
        yield running


@pytest.fixture
def agent(marathon: FakeMarathon, nginx: RunningNginx, store: RunningStore) -> Iterator[RunningAgent]:
    """``web`` in two variants, and cookie ``beta`` leads to the gray one."""
    for name in ("plan.json", "store.json"):
        (nginx.directory / name).unlink(missing_ok=True)
    marathon.run(app_of("web", ("127.0.0.1", 10001)))
    marathon.run(app_of("web", ("127.0.0.1", 10002), variant="2-0", version="2.0", ZEUS_OWNER="gray_release"))
    store.writer().put(POLICY, policy("beta"))
    bound = store.writer().put(BINDING, {"policy": "testers", "variant": "2-0", "version": "2.0"})

    def decides(running: RunningAgent) -> bool:
        """By what it knows itself: nginx may still have the plan of the test before."""
        gray = running.plan()["apps"].get(KEY, {}).get("gray") or {}
        return bool(gray.get("counter") == bound.counter)

    with RunningAgent(marathon.url, nginx=nginx, store=store.for_agent) as running:
        until(lambda: decides(running), what="the policy in its plan")
        until(lambda: variant(running, "beta") == "2-0", what="the policy")
        until(lambda: running.get("/v1/status").json()["running"], what="a plan that runs")
        yield running


def variant(agent: RunningAgent, cookie: str) -> str | None:
    request = {"host": "web.test", "path": "/", "cookies": {cookie: "1"}, "address": "10.0.0.1"}
    found: str | None = agent.ask("POST", "/v1/explain", json=request).json().get("variant")
    return found


def stamp(agent: RunningAgent, key: str) -> tuple[int, int]:
    epoch, counter = agent.get("/v1/status").json()["store"]["entries"].get(key, (0, 0))
    return epoch, counter


def test_a_change_is_decided_by_soon_and_its_stamp_is_told(agent: RunningAgent, store: RunningStore, nginx: RunningNginx) -> None:
    pids = nginx.worker_pids()
    for number in range(5):
        entry = store.writer().put(POLICY, policy(f"c{number}"))
        until(lambda number=number: variant(agent, f"c{number}") == "2-0", seconds=20, what="the new rules")  # type: ignore[misc]
        until(lambda entry=entry: agent.plan()["apps"][KEY]["gray"]["counter"] == entry.counter, what="the stamp in the running plan")  # type: ignore[misc]
    assert stamp(agent, POLICY) == entry.stamp
    assert nginx.worker_pids() == pids


def test_nothing_that_befalls_the_store_takes_a_decision_away(agent: RunningAgent, store: RunningStore, nginx: RunningNginx) -> None:
    before = agent.plan()
    text = store.reader().get_raw(POLICY)
    assert text is not None
    entry = json.loads(text)
    admin = store.admin()

    def settles(problem: str) -> None:
        assert agent.ask("POST", "/v1/sync").ok
        until(lambda: problem in str(agent.problems()), what=problem)
        assert agent.plan() == before
        assert variant(agent, "beta") == "2-0"

    admin.set(POLICY, "no json")
    settles("is no JSON")
    admin.set(POLICY, json.dumps({**entry, "schema": 99}))
    settles("has schema 99")
    admin.set(POLICY, json.dumps({**entry, "counter": 1000, "body": {"policy": "testers", "rules": []}}))
    settles("a digest that does not fit its body")
    admin.set(POLICY, json.dumps({**entry, "epoch": 1}))
    settles("is older")
    admin.delete(POLICY)
    admin.lpush(POLICY, "x")
    settles("is no JSON")
    admin.flushall()
    assert agent.ask("POST", "/v1/sync").ok
    assert agent.plan() == before
    store.stop("KILL")
    until(lambda: not agent.get("/v1/status").json()["store"]["connected"], what="the loss of the store")
    agent.restart()
    assert agent.plan() == before or until(lambda: agent.plan() == before, what="the plan of before")
    assert variant(agent, "beta") == "2-0"
    assert agent.get("/v1/health").ok
    nginx.restart()
    assert variant(agent, "beta") == "2-0"
    # Rebuilt from nothing: a new epoch, which counts at once.
    store.wipe()
    store.start()
    entry_ = store.writer().put(POLICY, policy("gamma"), floor=stamp(agent, POLICY))
    until(lambda: variant(agent, "gamma") == "2-0", what="the rebuilt policy")
    assert stamp(agent, POLICY) == entry_.stamp
    assert variant(agent, "beta") == "stable"


def test_a_lost_notification_costs_about_a_second(agent: RunningAgent, store: RunningStore) -> None:
    """As another writer would leave it that forgot to publish."""
    entry = store.writer().put(policy_key("other"), policy("x") | {"policy": "other"})
    until(lambda: stamp(agent, policy_key("other")) == entry.stamp, what="the other policy")
    text = json.loads(store.admin().get(POLICY))
    body = policy("quiet")
    from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of

    store.admin().set(POLICY, canonical({**text, "counter": 500, "digest": digest_of(body), "body": body}))
    store.admin().set("zeus:store", canonical({"schema": 1, "epoch": text["epoch"], "counter": 500}))
    until(lambda: variant(agent, "quiet") == "2-0", seconds=20, what="the quiet change, before all is read again after 30 s")


def test_only_a_tombstone_takes_a_binding_back(agent: RunningAgent, store: RunningStore) -> None:
    store.admin().delete(BINDING)
    assert agent.ask("POST", "/v1/sync").ok
    assert variant(agent, "beta") == "2-0"
    store.writer().put(BINDING, None)
    until(lambda: variant(agent, "beta") == "stable", what="the end of the binding")
    until(lambda: agent.plan()["apps"][KEY]["gray"] is None, what="the plan that runs")


def test_while_a_release_is_finished_everybody_goes_to_gray(agent: RunningAgent, store: RunningStore) -> None:
    store.writer().put(BINDING, {"policy": "testers", "variant": "2-0", "version": "2.0", "share": "all"})
    until(lambda: variant(agent, "nothing") == "2-0", what="everybody's move")


def test_a_policy_that_cannot_be_compiled_keeps_the_rules_before_and_tells_why(agent: RunningAgent, store: RunningStore) -> None:
    before = agent.plan()["apps"][KEY]["gray"]
    store.writer().put(POLICY, {"policy": "testers", "rules": [{"variant": "3.0", "when": {"percent": 5}}]})
    until(lambda: any(one["subject"] == KEY and "no such variant" in one["message"] for one in agent.problems()), what="the problem")
    assert agent.plan()["apps"][KEY]["gray"] == before
    store.writer().put(POLICY, {"policy": "testers", "rules": [{"variant": "2.0", "when": {"region": {"in": ["CN-BJ"]}}}]})
    until(lambda: any("no such region" in one["message"] for one in agent.problems()), what="the other problem")
    assert agent.plan()["apps"][KEY]["gray"] == before
    store.writer().put(POLICY, policy("beta"))
    until(lambda: agent.problems() == [], what="no problem")
