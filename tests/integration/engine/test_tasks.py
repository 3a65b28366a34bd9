# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real processes: how they start, what limits them, how they end."""

from __future__ import annotations

import time
from typing import Any

from .listening import Listener
from .programs import BUSY, FAMILY, HUNGRY, LATE, STUBBORN, python, server, sleeper
from .running import RunningEngine

SANDBOXES = "/var/lib/zeus-standalone/sandboxes"


def read(engine: RunningEngine, task_id: str, name: str) -> str:
    return engine.exec("cat", f"{SANDBOXES}/{task_id}/{name}", check=False)


def failure(engine: RunningEngine, app_id: str) -> dict[str, Any]:
    return dict(engine.wait(lambda: engine.app(app_id).get("lastTaskFailure"), what=f"a failure of {app_id}") or {})


def cgroup(engine: RunningEngine, pid: str, controller: str) -> str:
    """The folder of a process in one hierarchy of cgroup v1."""
    lines = engine.exec("cat", f"/proc/{pid}/cgroup").splitlines()
    path = next(line.split(":", 2)[2] for line in lines if controller in line.split(":")[1].split(","))
    return f"/sys/fs/cgroup/{controller}{path}"


def pid_of(engine: RunningEngine, task_id: str) -> str:
    mine = f"grep -qz MESOS_TASK_ID={task_id} /proc/$p/environ"
    return engine.exec("sh", "-c", f"for p in $(pgrep -u zeus-task); do {mine} && echo $p; done; true").split()[0]


def test_a_task_runs_as_its_user_in_its_sandbox_with_its_environment(engine: RunningEngine, app_id: str) -> None:
    cmd = 'id -un; pwd; echo "$PORT0 $PORTS $HOST $MARATHON_APP_ID $MESOS_TASK_ID $MESOS_SANDBOX $COLOUR"; echo oops >&2; exec sleep 600'
    app = engine.deploy(sleeper(app_id, cmd=cmd, env={"COLOUR": "blue"}, ports=[0, 0]))
    (task,) = app["tasks"]
    sandbox = f"{SANDBOXES}/{task['id']}"
    first, second = task["ports"]
    expected = ["zeus-task", sandbox, f"{first} {first},{second} {task['host']} {app_id} {task['id']} {sandbox} blue"]
    engine.wait(lambda: read(engine, task["id"], "stdout").splitlines() == expected, what=lambda: read(engine, task["id"], "stdout"))
    engine.wait(lambda: read(engine, task["id"], "stderr") == "oops\n")


def test_a_task_cannot_replace_its_log_files(engine: RunningEngine, app_id: str) -> None:
    cmd = "rm -f stdout; ln -sf /etc/passwd stdout; mv stdout x; touch mine && echo done > mine; exec sleep 600"
    (task,) = engine.deploy(sleeper(app_id, cmd=cmd))["tasks"]
    engine.wait(lambda: read(engine, task["id"], "mine") == "done\n")
    assert engine.exec("stat", "-c", "%F %U", f"{SANDBOXES}/{task['id']}/stdout").strip() == "regular empty file root"


def test_an_unknown_user_is_a_failure_with_a_text(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, user="nobody-knows-me", backoffSeconds=60))
    found = failure(engine, app_id)
    assert (found["state"], found["message"]) == ("TASK_FAILED", "Failed to get user information for 'nobody-knows-me': no such user")


def test_a_program_that_is_not_there_is_a_failure_with_a_text(engine: RunningEngine, app_id: str) -> None:
    app = {"id": app_id, "args": ["/no/such/program"], "cpus": 0.1, "mem": 32, "backoffSeconds": 60}
    engine.call("PUT", f"/v2/apps{app_id}", app)
    found = failure(engine, app_id)
    assert found["state"] == "TASK_FAILED"
    assert found["message"].startswith("Failed to run /no/such/program: ")


def test_too_much_memory_kills_the_task_and_says_so(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, cmd=python(HUNGRY), mem=64, cpus=1, backoffSeconds=60))
    found = failure(engine, app_id)
    assert found["state"] == "TASK_FAILED"
    assert found["message"].startswith("Memory limit exceeded: Requested: 64MB")


def test_limits_are_set_below_the_engines_own_cgroup(engine: RunningEngine, app_id: str) -> None:
    app = sleeper(app_id, cmd=python(BUSY), mem=80, cpus=0.2, resourceLimits={"mem": 96})
    (task,) = engine.deploy(app)["tasks"]
    pid = pid_of(engine, task["id"])
    memory, cpu = cgroup(engine, pid, "memory"), cgroup(engine, pid, "cpu")
    assert memory.startswith(cgroup(engine, str(engine.pid), "memory"))
    assert int(engine.exec("cat", f"{memory}/memory.limit_in_bytes")) == 96 * 1024 * 1024
    assert int(engine.exec("cat", f"{cpu}/cpu.cfs_quota_us")) == 20_000
    assert int(engine.exec("cat", f"{cpu}/cpu.shares")) == 204
    engine.wait(lambda: "nr_throttled 0" not in engine.exec("cat", f"{cpu}/cpu.stat"), what="the busy task to be held back")
    engine.call("DELETE", f"/v2/apps{app_id}")
    engine.wait_deployed()
    assert engine.exec("sh", "-c", f"ls -d {memory} {cpu} 2>/dev/null", check=False) == "", "an ended task leaves no cgroup"


def test_logs_are_rotated(app_id: str) -> None:
    settings = {"log_max_bytes": 10_000, "log_max_files": 3}
    with RunningEngine(settings=settings) as engine:
        program = "import time\nfor number in range(2000): print(f'line {number:06}', flush=True)\ntime.sleep(600)"
        (task,) = engine.deploy(sleeper(app_id, cmd=python(program), cpus=1))["tasks"]
        engine.wait(lambda: "line 001999" in read(engine, task["id"], "stdout"))
        sizes = engine.exec("sh", "-c", f"cd {SANDBOXES}/{task['id']} && wc -c stdout*").splitlines()
        names = {line.split()[1]: int(line.split()[0]) for line in sizes}
        assert set(names) == {"stdout", "stdout.1", "stdout.2", "total"}
        assert all(size <= 10_000 for name, size in names.items() if name != "total")
        joined = "".join(read(engine, task["id"], name) for name in ("stdout.2", "stdout.1", "stdout"))
        lines = joined.splitlines()
        assert lines == [f"line {number:06}" for number in range(2000 - len(lines), 2000)], "the newest lines, none lost or cut"


def test_sigterm_goes_to_the_whole_tree_together_with_task_killing(engine: RunningEngine, app_id: str) -> None:
    (task,) = engine.deploy(sleeper(app_id, cmd=python(FAMILY), cpus=1, taskKillGracePeriodSeconds=20))["tasks"]
    members = ("parent", "child", "grandchild")
    engine.wait(lambda: all(engine.exec("ls", f"{SANDBOXES}/{task['id']}/{one}.up", check=False) for one in members))
    with Listener(engine, ("status_update_event", "instance_changed_event")) as listener:
        engine.call("DELETE", f"/v2/apps{app_id}")
        killing = listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_KILLING")
        killed = listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_KILLED")
    assert listener.of("status_update_event").index(killing) < listener.of("status_update_event").index(killed)
    # Each has written, which SIGKILL would not have let it: when the first ends, the others are killed soon after.
    moments = [float(read(engine, task["id"], one)) for one in members]
    assert max(moments) - killing.at < 10, "nothing holds the signal back until the grace period ends"
    conditions = [one.data["condition"] for one in listener.of("instance_changed_event") if one.data["runSpecId"] == app_id]
    assert conditions == ["Killing", "Killed"]


def test_who_ignores_sigterm_is_killed_after_the_grace_period(engine: RunningEngine, app_id: str) -> None:
    grace = 5  # not the default
    (task,) = engine.deploy(sleeper(app_id, cmd=python(STUBBORN), taskKillGracePeriodSeconds=grace))["tasks"]
    engine.wait(lambda: engine.exec("ls", f"{SANDBOXES}/{task['id']}/up", check=False))
    with Listener(engine, ("status_update_event",)) as listener:
        asked = time.monotonic()
        engine.call("DELETE", f"/v2/apps{app_id}/tasks/{task['id']}")
        listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_KILLING")
        killed = listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_KILLED")
    assert time.monotonic() - asked >= grace
    assert killed.data["message"] == "Command terminated with signal Killed"


def test_an_ill_task_is_killed_and_replaced(engine: RunningEngine, app_id: str) -> None:
    check = {"protocol": "MESOS_HTTP", "path": "/", "delaySeconds": 0, "intervalSeconds": 1, "maxConsecutiveFailures": 2}
    (task,) = engine.deploy(server(app_id, healthChecks=[check]))["tasks"]
    with Listener(engine) as listener:
        engine.exec("touch", f"{SANDBOXES}/{task['id']}/ill")
        listener.wait("failed_health_check_event", taskId=task["id"])
        listener.wait("health_status_changed_event", instanceId=task["id"].partition("._app")[0], alive=False)
        kill = listener.wait("unhealthy_instance_kill_event", taskId=task["id"])
        assert kill.data["reason"] == "HTTP status 500"
        listener.wait("status_update_event", taskId=task["id"], taskStatus="TASK_KILLED")
        engine.wait(lambda: [one["id"] for one in engine.tasks(app_id) if one.get("healthCheckResults")] not in ([], [task["id"]]))
    assert len(listener.of("failed_health_check_event")) >= 2


def test_failures_in_the_grace_period_do_not_count(engine: RunningEngine, app_id: str) -> None:
    check = {"protocol": "MESOS_TCP", "delaySeconds": 0, "intervalSeconds": 1, "maxConsecutiveFailures": 1, "gracePeriodSeconds": 60}
    with Listener(engine, ("failed_health_check_event", "unhealthy_instance_kill_event")) as listener:
        (task,) = engine.deploy(sleeper(app_id, cmd=python(LATE), healthChecks=[check]))["tasks"]
        assert task["healthCheckResults"][0]["alive"] is True
    assert listener.of("failed_health_check_event", "unhealthy_instance_kill_event") == []


def test_every_kind_of_health_check(engine: RunningEngine, app_id: str) -> None:
    common = {"delaySeconds": 0, "intervalSeconds": 1, "gracePeriodSeconds": 30}
    checks = [
        {"protocol": "HTTP", "path": "/", **common},
        {"protocol": "TCP", **common},
        {"protocol": "COMMAND", "command": {"value": 'test -n "$PORT0" && test "$(id -un)" = zeus-task && touch checked'}, **common},
        {"protocol": "MESOS_HTTP", "path": "/", **common},
    ]
    app = engine.deploy(server(app_id, healthChecks=checks))
    (task,) = app["tasks"]
    assert [one["alive"] for one in task["healthCheckResults"]] == [True] * 4
    assert app["tasksHealthy"] == 1
    assert engine.exec("ls", f"{SANDBOXES}/{task['id']}/checked")


def test_a_failing_check_of_a_command_never_makes_a_task_healthy(engine: RunningEngine, app_id: str) -> None:
    check = {"protocol": "COMMAND", "command": {"value": "exit 4"}, "delaySeconds": 0, "intervalSeconds": 1, "gracePeriodSeconds": 0}
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, healthChecks=[check | {"maxConsecutiveFailures": 0}]))
    task = engine.wait(lambda: next((one for one in engine.tasks(app_id) if one.get("healthCheckResults")), None))
    assert task is not None
    result = task["healthCheckResults"][0]
    assert (result["alive"], result["lastFailureCause"]) == (False, "Command exited with status 4")
    assert engine.app(app_id)["tasksUnhealthy"] == 1
    assert engine.call("GET", "/v2/deployments"), "a deployment waits for health"


def test_killed_processes_are_replaced_with_growing_delays(engine: RunningEngine, app_id: str) -> None:
    engine.call("PUT", f"/v2/apps{app_id}", sleeper(app_id, cmd="exit 0", backoffSeconds=1, backoffFactor=3))

    def lives() -> list[tuple[float, float]]:
        """(started, ended) of the app's ended tasks, by the engine's own clock."""
        answer = engine.session.post(f"{engine.mesos_url}/api/v1", json={"type": "GET_TASKS"}, timeout=5).json()["get_tasks"]
        mine = [one for one in answer["completed_tasks"] if one["task_id"]["value"].startswith(f"{app_id.strip('/').replace('/', '_')}.")]
        moments = [{status["state"]: status["timestamp"] for status in one["statuses"]} for one in mine]
        return sorted((one["TASK_STARTING"], one["TASK_FINISHED"]) for one in moments)

    one, two, three = engine.wait(lambda: len(lives()) >= 3 and lives()[:3]) or []
    # The two clocks of a machine, that of days and that since boot, may differ by a little.
    assert two[0] - one[1] >= 0.99
    assert three[0] - two[1] >= 2.99


def test_constraints_place_tasks(engine: RunningEngine, app_id: str) -> None:
    app = engine.deploy(sleeper(app_id, instances=2, constraints=[["vcluster", "CLUSTER", "web"], ["hostname", "UNIQUE"]]))
    assert {task["host"] for task in app["tasks"]} == {"web-1.bj01", "web-2.bj01"}
    ranges = {"web-1.bj01": range(31000, 31050), "web-2.bj01": range(31100, 31150)}
    assert all(task["ports"][0] in ranges[task["host"]] for task in app["tasks"])
