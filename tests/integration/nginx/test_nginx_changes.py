# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes under load: no request is lost, and no worker is replaced."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack

from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, parse_policy
from integration.nginx.backend import Backend, entry, plan_of
from integration.nginx.running import RunningNginx, until
from integration.nginx.traffic import Traffic

Start = Callable[[str], Backend]


def share(percent: int) -> dict[str, object]:
    policy = parse_policy({"policy": "share", "rules": [{"variant": "2.0", "when": {"percent": percent}}]}, "test")
    return compile_gray(policy, variant="2-0", version="2.0", regions={})


def test_a_hundred_plans_lose_no_request_and_no_worker(nginx: RunningNginx, backend: Start) -> None:
    peers = [backend(f"peer-{number}").peer() for number in range(6)]
    first = entry("web", ["shop.test"], {"stable": peers[:3], "2-0": peers[3:4]}, gray=share(5))
    nginx.push(plan_of(first))
    pids = nginx.worker_pids()
    with Traffic(nginx, "shop.test") as traffic:
        until(lambda: traffic.total > 50, what="traffic")
        for turn in range(100):
            variants = {"stable": peers[turn % 3 : turn % 3 + 2], "2-0": peers[4:] if turn % 2 else peers[3:5]}
            nginx.push(plan_of(entry("web", ["shop.test"], variants, gray=share(turn))))
        done = traffic.total
        until(lambda: traffic.total > done + 50, what="traffic after the last plan")
    assert traffic.failures == []
    assert min(traffic.answers["GET", 200], traffic.answers["POST", 200]) > 100
    assert nginx.worker_pids() == pids


def test_peers_that_leave_the_plan_may_die_at_once(nginx: RunningNginx) -> None:
    with ExitStack() as stack:
        running = [stack.enter_context(Backend("peer-0"))]
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [running[0].peer()]})))
        with Traffic(nginx, "shop.test") as traffic:
            until(lambda: traffic.total > 50, what="traffic")
            for number in range(1, 15):
                after = stack.enter_context(Backend(f"peer-{number}"))
                before, running = running, [after]
                nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [after.peer()]})))
                # What design.md (7) asks of a removal that we choose: out of every worker, no open request, then the end.
                gone = {f"127.0.0.1:{one.port}" for one in before}
                until(lambda gone=gone: not gone & set(nginx.admin("GET", "/inflight")), what="the end of the open requests")
                for one in before:
                    one.close()
        assert traffic.failures == []
        assert min(traffic.answers["GET", 200], traffic.answers["POST", 200]) > 50


def test_a_reload_with_the_closing_flag_loses_no_request(nginx: RunningNginx, backend: Start) -> None:
    peers = [backend(f"peer-{number}").peer() for number in range(2)]
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": peers})))
    with Traffic(nginx, "shop.test", clients=6) as traffic:
        for _unused in range(5):
            pids = nginx.worker_pids()
            nginx.admin("PUT", "/closing", {"seconds": 10})
            until(
                lambda: all(nginx.request("shop.test")[1]["connection"] == "close" for _unused in range(10)), what="closing in every worker"
            )
            closed = traffic.closed.copy()
            until(lambda closed=closed: traffic.everybody_was_closed_since(closed), what="the end of every kept connection")
            nginx.reload()
            assert not set(pids) & set(nginx.worker_pids())
            until(lambda: nginx.request("shop.test")[1]["connection"] == "keep-alive", what="new workers, which keep connections")
            done = traffic.total
            until(lambda done=done: traffic.total > done + 60, what="traffic on kept connections")
    assert traffic.failures == []
    assert traffic.total > 300


def test_the_closing_flag_closes_every_connection_and_ends(nginx: RunningNginx, backend: Start) -> None:
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("peer").peer()]})))
    until(lambda: nginx.request("shop.test")[1]["connection"] == "keep-alive", what="the end of what the tests before began")
    nginx.admin("PUT", "/closing", {"seconds": 10})
    until(lambda: all(nginx.request("shop.test")[1]["connection"] == "close" for _unused in range(10)), what="closing in every worker")
    assert nginx.request("shop.test", method="POST", body=b"x")[::2][0] == 200
    assert nginx.request("nobody.test")[0] == 404
    nginx.admin("PUT", "/closing", {"seconds": 0})
    until(lambda: all(nginx.request("shop.test")[1]["connection"] == "keep-alive" for _unused in range(10)), what="the end of closing")
