# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a Mesos cluster is and whether it is ready, asked of each master and of the leader."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent
from ansible_collections.zeus.paas.plugins.module_utils._mesos_agents import state_of
from ansible_collections.zeus.paas.plugins.module_utils._mesos_health import ClusterView, MasterView, notes, problems
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Master, Operator

#: A role that nobody has, so its weight matters to nobody: writing it shows whether the registry takes writes.
PROBE = "zeus-probe"
STATES = ("active", "disconnected", "deactivated", "draining", "drained")


def cluster_info(
    operator: Operator, masters: Mapping[str, HttpClient], *, least_agents: int = 0, probe_writes: bool = False
) -> dict[str, Any]:
    """``{"ready", "problems", "notes", "leader", "masters", "agents", "unreachable_agents"}``.

    :raises AwayError: no master answers at all: then nothing can be said.
    :raises ApiError: a master refuses the credentials.
    """
    with ThreadPoolExecutor(max_workers=max(1, len(masters))) as pool:
        views = list(pool.map(lambda one: _master(*one), masters.items()))
    if views and all(view.away for view in views):
        raise AwayError("Mesos", {view.url: view.away for view in views})
    leader: Master | None = None
    agents: tuple[Agent, ...] = ()
    leading, writes = "", None
    try:
        leader, agents = operator.master(), operator.agents()
    except ZeusError as error:
        leading = _short(error)
    if probe_writes and leader is not None:
        writes = _probe(operator)
    view = ClusterView(views, leading, agents, writes, least_agents)
    found = problems(view)
    return {
        "ready": not found,
        "problems": found,
        "notes": notes(view),
        "leader": _leader(leader, views),
        "masters": [_told(one) for one in views],
        "agents": {state: sum(state_of(agent) == state for agent in agents) for state in STATES},
        "unreachable_agents": sum(int(one.metrics.get("master/slaves_unreachable", 0)) for one in views if one.elected),
    }


def _master(url: str, http: HttpClient) -> MasterView:
    """These three answer everywhere, led or not."""
    try:
        version = http.request("GET", "/version").json()
        flags = http.request("GET", "/flags").json()
        metrics = http.request("GET", "/metrics/snapshot").json()
    except AwayError as error:
        return MasterView(url, away=next(iter(error.details["causes"].values())))
    except ApiError as error:
        if error.status in (401, 403):
            raise
        return MasterView(url, away=_short(error))
    if not all(isinstance(one, dict) for one in (version, flags, metrics)):
        return MasterView(url, away="answers, but is no Mesos master")
    return MasterView(url, "", str(version.get("version", "")), flags.get("flags", {}), metrics)


def _probe(operator: Operator) -> str:
    """Only a change is written, so the weight alternates. Empty if it was written."""
    try:
        operator.set_weight(PROBE, 2.0 if operator.weights().get(PROBE) == 1.0 else 1.0)
    except ZeusError as error:
        return error.message
    return ""


def _leader(leader: Master | None, views: list[MasterView]) -> dict[str, Any] | None:
    if leader is None:
        return None
    urls = [view.url for view in views if view.elected]
    told = {"id": leader.id, "hostname": leader.hostname, "address": leader.address, "version": leader.version}
    return {"url": urls[0] if len(urls) == 1 else None, **told, "elected": leader.elected}


def _told(view: MasterView) -> dict[str, Any]:
    return {
        "url": view.url,
        "answers": not view.away,
        "version": view.version or None,
        "elected": view.elected,
        "recovered": view.recovered,
        "flags": dict(view.flags),
    }


def _short(error: ZeusError) -> str:
    return error.message.removeprefix("Mesos: ")
