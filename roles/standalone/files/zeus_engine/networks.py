# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Probes from inside another network namespace, as Mesos makes them: against 127.0.0.1 of the container."""

from __future__ import annotations

import ctypes
import os
import socket
import ssl
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from pathlib import Path

from .checks import Answer
from .threads import in_thread

_CLONE_NEWNET = 0x40000000


async def http(namespace: Path, scheme: str, host: str, port: int, path: str, timeout: float) -> Answer | str:
    """GET without following redirects or checking certificates. A text is the reason of a failure."""
    return await in_thread(_http, namespace, scheme, host, port, path, timeout)


async def tcp(namespace: Path, host: str, port: int, timeout: float) -> str | None:
    return await in_thread(_tcp, namespace, host, port, timeout)


def _enter(namespace: Path) -> None:
    """For this thread, until it ends."""
    libc = ctypes.CDLL(None, use_errno=True)
    descriptor = os.open(namespace, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(descriptor, _CLONE_NEWNET):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(namespace))
    finally:
        os.close(descriptor)


def _tcp(namespace: Path, host: str, port: int, timeout: float) -> str | None:
    try:
        _enter(namespace)
        socket.create_connection((host, port), timeout).close()
    except TimeoutError:
        return f"no connection within {timeout:g} s"
    except OSError as error:
        return f"{error}"
    return None


def _http(namespace: Path, scheme: str, host: str, port: int, path: str, timeout: float) -> Answer | str:
    try:
        _enter(namespace)
        if scheme == "https":
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            connection: HTTPConnection = HTTPSConnection(host, port, timeout=timeout, context=context)
        else:
            connection = HTTPConnection(host, port, timeout=timeout)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return Answer(response.status, response.headers.get_content_type(), response.read(10_000).decode("utf-8", "replace"))
        finally:
            connection.close()
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except (HTTPException, OSError, ValueError) as error:
        return f"{type(error).__name__}: {error}"
