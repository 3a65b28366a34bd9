# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's own admin calls, on Mesos' port below /zeus/v1: what no cluster has, since there one pulls a cable."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from . import timestamps
from .agents import Agent
from .engine import Engine
from .errors import ApiError, Problems, not_found
from .schema import enum, record
from .web import Handler, answer, body

_WANTED = record({"state": enum("away", "present")}, ["state"])


class ZeusApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/zeus/v1/agents", _refusing(self.list_agents)),
            web.get("/zeus/v1/agents/{name}", _refusing(self.get_agent)),
            web.put("/zeus/v1/agents/{name}", _refusing(self.set_agent)),
        ]

    async def list_agents(self, request: web.Request) -> web.Response:
        return answer({"agents": [self._shown(agent) for agent in self._engine.state.agents]})

    async def get_agent(self, request: web.Request) -> web.Response:
        return answer(self._shown(self._known(request)))

    async def set_agent(self, request: web.Request) -> web.Response:
        """``{"state": "away"}`` takes the agent away, ``{"state": "present"}`` brings it back; the agent is the answer."""
        agent = self._known(request)
        problems = Problems()
        wanted = _WANTED(await body(request), "", problems)
        problems.raise_wrong_types()
        if wanted["state"] == "away":
            self._engine.reachability.leave(agent)
        else:
            self._engine.reachability.come_back(agent)
        self._engine.wake()
        return answer(self._shown(agent))

    def _known(self, request: web.Request) -> Agent:
        """By id or host name."""
        name, agents = request.match_info["name"], self._engine.state.agents
        found = next((agent for agent in agents if name in (agent.id, agent.hostname)), None)
        if found is None:
            raise not_found(f"There is no agent '{name}'; there are {', '.join(agent.hostname for agent in agents)}")
        return found

    def _shown(self, agent: Agent) -> dict[str, Any]:
        shown: dict[str, Any] = {"id": agent.id, "hostname": agent.hostname, "state": "present"}
        since = self._engine.state.away.get(agent.id)
        return shown if since is None else shown | {"state": "away", "since": timestamps.iso(since)}


def _refusing(handler: Handler) -> Handler:
    """Refusals as JSON, unlike the Mesos calls beside."""

    async def handle(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except ApiError as error:
            return answer(error.body, error.status)

    return handle
