# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""150 unchanged apps: one task of marathon_apps, beside a bare script as one task, and a loop of marathon_app, in one run.

Processor time of ansible-playbook and its children is compared, not the clock: it hardly depends on what else the machine does. The time of
a play without tasks is taken off each. The server is a thread of this process, so its work does not count.

    python tests/bench/test_marathon_apps.py
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
if __name__ == "__main__":
    sys.path.insert(0, str(HERE.parent))

from fakes.server import Answer, Request, Server, as_json  # noqa: E402 - below tests, which a script must say itself

COUNT = 150
TURNS = 5
#: Wanted are at most 1.5 times the script, and 20 times less than the loop; the limits leave room for a busy machine, and no more.
MOST_OF_SCRIPT = 1.5
LEAST_OF_LOOP = 20.0
SLACK = 1.25


def definition(number: int) -> dict[str, Any]:
    """As a project compiles it."""
    key = ("production", "shop", f"app{number:03}")
    names = ("ENVIRONMENT", "PROJECT", "APP")
    labels = {f"ZEUS_{name}": value for name, value in zip(names, key, strict=True)}
    return {
        "id": f"/{'/'.join(key)}/stable",
        "cmd": f"exec python3 -m shop.app{number} --port $PORT0",
        "cpus": 0.5,
        "mem": 256,
        "instances": 4,
        "env": {"LOG_LEVEL": "info", "REGION": "north", "NUMBER": str(number)},
        "labels": {
            **labels,
            "ZEUS_VARIANT": "stable",
            "ZEUS_VERSION": "1.4",
            "ZEUS_VCLUSTER": "web",
            "ZEUS_TYPE": "web",
            "ZEUS_OWNER": "project",
        },
        "constraints": [["vcluster", "CLUSTER", "web"], ["rack", "GROUP_BY", "3"]],
        "healthChecks": [{"protocol": "MESOS_HTTP", "path": "/healthz", "portIndex": 0, "delaySeconds": 0, "intervalSeconds": 5}],
        "upgradeStrategy": {"minimumHealthCapacity": 1, "maximumOverCapacity": 0.5},
    }


def served(app: dict[str, Any], number: int) -> dict[str, Any]:
    """As Marathon writes it back."""
    check = {"gracePeriodSeconds": 300, "timeoutSeconds": 20, "maxConsecutiveFailures": 3, "ipProtocol": "IPv4", **app["healthChecks"][0]}
    defaults = {
        "backoffFactor": 1.15,
        "backoffSeconds": 1,
        "disk": 0,
        "executor": "",
        "gpus": 0,
        "killSelection": "YOUNGEST_FIRST",
        "maxLaunchDelaySeconds": 300,
        "networks": [{"mode": "host"}],
        "portDefinitions": [{"name": "default", "port": 10000 + number, "protocol": "tcp"}],
        "requirePorts": False,
        "role": "*",
        "unreachableStrategy": {"expungeAfterSeconds": 0, "inactiveAfterSeconds": 0},
        "version": "2026-11-22T10:00:00.000Z",
        "versionInfo": {"lastConfigChangeAt": "2026-11-22T10:00:00.000Z", "lastScalingAt": "2026-11-22T10:00:00.000Z"},
        "tasksHealthy": 4,
        "tasksRunning": 4,
        "tasksStaged": 0,
        "tasksUnhealthy": 0,
        "deployments": [],
    }
    return {**defaults, **app, "healthChecks": [check]}


def marathon(apps: list[dict[str, Any]]) -> Callable[[Request], Answer]:
    answers = {app["id"]: as_json({"app": served(app, number)}) for number, app in enumerate(apps)}
    everything = as_json({"apps": [served(app, number) for number, app in enumerate(apps)]})
    return lambda request: everything if request.path == "/v2/apps" else answers[request.path.removeprefix("/v2/apps")]


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def play(folder: Path, tasks: list[dict[str, Any]], variables: Path) -> float:
    """Processor seconds of a play that must change nothing."""
    content = [{"name": "Bench", "hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    path = folder / "play.yml"
    path.write_text(json.dumps(content), encoding="utf-8")
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", "-e", f"@{variables}", str(path)]
    command += ["-e", f"ansible_python_interpreter={sys.executable}"]
    before = cpu()
    done = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, "ANSIBLE_PIPELINING": "1"})
    used = cpu() - before
    assert done.returncode == 0, done.stdout + done.stderr
    assert not tasks or "changed=0 " in done.stdout, done.stdout
    return used


def measure(folder: Path) -> dict[str, float]:
    apps = [definition(number) for number in range(COUNT)]
    with Server(marathon(apps)) as server:
        variables = folder / "apps.json"
        variables.write_text(json.dumps({"apps": apps, "urls": [server.url]}), encoding="utf-8")
        script = {"argv": [sys.executable, str(HERE / "bare_script.py"), server.url, str(variables)]}
        bulk = {"marathon_urls": "{{ urls }}", "apps": "{{ apps }}"}
        each = {"marathon_urls": "{{ urls }}", "id": "{{ item.id }}", "definition": "{{ item }}"}
        tasks: dict[str, list[dict[str, Any]]] = {
            "start": [],
            "script": [{"name": "S", "ansible.builtin.command": script, "changed_when": False}],
            "bulk": [{"name": "B", "zeus.paas.marathon_apps": bulk}],
        }
        # In turns, so that all meet the same machine, and of each the least disturbed counts.
        turns = [{name: play(folder, some, variables) for name, some in tasks.items()} for _unused in range(TURNS)]
        least = {name: min(turn[name] for turn in turns) for name in tasks}
        assert len(server.requests) == 2 * TURNS, "script and module ask once each, for all apps"
        loop = {"name": "L", "zeus.paas.marathon_app": each, "loop": "{{ apps }}", "loop_control": {"label": "{{ item.id }}"}}
        many = play(folder, [loop], variables)
    start = least["start"]
    return {"start": start, "script": least["script"] - start, "bulk": least["bulk"] - start, "loop": many - start}


def report(figures: dict[str, float]) -> str:
    start, script, bulk, loop = (figures[name] for name in ("start", "script", "bulk", "loop"))
    return "\n".join(
        [
            f"{COUNT} unchanged apps, processor seconds beyond a play without tasks ({start:.2f} s):",
            f"  marathon_apps, one task {bulk:8.2f}",
            f"  bare script, one task   {script:8.2f}   ({bulk / script:.2f} times the script; wanted: at most {MOST_OF_SCRIPT})",
            f"  marathon_app in a loop  {loop:8.2f}   ({loop / bulk:.0f} times the one task; wanted: at least {LEAST_OF_LOOP:.0f})",
        ]
    )


def test_bulk_beside_script_and_loop(tmp_path: Path, capsys: Any) -> None:
    figures = measure(tmp_path)
    with capsys.disabled():
        print("\n" + report(figures))
    assert figures["bulk"] <= figures["script"] * MOST_OF_SCRIPT * SLACK
    assert figures["loop"] >= figures["bulk"] * LEAST_OF_LOOP / SLACK


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        print(report(measure(Path(name))))
