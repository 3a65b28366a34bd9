# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What both APIs share: JSON answers, errors, and basic authentication."""

from __future__ import annotations

import base64
import hmac
import json
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any

from aiohttp import web

from .errors import ApiError, failed

_log = logging.getLogger(__name__)
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
DEPLOYMENT_HEADER = "Marathon-Deployment-Id"
#: Marathon's paths that are open without credentials: they say no more than that somebody is there.
OPEN_PATHS = ("/ping",)


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(
        body=json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode(),
        status=status,
        headers=headers,
        content_type="application/json",
    )


def deployed(result: Mapping[str, str], status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """The answer to a change: its version and deployment, the latter also as a header."""
    return answer(result, status, {DEPLOYMENT_HEADER: result["deploymentId"], **(headers or {})})


def with_slash(routes: Iterable[web.RouteDef]) -> list[web.RouteDef]:
    """The routes, and each fixed path also with a slash at its end, as Jersey takes it."""
    given = list(routes)
    fixed = [one for one in given if "{" not in one.path and not one.path.endswith("/")]
    return given + [web.RouteDef(one.method, f"{one.path}/", one.handler, one.kwargs) for one in fixed]


async def body(request: web.Request) -> Any:
    """The request's JSON. Raises Marathon's 400 for anything that is none."""
    text = await request.text()
    if not text.strip():
        raise failed(400, "Please specify data in JSON format")
    try:
        return json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise ApiError(400, {"message": "Invalid JSON", "details": str(error)}) from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def flag(request: web.Request, name: str, default: bool = False) -> bool:
    """A boolean query parameter as Jersey reads it: only "true" is true."""
    found = request.query.get(name)
    return default if found is None else found.strip().lower() == "true"


def _takes_json(accept: str) -> bool:
    kinds = [one.partition(";")[0].strip() for one in accept.split(",")]
    return any(one in ("", "*/*", "application/*", "application/json") for one in kinds)


@web.middleware
async def only_json(request: web.Request, handler: Handler) -> web.StreamResponse:
    """406 below /v2 for who does not take JSON: text/plain is gone since Marathon 1.11. Events have a rule of their own."""
    path = request.path.rstrip("/")
    if path.startswith("/v2/") and path != "/v2/events" and not _takes_json(",".join(request.headers.getall("Accept", []))):
        raise web.HTTPNotAcceptable
    return await handler(request)


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Exceptions become Marathon's bodies."""
    try:
        return await handler(request)
    except ApiError as error:
        return answer(error.body, error.status)
    except web.HTTPNotFound:
        return answer({"message": "URI not found"}, 500)  # Marathon really answers so
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return answer({"message": error.reason}, error.status)
    except ConnectionError:
        raise
    except Exception as error:
        _log.exception("%s %s", request.method, request.path)
        return answer({"message": f"{type(error).__name__}: {error}"}, 500)


def authentication(
    user: str | None, password: str | None, *, refused: Callable[[web.Request], web.Response], open_paths: Sequence[str] = OPEN_PATHS
) -> Any:
    """A middleware that asks for these credentials but on `open_paths`, or lets everything pass if there are none."""
    wanted = base64.b64encode(f"{user}:{password}".encode()).decode() if user is not None else None

    @web.middleware
    async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
        if wanted is not None and request.path not in open_paths:
            kind, _unused, given = request.headers.get("Authorization", "").partition(" ")
            if kind.lower() != "basic" or not hmac.compare_digest(given.strip(), wanted):
                return refused(request)
        return await handler(request)

    return check


def unauthorized(request: web.Request) -> web.Response:
    """Marathon's answer to wrong or no credentials."""
    headers = {"WWW-Authenticate": 'Basic realm="Mesosphere"'}
    return web.json_response({"message": "Invalid username or password."}, status=401, headers=headers)
