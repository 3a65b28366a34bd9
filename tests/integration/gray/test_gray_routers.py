# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Routers that do not get there, routers that are away, and a store that was lost: what is said, and what is left."""

from __future__ import annotations

import pytest

from ansible_collections.zeus.paas.plugins.module_utils import _router
from integration.gray.site import BINDING, EVERYONE, POLICY, REGIONS, TESTERS, Site, done, policy

AWAY = "http://127.0.0.1:9"
KEY = f"zeus:policy:{POLICY}"


def bound(site: Site) -> None:
    done(site.release("deployed"))
    done(site.policy(TESTERS))
    done(site.release("bound"))


def test_a_policy_that_the_routers_cannot_use_is_taken_back(site: Site) -> None:
    """The controller's table has a region that the router's has not."""
    bound(site)
    before = site.values()
    north = policy({"when": {"region": {"in": ["CN-GZ"]}}})
    failed = site.policy(north, regions={**REGIONS, "CN-GZ": ["10.203.0.0/16"]}, wait_timeout=2)
    assert failed["failed"]
    assert (failed["error"]["state"], failed["error"]["refused"]) == ("rolled_back", [site.agent.url])
    assert "there is no such region in zeus_regions (got 'CN-GZ')" in failed["msg"]
    assert failed["msg"].endswith("; went back to the values before")
    assert site.values() == before
    assert site.get(Cookie="beta=1")["variant"] == "2-0"
    done(site.policy(TESTERS), changed=False)
    left = site.policy(north, regions={**REGIONS, "CN-GZ": ["10.203.0.0/16"]}, wait_timeout=2, rollback=False)
    assert left["error"]["state"] == "left"
    assert site.values()[KEY]["rules"] == [{"variant": "2.0", "when": {"region": {"in": ["CN-GZ"]}}}]
    # The router keeps what was good.
    assert site.get(Cookie="beta=1")["variant"] == "2-0"


def test_a_router_that_is_away_is_named(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_router, "UNREACHABLE_AFTER", 1.0)
    bound(site)
    two = {"web": [site.agent.url, AWAY]}
    failed = site.policy(EVERYONE, router_urls=two)
    assert failed["failed"]
    assert (failed["error"]["state"], failed["error"]["behind"], failed["error"]["refused"]) == ("done", [AWAY], [])
    assert AWAY in failed["msg"]
    # The others have it all the same.
    assert site.variants() == {"2-0"}
    silent = site.policy(TESTERS, router_urls={"web": [AWAY]})
    assert (silent["error"]["state"], silent["error"]["behind"]) == ("unknown", [AWAY])


def test_a_run_that_was_cut_off_before_the_routers_had_it_is_confirmed_by_the_next(site: Site) -> None:
    done(site.policy(TESTERS, router_urls={}))
    failed = site.policy(TESTERS, router_urls={"web": [AWAY]}, wait_timeout=1)
    assert failed["failed"], "nothing differed, but nobody can say that the routers have it"
    done(site.policy(TESTERS), changed=False)


def test_a_lost_store_is_rebuilt_and_believed(site: Site) -> None:
    bound(site)
    site.redis.forget()
    # Nothing is taken away from the routers by that.
    assert site.get(Cookie="beta=1")["variant"] == "2-0"
    done(site.policy(EVERYONE))
    assert kept(site) == POLICY
    done(site.release("bound"))
    assert site.variants() == {"2-0"}
    assert site.values()[BINDING]["policy"] == POLICY


def kept(site: Site) -> str:
    gray = site.gray()
    return "" if gray is None else str(gray["policy"])


def test_explain_tells_of_routers_that_are_away(site: Site) -> None:
    bound(site)
    two = {"web": [site.agent.url, AWAY]}
    told = site.module("gray_explain", {"router_urls": two, "router_token": site.agent.token, "host": "shop.example.com"})
    assert list(told["away"]) == [AWAY]
    assert (told["variant"], told["rule"], told["agree"], list(told["answers"])) == ("stable", "-", True, [site.agent.url])
    assert told["warnings"]
    strict = site.module("gray_explain", {"router_urls": two, "router_token": site.agent.token, "host": "x.example.com", "strict": True})
    assert strict["failed"]
    assert strict["not_routed"] == [site.agent.url]
    silent = site.module("gray_explain", {"router_urls": {"web": [AWAY]}, "router_token": "x", "host": "shop.example.com"})
    assert silent["unreachable"] is True


def test_router_info(site: Site) -> None:
    bound(site)
    two = {"web": [site.agent.url, AWAY]}
    told = site.module("router_info", {"router_urls": two, "router_token": site.agent.token, "plan": True, "counters": True})
    here = told["routers"]["web"][site.agent.url]
    assert (here["status"]["vcluster"], here["status"]["running"], here["plan"]["apps"]["/production/shop/web"]["gray"]["policy"]) == (
        "web", True, POLICY,
    )  # fmt: skip
    assert set(here["counters"]["apps"]) == {"/production/shop/web"}
    assert list(told["away"]) == [AWAY]
    strict = site.module("router_info", {"router_urls": two, "router_token": site.agent.token, "strict": True})
    assert strict["failed"]
    assert AWAY in strict["msg"]
    well = site.module("router_info", {**site.routers(), "strict": True})
    assert not well.get("failed"), well
    assert "web" in site.module("router_info", {**site.routers(), "vclusters": ["tv"]})["msg"]
