# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Which certificate a server shows. It is looked at, not trusted: whether it is the right one is the caller's question."""

from __future__ import annotations

import socket
import ssl

from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError


def shown(address: str, port: int, name: str, *, timeout: float = 5.0) -> bytes:
    """The certificate, as DER, that a client gets which asks for ``name`` (SNI). Raises AwayError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    try:
        with (
            socket.create_connection((address, port), timeout=timeout) as connection,
            context.wrap_socket(connection, server_hostname=name or None) as secured,
        ):
            return secured.getpeercert(binary_form=True) or b""
    except OSError as error:
        raise AwayError("the TLS server", {f"{address}:{port}": error.strerror or str(error)}) from error
