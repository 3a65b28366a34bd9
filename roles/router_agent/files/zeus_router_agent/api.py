# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's HTTP API (docs/design.md, 6). Every call but health needs the token."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from zeus_router_agent.drains import LONGEST_TTL, Drains
from zeus_router_agent.haproxy_api import HaproxyError
from zeus_router_agent.nginx import NginxQuestions
from zeus_router_agent.status import Status
from zeus_router_agent.unixhttp import NginxError
from zeus_router_agent.world import World

MAX_BODY = 1_000_000
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadRequestError(Exception):
    """What was asked cannot be understood; the text says what is expected."""


class Api:
    """``sync`` reads Marathon and the store again and returns what kept it from doing so, if anything."""

    def __init__(
        self, *, token: str, world: World, status: Status, drains: Drains, nginx: NginxQuestions | None, sync: Callable[[], list[str]]
    ) -> None:
        if not token:
            raise ValueError("the API needs a token")
        self._token = token.encode()
        self._world = world
        self._status = status
        self._drains = drains
        self._nginx = nginx
        self._sync = sync

    def app(self) -> web.Application:
        app = web.Application(client_max_size=MAX_BODY, middlewares=[self._guard, self._errors])
        app.router.add_get("/v1/health", self._health)
        app.router.add_get("/v1/status", self._get_status)
        app.router.add_get("/v1/plan", self._get_plan)
        app.router.add_get("/v1/drain", self._get_drain)
        app.router.add_post("/v1/drain", self._post_drain)
        app.router.add_delete("/v1/drain", self._delete_drain)
        app.router.add_post("/v1/explain", self._explain)
        app.router.add_get("/v1/counters", self._counters)
        app.router.add_post("/v1/sync", self._post_sync)
        return app

    # -- around every call --------------------------------------------------------------------------------------------------------

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.path != "/v1/health":
            kind, _unused, given = request.headers.get("Authorization", "").partition(" ")
            # Compared even if the kind is wrong, in constant time: the answer's delay tells nothing about the token.
            same = hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), self._token)
            if not same or kind.lower() != "bearer":
                return _answer({"message": "a bearer token is needed"}, 401, {"WWW-Authenticate": "Bearer"})
        return await handler(request)

    @web.middleware
    async def _errors(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            return await handler(request)
        except BadRequestError as exc:
            return _answer({"message": str(exc)}, 400)
        except (NginxError, HaproxyError) as exc:
            return _answer({"message": str(exc)}, 502)
        except web.HTTPException as exc:
            return _answer({"message": exc.reason}, exc.status)

    # -- calls --------------------------------------------------------------------------------------------------------------------

    async def _health(self, _request: web.Request) -> web.StreamResponse:
        reasons = self._status.reasons()
        return _answer({"status": "bad", "reasons": reasons}, 503) if reasons else _answer({"status": "ok"})

    async def _get_status(self, _request: web.Request) -> web.StreamResponse:
        return _answer(self._status.full())

    async def _get_plan(self, request: web.Request) -> web.StreamResponse:
        """``?app=<key>``, repeatable, for some entries only."""
        keys = request.query.getall("app", None)
        return _answer(self._status.running().to_dict(None if keys is None else frozenset(keys)))

    async def _get_drain(self, _request: web.Request) -> web.StreamResponse:
        return _answer({"tasks": await _thread(lambda: self._drains.open(list(self._world.state.drains)))})

    async def _post_drain(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        tasks = _tasks(body)
        ttl = body.get("ttl")
        if isinstance(ttl, bool) or not isinstance(ttl, (int, float)) or not 0 < ttl <= LONGEST_TTL:
            raise BadRequestError(f"ttl: expected seconds, above 0 and at most {LONGEST_TTL:g}")

        def mark() -> dict[str, Any]:
            self._drains.mark(tasks, float(ttl))
            return {"tasks": self._drains.open(tasks)}

        return _answer(await _thread(mark))

    async def _delete_drain(self, request: web.Request) -> web.StreamResponse:
        tasks = _tasks(await _body(request))
        await _thread(lambda: self._drains.unmark(tasks))
        return _answer({"tasks": {}})

    async def _explain(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        nginx = self._nginx
        if nginx is None:
            return _answer({"message": "this router has no nginx: no requests are decided here"}, 404)
        status, answer = await _thread(lambda: nginx.ask("POST", "/explain", body, ok=(200, 400, 404)))
        return _answer(answer, status)

    async def _counters(self, _request: web.Request) -> web.StreamResponse:
        nginx = self._nginx
        if nginx is None:
            return _answer({"apps": {}, "undecided": 0, "unrouted": 0})
        return _answer((await _thread(lambda: nginx.ask("GET", "/counters")))[1])

    async def _post_sync(self, _request: web.Request) -> web.StreamResponse:
        failures = await _thread(self._sync)
        return _answer({"message": "; ".join(failures)}, 503) if failures else _answer({"synced": True})


async def _thread(function: Callable[[], Any]) -> Any:
    return await asyncio.get_running_loop().run_in_executor(None, function)


async def _body(request: web.Request) -> dict[str, Any]:
    try:
        data = json.loads(await request.read())
    except ValueError as exc:
        raise BadRequestError("expected a JSON object") from exc
    if not isinstance(data, dict):
        raise BadRequestError("expected a JSON object")
    return data


def _tasks(body: dict[str, Any]) -> list[str]:
    tasks = body.get("tasks")
    if not isinstance(tasks, list) or not all(isinstance(task, str) and 0 < len(task) <= 512 for task in tasks):
        raise BadRequestError("tasks: expected a list of task ids")
    return tasks


def _answer(data: Any, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.json_response(data, status=status, headers=headers)
