# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP to nginx over its unix socket, on one kept connection per thread of use."""

from __future__ import annotations

import http.client
import json
import socket
from typing import Any


class NginxError(Exception):
    """nginx is not there, or answered something else than its API says."""


class UnixHttp:
    """Not for several threads at once: each user makes its own."""

    def __init__(self, path: str, timeout: float = 3.0) -> None:
        self._path = path
        self._timeout = timeout
        self._connection: http.client.HTTPConnection | None = None

    def call(self, method: str, path: str, body: str | None = None, *, ok: tuple[int, ...] = (200,)) -> tuple[int, Any]:
        """(status, JSON of the answer). Raises :class:`NginxError`.

        Everything in this API may be said twice, so a kept connection that nginx has closed meanwhile is simply opened again.
        """
        for fresh in (False, True):
            try:
                return self._once(method, path, body, ok, fresh)
            except (OSError, http.client.HTTPException) as exc:
                self.close()
                if fresh:
                    raise NginxError(f"nginx: {method} {path} at {self._path}: {exc or type(exc).__name__}") from exc
        raise AssertionError("unreachable")

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _once(self, method: str, path: str, body: str | None, ok: tuple[int, ...], fresh: bool) -> tuple[int, Any]:
        if self._connection is None or fresh:
            self.close()
            self._connection = _UnixConnection(self._path, self._timeout)
        data = None if body is None else body.encode()
        headers = {"Content-Type": "application/json"} if data is not None else {}
        self._connection.request(method, path, data, headers)
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status not in ok:
            raise NginxError(f"nginx: {method} {path}: HTTP {answer.status}: {text[:300].decode('utf-8', 'replace').strip()}")
        try:
            return answer.status, json.loads(text) if text else None
        except ValueError as exc:
            raise NginxError(f"nginx: {method} {path}: the answer is no JSON: {text[:100]!r}") from exc


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str, timeout: float) -> None:
        super().__init__("nginx", timeout=timeout)
        self._unix_path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._unix_path)
