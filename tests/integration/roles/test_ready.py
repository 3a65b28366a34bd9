# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program that does not become ready: the roles wait, then say what is wrong and where to look, and never the password they asked with.

They keep what they ask with a password out of sight, so without a word of their own nothing but "hidden" would be said.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.server import Answer, Request, Server, as_json
from integration.roles.rehearsal import entered

PASSWORD = "geheim-operator-4711"
NOT_THERE = "http://127.0.0.1:9"


def told(tmp_path: Path, role: str, *, tasks: str = "verify", **variables: Any) -> str:
    """What these tasks of the role say, as one line; they must fail."""
    code, output = entered(tmp_path, role, tasks, variables)
    assert code == 2, output
    assert PASSWORD not in output
    return output


def master(tmp_path: Path, url: str) -> str:
    return told(
        tmp_path,
        "mesos_master",
        __mesos_master_unit={"stat": {"exists": True}},
        __mesos_master_url=url,
        __mesos_master_user="operator",
        __mesos_master_password=PASSWORD,
        __mesos_master_features={"operator_api": True},
        mesos_master_verify_timeout=1,
    )


def agent(tmp_path: Path, url: str) -> str:
    return told(
        tmp_path,
        "mesos_agent",
        __mesos_agent_unit={"stat": {"exists": True}},
        __mesos_agent_url=url,
        __mesos_agent_user="operator",
        __mesos_agent_password=PASSWORD,
        mesos_agent_verify_timeout=1,
    )


def marathon(tmp_path: Path, url: str) -> str:
    return told(
        tmp_path,
        "marathon",
        __marathon_unit={"stat": {"exists": True}},
        __marathon_url=url,
        marathon_urls=["http://10.1.0.11:8080"],
        marathon_user="operator",
        marathon_password=PASSWORD,
        marathon_ca_path="",
        marathon_verify_timeout=1,
    )


def chronos(tmp_path: Path, url: str, mesos: str = NOT_THERE) -> str:
    return told(
        tmp_path,
        "chronos",
        __chronos_unit={"stat": {"exists": True}},
        __chronos_url=url,
        __chronos_master=mesos,
        chronos_urls=["http://10.1.0.11:4400"],
        chronos_user="operator",
        chronos_password=PASSWORD,
        chronos_mesos_user="operator",
        chronos_mesos_password=PASSWORD,
        chronos_framework_name="chronos",
        chronos_ca_path="",
        chronos_verify_timeout=1,
    )


def restarted(tmp_path: Path, url: str) -> str:
    """Between two restarts of nodes."""
    return told(
        tmp_path,
        "service_base",
        tasks="rolling/answers",
        service_base_unit="marathon",
        service_base_url=url,
        service_base_leader_path="/v2/leader",
        service_base_api_user="operator",
        service_base_api_password=PASSWORD,
        service_base_timeout=1,
    )


@pytest.mark.parametrize(
    ("ask", "unit"),
    [(master, "mesos-master"), (agent, "mesos-agent"), (marathon, "marathon"), (chronos, "chronos"), (restarted, "marathon")],
)
def test_what_does_not_run_is_said_to_and_where_its_log_is(tmp_path: Path, ask: Any, unit: str) -> None:
    output = ask(tmp_path, NOT_THERE)
    assert f"{NOT_THERE} is not re" in output or f"{NOT_THERE} names no leader" in output
    assert "Connection refused" in output
    assert f"journalctl -u {unit} -n 50" in output


def test_a_master_whose_log_is_not_recovered_misses_a_majority(tmp_path: Path) -> None:
    with Server(lambda _request: as_json({"master/elected": 0.0, "registrar/log/recovered": 0.0})) as server:
        assert "a majority of masters that have recovered their registry is missing" in master(tmp_path, server.url)


def test_a_master_that_has_recovered_and_knows_no_leader_leads_to_zookeeper(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        ready = as_json({"registrar/log/recovered": 1.0})
        return ready if request.path == "/metrics/snapshot" else Answer(503, b"No leader elected", {"Content-Type": "text/plain"})

    with Server(answer) as server:
        output = master(tmp_path, server.url)
    assert "it neither leads nor knows who does: look at ZooKeeper" in output
    assert "503" in output


def test_a_wrong_password_is_not_taken_for_a_process_that_ended(tmp_path: Path) -> None:
    with Server(lambda _request: Answer(401, b"", {"WWW-Authenticate": 'Basic realm="mesos-master-readonly"'})) as server:
        output = master(tmp_path, server.url)
    assert "it does not answer as the inventory says" in output
    assert "401" in output


def test_an_agent_that_no_master_takes_is_looked_for_at_the_master(tmp_path: Path) -> None:
    """It runs and retries for ever, and only the master's log says why."""
    with Server(lambda _request: as_json({"slave/registered": 0.0})) as server:
        assert "the log of the leading master says whether it refuses it" in agent(tmp_path, server.url)


@pytest.mark.parametrize(
    ("info", "reason"),
    [
        ({"leader": None, "frameworkId": None}, "it knows no leader"),
        ({"leader": "bj01-control-1:8080", "frameworkId": "f"}, "its leader is bj01-control-1:8080, and marathon_urls"),
        ({"leader": "10.1.0.11:8080", "frameworkId": None}, "no Mesos master has registered it"),
    ],
)
def test_a_marathon_says_what_it_waits_for(tmp_path: Path, info: dict[str, Any], reason: str) -> None:
    with Server(lambda _request: as_json(info)) as server:
        assert reason in marathon(tmp_path, server.url)


def test_a_chronos_whose_framework_mesos_does_not_know_says_so(tmp_path: Path) -> None:
    def answer(request: Request) -> Answer:
        frameworks = [{"name": "chronos", "active": False}, {"name": "marathon", "active": True}]
        return as_json({"frameworks": frameworks} if request.path == "/frameworks" else {"leader": "10.1.0.11:4400"})

    with Server(answer) as server:
        assert "no Mesos master has the active framework chronos" in chronos(tmp_path, server.url, server.url)
        assert "its leader is nobody" in chronos(tmp_path, f"{server.url}/frameworks?")
