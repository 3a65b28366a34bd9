# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Images run with a real Docker: what a container is given, how it is reached, and how it ends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from .docker_host import IMAGE, NO_REGISTRY, DockerHost, image
from .programs import HUNGRY, SERVER, STUBBORN, python, sleeper
from .running import RunningEngine

BRIDGE = [{"mode": "container/bridge"}]
#: As programs.SERVER, on a port of the container's own.
INSIDE = SERVER.replace('int(os.environ["PORT0"])', "8080")


@pytest.fixture(scope="module")
def host() -> Iterator[DockerHost]:
    with DockerHost() as running:
        yield running


@pytest.fixture
def app_id(host: DockerHost, request: pytest.FixtureRequest) -> Iterator[str]:
    group = f"/{request.node.name.partition('[')[0].replace('_', '-')}"[:50].rstrip("-")
    yield f"{group}/app"
    for app in host.call("GET", "/v2/apps", id=group)["apps"]:
        host.call("DELETE", f"/v2/apps{app['id']}", ok=(200, 404))
    host.wait_deployed()
    host.wait(lambda: not host.containers(), what="the removal of ended containers")


def started(host: DockerHost, definition: dict[str, Any]) -> dict[str, Any]:
    """Deploy it and return its one task."""
    (task,) = host.deploy(definition)["tasks"]
    return dict(task)


def failure(host: DockerHost, definition: dict[str, Any]) -> dict[str, Any]:
    """Start what fails, and return how it did."""
    app_id = definition["id"]
    host.call("PUT", f"/v2/apps{app_id}", {"backoffSeconds": 300, **definition})
    return dict(host.wait(lambda: host.app(app_id).get("lastTaskFailure"), what=lambda: f"a failure; {host.log()[-2000:]}"))


def states(host: DockerHost, app_id: str) -> list[tuple[str, str]]:
    """(state, message) of the app's last ended task, as Mesos tells it; none if none has ended."""
    answer = host.session.post(f"{host.mesos_url}/api/v1", json={"type": "GET_TASKS"}, timeout=5).json()["get_tasks"]
    name = app_id.strip("/").replace("/", "_")
    ended = [one for one in answer["completed_tasks"] if one["task_id"]["value"].startswith(f"{name}.")]
    return [(one["state"], one.get("message", "")) for one in ended[-1]["statuses"]] if ended else []


def test_a_container_beside_a_process_on_the_hosts_network(host: DockerHost, app_id: str) -> None:
    host.deploy(sleeper(f"{app_id}-process"))
    command = f"echo told; echo wrong >&2; env > $MESOS_SANDBOX/env; {python(SERVER)}"
    task = started(host, image(app_id, command, labels={"A": "1"}, env={"VERSION": "7"}, cpus=0.2, mem=64))
    inspected = host.container(task["id"])
    limits = {key: inspected["HostConfig"][key] for key in ("Memory", "MemorySwap", "CpuShares", "CpuPeriod", "CpuQuota", "NetworkMode")}
    assert limits == {
        "Memory": 64 * 1048576,
        "MemorySwap": 64 * 1048576,
        "CpuShares": 204,
        "CpuPeriod": 100_000,
        "CpuQuota": 20_000,
        "NetworkMode": "host",
    }
    assert inspected["Name"].startswith("/mesos-")
    labels = inspected["Config"]["Labels"]
    assert labels["MESOS_TASK_ID"] == labels["zeus.paas.task"] == task["id"]
    host.wait(lambda: host.sandbox(task["id"], "stdout") == "told\n" and host.sandbox(task["id"], "stderr") == "wrong\n")
    env = dict(line.split("=", 1) for line in host.sandbox(task["id"], "env").splitlines() if "=" in line)
    port = str(task["ports"][0])
    expected = {
        "MESOS_SANDBOX": "/mnt/mesos/sandbox",
        "MESOS_CONTAINER_NAME": inspected["Name"].removeprefix("/"),
        "MESOS_TASK_ID": task["id"],
        "MARATHON_APP_ID": app_id,
        "MARATHON_APP_DOCKER_IMAGE": IMAGE,
        "MARATHON_APP_LABEL_A": "1",
        "HOST": task["host"],
        "VERSION": "7",
        "PORT": port,
        "PORT0": port,
        "PORTS": port,
        "PORT_DEFAULT": port,
    }
    assert {key: env.get(key) for key in expected} == expected
    assert task["ipAddresses"] == [{"ipAddress": host.address, "protocol": "IPv4"}]
    answer = host.wait(lambda: _get(f"http://{host.address}:{port}"))
    assert answer.split()[0] == "7"


def _get(url: str) -> str:
    try:
        return requests.get(url, timeout=2).text
    except requests.RequestException:
        return ""


def test_port_mappings_of_a_bridge(host: DockerHost, app_id: str) -> None:
    mappings = [
        {"containerPort": 8080, "hostPort": 0, "name": "http", "labels": {"VIP": "x"}},
        {"containerPort": 0, "hostPort": 31049, "protocol": "udp,tcp"},
    ]
    command = f"env > $MESOS_SANDBOX/env; {python(INSIDE)}"
    app = host.deploy(image(app_id, command, networks=BRIDGE, container={"portMappings": mappings}))
    (task,) = app["tasks"]
    first, second = task["ports"]
    assert 31000 <= first <= 31048
    assert second == 31049
    bindings = host.container(task["id"])["HostConfig"]["PortBindings"]
    assert {name: one[0]["HostPort"] for name, one in bindings.items()} == {
        "8080/tcp": str(first),
        "31049/tcp": "31049",
        "31049/udp": "31049",
    }
    assert host.wait(lambda: _get(f"http://{host.address}:{first}"))
    env = dict(line.split("=", 1) for line in host.sandbox(task["id"], "env").splitlines() if "=" in line)
    expected = {"PORT": first, "PORT0": first, "PORT1": 31049, "PORT_8080": first, "PORT_31049": 31049, "PORT_HTTP": first}
    assert {key: int(env[key]) for key in expected} == expected
    (own,) = task["ipAddresses"]
    assert own["ipAddress"].startswith("10.213.255."), "as Marathon, a task on a network of its own has an address of its own"
    assert task["servicePorts"] == [one["servicePort"] for one in app["container"]["portMappings"]]
    # The fixed port exists once: a second instance waits for it.
    host.call("PUT", f"/v2/apps{app_id}", {"instances": 2})
    (item,) = host.wait(
        lambda: [one for one in host.call("GET", "/v2/queue")["queue"] if one["processedOffersSummary"]["unusedOffersCount"]]
    )
    reasons = {one["reason"]: one["declined"] for one in item["processedOffersSummary"]["rejectSummaryLastOffers"]}
    assert reasons["InsufficientPorts"] == 3
    host.call("PUT", f"/v2/apps{app_id}", {"instances": 1}, force="true")


@pytest.mark.parametrize(
    ("fields", "printed"),
    [
        ({"args": ["a b", "c"]}, "entry a b|c|\n"),
        ({}, "entry default|\n"),
        ({"cmd": "echo by the shell; exec sleep 600"}, "by the shell\n"),
    ],
)
def test_args_go_to_the_entry_point_and_cmd_goes_to_the_shell(host: DockerHost, app_id: str, fields: dict[str, Any], printed: str) -> None:
    script = "import sys, time; print('entry', '|'.join(sys.argv[1:]) + '|', flush=True); time.sleep(600)"
    name = host.build("zeus-test/entry:1", f'ENTRYPOINT ["python3", "-c", "{script}"]', 'CMD ["default"]')
    definition = {key: value for key, value in image(app_id, docker={"image": name}).items() if key != "cmd"} | fields
    task = started(host, definition)
    host.wait(lambda: host.sandbox(task["id"], "stdout") == printed, what=lambda: repr(host.sandbox(task["id"], "stdout")))


def test_user_volumes_parameters_and_privileges(host: DockerHost, app_id: str) -> None:
    host.exec("sh", "-c", "mkdir -p /srv/data && echo given > /srv/data/in && chmod 777 /srv/data")
    writes = "(echo no > /in/x) 2>/dev/null || echo read-only; echo yes > /out/out; echo sub > sub/file"
    command = f"cat /in/in; id -u; {writes}; pwd; hostname; exec sleep 600"
    definition = image(
        app_id,
        command,
        user="nobody",
        networks=BRIDGE,
        docker={
            "parameters": [
                {"key": "hostname", "value": "named"},
                {"key": "workdir", "value": "/mnt/mesos/sandbox"},
                {"key": "ulimit", "value": "nofile=100:200"},
            ]
        },
        container={
            "volumes": [
                {"hostPath": "/srv/data", "containerPath": "/in", "mode": "RO"},
                {"hostPath": "/srv/data", "containerPath": "/out", "mode": "RW"},
                {"hostPath": "/srv/data", "containerPath": "sub", "mode": "RW"},
            ]
        },
    )
    task = started(host, definition)
    printed = "given\n65534\nread-only\n/mnt/mesos/sandbox\nnamed\n"
    host.wait(lambda: host.sandbox(task["id"], "stdout") == printed, what=lambda: host.sandbox(task["id"], "stdout"))
    assert host.exec("cat", "/srv/data/out", "/srv/data/file") == "yes\nsub\n"
    inspected = host.container(task["id"])["HostConfig"]
    assert inspected["Privileged"] is False
    assert inspected["Ulimits"] == [{"Name": "nofile", "Soft": 100, "Hard": 200}]


def test_exit_codes(host: DockerHost, app_id: str) -> None:
    told = failure(host, image(app_id, "exit 3"))
    assert (told["state"], told["message"]) == ("TASK_FAILED", "Container exited with status 3")
    host.call("PUT", f"/v2/apps{app_id}-well", image(f"{app_id}-well", "exit 0", backoffSeconds=300))
    host.wait(lambda: not host.tasks(f"{app_id}-well") and host.call("GET", "/v2/queue")["queue"])
    assert host.wait(lambda: states(host, f"{app_id}-well"))[-1] == ("TASK_FINISHED", "Container exited with status 0")


def test_who_exceeds_its_memory_is_killed_and_told_so(host: DockerHost, app_id: str) -> None:
    # A child of the first process: Docker alone would let the rest live.
    told = failure(host, image(app_id, f"{python(HUNGRY).removeprefix('exec ')}; exec sleep 600", mem=48))
    assert told["state"] == "TASK_FAILED"
    assert told["message"].startswith("Memory limit exceeded: Requested: 48MB Maximum Used: 48MB")


@pytest.mark.parametrize(
    ("docker", "reason"),
    [
        ({"image": NO_REGISTRY}, f"the image '{NO_REGISTRY}' is not on this host and cannot be pulled: "),
        ({"image": "Wrong Name"}, "invalid reference format"),
        ({"forcePullImage": True, "image": NO_REGISTRY}, "leave forcePullImage out"),
    ],
)
def test_an_image_that_cannot_be_had(host: DockerHost, app_id: str, docker: dict[str, Any], reason: str) -> None:
    told = failure(host, image(app_id, docker=docker))
    assert told["state"] == "TASK_FAILED"
    assert told["message"].startswith("Failed to launch container: ")
    assert reason in told["message"]


def test_a_command_that_cannot_be_run(host: DockerHost, app_id: str) -> None:
    definition = image(app_id, args=["/no/such/program"])
    del definition["cmd"]
    told = failure(host, definition)
    assert told["message"].startswith("Failed to launch container: ")
    assert "/no/such/program" in told["message"]
    host.wait(lambda: not host.containers())


def test_an_unwanted_task_does_not_wait_for_its_image(host: DockerHost, app_id: str) -> None:
    """A registry that never answers."""
    silent = "import socket\nserver = socket.create_server(('127.0.0.1', 5999))\nheld = [server.accept() for _ in range(1000)]"
    host.exec("sh", "-c", 'exec python3 -c "$0" > /dev/null 2>&1 &', silent)
    host.wait(lambda: "127.0.0.1:5999" in host.exec("ss", "-ltn"))
    host.call("PUT", f"/v2/apps{app_id}", image(app_id, docker={"image": "127.0.0.1:5999/slow:1"}))
    host.wait(lambda: "pulling image 127.0.0.1:5999/slow:1" in host.log())
    host.call("DELETE", f"/v2/apps{app_id}")
    host.wait_deployed(seconds=10)
    assert states(host, app_id)[-1] == ("TASK_KILLED", "Container destroyed while pulling image")


def test_a_kill_is_told_at_once_and_enforced_after_the_grace_period(host: DockerHost, app_id: str) -> None:
    grace = 10
    task = started(host, image(app_id, f"cd $MESOS_SANDBOX; {python(STUBBORN)}", taskKillGracePeriodSeconds=grace))
    host.wait(lambda: host.exec("ls", f"/var/lib/zeus-standalone/sandboxes/{task['id']}/up", check=False))
    asked = time.monotonic()
    host.call("DELETE", f"/v2/apps{app_id}")
    host.wait(lambda: [one["state"] for one in _of(host, task["id"])] == ["TASK_KILLING"])
    assert host.container(task["id"])["State"]["Running"]
    host.wait_deployed()
    assert time.monotonic() - asked >= grace
    assert [one[0] for one in states(host, app_id)] == ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]
    assert states(host, app_id)[-1] == ("TASK_KILLED", "Container exited with status 137")


def _of(host: DockerHost, task_id: str) -> list[dict[str, Any]]:
    return [one for one in host.call("GET", "/v2/tasks")["tasks"] if one["id"] == task_id]


def test_a_polite_container_gets_its_images_stop_signal(host: DockerHost, app_id: str) -> None:
    name = host.build("zeus-test/polite:1", "STOPSIGNAL SIGQUIT")
    polite = (
        "import signal, sys\nsignal.signal(signal.SIGQUIT, lambda *_: sys.exit(0))\nprint('up', flush=True)\nwhile True: signal.pause()"
    )
    task = started(host, image(app_id, python(polite), docker={"image": name}, taskKillGracePeriodSeconds=60))
    host.wait(lambda: host.sandbox(task["id"], "stdout") == "up\n")
    host.call("DELETE", f"/v2/apps{app_id}")
    host.wait_deployed()
    assert states(host, app_id)[-1] == ("TASK_KILLED", "Container exited with status 0")


def check(protocol: str, **fields: Any) -> dict[str, Any]:
    return {"protocol": protocol, "delaySeconds": 0, "intervalSeconds": 1, "timeoutSeconds": 2, "gracePeriodSeconds": 60, **fields}


@pytest.mark.parametrize("protocol", ["MESOS_HTTP", "MESOS_TCP", "COMMAND", "HTTP", "TCP"])
def test_health_of_a_container_on_a_bridge(host: DockerHost, app_id: str, protocol: str) -> None:
    """What runs beside the task sees its own loopback, as under Mesos; the others see the host's port."""
    address = "127.0.0.1" if protocol.startswith("MESOS_") else "0.0.0.0"
    fields = {"command": {"value": "test -e $MESOS_SANDBOX/healthy"}} if protocol == "COMMAND" else {}
    command = f"touch $MESOS_SANDBOX/healthy; {python(INSIDE.replace('0.0.0.0', address))}"
    mappings = [{"containerPort": 8080, "hostPort": 0}]
    app = host.deploy(
        image(app_id, command, networks=BRIDGE, container={"portMappings": mappings}, healthChecks=[check(protocol, **fields)])
    )
    assert app["tasksHealthy"] == 1
    if protocol == "MESOS_HTTP":
        assert _get(f"http://{host.address}:{app['tasks'][0]['ports'][0]}") == "", "it listens in its own network only"


@pytest.mark.parametrize(
    ("wrong", "cause"),
    [
        (check("MESOS_TCP", port=9), "Connection refused"),
        (check("MESOS_HTTP", port=9), "Connection refused"),
        (check("COMMAND", command={"value": "exit 4"}, timeoutSeconds=20), "Command exited with status 4"),
        (check("COMMAND", command={"value": "sleep 600"}, timeoutSeconds=1), "Command timed out after 1 s"),
    ],
)
def test_an_ill_container_is_killed(host: DockerHost, app_id: str, wrong: dict[str, Any], cause: str) -> None:
    wrong = {**wrong, "gracePeriodSeconds": 0, "maxConsecutiveFailures": 2}
    host.call("PUT", f"/v2/apps{app_id}", image(app_id, networks=BRIDGE, healthChecks=[wrong]))

    def told() -> str:
        results = [one for task in host.tasks(app_id) for one in task.get("healthCheckResults", ())]
        return str(results[0].get("lastFailureCause", "")) if results else ""

    assert cause in host.wait(told)
    first = host.wait(lambda: states(host, app_id))
    assert first[-1][0] == "TASK_KILLED"


def test_a_check_that_hangs_leaves_no_process_behind(host: DockerHost, app_id: str) -> None:
    hangs = check("COMMAND", command={"value": "exec sleep 77"}, timeoutSeconds=1, gracePeriodSeconds=0, maxConsecutiveFailures=0)
    host.call("PUT", f"/v2/apps{app_id}", image(app_id, healthChecks=[hangs]))

    def failures() -> int:
        return sum(one["consecutiveFailures"] for task in host.tasks(app_id) for one in task.get("healthCheckResults", ()))

    host.wait(lambda: failures() >= 3)
    host.wait(lambda: len(host.exec("pgrep", "-f", "^sleep 77", check=False).split()) <= 1, what="no more than the last check's process")


def test_what_is_refused_when_images_are_off() -> None:
    with RunningEngine(settings={"docker": "off"}) as running:
        answer = running.call("PUT", "/v2/apps/x", image("/x"), ok=(422,))
        assert answer["details"] == [
            {
                "path": "/container",
                "errors": [
                    "the standalone engine runs plain processes, and images with Docker, on one machine: "
                    "it was told to run no images (standalone_docker: off)"
                ],
            }
        ]
        running.exec("sh", "-c", 'sed -i \'s/"docker": "off"/"docker": "required"/\' /etc/zeus-standalone/engine.json')
        command = "PYTHONPATH=/opt/zeus-standalone python3 -m zeus_engine --config /etc/zeus-standalone/engine.json 2>&1; echo $?"
        said = running.exec("sh", "-c", command)
        assert "docker: required, but images cannot be run here: Docker does not answer at /var/run/docker.sock" in said
        assert said.split()[-1] == "2"
