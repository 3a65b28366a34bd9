# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The datacenter's artifact store: packed files by their sha256, read by tasks, written by whoever has the token."""

from __future__ import annotations

from collections.abc import Iterable

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._packing import Pack

#: Seconds without any progress after which an upload counts as broken.
UPLOAD_TIMEOUT = 60.0
ATTEMPTS = 3


class Artifacts:
    """``<address>/<sha256>.tar.gz``: HEAD and GET are open inside the datacenter, PUT needs the token of ``http``'s options."""

    def __init__(self, http: HttpClient) -> None:
        self._http = http

    def has(self, pack: Pack) -> bool:
        """Is it there, in full? Another length means that a write was cut off, which the next upload repairs."""
        answer = self._http.request("HEAD", _path(pack), ok=(200, 404))
        return answer.status == 200 and answer.headers.get("Content-Length") == str(pack.size)

    def missing(self, packs: Iterable[Pack]) -> tuple[Pack, ...]:
        return tuple(pack for pack in packs if not self.has(pack))

    def put(self, pack: Pack) -> None:
        """Upload; a broken connection is tried again. Raises ApiError (401: the token is wrong) and AwayError."""
        for attempt in range(ATTEMPTS):
            try:
                # Opened anew for every attempt: a file that was sent in part does not start again by itself.
                with pack.path.open("rb") as content:
                    self._http.request("PUT", _path(pack), data=content, ok=(201, 204), timeout=UPLOAD_TIMEOUT, retry=False)
            except AwayError:
                if attempt + 1 == ATTEMPTS:
                    raise
                continue
            break
        if not self.has(pack):
            raise ApiError("artifact store", "PUT", _path(pack), None, "took the upload, but does not have it in full afterwards")


def _path(pack: Pack) -> str:
    return f"/{pack.digest}.tar.gz"
