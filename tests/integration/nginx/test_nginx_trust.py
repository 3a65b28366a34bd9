# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whom the router believes, apps' snippets, and connections that are upgraded."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of_text
from ansible_collections.zeus.paas.plugins.module_utils._gray import compile_gray, parse_policy
from ansible_collections.zeus.paas.plugins.module_utils._snippet import parse_snippet, render_snippet
from integration.nginx.backend import Backend, entry, plan_of
from integration.nginx.running import RunningNginx, until

Start = Callable[[str], Backend]


@pytest.fixture(scope="module")
def nginx() -> Iterator[RunningNginx]:
    with RunningNginx(router_nginx_trusted_proxies=["127.0.0.2/32", "127.0.0.3/32"]) as running:
        yield running


def headers(nginx: RunningNginx, source: str, **sent: str) -> dict[str, str]:
    status, _unused, body = nginx.request(
        "shop.test", headers={name.replace("_", "-"): value for name, value in sent.items()}, source=source
    )
    assert status == 200
    found: dict[str, str] = json.loads(body)["headers"]
    return found


@pytest.mark.parametrize(
    ("source", "forwarded", "client"),
    [
        ("127.0.0.1", "10.1.2.3", "127.0.0.1"),
        ("127.0.0.2", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.2", "10.9.9.9, 10.1.2.3", "10.1.2.3"),
        ("127.0.0.2", "10.1.2.3, 127.0.0.3", "10.1.2.3"),
        ("127.0.0.2", "2001:db8::7", "2001:db8::7"),
        ("127.0.0.2", '"; } evil {', "127.0.0.2"),
    ],
)
def test_only_trusted_proxies_say_who_the_client_is(nginx: RunningNginx, backend: Start, source: str, forwarded: str, client: str) -> None:
    data = {"policy": "who", "rules": [{"variant": "2.0", "when": {"address": {"in": ["10.1.2.0/24", "2001:db8::/32"]}}}]}
    gray = compile_gray(parse_policy(data, "test"), variant="2-0", version="2.0", regions={})
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("s").peer()], "2-0": [backend("g").peer()]}, gray=gray)))
    told = headers(nginx, source, X_Forwarded_For=forwarded, X_Real_IP="10.1.2.9")
    assert (told["x-real-ip"], told["x-forwarded-for"]) == (client, client)
    assert told["x-zeus-variant"] == ("2-0" if client in ("10.1.2.3", "2001:db8::7") else "stable")


@pytest.mark.parametrize(("source", "proto"), [("127.0.0.1", "http"), ("127.0.0.2", "https")])
def test_only_trusted_proxies_say_which_scheme_it_was(nginx: RunningNginx, backend: Start, source: str, proto: str) -> None:
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("s").peer()]})))
    assert headers(nginx, source, X_Forwarded_Proto="https")["x-forwarded-proto"] == proto
    assert headers(nginx, source, X_Forwarded_Proto="javascript")["x-forwarded-proto"] == "http"


def test_a_snippet_is_in_force_for_its_app_only(nginx: RunningNginx, backend: Start) -> None:
    served, plain = backend("served"), backend("plain")
    text = "add_header X-Served 'by {us}; \"now\"' always;\nproxy_set_header X-Tenant $arg_tenant;\n"
    digest = digest_of_text(text)
    (nginx.snippets / "served.conf").write_text(render_snippet("/test/shop/served", digest, parse_snippet(text, "served.conf")))
    nginx.reload()
    nginx.push(
        plan_of(
            entry("served", ["served.test"], {"stable": [served.peer()]}, snippet=digest),
            entry("plain", ["plain.test"], {"stable": [plain.peer()]}),
        )
    )
    # The workers of before the reload serve the app as it was, until they are gone.
    until(lambda: all("x-served" in nginx.request("served.test")[1] for _unused in range(10)), what="the snippet in every worker")
    reached = served.connections
    for number in range(20):
        status, answered, body = nginx.request("served.test", f"/a%20b?tenant={number}&x=%2F")
        told = json.loads(body)
        assert (status, answered["x-served"]) == (200, 'by {us}; "now"')
        assert told["path"] == f"/a%20b?tenant={number}&x=%2F"
        wanted = {"x-tenant": str(number), "host": "served.test", "x-zeus-app": "/test/shop/served", "x-zeus-variant": "stable"}
        assert {name: told["headers"].get(name) for name in wanted} == wanted
        assert "connection" not in told["headers"]
    assert served.connections <= reached + 2  # kept, one per worker
    assert "x-served" not in nginx.request("plain.test")[1]
    both = {"/test/shop/served", "/test/shop/plain"}
    until(lambda: both <= {line["app"] for line in nginx.access_log()}, what="both apps in the log")

    def closing(count: int) -> list[tuple[str, str]]:
        nginx.admin("PUT", "/closing", {"seconds": 10})
        answers = [nginx.request("served.test")[1] for _unused in range(count)]
        return [(one["x-served"], one.get("connection", "")) for one in answers]

    until(lambda: {told[1] for told in closing(10)} == {"close"}, what="every worker to close")
    assert set(closing(10)) == {('by {us}; "now"', "close")}
    nginx.admin("PUT", "/closing", {"seconds": 0})


def chunked(nginx: RunningNginx, host: str, size: int) -> int:
    with socket.create_connection((nginx.address, nginx.port), timeout=10) as client:
        client.sendall(f"PUT / HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        client.sendall(f"{size:x}\r\n{'x' * size}\r\n0\r\n\r\n".encode())
        return int(client.recv(12).split()[1])


def test_a_snippet_may_raise_and_lower_the_largest_body(backend: Start) -> None:
    started = backend("any")
    texts = {"less": "client_max_body_size 1k;", "more": "client_max_body_size 1m;", "same": "gzip on;"}
    digests = {name: digest_of_text(text) for name, text in texts.items()}
    with RunningNginx(workers=1, router_nginx_client_max_body_size="16k") as nginx:
        for name, text in texts.items():
            (nginx.snippets / f"{name}.conf").write_text(
                render_snippet(f"/test/shop/{name}", digests[name], parse_snippet(text, f"{name}.conf"))
            )
        nginx.restart()
        nginx.push(
            plan_of(*(entry(name, [f"{name}.test"], {"stable": [started.peer()]}, snippet=digests.get(name)) for name in (*texts, "plain")))
        )
        largest = {"less": 1024, "more": 1024 * 1024, "same": 16 * 1024, "plain": 16 * 1024}
        for name, size in largest.items():
            for excess, status in ((0, 200), (1, 413)):
                assert nginx.request(f"{name}.test", method="PUT", body=b"x" * (size + excess))[0] == status, (name, excess)
        for name in ("less", "same", "plain"):
            assert chunked(nginx, f"{name}.test", largest[name]) == 200
            assert chunked(nginx, f"{name}.test", largest[name] + 1) == 413


def test_a_snippet_may_keep_strangers_out(nginx: RunningNginx, backend: Start) -> None:
    digest = digest_of_text("allow")
    text = render_snippet("/test/shop/inner", digest, parse_snippet("allow 10.0.0.0/8;\ndeny all;", "inner.conf"))
    (nginx.snippets / "inner.conf").write_text(text)
    nginx.restart()
    nginx.push(plan_of(entry("inner", ["inner.test"], {"stable": [backend("inner").peer()]}, snippet=digest)))
    proxied = {"X-Forwarded-For": "10.0.0.7"}
    assert nginx.request("inner.test")[0] == 403
    assert nginx.request("inner.test", headers=proxied)[0] == 403
    assert nginx.request("inner.test", headers=proxied, source="127.0.0.2")[0] == 200


def test_an_app_whose_snippet_is_not_there_keeps_what_it_had(nginx: RunningNginx, backend: Start) -> None:
    old, new = backend("old"), backend("new")
    digest = digest_of_text("not written yet")
    nginx.push(plan_of(entry("late", ["late.test"], {"stable": [old.peer()]})))
    late = plan_of(
        entry("late", ["late.test"], {"stable": [new.peer()]}, snippet=digest),
        entry("never", ["never.test"], {"stable": [new.peer()]}, snippet=digest),
    )
    nginx.push(late)
    location = {key: f"@zeus{key}/{digest[:12]}" for key in late}
    assert [worker["lacking"] for worker in nginx.admin("GET", "/status")["workers"]] == [location] * 2
    assert [json.loads(nginx.request("late.test")[2])["backend"] for _unused in range(10)] == ["old"] * 10
    assert nginx.request("never.test")[0] == 503
    (nginx.snippets / "late.conf").write_text(render_snippet("/test/shop/late", digest, parse_snippet("add_header X-A b;", "late.conf")))
    nginx.reload()
    until(lambda: nginx.request("late.test")[1].get("x-a") == "b", what="the snippet")
    assert json.loads(nginx.request("late.test")[2])["backend"] == "new"
    assert nginx.request("never.test")[0] == 503


def test_snippets_of_other_names_cannot_be_reached_from_outside(nginx: RunningNginx, backend: Start) -> None:
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("s").peer()]})))
    status, _unused, body = nginx.request("shop.test", "/@zeus_closing")
    assert (status, json.loads(body)["path"]) == (200, "/@zeus_closing")


def test_websockets_are_passed_through_and_other_upgrades_are_not(nginx: RunningNginx) -> None:
    got: list[bytes] = []

    def serve(listener: socket.socket) -> None:
        for _unused in range(2):
            connection, _unused = listener.accept()
            with connection:
                head = b""
                while b"\r\n\r\n" not in head:
                    head += connection.recv(4096)
                got.append(head)
                if b"Upgrade: websocket" in head:
                    connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
                    connection.sendall(connection.recv(4096).upper())
                else:
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=(listener,), daemon=True)
        thread.start()
        peer = {"task": "ws", "address": "127.0.0.1", "port": listener.getsockname()[1]}
        nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [peer]})))
        request = "GET / HTTP/1.1\r\nHost: shop.test\r\nConnection: Upgrade\r\nUpgrade: {}\r\n\r\n"
        with socket.create_connection((nginx.address, nginx.port), timeout=10) as client:
            client.sendall(request.format("WebSocket").encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 101 ")
            client.sendall(b"hello")
            assert client.recv(4096) == b"HELLO"
        with socket.create_connection((nginx.address, nginx.port), timeout=10) as client:
            client.sendall(request.format("h2c").encode())
            assert client.recv(4096).startswith(b"HTTP/1.1 200 ")
        thread.join(10)
    assert b"\r\nConnection: upgrade\r\n" in got[0]
    assert b"pgrade" not in got[1]
