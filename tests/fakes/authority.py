# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An authority that signs whatever a test needs, right or wrong.

python -m fakes.authority [--days 90] NAME…      # zeus_tls of an inventory, with one certificate for these names
"""

from __future__ import annotations

import argparse
import datetime
import json
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


@dataclass(frozen=True)
class Signed:
    """Both as PEM."""

    certificate: str
    key: str


class Authority:
    def __init__(self, name: str = "Example CA") -> None:
        self._name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._root = self._sign(self._name, self._key.public_key(), (), -1, 3650)
        self.certificate = self._root.public_bytes(Encoding.PEM).decode()

    def sign(self, *names: str, begins: float = -1, ends: float = 90) -> Signed:
        """For these names, the first one its common name, too; days from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, names[0])])
        signed = self._sign(subject, key.public_key(), names, begins, ends)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return Signed(signed.public_bytes(Encoding.PEM).decode(), private.decode())

    def _sign(
        self, subject: x509.Name, public: ec.EllipticCurvePublicKey, names: tuple[str, ...], begins: float, ends: float
    ) -> x509.Certificate:
        now = datetime.datetime.now(datetime.UTC)
        built = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + datetime.timedelta(days=begins))
            .not_valid_after(now + datetime.timedelta(days=ends))
        )
        if names:
            built = built.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=False)
        else:
            built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        return built.sign(self._key, hashes.SHA256())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m fakes.authority", description="Sign a certificate for these names.")
    parser.add_argument("names", nargs="+", metavar="NAME")
    parser.add_argument("--days", type=float, default=90, help="how long it is valid")
    given = parser.parse_args()
    signed = Authority().sign(*given.names, ends=given.days)
    print(json.dumps({"zeus_tls": {"certificates": [{"names": given.names, "certificate": signed.certificate, "key": signed.key}]}}))


if __name__ == "__main__":
    main()
