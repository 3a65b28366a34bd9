# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""mesos_agent against what a real Mesos does, trap by trap (docs/mesos-traps.md)."""

from __future__ import annotations

from typing import Any

import pytest

from fakes.mesos import master
from fakes.mesos_operated import OperatedMaster
from fakes.server import Answer, Request, Server, as_json
from integration.marathon.running import call

from .conftest import Run

WEB, WEB_HOST, WEB_IP = "33cf390e-d34d-4949-ba72-04569beb2902-S1", "web-r2.mesos.test", "127.0.10.12"
BATCH_HOST = "batch-r1.mesos.test"


def kinds(operated: OperatedMaster) -> list[str]:
    return [one["type"] for one in operated.calls]


def test_many_agents_by_id_host_name_and_address_are_one_task(run: Run, operated: OperatedMaster) -> None:
    result = run("mesos_agent", agents=[WEB, WEB_HOST, WEB_IP, BATCH_HOST.upper()], state="drained")
    assert result.get("changed"), result
    assert [(one["hostname"], one["state"]) for one in result["agents"]] == [(WEB_HOST, "drained"), (BATCH_HOST, "drained")]
    assert kinds(operated) == ["DRAIN_AGENT", "DRAIN_AGENT"]
    assert '"state": "active"' in result["diff"]["before"]
    again = run("mesos_agent", agents=[WEB_HOST, BATCH_HOST], state="drained")
    assert (again["changed"], again["changes"], len(again["unchanged"])) == (False, [], 2)


def test_a_check_run_says_the_same_and_sends_nothing(run: Run, operated: OperatedMaster) -> None:
    told = run("mesos_agent", check=True, attributes={"vcluster": "web"}, state="drained")
    assert operated.calls == []
    real = run("mesos_agent", attributes={"vcluster": "web"}, state="drained")
    assert {**told, "progress": None} == {**real, "progress": None}


@pytest.mark.parametrize("grace", [0, 6, 90.4])
def test_trap_15_the_grace_period_is_whole_seconds(run: Run, operated: OperatedMaster, grace: float) -> None:
    run("mesos_agent", agents=[WEB], state="drained", max_grace_period=grace)
    [sent] = operated.calls
    assert sent["drain_agent"]["max_grace_period"] == {"seconds": round(grace)}
    assert operated.draining[WEB]["config"]["max_grace_period"]["nanoseconds"] == round(grace) * 10**9


def test_trap_16_reactivating_an_active_agent_is_not_sent(run: Run, operated: OperatedMaster) -> None:
    result = run("mesos_agent", agents=[WEB], state="reactivated")
    assert (result["changed"], operated.calls) == (False, [])


def test_trap_16_somebody_else_reactivated_it_a_moment_before(run: Run, operated: OperatedMaster) -> None:
    run("mesos_agent", agents=[WEB], state="deactivated")
    ask = operated._operate

    def raced(name: str, given: Any, request: Request) -> None:
        if name == "REACTIVATE_AGENT":
            operated.deactivated.clear()
        ask(name, given, request)

    operated._operate = raced  # type: ignore[method-assign]
    assert run("mesos_agent", agents=[WEB], state="reactivated")["changed"] is True


def test_trap_16_a_draining_agent_is_waited_for_before_it_is_reactivated(run: Run, operated: OperatedMaster) -> None:
    operated.reads = 6
    assert run("mesos_agent", agents=[WEB], state="drained", wait=False)["changed"]
    refused = run("mesos_agent", agents=[WEB], state="reactivated", wait=False)
    assert refused["error"]["kind"] == "refused"
    assert "still draining" in refused["msg"]
    assert kinds(operated) == ["DRAIN_AGENT"]
    done = run("mesos_agent", agents=[WEB], state="reactivated")
    assert (done["changed"], done["agents"][0]["state"]) == (True, "active")
    assert kinds(operated) == ["DRAIN_AGENT", "REACTIVATE_AGENT"]


def test_trap_16_deactivating_a_drained_agent_is_nothing(run: Run, operated: OperatedMaster) -> None:
    run("mesos_agent", agents=[WEB], state="drained")
    result = run("mesos_agent", agents=[WEB], state="deactivated")
    assert (result["changed"], result["agents"][0]["state"], kinds(operated)) == (False, "drained", ["DRAIN_AGENT"])


def test_trap_16_it_waits_with_a_deadline_and_names_what_still_runs(run: Run, operated: OperatedMaster) -> None:
    operated.reads = 10**6
    result = run("mesos_agent", agents=[WEB], state="drained", max_grace_period=6, wait_timeout=0.1)
    assert result["failed"]
    assert result["error"]["kind"] == "deadline"
    assert WEB_HOST in result["msg"]
    assert "r2-pa-0-ebcec0" in result["msg"]
    # Trap 15: command tasks ignore the grace period, which a tired person would not guess.
    assert "--http_command_executor" in result["msg"]
    # A second run goes on, and does not begin anew.
    operated.draining[WEB]["reads"] = 2
    again = run("mesos_agent", agents=[WEB], state="drained")
    assert (again["changed"], kinds(operated)) == (True, ["DRAIN_AGENT"])


def test_trap_16_an_unknown_agent_is_refused_before_anything_is_sent(run: Run, operated: OperatedMaster) -> None:
    result = run("mesos_agent", agents=[WEB, "web-r9.mesos.test"], state="drained")
    assert result["failed"]
    assert "web-r9.mesos.test" in result["msg"]
    assert BATCH_HOST in result["msg"]
    assert operated.calls == []


def test_trap_16_an_agent_that_is_lost_while_it_drains(run: Run, operated: OperatedMaster) -> None:
    operated.reads = 10**6
    run("mesos_agent", agents=[WEB], state="drained", wait=False)
    below, seen = operated.below, 0

    def lost(request: Request) -> Answer:
        nonlocal seen
        answer = below(request)
        if b"GET_AGENTS" not in request.body:
            return answer
        seen += 1
        body: dict[str, Any] = Request("", "", {}, {}, answer.body).json
        if seen > 2:
            body["get_agents"]["agents"] = [one for one in body["get_agents"]["agents"] if one["agent_info"]["id"]["value"] != WEB]
        return as_json(body)

    operated.below = lost
    result = run("mesos_agent", agents=[WEB], state="drained")
    assert result["failed"]
    assert "not registered any more" in result["msg"]


def test_trap_17_gone_is_graceful_and_twice_is_once(run: Run, operated: OperatedMaster) -> None:
    result = run("mesos_agent", agents=[WEB_HOST], state="gone", max_grace_period=6)
    assert (result["changed"], result["changes"][0]["action"], result["agents"]) == (True, "delete", [])
    assert [(one["type"], one["drain_agent"]["mark_gone"]) for one in operated.calls] == [("DRAIN_AGENT", True)]
    again = run("mesos_agent", agents=[WEB_HOST], state="gone")
    assert (again["changed"], again["unregistered"], len(operated.calls)) == (False, [WEB_HOST], 1)


def test_trap_17_by_force_at_once(run: Run, operated: OperatedMaster) -> None:
    operated.reads = 10**6
    assert run("mesos_agent", agents=[WEB], state="gone", force=True)["changed"]
    assert kinds(operated) == ["MARK_AGENT_GONE"]


def test_before_1_9_the_way_out_is_told_not_hidden(run: Run, operated: OperatedMaster) -> None:
    operated.version = "1.8.1"
    for check in (True, False):
        result = run("mesos_agent", check=check, agents=[WEB], state="drained")
        assert result["error"]["kind"] == "refused"
        assert "1.8.1" in result["msg"]
        assert "mesos_maintenance" in result["msg"]
        assert "zeus.paas.drain" in result["msg"]
    lossy = run("mesos_agent", agents=[WEB], state="gone")
    assert lossy["failed"]
    assert "r2-pa-0-ebcec0" in lossy["msg"]
    assert operated.calls == []


def test_trap_20_whoever_may_not_drain_is_told_so() -> None:
    below = OperatedMaster(master("loaded"))

    def forbids(request: Request) -> Answer:
        return Answer(403, b"403 Forbidden.", {"Content-Type": "text/plain"}) if b"DRAIN_AGENT" in request.body else below(request)

    with Server(forbids) as server:
        result = call("mesos_agent", {"mesos_urls": [server.url], "agents": [WEB], "state": "drained"})
    assert result["failed"]
    assert "403" in result["msg"]


def test_nobody_is_named(run: Run) -> None:
    assert "agents: none is named" in run("mesos_agent", state="drained")["msg"]
    assert "no registered agent has them" in run("mesos_agent", state="drained", attributes={"rack": "r9"})["msg"]
