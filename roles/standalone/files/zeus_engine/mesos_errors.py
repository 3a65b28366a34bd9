# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How Mesos answers other than with JSON: refusals in plain text, and nothing at all. And how this engine says that it cannot."""

from __future__ import annotations

import logging

from aiohttp import web

from .web import Handler

_log = logging.getLogger(__name__)
_READ_WRITE = (
    *("/api/", "/create-volumes", "/destroy-volumes", "/machine/", "/maintenance/", "/quota", "/reserve", "/teardown", "/unreserve"),
    "/weights",
)


class MesosError(Exception):
    """Becomes an answer of this status with this text."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


def impossible(what: str, why: str) -> MesosError:
    """501: a real master could, an engine for one machine cannot. Better than to accept and not do it."""
    return MesosError(501, f"{what}: not possible with the standalone engine: {why}")


def text(status: int, body: str, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(status=status, text=body, headers=headers)


def unauthorized(request: web.Request) -> web.Response:
    """The realm says whether the endpoint could change something."""
    path = "/" + request.path.removeprefix("/master").lstrip("/")
    realm = "mesos-master-readwrite" if path.startswith(_READ_WRITE) else "mesos-master-readonly"
    return text(401, "401 Unauthorized.", {"WWW-Authenticate": f'Basic realm="{realm}"'})


@web.middleware
async def errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Exceptions become Mesos' texts."""
    try:
        return await handler(request)
    except MesosError as error:
        return text(error.status, error.text)
    except web.HTTPNotFound:
        return text(404, "404 Not Found.")
    except web.HTTPMethodNotAllowed as error:
        return wrong_method(request.method, sorted(error.allowed_methods - {"HEAD"}))
    except (web.HTTPException, ConnectionError):
        raise
    except Exception as error:
        _log.exception("%s %s", request.method, request.path)
        return text(500, f"{type(error).__name__}: {error}")


def wrong_method(method: str, allowed: list[str]) -> web.Response:
    expected = ", ".join(f"'{one}'" for one in allowed)
    body = f"405 Method Not Allowed. Expecting one of {{ {expected} }}, but received '{method}'."
    return text(405, body, {"Allow": ", ".join(allowed)})


async def untyped_if_empty(request: web.Request, response: web.StreamResponse) -> None:
    """Mesos gives no Content-Type where there is no content; aiohttp always would."""
    if isinstance(response, web.Response) and not response.body:
        response.headers.popall("Content-Type", None)
