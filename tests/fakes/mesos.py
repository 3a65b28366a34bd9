# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for a Mesos master: it repeats what a real one was recorded to answer (tests/fixtures/mesos)."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

from conformance.recordings import PAYLOADS, Recording, recordings, refusals

from .server import Answer, Request

Change = Callable[[str, Any], Any]


def _unchanged(request: str, body: Any) -> Any:
    return body


def master(situation: str, change: Change = _unchanged) -> Callable[[Request], Answer]:
    """Answers of `situation` or, where it has none, of the idle master; `change` may alter the JSON of a request's answer."""
    known: dict[str, Recording] = {one.request: one for where in ("idle", situation) for one in recordings(where)}

    def answer(request: Request) -> Answer:
        body, path = request.body.decode(), request.path.removeprefix("/master")
        for one in refusals():
            if (one.method, one.path, one.body or "") == (request.method, path, body) and _headers(one.headers, request):
                return _answer(one.status, one.type, one.answer.encode())
        call = json.loads(body) if path == "/api/v1" else {}
        name = call.get("type", f"{request.method} {path}")
        if any(part not in call for part in PAYLOADS.get(name, ())):
            return _answer(
                400, "text/plain; charset=utf-8", f"Failed to validate master::Call: Expecting '{name.lower()}' to be present".encode()
            )
        if name not in known:
            return _answer(404, "text/plain; charset=utf-8", b"404 Not Found.")
        found = known[name]
        shown = json.dumps(change(name, deepcopy(found.body))) if found.type == "application/json" else found.body
        location = {"Location": found.location} if found.location else {}
        return _answer(found.status, found.type, shown.encode(), **location)

    return answer


def follower(leader: str) -> Callable[[Request], Answer]:
    """A master that does not lead: it sends everything but its own health and version to `leader` (``host:port``)."""
    own = master("idle")

    def answer(request: Request) -> Answer:
        path = request.path.removeprefix("/master")
        if path in ("/health", "/version", "/flags", "/metrics/snapshot"):
            return own(request)
        target = f"//{leader}" if path == "/redirect" else f"//{leader}/master{path}"
        return Answer(307, headers={"Location": target})

    return answer


def _headers(wanted: dict[str, str], request: Request) -> bool:
    sent = {name.lower(): value for name, value in request.headers.items()}
    return sent.get("content-type") == wanted.get("Content-Type") and ("Accept" not in wanted or sent.get("accept") == wanted["Accept"])


def _answer(status: int, kind: str | None, body: bytes, **headers: str) -> Answer:
    return Answer(status, body, {**({"Content-Type": kind} if kind else {}), **headers})
