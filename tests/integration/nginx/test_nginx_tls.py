# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Clients by TLS: each name gets its certificate, apps see https, and a renewal loses no request."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._certificates import from_der
from ansible_collections.zeus.paas.plugins.module_utils._tls import shown
from fakes.authority import Authority, Signed
from integration.nginx.backend import Backend, entry, plan_of
from integration.nginx.running import RunningNginx, free_port, until

Start = Callable[[str], Backend]
CA = Authority()
NAMES = ("shop.test", "*.shop.test")


def lay_down(nginx: RunningNginx, signed: Signed, name: str) -> None:
    """As the role does: one file with both."""
    path = nginx.directory / "tls" / f"{name}.pem"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"{signed.certificate.strip()}\n{signed.key.strip()}\n", "utf-8")


@pytest.fixture
def secure() -> Iterator[tuple[RunningNginx, int]]:
    port = free_port()
    given = [{"names": list(NAMES)}, {"names": ["*.other.test"]}]
    nginx = RunningNginx(router_nginx_certificates=given, router_nginx_tls_port=port, __router_nginx_tls="/state/tls")
    lay_down(nginx, CA.sign(*NAMES), "shop.test")
    lay_down(nginx, CA.sign("*.other.test"), "_.other.test")
    with nginx:
        yield nginx, port


class Client(http.client.HTTPSConnection):
    """Trusts the authority and nobody else, and asks for ``shop.test`` at this machine."""

    def __init__(self, port: int) -> None:
        self._trust = ssl.create_default_context(cadata=CA.certificate)
        super().__init__("127.0.0.1", port, timeout=30)

    def connect(self) -> None:
        plain = socket.create_connection((self.host, self.port), timeout=30)
        self.sock = self._trust.wrap_socket(plain, server_hostname="shop.test")

    def ask(self) -> http.client.HTTPResponse:
        self.request("GET", "/", headers={"Host": "shop.test"})
        return self.getresponse()


def subject(port: int, name: str) -> str:
    return from_der(shown("127.0.0.1", port, name)).subject


def test_each_name_gets_its_certificate_and_apps_see_https(secure: tuple[RunningNginx, int], backend: Start) -> None:
    nginx, port = secure
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("peer").peer()]})))
    assert [subject(port, name) for name in ("shop.test", "a.shop.test", "a.other.test", "unknown.test", "")] == [
        "shop.test", "shop.test", "*.other.test", "shop.test", "shop.test",
    ]  # fmt: skip
    answer = Client(port).ask()
    assert answer.status == 200
    assert json.loads(answer.read())["headers"]["x-forwarded-proto"] == "https"
    # Beside it, as ever.
    assert nginx.request("shop.test")[0] == 200


def test_a_renewal_loses_no_request(secure: tuple[RunningNginx, int], backend: Start) -> None:
    nginx, port = secure
    nginx.push(plan_of(entry("web", ["shop.test"], {"stable": [backend("peer").peer()]})))
    stop = threading.Event()
    done: list[int] = []
    failures: list[str] = []
    #: By client, how many of its connections the router has closed after an answer.
    closed = [0] * 4

    def ask(number: int) -> None:
        client = Client(port)
        while not stop.is_set():
            try:
                answer = client.ask()
                answer.read()
                done.append(answer.status)
                closed[number] += answer.will_close
            except OSError as error:
                failures.append(repr(error))
                client.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(len(closed))]
    for thread in threads:
        thread.start()
    try:
        until(lambda: len(done) > 50, what="traffic")
        before = from_der(shown("127.0.0.1", port, "shop.test")).fingerprint
        lay_down(nginx, CA.sign(*NAMES), "shop.test")
        # As the unit's ExecReload.
        nginx.admin("PUT", "/closing", {"seconds": 10})
        then = closed.copy()
        until(lambda: all(now > before for now, before in zip(closed, then, strict=True)), what="the end of every kept connection")
        nginx.reload()
        after = from_der(shown("127.0.0.1", port, "shop.test")).fingerprint
        renewed = len(done)
        until(lambda: len(done) > renewed + 50, what="traffic with the new one")
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert after != before
    assert failures == []
    assert set(done) == {200}
