# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a certificate is, and what is wrong with it before it is served: its key, its chain, its dates, its names."""

from __future__ import annotations

import hashlib
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, ZeusError

CRYPTOGRAPHY_IMPORT_ERROR: str | None
try:
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    CRYPTOGRAPHY_IMPORT_ERROR = None
except ImportError:  # told when a certificate is read, with the name of the library
    CRYPTOGRAPHY_IMPORT_ERROR = traceback.format_exc()

_END = b"-----END CERTIFICATE-----"
DAY = 86400.0


@dataclass(frozen=True)
class Certificate:
    """``not_before`` and ``not_after`` in seconds since 1970; ``names`` as clients compare them; ``fingerprint``: the sha256 of its DER."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    not_before: float
    not_after: float
    fingerprint: str

    def told(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "issuer": self.issuer,
            "names": list(self.names),
            "not_before": self.not_before,
            "not_after": self.not_after,
            "fingerprint": self.fingerprint,
        }


def from_der(der: bytes) -> Certificate:
    return _told(_x509().load_der_x509_certificate(der), der)


def check(pem: str, key: str, names: Sequence[str], source: str, *, now: float, days: float) -> tuple[Certificate, list[str]]:
    """The certificate that a PEM text begins with, and what is wrong with it: it does not fit its key or its chain, is not valid now and
    for so many days, or lacks a name. Raises InputError for a text that holds none."""
    chain = list(_loaded(pem, source))
    leaf = _told(chain[0], chain[0].public_bytes(Encoding.DER))
    found = [*_key(chain[0], key), *_chain(chain), *_dates(leaf, now, days)]
    found += [f"it is not for {name}, but for {', '.join(leaf.names) or 'nobody'}" for name in names if not covers(leaf.names, name)]
    return leaf, found


def covers(names: Sequence[str], wanted: str) -> bool:
    """As clients compare: without regard to case, and ``*`` stands for one label, the first."""
    low = wanted.lower()
    return any(name.lower() == low or (name.startswith("*.") and low.partition(".")[2] == name[2:].lower()) for name in names)


def _x509() -> Any:
    if CRYPTOGRAPHY_IMPORT_ERROR is not None:
        raise ZeusError("The Python library cryptography is needed to read certificates.", exception=CRYPTOGRAPHY_IMPORT_ERROR)
    return x509


def _loaded(pem: str, source: str) -> Iterator[Any]:
    blocks = [
        part[part.index(b"-----BEGIN CERTIFICATE") :] + _END for part in pem.encode().split(_END) if b"-----BEGIN CERTIFICATE" in part
    ]
    if not blocks:
        raise InputError(source, "certificate", "no certificate is in this text", "PEM: -----BEGIN CERTIFICATE----- …")
    for number, block in enumerate(blocks, 1):
        try:
            yield _x509().load_pem_x509_certificate(block)
        except ValueError as error:
            raise InputError(source, "certificate", f"certificate {number} of it cannot be read: {error}", "PEM, not damaged") from error


def _told(found: Any, der: bytes) -> Certificate:
    common = found.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    subject = str(common[0].value) if common else found.subject.rfc4514_string()
    try:
        alternative = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        addresses = tuple(str(address) for address in alternative.get_values_for_type(x509.IPAddress))
        names = (*alternative.get_values_for_type(x509.DNSName), *addresses)
    except x509.ExtensionNotFound:
        names = ()
    return Certificate(
        subject, found.issuer.rfc4514_string(), names, _when(found, "before"), _when(found, "after"), hashlib.sha256(der).hexdigest()
    )


def _when(found: Any, side: str) -> float:
    """Older libraries have the time without a zone, and mean UTC."""
    aware: datetime | None = getattr(found, f"not_valid_{side}_utc", None)
    return (aware or getattr(found, f"not_valid_{side}").replace(tzinfo=UTC)).timestamp()


def _key(leaf: Any, key: str) -> Iterator[str]:
    if not key:
        return
    try:
        public = load_pem_private_key(key.encode(), None).public_key()
    except (ValueError, TypeError) as error:
        # Not the error's own text: it may show what it could not read.
        yield f"its key cannot be read ({type(error).__name__}); expected PEM without a passphrase"
        return
    forms = [one.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for one in (public, leaf.public_key())]
    if forms[0] != forms[1]:
        yield "its key is another certificate's"


def _chain(chain: Sequence[Any]) -> Iterator[str]:
    for number, (below, above) in enumerate(pairwise(chain), 2):
        told = f"certificate {number} of its chain ({above.subject.rfc4514_string()})"
        if below.issuer != above.subject:
            yield f"{told} is not the issuer of the one before it, which is {below.issuer.rfc4514_string()}"
        elif hasattr(below, "verify_directly_issued_by"):
            try:
                below.verify_directly_issued_by(above)
            except (InvalidSignature, ValueError, TypeError):
                yield f"{told} has the issuer's name, and has not signed the one before it"


def _dates(leaf: Certificate, now: float, days: float) -> Iterator[str]:
    if now < leaf.not_before:
        yield f"it is valid only from {_date(leaf.not_before)}"
    if now > leaf.not_after:
        yield f"it has ended on {_date(leaf.not_after)}"
    elif leaf.not_after < now + days * DAY:
        yield f"it ends on {_date(leaf.not_after)}, in less than {days:g} days"


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
