# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan: taken as a whole or per app, kept over restarts and mistakes, and the same in every worker."""

from __future__ import annotations

import json
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, parse_policy
from integration.nginx.backend import Backend, entry, plan_of, snapshot_of
from integration.nginx.running import ROLE, RunningNginx, until

Start = Callable[[str], Backend]
EVERYBODY = {"policy": "all", "rules": [{"variant": "2.0", "when": {"percent": 100}}]}
PEER = {"task": "t", "address": "127.0.0.1", "port": 9}


def gray(data: dict[str, Any] | None = None) -> dict[str, Any]:
    return compile_gray(parse_policy(data or EVERYBODY, "test"), variant="2-0", version="2.0", regions={})


def answered_by(nginx: RunningNginx, host: str = "shop.test") -> str:
    status, _unused, body = nginx.request(host)
    assert status == 200, body
    name: str = json.loads(body)["backend"]
    return name


def test_every_worker_reports_what_it_serves(nginx: RunningNginx) -> None:
    app = entry("web", ["shop.test"], {"stable": [PEER]})
    answer = nginx.push(plan_of(app), digest="d" * 64)
    status = nginx.admin("GET", "/status")
    assert {key: status[key] for key in ("generation", "plan", "apps", "rejected")} == {
        "generation": answer["generation"],
        "plan": "d" * 64,
        "apps": {"/test/shop/web": app["digest"]},
        "rejected": {},
    }
    assert [(one["id"], one["generation"], one["plan"]) for one in status["workers"]] == [
        (number, answer["generation"], "d" * 64) for number in range(2)
    ]
    assert len({one["pid"] for one in status["workers"]}) == 2


def test_only_what_changed_is_sent_and_what_left_the_index_is_gone(nginx: RunningNginx, backend: Start) -> None:
    one, two, three = backend("one"), backend("two"), backend("three")
    apps = plan_of(entry("one", ["one.test"], {"stable": [one.peer()]}), entry("two", ["two.test"], {"stable": [two.peer()]}))
    nginx.push(apps)
    changed = plan_of(entry("two", ["two.test"], {"stable": [three.peer()]}))
    index = {key: app["digest"] for key, app in (apps | changed).items()}
    answer = nginx.admin("PUT", "/plan", {"schema": 1, "digest": "b", "index": index, "apps": changed})
    nginx.settle(answer["generation"])
    assert (answered_by(nginx, "one.test"), answered_by(nginx, "two.test")) == ("one", "three")
    again = nginx.admin("PUT", "/plan", {"schema": 1, "digest": "b", "index": index, "apps": changed})
    assert again["generation"] == answer["generation"]
    del index["/test/shop/one"]
    nginx.settle(nginx.admin("PUT", "/plan", {"schema": 1, "digest": "c", "index": index, "apps": {}})["generation"])
    assert nginx.request("one.test")[0] == 404
    assert answered_by(nginx, "two.test") == "three"


def test_what_nginx_lacks_is_asked_for(nginx: RunningNginx) -> None:
    index = {"/test/shop/new": "a" * 64}
    answer = nginx.admin("PUT", "/plan", {"schema": 1, "digest": "x", "index": index, "apps": {}})
    assert answer["missing"] == ["/test/shop/new"]
    assert nginx.admin("GET", "/status")["apps"] == {}


def broken(**changes: Any) -> dict[str, Any]:
    """The entry of ``web`` with some keys replaced; what is None is left out."""
    body = {**entry("web", ["shop.test"], {"stable": [PEER]}, gray=gray()), **changes}
    body = {key: value for key, value in body.items() if key != "digest" and value is not None}
    return {**body, "digest": digest_of(body)}


def with_rule(when: Any) -> dict[str, Any]:
    return broken(gray={**gray(), "rules": [{"name": "a", "variant": "2-0", "when": when}]})


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (broken(path="relative"), "path is not as it must be"),
        (broken(hosts=['"; } evil {']), "a host is not as it must be"),
        (broken(variants={"stable": {"version": "1", "peers": [{**PEER, "address": "shop.test"}]}}), "a peer's address"),
        (broken(variants={"stable": {"version": "1", "peers": [{**PEER, "address": "1.2.3"}]}}), "a peer's address is no IP address"),
        (broken(variants={"stable": {"version": "1", "peers": [{**PEER, "port": 0}]}}), "a peer's port is no port"),
        (broken(variants={"stable": {"version": "1\r\nX: y", "peers": []}}), "a version is not as it must be"),
        (broken(variants={"a b": {"version": "1", "peers": []}}), "a variant's name is not as it must be"),
        (broken(snippet="@evil"), "the snippet's digest is not as it must be"),
        (broken(project="other"), "the entry is of /test/other/web"),
        (with_rule({"op": "execute", "of": "os.exit()"}), "unknown operator execute"),
        (with_rule({"op": "match", "from": ["file:/etc/passwd"], "fold": False, "values": [], "prefixes": []}), "unknown source"),
        (with_rule({"op": "address", "v4": "0a000000", "v6": ""}), "ranges are not in hex"),
        (with_rule({"op": "address", "v4": "0affffff0a000000", "v6": ""}), "ranges are not in ascending order"),
        (with_rule({"op": "region", "in": ["nowhere"]}), "the region nowhere is missing"),
        (with_rule({"op": "percent", "below": "all", "by": ["address"]}), "below is no number"),
        (with_rule(None), "unknown operator"),
    ],
)
def test_an_app_that_cannot_be_used_keeps_its_last_good_entry(nginx: RunningNginx, backend: Start, made: Any, reason: str) -> None:
    good, other = backend("good"), backend("other")
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [good.peer()]})))
    apps = {"/test/shop/web": made, **plan_of(entry("other", ["other.test"], {"stable": [other.peer()]}))}
    answer = nginx.push(apps, digest="e" * 64)
    assert list(answer["rejected"]) == ["/test/shop/web"]
    assert reason in answer["rejected"]["/test/shop/web"]
    assert (answered_by(nginx), answered_by(nginx, "other.test")) == ("good", "other")
    # The agent sends only what changed: the bad entry is neither asked for again nor forgotten.
    index = {key: app["digest"] for key, app in apps.items()}
    again = nginx.admin("PUT", "/plan", {"schema": 1, "digest": "e" * 64, "index": index, "apps": {}})
    assert again == {**answer, "missing": []}


def test_two_apps_cannot_have_one_place(nginx: RunningNginx, backend: Start) -> None:
    one, two = backend("one"), backend("two")
    first = plan_of(entry("zz", ["shop.test"], {"stable": [one.peer()]}))
    nginx.push(first)
    intruder = plan_of(entry("aa", ["free.test", "shop.test"], {"stable": [two.peer()]}))
    answer = nginx.push(first | intruder)
    assert answer["rejected"] == {"/test/shop/aa": "shop.test/ belongs to /test/shop/zz"}
    assert answered_by(nginx) == "one"
    assert nginx.request("free.test")[0] == 404


def test_a_plan_that_does_not_fit_changes_nothing(backend: Start) -> None:
    good = backend("good")
    with RunningNginx(workers=1, router_nginx_plan_memory="1m") as small:
        apps = plan_of(entry("web", ["shop.test"], {"stable": [good.peer()]}))
        small.push(apps)
        values = [f"{number:0500d}" for number in range(1900)]
        huge = {"policy": "huge", "rules": [{"variant": "2.0", "when": {"header": {"name": "a", "in": values}}}]}
        big = [entry(name, [f"{name}.test"], {"stable": [good.peer()]}, gray=gray(huge)) for name in ("big", "bigger")]
        answer = small.push(apps | plan_of(*big))
        assert answer["rejected"] == {"/test/shop/bigger": "no room for the entry: no memory"}
        assert answered_by(small) == "good"


def test_after_a_restart_the_snapshot_is_served(backend: Start) -> None:
    stable, beta, newer = backend("stable"), backend("beta"), backend("newer")
    apps = plan_of(entry("web", ["shop.test"], {"stable": [stable.peer()], "2-0": [beta.peer()]}, gray=gray()))
    service = {"kind": "service", "environment": "test", "project": "shop", "app": "price", "port": 9090, "variants": {}, "digest": "f"}
    with RunningNginx(snapshot=snapshot_of({**apps, "/test/shop/price": service})) as nginx:
        assert answered_by(nginx) == "beta"
        assert nginx.admin("GET", "/status")["apps"] == {"/test/shop/web": apps["/test/shop/web"]["digest"]}
        # A plan that was pushed outlives a reload, though the snapshot is older.
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [newer.peer()]})))
        nginx.reload()
        assert answered_by(nginx) == "newer"
        nginx.restart()
        assert answered_by(nginx) == "beta"
        nginx.snapshot.write_text('{"schema": 1, "apps": {')
        nginx.restart()
        assert nginx.request("shop.test")[0] == 503
        assert "the snapshot /state/plan.json cannot be used" in nginx.error_log()
        nginx.push(apps)
        assert answered_by(nginx) == "beta"


def test_a_snapshot_with_one_bad_app_serves_the_others(backend: Start) -> None:
    good = backend("good")
    apps = {"/test/shop/web": broken(path="relative"), **plan_of(entry("other", ["other.test"], {"stable": [good.peer()]}))}
    with RunningNginx(workers=1, snapshot=snapshot_of(apps)) as nginx:
        assert answered_by(nginx, "other.test") == "good"
        assert "the snapshot's app /test/shop/web cannot be used: path is not as it must be" in nginx.error_log()


def living_workers(nginx: RunningNginx) -> set[int]:
    return {int(pid) for pid in nginx.execute("pgrep", "-f", "nginx: worker process").split()}


def test_workers_that_die_are_replaced_by_ones_with_the_plan_and_are_not_waited_for(backend: Start) -> None:
    good, slow, better = backend("good"), backend("slow"), backend("better")
    slow.gate = threading.Event()
    with RunningNginx() as nginx:
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [good.peer()]}), entry("slow", ["slow.test"], {"stable": [slow.peer()]})))
        clients = [socket.create_connection((nginx.address, nginx.port)) for _unused in range(8)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: slow.test\r\n\r\n")
        until(lambda: sum(nginx.admin("GET", "/inflight").values()) == 8, what="open requests")
        before = nginx.worker_pids()
        nginx.execute("kill", "-9", *map(str, before))
        until(lambda: len(living_workers(nginx) - set(before)) == 2 and len(nginx.worker_pids()) == 2, what="new workers")
        assert set(nginx.worker_pids()) == living_workers(nginx)
        assert not set(before) & set(nginx.worker_pids())
        # What the dead had open died with them, and they are not asked to take a new plan.
        assert nginx.admin("GET", "/inflight") == {}
        assert {answered_by(nginx) for _unused in range(20)} == {"good"}
        answer = nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [better.peer()]})))
        reports = nginx.admin("GET", "/status")["workers"]
        assert [(one["id"], one["generation"]) for one in reports] == [(0, answer["generation"]), (1, answer["generation"])]
        assert {answered_by(nginx) for _unused in range(20)} == {"better"}
        slow.gate.set()
        for client in clients:
            client.close()


def test_any_error_while_deciding_means_stable(backend: Start, tmp_path: Path) -> None:
    """The Lua code is given an operator that fails, as no plan that was compiled can."""
    stable, beta = backend("stable"), backend("beta")
    shutil.copytree(ROLE / "files" / "lua", tmp_path / "lua")
    tmp_path.chmod(0o755)
    path = tmp_path / "lua" / "zeus" / "condition.lua"
    text = path.read_text()
    assert "return key ~= false and hash" in text
    path.write_text(text.replace("return key ~= false and hash", 'error("a mistake") return key ~= false and hash'))
    with RunningNginx(workers=1, lua=tmp_path / "lua") as nginx:
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [stable.peer()], "2-0": [beta.peer()]}, gray=gray())))
        assert [answered_by(nginx) for _unused in range(5)] == ["stable"] * 5
        assert nginx.admin("GET", "/counters")["undecided"] == 5
        assert "deciding for /test/shop/web failed, which means stable" in nginx.error_log()
        explained = nginx.admin("POST", "/explain", {"host": "shop.test", "path": "/", "address": "10.0.0.1"})
        assert (explained["variant"], explained["reason"]) == ("stable", "deciding failed, which means stable")


def test_requests_are_counted_by_app_variant_and_class(backend: Start) -> None:
    stable, beta = backend("stable"), backend("beta")
    with RunningNginx() as nginx:
        by_cookie = gray({"policy": "b", "rules": [{"variant": "2.0", "when": {"cookie": {"name": "b", "exists": True}}}]})
        down = entry("down", ["down.test"], {"stable": []})
        nginx.push(plan_of(down, entry("web", ["shop.test"], {"stable": [stable.peer()], "2-0": [beta.peer()]}, gray=by_cookie)))
        for number in range(30):
            nginx.request("shop.test", headers={"Cookie": "b=1"} if number % 3 == 0 else {})
        nginx.request("down.test")
        nginx.request("nobody.test")
        zero = dict.fromkeys(("requests", "1xx", "2xx", "3xx", "4xx", "5xx", "retries"), 0)
        expected = {
            "apps": {
                "/test/shop/web": {"stable": {**zero, "requests": 20, "2xx": 20}, "2-0": {**zero, "requests": 10, "2xx": 10}},
                "/test/shop/down": {"stable": {**zero, "requests": 1, "5xx": 1}},
            },
            "undecided": 0,
            "unrouted": 1,
        }
        until(lambda: nginx.admin("GET", "/counters") == expected, what="the counters")
        nginx.reload()
        assert nginx.admin("GET", "/counters") == expected


def test_open_requests_are_told_per_peer_also_by_workers_that_are_leaving(backend: Start) -> None:
    slow = backend("slow")
    slow.gate = threading.Event()
    key = f"127.0.0.1:{slow.port}"
    with RunningNginx() as nginx:
        apps = plan_of(entry("web", ["shop.test"], {"stable": [slow.peer()]}))
        nginx.push(apps)
        clients = [socket.create_connection((nginx.address, nginx.port)) for _unused in range(3)]
        for client in clients:
            client.sendall(b"GET / HTTP/1.1\r\nHost: shop.test\r\n\r\n")
        until(lambda: nginx.admin("GET", "/inflight") == {key: 3}, what="three open requests")
        # The peer leaves the plan: whoever sees the workers' acknowledgement sees its requests, too, until they end.
        nginx.push({})
        assert nginx.admin("GET", "/inflight") == {key: 3}
        nginx.reload()
        assert nginx.admin("GET", "/inflight") == {key: 3}
        slow.gate.set()
        for client in clients:
            assert client.recv(12) == b"HTTP/1.1 200"
            client.close()
        until(lambda: nginx.admin("GET", "/inflight") == {}, what="no open requests")


def test_peers_that_leave_while_a_body_arrives_are_not_asked(backend: Start) -> None:
    stable, beta = backend("stable"), backend("beta")
    with RunningNginx() as nginx:
        hosts, policy = ["shop.test"], gray()
        nginx.push(plan_of(entry("web", hosts, {"stable": [stable.peer()], "2-0": [beta.peer()]}, gray=policy)))
        with socket.create_connection((nginx.address, nginx.port)) as client:
            client.sendall(b"POST / HTTP/1.1\r\nHost: shop.test\r\nContent-Length: 4\r\n\r\nab")
            # Answered by the same workers after the decision above was made: both have handled what came before.
            for _unused in range(10):
                assert answered_by(nginx) == "beta"
            nginx.push(plan_of(entry("web", hosts, {"stable": [stable.peer()], "2-0": []}, gray=policy)))
            client.sendall(b"cd")
            assert client.recv(12) == b"HTTP/1.1 200"
        assert stable.requests == ["POST"]
