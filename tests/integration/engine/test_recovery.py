# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine dies at once and comes back: nothing is lost, nothing runs twice."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .programs import python, server, sleeper
from .running import RunningEngine


@pytest.fixture(scope="module")
def mortal() -> Iterator[RunningEngine]:
    with RunningEngine() as running:
        yield running


def processes(engine: RunningEngine) -> list[str]:
    """The tasks that have a process, each once per process whose parent is a shim."""
    script = "for p in $(pgrep -u zeus-task); do tr '\\0' '\\n' < /proc/$p/environ | grep ^MESOS_TASK_ID=; done"
    return sorted(line.partition("=")[2] for line in engine.exec("sh", "-c", script, check=False).splitlines())


def test_apps_versions_and_running_tasks_are_found_again(mortal: RunningEngine) -> None:
    mortal.deploy(server("/r/web", instances=2, env={"N": "1"}))
    before = mortal.deploy(server("/r/web", instances=2, env={"N": "2"}))
    versions = mortal.call("GET", "/v2/apps/r/web/versions")
    mortal.kill9()
    mortal.restart()
    after = mortal.app("/r/web")
    assert mortal.call("GET", "/v2/apps/r/web/versions") == versions
    assert {task["id"]: task["startedAt"] for task in after["tasks"]} == {task["id"]: task["startedAt"] for task in before["tasks"]}
    assert processes(mortal) == sorted(task["id"] for task in before["tasks"])
    ports = {task["ports"][0] for task in after["tasks"]}
    grown = mortal.deploy(server("/r/web", instances=4, env={"N": "2"}))
    assert len({task["ports"][0] for task in grown["tasks"]} | ports) == 4, "taken ports stay taken"


def test_health_is_known_at_once(mortal: RunningEngine) -> None:
    """Else routers would drop every peer until the first check after the restart."""
    check = {"protocol": "COMMAND", "command": {"value": "true"}, "delaySeconds": 4, "intervalSeconds": 60}
    assert mortal.deploy(sleeper("/r/healthy", healthChecks=[check]))["tasksHealthy"] == 1
    mortal.kill9()
    mortal.restart()
    assert mortal.app("/r/healthy")["tasksHealthy"] == 1


def test_what_ended_meanwhile_is_noticed_with_its_exit_code(mortal: RunningEngine) -> None:
    cmd = "while [ ! -e /tmp/leave ]; do sleep 0.1; done; exit 7"
    (task,) = mortal.deploy(sleeper("/r/leaver", cmd=cmd, backoffSeconds=300))["tasks"]
    mortal.kill9()
    mortal.exec("touch", "/tmp/leave")
    mortal.wait(lambda: task["id"] not in processes(mortal))
    mortal.restart()
    failure = mortal.wait(lambda: mortal.app("/r/leaver").get("lastTaskFailure"))
    assert (failure["taskId"], failure["state"], failure["message"]) == (task["id"], "TASK_FAILED", "Command exited with status 7")


def test_a_deployment_goes_on(mortal: RunningEngine) -> None:
    mortal.deploy(server("/r/roll", instances=3, cpus=0.1))
    result = mortal.call("PUT", "/v2/apps/r/roll", {"env": {"VERSION": "2"}})
    mortal.kill9()
    mortal.restart()
    mortal.wait_deployed(result["deploymentId"])
    app = mortal.app("/r/roll")
    assert app["tasksHealthy"] == app["instances"] == 3
    assert {task["version"] for task in app["tasks"]} == {result["version"]}


def test_killed_in_the_middle_of_starting_nothing_runs_twice(mortal: RunningEngine) -> None:
    for attempt in range(5):
        app_id = f"/r/twice-{attempt}"
        mortal.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, instances=4, cpus=0.01))
        mortal.kill9()
        mortal.restart()
        mortal.wait_deployed()
        known = sorted(task["id"] for task in mortal.tasks(app_id))
        assert len(known) == 4
        name = app_id.strip("/").replace("/", "_")
        assert [one for one in processes(mortal) if one.startswith(name + ".")] == known
        mortal.call("DELETE", f"/v2/apps{app_id}")
        mortal.wait_deployed()


def test_a_kill_under_way_is_finished(mortal: RunningEngine) -> None:
    stubborn = python("import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nopen('up', 'w').close()\ntime.sleep(600)")
    (task,) = mortal.deploy(sleeper("/r/stubborn", cmd=stubborn, taskKillGracePeriodSeconds=2))["tasks"]
    mortal.wait(lambda: mortal.exec("ls", f"/var/lib/zeus-standalone/sandboxes/{task['id']}/up", check=False))
    mortal.call("DELETE", "/v2/apps/r/stubborn")
    mortal.kill9()
    mortal.restart()
    mortal.wait(lambda: task["id"] not in processes(mortal))
    mortal.wait_deployed()


def test_a_gentle_stop_leaves_the_tasks_too(mortal: RunningEngine) -> None:
    before = processes(mortal)
    assert before
    mortal.restart()
    assert processes(mortal) == before


def test_a_killed_shim_takes_its_task_along(mortal: RunningEngine) -> None:
    (task,) = mortal.deploy(sleeper("/r/orphan"))["tasks"]
    mortal.exec("pkill", "-KILL", "-f", f"shim.py .*{task['id']}")
    mortal.wait(lambda: task["id"] not in [one["id"] for one in mortal.tasks("/r/orphan")])
    assert mortal.app("/r/orphan")["lastTaskFailure"]["message"] == "The task's shim is gone and left no exit status"
    mortal.wait(lambda: mortal.app("/r/orphan")["tasksRunning"] == 1)
    assert task["id"] not in processes(mortal)


def test_an_agent_that_left_the_configuration(mortal: RunningEngine) -> None:
    agents = [one["hostname"] for one in mortal.session.get(mortal.mesos_url + "/slaves", timeout=5).json()["slaves"]]
    assert agents == ["web-1.bj01", "web-2.bj01", "batch-1.bj01"]
    before = {one["id"]: one["hostname"] for one in mortal.session.get(mortal.mesos_url + "/slaves", timeout=5).json()["slaves"]}
    mortal.restart()
    assert {one["id"]: one["hostname"] for one in mortal.session.get(mortal.mesos_url + "/slaves", timeout=5).json()["slaves"]} == before
