# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""ZooKeeper's four letter words: one connection, one word, one answer, as ``nc`` would do it."""

from __future__ import annotations

import socket

from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError

_MOST = 1 << 20


def ask(address: str, port: int, word: str, *, timeout: float = 3.0) -> str:
    """The server's answer to ``word``. Raises AwayError: nobody answers there within ``timeout`` seconds."""
    try:
        with socket.create_connection((address, port), timeout=timeout) as connection:
            connection.sendall(word.encode("ascii"))
            received = b""
            # The server ends the connection when it has said all.
            while (part := connection.recv(65536)) and len(received) < _MOST:
                received += part
    except OSError as error:
        raise AwayError("ZooKeeper", {f"{address}:{port}": error.strerror or str(error)}) from error
    return received.decode("utf-8", "replace")
