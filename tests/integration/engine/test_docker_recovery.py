# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine, or Docker, dies at once and comes back: containers go on, nothing is lost, nothing runs twice."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

import pytest

from .docker_host import IMAGE, DockerHost, image
from .programs import STUBBORN, python

#: Now and then a line that Docker keeps in parts.
COUNTING = """
import itertools, time
for number in itertools.count():
    print(number, "x" * 20_000 if number % 50 == 7 else "", flush=True)
    time.sleep(0.02)
"""


@pytest.fixture(scope="module")
def mortal() -> Iterator[DockerHost]:
    with DockerHost() as running:
        yield running


def running(host: DockerHost, app_id: str) -> list[str]:
    """The tasks of an app that have a running container, once per container."""
    lines = host.inner("ps", "--format", '{{.Label "MARATHON_APP_ID"}} {{.Label "zeus.paas.task"}}').splitlines()
    return sorted(line.split()[1] for line in lines if line.split()[:1] == [app_id])


def test_running_containers_are_found_again(mortal: DockerHost) -> None:
    check = {"protocol": "MESOS_TCP", "delaySeconds": 0, "intervalSeconds": 1, "gracePeriodSeconds": 60}
    server = python("import socket, time\nheld = socket.create_server(('127.0.0.1', 80))\nwhile True: held.accept()[0].close()")
    definition = image(
        "/r/web", server, instances=2, networks=[{"mode": "container/bridge"}], container={"portMappings": [{"containerPort": 80}]}
    )
    before = mortal.deploy({**definition, "healthChecks": [check]})
    mortal.kill9()
    mortal.restart()
    after = mortal.app("/r/web")
    assert {task["id"]: task["startedAt"] for task in after["tasks"]} == {task["id"]: task["startedAt"] for task in before["tasks"]}
    assert after["tasksHealthy"] == 2
    assert running(mortal, "/r/web") == sorted(task["id"] for task in before["tasks"])
    assert {task["id"]: task["ipAddresses"] for task in after["tasks"]} == {task["id"]: task["ipAddresses"] for task in before["tasks"]}
    # They are checked again, in their own networks: one more instance needs a working check, too.
    grown = mortal.deploy({**definition, "healthChecks": [check], "instances": 3})
    assert grown["tasksHealthy"] == 3
    mortal.call("DELETE", "/v2/apps/r/web")
    mortal.wait_deployed()


def test_logs_go_on_where_they_were(mortal: DockerHost) -> None:
    (task,) = mortal.deploy(image("/r/log", python(COUNTING)))["tasks"]

    def numbers() -> list[int]:
        files = mortal.exec("sh", "-c", f"cd /var/lib/zeus-standalone/sandboxes/{task['id']}; cat $(ls -r stdout*)")
        return [int(one) for one in re.findall(r"^(\d+) x*\n", files, flags=re.MULTILINE)]

    mortal.wait(lambda: len(numbers()) > 20)
    mortal.kill9()
    far = len(numbers()) + 50
    mortal.restart()
    mortal.wait(lambda: len(numbers()) > far)
    seen = numbers()
    assert [number for number, _same in itertools.groupby(seen)] == list(range(max(seen) + 1)), "no line is lost"
    assert len(seen) - len(set(seen)) <= 1, "a kill between writing a line and noting that repeats it"
    mortal.call("DELETE", "/v2/apps/r/log")
    mortal.wait_deployed()


def test_what_ended_meanwhile_is_noticed_with_its_exit_code(mortal: DockerHost) -> None:
    command = "while [ ! -e $MESOS_SANDBOX/leave ]; do sleep 0.1; done; echo bye; exit 7"
    (task,) = mortal.deploy(image("/r/leaver", command, backoffSeconds=300))["tasks"]
    mortal.kill9()
    mortal.exec("touch", f"/var/lib/zeus-standalone/sandboxes/{task['id']}/leave")
    mortal.wait(lambda: not running(mortal, "/r/leaver"))
    mortal.restart()
    failure = mortal.wait(lambda: mortal.app("/r/leaver").get("lastTaskFailure"))
    assert (failure["taskId"], failure["state"], failure["message"]) == (task["id"], "TASK_FAILED", "Container exited with status 7")
    assert mortal.sandbox(task["id"], "stdout") == "bye\n"
    mortal.call("DELETE", "/v2/apps/r/leaver")
    mortal.wait_deployed()


def test_killed_in_the_middle_of_starting_nothing_runs_twice(mortal: DockerHost) -> None:
    for attempt in range(3):
        app_id = f"/r/twice-{attempt}"
        mortal.call("PUT", f"/v2/apps{app_id}", image(app_id, instances=3, cpus=0.01, mem=32))
        if attempt:  # at different moments of the starts
            mortal.wait(lambda attempt=attempt: len(mortal.containers()) >= attempt)
        mortal.kill9()
        mortal.restart()
        mortal.wait_deployed()
        known = sorted(task["id"] for task in mortal.tasks(app_id))
        assert len(known) == 3
        mortal.wait(lambda known=known, app_id=app_id: running(mortal, app_id) == known)
        mortal.call("DELETE", f"/v2/apps{app_id}")
        mortal.wait_deployed()


def test_a_kill_under_way_is_finished(mortal: DockerHost) -> None:
    command = f"cd $MESOS_SANDBOX; {python(STUBBORN)}"
    (task,) = mortal.deploy(image("/r/stubborn", command, taskKillGracePeriodSeconds=2))["tasks"]
    mortal.wait(lambda: mortal.exec("ls", f"/var/lib/zeus-standalone/sandboxes/{task['id']}/up", check=False))
    mortal.call("DELETE", "/v2/apps/r/stubborn")
    mortal.kill9()
    mortal.restart()
    mortal.wait_deployed()
    mortal.wait(lambda: not mortal.containers(task["id"]))


def test_only_this_engines_orphans_are_removed(mortal: DockerHost) -> None:
    (task,) = mortal.deploy(image("/r/own"))["tasks"]
    engine = mortal.container(task["id"])["Config"]["Labels"]["zeus.paas.engine"]
    labels = {
        "orphan": (f"zeus.paas.engine={engine}", "zeus.paas.task=forgotten"),
        "neighbour": ("zeus.paas.engine=another", "zeus.paas.task=theirs"),
        "stranger": (),
    }
    for name, given in labels.items():
        options = [part for label in given for part in ("--label", label)]
        mortal.inner("run", "-d", "--name", name, *options, IMAGE, "sleep", "600")
    mortal.kill9()
    mortal.restart()
    mortal.wait(lambda: not mortal.inner("ps", "-aq", "--filter", "name=orphan"))
    assert len(mortal.inner("ps", "-q", "--filter", "name=neighbour", "--filter", "name=stranger").split()) == 2
    assert running(mortal, "/r/own") == [task["id"]]
    mortal.inner("rm", "-f", "neighbour", "stranger")
    mortal.call("DELETE", "/v2/apps/r/own")
    mortal.wait_deployed()


def test_docker_dies_and_comes_back(mortal: DockerHost) -> None:
    """The engine stays; tasks that Docker took along are replaced, each once."""
    (task,) = mortal.deploy(image("/r/docker"))["tasks"]
    mortal.stop_docker()
    assert [one["id"] for one in mortal.tasks("/r/docker")] == [task["id"]], "nobody knows that it ended"
    mortal.call("PUT", "/v2/apps/r/meanwhile", image("/r/meanwhile", backoffSeconds=1))
    failure = mortal.wait(lambda: mortal.app("/r/meanwhile").get("lastTaskFailure"))
    assert failure["message"].startswith("Failed to launch container: Docker does not answer at /var/run/docker.sock")
    mortal.start_docker()
    mortal.wait_deployed()
    for app_id in ("/r/docker", "/r/meanwhile"):
        mortal.wait(lambda app_id=app_id: running(mortal, app_id) == [one["id"] for one in mortal.tasks(app_id)] != [], what=app_id)
        mortal.wait(lambda app_id=app_id: mortal.app(app_id)["tasksRunning"] == 1, what=app_id)


def test_a_container_that_somebody_removed_is_replaced(mortal: DockerHost) -> None:
    (task,) = mortal.deploy(image("/r/removed", backoffSeconds=1))["tasks"]
    mortal.inner("rm", "-f", mortal.containers(task["id"])[0])
    mortal.wait(lambda: running(mortal, "/r/removed") and task["id"] not in running(mortal, "/r/removed"))
    assert mortal.app("/r/removed")["lastTaskFailure"]["message"] == "Container exited with status 137"
