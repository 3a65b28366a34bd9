# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Peers that fail: what may be repeated goes elsewhere, what may not is not; connections are kept and reused."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._snippet import parse_snippet, render_snippet
from integration.nginx.backend import Backend, entry, plan_of
from integration.nginx.running import RunningNginx, until

Start = Callable[[str], Backend]
Dead = Callable[[str], dict[str, object]]


@pytest.fixture
def dead_peer() -> Iterator[Callable[[str], dict[str, object]]]:
    """A peer that refuses connections: its port is bound, so that nobody else gets it, but nothing listens."""
    with ExitStack() as stack:

        def peer(name: str) -> dict[str, object]:
            held = stack.enter_context(socket.socket())
            held.bind(("127.0.0.1", 0))
            return {"task": name, "address": "127.0.0.1", "port": held.getsockname()[1]}

        yield peer


def test_refused_connections_are_nobodys_trouble(nginx: RunningNginx, backend: Start, dead_peer: Dead) -> None:
    alive = backend("alive")
    before = nginx.admin("GET", "/counters")["apps"]
    nginx.push(plan_of(entry("refused", ["refused.test"], {"stable": [alive.peer(), dead_peer("one"), dead_peer("two")]})))
    for method in ("GET", "POST", "PUT") * 40:
        status, _unused, body = nginx.request("refused.test", method=method, body=None if method == "GET" else b"x")
        assert (status, json.loads(body)["backend"]) == (200, "alive")
    assert Counter(alive.requests) == {"GET": 40, "POST": 40, "PUT": 40}
    assert "/test/shop/refused" not in before


def test_a_failed_peer_is_left_alone_for_a_moment(nginx: RunningNginx, backend: Start) -> None:
    alive, silent = backend("alive"), backend("silent")
    silent.silent = True
    nginx.push(plan_of(entry("marked", ["marked.test"], {"stable": [alive.peer(), silent.peer()]})))
    begun = time.monotonic()
    for _unused in range(100):
        assert nginx.request("marked.test")[0] == 200
    assert len(alive.requests) == 100
    # Each of the two workers may find out once per second; without the mark it would be about half of the requests.
    assert 1 <= len(silent.requests) <= min(40, 2 * (time.monotonic() - begun + 2))


def test_what_was_sent_and_must_not_be_repeated_is_not(nginx: RunningNginx, backend: Start) -> None:
    alive, silent = backend("alive"), backend("silent")
    silent.silent = True
    nginx.push(plan_of(entry("sent", ["sent.test"], {"stable": [alive.peer(), silent.peer()]})))
    statuses = Counter(nginx.request("sent.test", method="POST", body=b"x")[0] for _unused in range(30))
    assert set(statuses) == {200, 502}
    assert statuses[502] == len(silent.requests)
    assert statuses[200] == len(alive.requests)


def test_when_all_peers_fail_the_answer_is_an_error(nginx: RunningNginx, backend: Start, dead_peer: Dead) -> None:
    nginx.push(plan_of(entry("gone", ["gone.test"], {"stable": [dead_peer("one"), dead_peer("two")]})))
    assert nginx.request("gone.test")[0] == 502
    alive = backend("alive")
    nginx.push(plan_of(entry("gone", ["gone.test"], {"stable": [alive.peer()]})))
    assert nginx.request("gone.test")[0] == 200


def open_requests(nginx: RunningNginx) -> dict[str, int]:
    found: dict[str, int] = nginx.admin("GET", "/inflight")
    return found


class Asked(threading.Thread):
    """One request, so that the plan can change meanwhile."""

    def __init__(self, nginx: RunningNginx, host: str, method: str, body: bytes | None) -> None:
        super().__init__(daemon=True)
        self._ask = lambda: nginx.request(host, method=method, body=body)
        self.start()

    def run(self) -> None:
        self.status, _headers, self.body = self._ask()

    def answer(self) -> tuple[int, bytes]:
        self.join(30)
        return self.status, self.body


@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
def test_a_request_that_no_peer_took_waits_for_the_next_one(backend: Start, dead_peer: Dead, method: str) -> None:
    """As when a single instance is replaced: the old one has ended, and the router hears of the new one a moment later."""
    alive = backend("alive")
    body = None if method == "GET" else b"x" * 50_000
    with RunningNginx(workers=1) as nginx:
        for number in range(5):
            dead = dead_peer(f"dead-{number}")
            nginx.push(plan_of(entry("next", ["next.test"], {"stable": [dead]})))
            asked = Asked(nginx, "next.test", method, body)
            tried = f"{dead['address']}:{dead['port']}"
            until(lambda tried=tried: tried in nginx.error_log(), what="the refused connection")  # type: ignore[misc]
            nginx.push(plan_of(entry("next", ["next.test"], {"stable": [alive.peer()]})))
            status, answer = asked.answer()
            assert (status, json.loads(answer)["body"]) == (200, (body or b"").decode())
        assert alive.requests == [method] * 5
        until(lambda: open_requests(nginx) == {}, what="no open request")


def test_a_peer_that_goes_on_failing_is_waited_for_no_more(dead_peer: Dead) -> None:
    with RunningNginx(workers=1) as nginx:
        nginx.push(plan_of(entry("down", ["down.test"], {"stable": [dead_peer("one")]})))
        for _unused in range(4):
            assert nginx.request("down.test")[::2] == (502, b"no instance of this app has answered\n")
        seconds = [float(line["seconds"]) for line in nginx.access_log()]
        assert seconds[0] >= 0.5
        assert seconds[-1] < 0.5
        assert open_requests(nginx) == {}
        nginx.push(plan_of(entry("down", ["down.test"], {"stable": []})))
        assert nginx.request("down.test")[::2] == (503, b"no instance of this app is up\n")


def test_what_a_peer_has_begun_to_answer_is_asked_of_nobody_else(nginx: RunningNginx, backend: Start) -> None:
    alive = backend("alive")
    with socket.create_server(("127.0.0.1", 0)) as broken:
        asked = []

        def answer() -> None:
            while True:
                try:
                    connection = broken.accept()[0]
                except OSError:
                    return
                with connection:
                    asked.append(connection.recv(65536))
                    with contextlib.suppress(OSError):
                        connection.sendall(b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 100_000)

        threading.Thread(target=answer, daemon=True).start()
        peer = {"task": "broken", "address": "127.0.0.1", "port": broken.getsockname()[1]}
        nginx.push(plan_of(entry("broken", ["broken.test"], {"stable": [peer, alive.peer()]})))
        answers = Counter(nginx.request("broken.test")[0] for _unused in range(20))
        broken.shutdown(socket.SHUT_RDWR)
    assert answers[200] == len(alive.requests)
    assert answers[502] == len(asked) > 0


def test_an_app_with_a_snippet_waits_in_its_own_location(nginx: RunningNginx, backend: Start, dead_peer: Dead) -> None:
    """But not with a body that the snippet has nginx pass on without keeping it."""
    alive, digest = backend("alive"), "e" * 64
    text = "proxy_set_header X-Served yes;\nproxy_request_buffering off;"
    (nginx.snippets / "served.conf").write_text(render_snippet("/test/shop/served", digest, parse_snippet(text, "served.conf")))
    nginx.reload()
    statuses = {}
    for method, body in (("GET", None), ("PUT", b"x" * 50_000)):
        dead = dead_peer(method)
        nginx.push(plan_of(entry("served", ["served.test"], {"stable": [dead]}, snippet=digest)))
        asked = Asked(nginx, "served.test", method, body)
        tried = f"{dead['address']}:{dead['port']}"
        until(lambda tried=tried: tried in nginx.error_log(), what="the refused connection")  # type: ignore[misc]
        nginx.push(plan_of(entry("served", ["served.test"], {"stable": [alive.peer()]}, snippet=digest)))
        statuses[method], answer = asked.answer()
        if method == "GET":
            assert json.loads(answer)["headers"]["x-served"] == "yes"
    assert statuses == {"GET": 200, "PUT": 502}
    assert alive.requests == ["GET"]


def test_what_a_peer_may_have_done_is_answered_by_502_also_without_a_peer(backend: Start) -> None:
    """503 with Retry-After would have the client send it a second time."""
    with RunningNginx(workers=1) as nginx:
        for method, status in (("POST", 502), ("GET", 503)):
            silent = backend(method)
            silent.silent, silent.gate = True, threading.Event()
            nginx.push(plan_of(entry("ended", ["ended.test"], {"stable": [silent.peer()]})))
            asked = Asked(nginx, "ended.test", method, b"x" if method == "POST" else None)
            assert silent.entered.wait(10)
            nginx.push(plan_of(entry("ended", ["ended.test"], {"stable": []})))
            silent.gate.set()
            assert asked.answer()[0] == status
            assert silent.requests == [method]
            until(lambda: open_requests(nginx) == {}, what="no open request")


def test_a_body_that_nginx_cannot_keep_is_sent_to_nobody(backend: Start) -> None:
    alive = backend("alive")
    with RunningNginx(workers=1) as nginx:
        nginx.push(plan_of(entry("full", ["full.test"], {"stable": [alive.peer()]})))
        assert nginx.request("full.test", method="PUT", body=b"x" * 100_000)[0] == 200
        nginx.execute("sh", "-c", "rm -rf /var/lib/nginx/body && touch /var/lib/nginx/body")
        assert nginx.request("full.test", method="PUT", body=b"x" * 100_000)[0] == 500
        assert alive.requests == ["PUT"]


def test_a_request_goes_to_no_more_peers_than_are_said(backend: Start) -> None:
    silent = [backend(f"silent-{number}") for number in range(8)]
    for one in silent:
        one.silent = True
    with RunningNginx(workers=1) as nginx:
        nginx.push(plan_of(entry("many", ["many.test"], {"stable": [one.peer() for one in silent]})))
        assert nginx.request("many.test")[0] == 502
        assert sum(len(one.requests) for one in silent) <= 6


def test_connections_are_kept_for_what_may_be_repeated_only(nginx: RunningNginx, backend: Start) -> None:
    kept, fresh = backend("kept"), backend("fresh")
    nginx.push(
        plan_of(
            entry("kept", ["kept.test"], {"stable": [kept.peer()]}),
            entry("fresh", ["fresh.test"], {"stable": [fresh.peer()]}),
        )
    )
    for _unused in range(100):
        assert nginx.request("kept.test")[0] == 200
        assert nginx.request("fresh.test", method="POST", body=b"x")[0] == 200
    assert (len(kept.requests), len(fresh.requests)) == (100, 100)
    assert kept.connections <= 2  # one per worker
    assert fresh.connections == 100


def test_requests_are_spread_over_the_peers(nginx: RunningNginx, backend: Start) -> None:
    peers = [backend(f"peer-{number}") for number in range(4)]
    nginx.push(plan_of(entry("spread", ["spread.test"], {"stable": [peer.peer() for peer in peers]})))
    for _unused in range(200):
        assert nginx.request("spread.test")[0] == 200
    assert all(40 <= len(peer.requests) <= 60 for peer in peers)


def test_a_busy_peer_gets_less(backend: Start) -> None:
    busy, idle = backend("busy"), backend("idle")
    with RunningNginx(workers=1) as nginx, socket.socket() as held:
        busy.gate = threading.Event()
        nginx.push(plan_of(entry("busy", ["busy.test"], {"stable": [busy.peer()]})))
        held.connect((nginx.address, nginx.port))
        held.sendall(b"GET / HTTP/1.1\r\nHost: busy.test\r\n\r\n")
        assert busy.entered.wait(10)
        nginx.push(plan_of(entry("busy", ["busy.test"], {"stable": [busy.peer(), idle.peer()]})))
        for _unused in range(20):
            assert nginx.request("busy.test")[0] == 200
        assert (len(busy.requests), len(idle.requests)) == (1, 20)
        busy.gate.set()
        assert held.recv(12) == b"HTTP/1.1 200"


def test_retries_are_counted(nginx: RunningNginx, backend: Start) -> None:
    alive, silent = backend("alive"), backend("silent")
    silent.silent = True
    nginx.push(plan_of(entry("counted", ["counted.test"], {"stable": [alive.peer(), silent.peer()]})))
    for _unused in range(10):
        assert nginx.request("counted.test")[0] == 200
    nginx.request("counted.test", method="POST", body=b"x")

    def counted() -> dict[str, int] | None:
        found: dict[str, int] = nginx.admin("GET", "/counters")["apps"].get("/test/shop/counted", {}).get("stable", {})
        # Workers add up theirs one number after the other.
        return found if found.get("requests") == found.get("2xx", 0) + found.get("5xx", 0) == 11 else None

    found = until(counted, what="the counters")
    retries = len(silent.requests) - found["5xx"]
    until(lambda: (counted() or {}).get("retries", 0) >= retries, what="the retries")
    assert (counted() or {})["retries"] == retries > 0
