# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is wrong with a certificate is found before it is served, and a server is asked for the one that it shows."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from pathlib import Path

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._certificates import check, covers, from_der
from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError, InputError
from ansible_collections.zeus.paas.plugins.module_utils._tls import shown
from fakes.authority import Authority, Signed

CA, OTHER = Authority(), Authority("Other CA")
#: It has the name of the one that signed, and another key.
NAMESAKE = Authority()
SHOP = CA.sign("shop.example.com", "*.shop.example.com")
NAMES = ("shop.example.com", "www.shop.example.com")


def wrong(signed: Signed, *names: str, key: str | None = None, chain: str = "", days: float = 0) -> list[str]:
    pem = signed.certificate + chain
    return check(pem, signed.key if key is None else key, names or NAMES, "shop", now=time.time(), days=days)[1]


def test_one_that_is_right() -> None:
    found, problems = check(SHOP.certificate + CA.certificate, SHOP.key, NAMES, "shop", now=time.time(), days=21)
    assert problems == []
    assert (found.subject, found.issuer, found.names) == ("shop.example.com", "CN=Example CA", ("shop.example.com", "*.shop.example.com"))
    assert found.not_after - found.not_before == pytest.approx(91 * 86400, abs=2)
    assert from_der(ssl.PEM_cert_to_DER_cert(SHOP.certificate)) == found


def test_what_is_wrong_is_said() -> None:
    assert wrong(SHOP, key=CA.sign("x").key) == ["its key is another certificate's"]
    assert wrong(SHOP, key="geheim") == ["its key cannot be read (ValueError); expected PEM without a passphrase"]
    assert wrong(SHOP, "other.example.com") == ["it is not for other.example.com, but for shop.example.com, *.shop.example.com"]
    assert "is not the issuer of the one before it, which is CN=Example CA" in wrong(SHOP, chain=OTHER.certificate)[0]
    assert "has the issuer's name, and has not signed" in wrong(SHOP, chain=NAMESAKE.certificate)[0]
    assert "it ends on" in wrong(SHOP, days=100)[0]
    assert "it has ended on" in wrong(CA.sign(*NAMES, begins=-9, ends=-1))[0]
    assert "it is valid only from" in wrong(CA.sign(*NAMES, begins=1))[0]


@pytest.mark.parametrize("text", ["", "geheim", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_a_text_that_is_none(text: str) -> None:
    with pytest.raises(InputError, match="shop: certificate"):
        check(text, "", (), "shop", now=0, days=0)


@pytest.mark.parametrize(("name", "covered"), [
    ("Shop.Example.com", True), ("a.shop.example.com", True), ("a.b.shop.example.com", False), ("example.com", False), ("", False),
])  # fmt: skip
def test_names_are_compared_as_clients_do(name: str, covered: bool) -> None:
    assert covers(("shop.example.com", "*.shop.example.com"), name) is covered


def test_a_server_shows_the_one_for_the_name(tmp_path: Path) -> None:
    other = CA.sign("other.example.com")
    contexts = {}
    for name, signed in (("shop", SHOP), ("other", other)):
        path = tmp_path / f"{name}.pem"
        path.write_text(signed.certificate + signed.key, "utf-8")
        contexts[name] = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        contexts[name].load_cert_chain(path)
    asked: list[str | None] = []

    def chosen(connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        asked.append(name)
        connection.context = contexts["other" if name == "other.example.com" else "shop"]

    contexts["shop"].sni_callback = chosen  # type: ignore[assignment]
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _turn in range(2):
                connection, _peer = listener.accept()
                with contexts["shop"].wrap_socket(connection, server_side=True) as secured:
                    secured.recv(1)

        thread = threading.Thread(target=serve)
        thread.start()
        port = listener.getsockname()[1]
        found = [from_der(shown("127.0.0.1", port, name)).subject for name in ("other.example.com", "")]
        thread.join()
    assert found == ["other.example.com", "shop.example.com"]
    assert asked == ["other.example.com", None]
    with pytest.raises(AwayError, match="refused"):
        shown("127.0.0.1", port, "")
