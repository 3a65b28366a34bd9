# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-ins together, in the order in which a cluster's life goes; the tests share what runs."""

from __future__ import annotations

import signal
from typing import Any

import requests

from integration.standins.bed import Bed, until

APP = {
    "id": "/web",
    "cmd": "exec python3 -m http.server $PORT0",
    "cpus": 0.1,
    "mem": 32,
    "instances": 3,
    "healthChecks": [{"protocol": "MESOS_HTTP", "path": "/", "intervalSeconds": 1, "gracePeriodSeconds": 60, "delaySeconds": 1}],
}


def healthy(bed: Bed, marathon: int, count: int = 3) -> list[dict[str, Any]]:
    def ask() -> list[dict[str, Any]]:
        app = bed.app(marathon, "web")
        tasks: list[dict[str, Any]] = app["tasks"]
        if app["tasksHealthy"] == count == len(tasks):
            return tasks
        raise KeyError([(task["id"], task["host"], task["ports"], task["state"], task.get("healthCheckResults")) for task in tasks])

    return until(ask)


def names(tasks: list[dict[str, Any]]) -> set[str]:
    return {task["id"] for task in tasks}


def test_an_app_runs_on_both_agents_whoever_is_asked(bed: Bed) -> None:
    until(lambda: requests.get(f"http://{bed.net}.43.1:8080/v2/leader", timeout=5).json()["leader"])
    for number in (1, 2):
        until(lambda number=number: requests.get(f"http://{bed.net}.43.{number}:8080/ping", timeout=5).text == "pong")  # type: ignore[misc]
    until(lambda: requests.post(f"http://{bed.net}.43.2:8080/v2/apps", json=APP, timeout=30).status_code in (201, 409))
    tasks = healthy(bed, 1)
    assert {task["host"] for task in tasks} == {f"{bed.net}.42.1", f"{bed.net}.42.2"}
    for task in tasks:
        assert requests.get(f"http://{task['host']}:{task['ports'][0]}/", timeout=5).status_code == 200
    known = bed.call("GET_TASKS").json()["get_tasks"]["tasks"]
    assert {one["task_id"]["value"] for one in known} == names(tasks)


def test_others_than_the_leader_redirect_even_a_post_and_are_healthy(bed: Bed) -> None:
    """Traps 11 and 13."""
    leader = bed.leader(1)
    other = next(ip for ip in (f"{bed.net}.41.1", f"{bed.net}.41.2") if ip != leader)
    answer = requests.post(f"http://{other}:5050/api/v1", json={"type": "GET_AGENTS"}, timeout=5, allow_redirects=False)
    assert (answer.status_code, answer.headers["Location"], answer.text) == (307, f"//{leader}:5050/master/api/v1", "")
    assert requests.get(f"http://{other}:5050/health", timeout=5).status_code == 200
    assert requests.get(f"http://{other}:5050/metrics/snapshot", timeout=5).json()["master/elected"] == 0.0


def test_a_new_master_leads_when_the_leader_is_killed_and_no_task_notices(bed: Bed) -> None:
    before, leader = names(healthy(bed, 1)), bed.leader(1)
    number = int(leader[-1])
    bed.kill(f"m{number}")
    other = 1 if number != 1 else 2
    until(lambda: bed.leader(other) != leader)
    until(lambda: len(bed.agents()) == 2 and all(one["active"] for one in bed.agents().values()))
    assert names(healthy(bed, 2)) == before
    bed.start(f"m{number}", "")
    metrics = f"http://{leader}:5050/metrics/snapshot"
    until(lambda: requests.get(metrics, timeout=5).json()["registrar/log/recovered"] == 1.0)


def test_another_marathon_goes_on_when_the_leading_one_is_killed(bed: Bed) -> None:
    before = names(healthy(bed, 1))
    leader = requests.get(f"http://{bed.net}.43.1:8080/v2/leader", timeout=5).json()["leader"]
    number = int(leader.partition(":")[0][-1])
    other = 3 - number
    bed.kill(f"marathon{number}")
    until(lambda: requests.get(f"http://{bed.net}.43.{other}:8080/v2/leader", timeout=5).json()["leader"] != leader)
    assert names(healthy(bed, other)) == before
    bed.start(f"marathon{number}", "")
    assert names(healthy(bed, number)) == before


def test_tasks_survive_their_agent_and_a_changed_attribute_is_refused(bed: Bed) -> None:
    """Traps 1 and 19."""
    before = names(healthy(bed, 1))
    agent_id = bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]["value"]
    bed.kill("a1", signal.SIGTERM)
    bed.agent(1, "vcluster:batch;rack:r1")
    assert bed.ended("a1") == 1
    assert "EXIT with status 1: Failed to perform recovery: Incompatible agent info detected." in bed.log("a1")
    assert f"rm -f {bed.folder}/a1/meta/slaves/latest" in bed.log("a1")
    bed.agent(1)
    until(lambda: bed.agents()[f"{bed.net}.42.1"]["active"])
    assert bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]["value"] == agent_id
    assert names(healthy(bed, 1)) == before


def test_draining_moves_the_tasks(bed: Bed) -> None:
    """Traps 15 and 16."""
    agent = bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]
    refused = bed.call("DRAIN_AGENT", agent_id=agent, max_grace_period="10mins")
    assert refused.status_code == 400
    assert refused.text.endswith("Not expecting a JSON string for field 'max_grace_period'")
    assert bed.call("DRAIN_AGENT", agent_id=agent, max_grace_period={"seconds": 5}).status_code == 200
    until(lambda: bed.agents()[f"{bed.net}.42.1"].get("drain_info", {}).get("state") == "DRAINED")
    shown = bed.agents()[f"{bed.net}.42.1"]
    assert (shown["active"], shown["deactivated"]) == (False, True)
    assert {task["host"] for task in healthy(bed, 1)} == {f"{bed.net}.42.2"}
    assert bed.call("REACTIVATE_AGENT", agent_id=agent).status_code == 200
    again = bed.call("REACTIVATE_AGENT", agent_id=agent)
    assert (again.status_code, again.text) == (400, "Agent is not deactivated")


def test_a_machine_that_is_down_ends_its_agent_with_0(bed: Bed) -> None:
    """Trap 18."""
    machine = {"hostname": f"{bed.net}.42.1", "ip": f"{bed.net}.42.1"}
    agent_id = bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]["value"]
    early = bed.call("START_MAINTENANCE", machines=[machine])
    assert (early.status_code, early.text.endswith("is not part of a maintenance schedule")) == (400, True)
    window = {"machine_ids": [machine], "unavailability": {"start": {"nanoseconds": 0}}}
    assert bed.call("UPDATE_MAINTENANCE_SCHEDULE", schedule={"windows": [window]}).status_code == 200
    assert bed.call("START_MAINTENANCE", machines=[machine]).status_code == 200
    assert bed.ended("a1") == 0
    bed.start("a1", "")
    assert bed.ended("a1") == 0
    assert "because 'Machine is `DOWN`'" in bed.log("a1")
    assert bed.call("GET_MAINTENANCE_STATUS").json()["get_maintenance_status"]["status"] == {"down_machines": [machine]}
    assert bed.call("STOP_MAINTENANCE", machines=[machine]).status_code == 200
    bed.start("a1", "")
    until(lambda: bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]["value"] == agent_id)


def test_a_lost_agent_is_unreachable_and_its_tasks_run_elsewhere(bed: Bed) -> None:
    # What was moved away from it in the test before is spread anew.
    until(lambda: requests.post(f"http://{bed.net}.43.2:8080/v2/apps/web/restart", timeout=30).status_code == 200)
    until(lambda: not requests.get(f"http://{bed.net}.43.2:8080/v2/deployments", timeout=5).json())
    assert f"{bed.net}.42.1" in {task["host"] for task in healthy(bed, 1)}
    bed.kill("a1")
    until(lambda: f"{bed.net}.42.1" not in bed.agents())
    assert {task["host"] for task in healthy(bed, 1)} == {f"{bed.net}.42.2"}
    bed.start("a1", "")
    until(lambda: bed.agents()[f"{bed.net}.42.1"]["active"])


def test_gone_is_for_good(bed: Bed) -> None:
    """Trap 17."""
    agent = bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"]
    for _twice in range(2):
        assert bed.call("MARK_AGENT_GONE", agent_id=agent).status_code == 200
    assert bed.ended("a1") == 0
    bed.start("a1", "")
    assert bed.ended("a1") == 0
    assert "because 'Agent has been marked gone'" in bed.log("a1")
    (bed.folder / "a1/meta/slaves/latest").unlink()
    bed.start("a1", "")
    until(lambda: bed.agents()[f"{bed.net}.42.1"]["agent_info"]["id"] != agent)


def test_chronos_runs_a_job_and_what_depends_on_it(bed: Bed) -> None:
    given = ["--master", f"zk://{bed.zk}/mesos", "--zk_hosts", bed.zk, "--hostname", f"{bed.net}.44.1", "--http_address", f"{bed.net}.44.1"]
    bed.start("chronos", "chronos", *given, "--http_port", "4400")
    base = f"http://{bed.net}.44.1:4400/v1/scheduler"
    first = {"name": "first", "command": f"touch {bed.folder}/first", "schedule": "R1//PT24H"}
    then = {"name": "then", "command": f"touch {bed.folder}/then", "parents": ["first"]}
    until(lambda: requests.post(f"{base}/iso8601", json=first | {"schedule": "R0//PT24H"}, timeout=10).status_code == 204)
    assert requests.post(f"{base}/dependency", json=then, timeout=10).status_code == 204
    assert requests.post(f"{base}/iso8601", json=first, timeout=10).status_code == 204
    until(lambda: (bed.folder / "first").exists() and (bed.folder / "then").exists())
    jobs = until(lambda: {one["name"]: one for one in requests.get(f"{base}/jobs", timeout=10).json() if one["successCount"] == 1})
    assert jobs["first"]["schedule"].startswith("R0/")
    assert requests.get(f"{base}/job/unknown", timeout=10).status_code == 400
    assert requests.post(f"{base}/iso8601", json={"name": "x", "schedule": "daily"}, timeout=10).status_code == 400
