# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random sequences of operations: made from a seed, played against the engine, made smaller when they find something.

    python -m properties.sequences --seed 17         plays one sequence and prints its operations; a failing one is shrunk first
    python -m properties.sequences --count 10000     plays many, on all processors

An operation is a small tuple that means something whatever came before (indices are taken modulo what is there), so any part of a
sequence is a sequence.
"""

from __future__ import annotations

import argparse
import logging
import multiprocessing
import os
import random
import shutil
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from zeus_engine.executor import Exit
from zeus_engine.model import Task

from .model import Model
from .watch import Watch
from .world import World, take_over_time

Operation = tuple[Any, ...]
IDS = ("/a", "/b", "/g/a", "/g/b", "/g/h/c", "/k/d", "/g", "/k")
GROUPS = ("/", "/g", "/g/h", "/k")
FIELDS: dict[str, list[Any]] = {
    "instances": [0, 1, 2, 3, 4, 5],
    "cmd": ["sleep 1", "sleep 2"],
    "cpus": [0.1, 0.5, 1],
    "mem": [32, 64.5],
    "disk": [0, 10],
    "env": [{}, {"A": "1"}, {"A": "2", "B": "x"}],
    "labels": [{}, {"tier": "web"}, {"tier": "db", "x": "1"}],
    "upgradeStrategy": [
        {"minimumHealthCapacity": least, "maximumOverCapacity": over}
        for least, over in ((1, 1), (0.5, 0.2), (0, 0), (1, 0), (0.5, 0), (0, 1))
    ],
    "backoffSeconds": [0, 1, 10],
    "backoffFactor": [1, 2],
    "maxLaunchDelaySeconds": [5, 300],
    "constraints": [
        [],
        [["rack", "like", "r[01]"]],
        [["hostname", "MAX_PER", "5"]],
        [["zone", "CLUSTER"]],
        [["hostname", "GROUP_BY", "3"]],
    ],
    "portDefinitions": [[], [{"port": 0}], [{"name": "http"}, {"port": 0, "protocol": "UDP"}], [{"port": 15000}, {"port": 0}]],
    "ports": [[], [0], [0, 0]],
    "requirePorts": [False],
    "healthChecks": [
        [],
        [
            {
                "protocol": "command",
                "command": {"value": "true"},
                "delaySeconds": 1,
                "intervalSeconds": 10,
                "gracePeriodSeconds": 5,
                "maxConsecutiveFailures": 2,
            }
        ],
    ],
    "killSelection": ["OLDEST_FIRST", "youngest_first"],
    "taskKillGracePeriodSeconds": [0, 1, 10],
    "unreachableStrategy": ["disabled", {"inactiveAfterSeconds": 1, "expungeAfterSeconds": 5}],
    "dependencies": [[], ["/a"], ["/b"], ["../b"], ["/g"], ["/k"]],
    "acceptedResourceRoles": [["*"]],
    "user": ["nobody"],
    "args": [["sleep", "1"]],
    "unknownField": [1],
}
FREQUENT = ("instances", "env", "upgradeStrategy", "cmd", "labels")
#: method, path, body, status, path of the detail, part of the text.
REFUSED: list[tuple[str, str, Any, int, str | None, str | None]] = [
    ("POST", "/v2/apps", "{", 400, None, "Invalid JSON"),
    ("POST", "/v2/apps", "", 400, None, "Please specify data in JSON format"),
    ("POST", "/v2/apps", {"cmd": "sleep 1", "id": 5}, 422, "/id", "error.expected.jsstring"),
    ("POST", "/v2/apps", {"id": "/Bad_Id", "cmd": "sleep 1"}, 422, "/id", "must fully match regular expression"),
    ("POST", "/v2/apps", {"id": "/q/restart", "cmd": "sleep 1"}, 422, "/id", "must not end with any of the following reserved keywords"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "args": ["x"]}, 422, "/", "Object is not valid"),
    ("POST", "/v2/apps", {"id": "/q"}, 422, "/", "Object is not valid"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "instances": -1}, 422, "/instances", "error.min"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "instances": "1"}, 422, "/instances", "error.expected.jsnumber"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "killSelection": "NO"}, 422, "/killSelection", "error.unknown.enum.literal"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "upgradeStrategy": {"minimumHealthCapacity": 1}}, 422, None, "error.path.missing"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "constraints": [["hostname", "UNIQUE", "x"]]}, 422, "/constraints(0)", "UNIQUE"),
    ("POST", "/v2/apps", {"id": "/q", "cmd": "sleep 1", "healthChecks": [{"portIndex": 3}]}, 422, "/healthChecks(0)", "port indices"),
    ("PUT", "/v2/apps/q", {"version": "2020-01-01T00:00:00.000Z", "cmd": "sleep 1"}, 422, "/", "may only be combined with the 'id' field"),
    ("PUT", "/v2/apps/q", {"version": "2020-01-01T00:00:00.000Z"}, 404, None, "does not exist"),
    ("PUT", "/v2/apps", [{"cmd": "sleep 1"}], 422, None, "App Update must have app id set"),
    ("GET", "/v2/apps?label=a%3D%3D", None, 422, None, "Can not parse label selector"),
    ("GET", "/v2/apps/nowhere/*", None, 404, None, "Group '/nowhere' does not exist"),
    ("GET", "/v2/nowhere", None, 500, None, "URI not found"),
    ("POST", "/v2/tasks/delete", {"ids": ["x"]}, 400, None, "Invalid task id 'x'"),
    ("DELETE", "/v2/apps/a/tasks/x.instance-1._app.1", None, 404, None, None),
    ("DELETE", "/v2/deployments/unknown", None, 404, None, "DeploymentPlan unknown does not exist"),
]
SELECTORS: list[tuple[str, Callable[[dict[str, str]], bool]]] = [
    ("tier", lambda labels: "tier" in labels),
    ("tier==web", lambda labels: labels.get("tier") == "web"),
    ("tier!=web", lambda labels: labels.get("tier", "web") != "web"),
    ("tier%20in%20(web,db),x", lambda labels: labels.get("tier") in ("web", "db") and "x" in labels),
    ("tier%20notin%20(web)", lambda labels: labels.get("tier", "web") != "web"),
]


#: What the engine logged as an error: it goes on after its own defects, a test must not.
COMPLAINTS: list[str] = []


class _Complaints(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        COMPLAINTS.append(f"{record.getMessage()} {traceback.format_exception(*record.exc_info) if record.exc_info else ''}")


logging.getLogger("zeus_engine").addHandler(_Complaints(logging.ERROR))


class Played:
    """One sequence at work."""

    def __init__(self, folder: Path) -> None:
        self.watch = Watch(self._asked_to_end)
        self.world = World(folder, self.watch.hear)
        self.model = Model(self.world, self.watch)

    def _asked_to_end(self, task_id: str) -> bool:
        # No answer tells it of a task that has not begun to run; only the task itself knows.
        task = self.world.engine.state.tasks.get(task_id)
        return task is not None and task.killing

    def do(self, operation: Operation) -> None:
        self.model.note()
        name, *arguments = operation
        getattr(self, f"_{name}")(*arguments)
        self._sound()

    def _sound(self) -> None:
        problems = [*self.watch.problems, *COMPLAINTS]
        assert not problems, problems[0]

    def _app(self, which: int | str) -> str:
        """A number means one of the apps that are there, if any are."""
        if isinstance(which, str):
            return which
        there = sorted(self.model.apps)
        return there[which % len(there)] if there else IDS[0]

    def _create(self, app_id: str, body: dict[str, Any], force: bool) -> None:
        self.model.create({**({} if "args" in body else {"cmd": "sleep 1"}), **body, "id": app_id}, force=force)

    def _update(self, app_id: int | str, body: dict[str, Any], method: str, partial: bool, force: bool) -> None:
        self.model.update(self._app(app_id), body, method=method, partial=partial, force=force)

    def _many(self, updates: dict[int | str, dict[str, Any]], method: str, force: bool) -> None:
        bodies = {self._app(app_id): body for app_id, body in updates.items()}
        self.model.update_many([{**body, "id": app_id} for app_id, body in bodies.items()], method=method, force=force)

    def _version(self, app_id: int | str, back: int, force: bool) -> None:
        self.model.to_version(self._app(app_id), back, force=force)

    def _delete(self, app_id: int | str, force: bool) -> None:
        self.model.delete(self._app(app_id), force=force)

    def _restart(self, app_id: int | str, force: bool) -> None:
        self.model.restart(self._app(app_id), force=force)

    def _kill(self, picks: list[int], scale: bool, wipe: bool, force: bool) -> None:
        self.model.kill(picks, scale=scale, wipe=wipe, force=force)

    def _kill_app(self, app_id: int | str, scale: bool, wipe: bool, force: bool) -> None:
        self.model.kill([], scale=scale, wipe=wipe, force=force, app_id=self._app(app_id))

    def _cancel(self, which: int, force: bool) -> None:
        self.model.delete_deployment(which, force=force)

    def _look(self) -> None:
        self.model.look()

    def _versions(self, app_id: int | str) -> None:
        self.model.look_at_versions(self._app(app_id))

    def _select(self, which: int) -> None:
        self.model.select(*SELECTORS[which % len(SELECTORS)])

    def _group(self, group: str, update: dict[str, Any], method: str, force: bool, dry: bool) -> None:
        self.model.put_group(group, update, method=method, force=force, dry=dry)

    def _scale_group(self, group: str, factor: float, force: bool) -> None:
        self.model.scale_group(group, factor, force=force)

    def _delete_group(self, group: str, force: bool) -> None:
        self.model.delete_group(group, force=force)

    def _group_version(self, group: str, back: int, force: bool) -> None:
        self.model.group_to_version(group, back, force=force)

    def _look_at_group(self, group: str) -> None:
        self.model.look_at_group(group)

    def _delay(self, app_id: int | str) -> None:
        self.model.delay(self._app(app_id))

    def _refuse(self, which: int) -> None:
        self.model.refuse(*REFUSED[which % len(REFUSED)])

    def _wait(self, seconds: float) -> None:
        self.world.wait(seconds)

    def _turns(self, count: int) -> None:
        self.world.turns(count)

    def _fail(self, which: int, code: int) -> None:
        alive = self.world.executor.alive()
        if alive:
            self.world.inside(lambda: self.world.executor.end(alive[which % len(alive)], Exit(code, None)))

    def _mood(self, app_id: int | str, mood: str) -> None:
        moods = {"broken": self.world.executor.broken, "ill": self.world.executor.ill, "stubborn": self.world.executor.stubborn}
        for name, apps in moods.items():
            (apps.add if name == mood else apps.discard)(self._app(app_id))

    def _agent(self, which: int, state: str) -> None:
        self.watch.disturb_all()
        answer = self.world.call("PUT", f"/zeus/v1/agents/host-{which}", {"state": state})
        assert (answer.status, answer.body["state"]) == (200, state), answer

    def _slow(self, start: float, end: float) -> None:
        self.world.executor.start_delay, self.world.executor.end_delay = start, end

    def _engine_restart(self) -> None:
        self.watch.disturb_all()
        before = self._answers()
        self.world.crash()
        self.world._boot()
        after = self._answers()
        for path, body in before.items():
            assert after[path] == body, f"{path} before the restart: {body}, after: {after[path]}"

    def _engine_down(self, which: int, code: int) -> None:
        """A task ends while no engine runs."""
        self.watch.disturb_all()
        self.world.crash()
        alive = self.world.executor.alive()
        if alive:
            self.world.executor.end(alive[which % len(alive)], Exit(code, None))
        self.world._boot()

    def _answers(self) -> dict[str, Any]:
        """What may not change by a restart of the engine."""
        found = {path: self.world.call("GET", path).body for path in ("/v2/deployments", "/v2/apps?embed=apps.lastTaskFailure")}
        for app in found["/v2/apps?embed=apps.lastTaskFailure"]["apps"]:
            found[app["id"]] = self.world.call("GET", f"/v2/apps{app['id']}/versions").body
            for count in ("tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy", "lastTaskFailure"):
                app.pop(count, None)  # tasks that were about to start are lost
        for one in found["/v2/deployments"]:
            for action in one["currentActions"]:
                action.pop("readinessCheckResults")
        return found

    def finish(self) -> None:
        """Everything heals, and so everything must come to what is wanted."""
        executor = self.world.executor
        for moods in (executor.broken, executor.ill, executor.stubborn):
            moods.clear()
        for task in executor.tasks.values():
            task.ill = task.stubborn = False
        self._slow(0.0, 0.0)
        for number in range(3):
            self._agent(number, "present")
        for _index in range(80):
            if not self.watch.deployments and self._settled():
                break
            self.world.wait(10)
            self._sound()
        assert not self.watch.deployments, f"never ended: {self.world.call('GET', '/v2/deployments')} {self.world.call('GET', '/v2/queue')}"
        assert self._settled(), f"never settled: {self.watch.tasks}"
        self.model.note()
        self.model.look()
        self.model.look_at_group("/")
        assert self.world.call("GET", "/v2/queue").body == {"queue": []}
        self._nothing_lost()
        self._sound()

    def _settled(self) -> bool:
        wanted = {app_id: app["instances"] for app_id, app in self.model.apps.items()}
        for app_id, count in wanted.items():
            tasks = self.watch.of(app_id)
            if len(tasks) != count or any(one.state != "TASK_RUNNING" for one in tasks):
                return False
        # Tasks that were given up while their agent was away are killed on its return.
        return len(self.watch.tasks) == sum(wanted.values()) == len(self.world.executor.alive())

    def _nothing_lost(self) -> None:
        executor, state, stored = self.world.executor, self.world.engine.state, self.world.stored()
        assert len(set(executor.launched)) == len(executor.launched), "a task was launched twice"
        assert sorted(executor.alive()) == sorted(self.watch.tasks), "the executor runs other tasks than the engine says"
        assert stored.apps == state.apps == self.model.apps
        assert stored.groups == state.groups
        assert {one.task_id: _lasting(one) for one in stored.tasks.values()} == {one.task_id: _lasting(one) for one in state.tasks.values()}
        assert stored.failures == state.failures
        assert [one.task_id for one in stored.finished] == [one.task_id for one in state.finished] or len(state.finished) > 0
        for agent, used in state.used.items():
            fresh = stored.used.get(agent)
            assert (used.tasks, used.ports) == ((fresh.tasks, fresh.ports) if fresh else (0, set())), f"{agent}: {used}, really {fresh}"


def _lasting(task: Task) -> dict[str, Any]:
    """What is stored of a task at once: of repeated health results only what they change."""
    return task.to_json() | {"health": {index: (one.alive, one.first_success) for index, one in task.health.items()}}


def made(seed: int) -> list[Operation]:
    """The operations of a seed."""
    dice = random.Random(seed)

    def body(least: int = 0) -> dict[str, Any]:
        wanted = {dice.choice(FREQUENT if dice.random() < 0.5 else list(FIELDS)) for _index in range(dice.randint(least, 3))}
        if "args" in wanted:
            wanted.discard("cmd")
        if "ports" in wanted:
            wanted.discard("portDefinitions")
        return {name: dice.choice(FIELDS[name]) for name in sorted(wanted)}

    def new() -> str:
        return dice.choice(IDS[:6] if dice.random() < 0.95 else IDS)

    def app() -> int | str:
        return dice.randint(0, 99) if dice.random() < 0.9 else new()

    def group() -> str:
        return dice.choice(GROUPS)

    def apps_in(path: str) -> dict[str, Any]:
        wanted = {dice.choice(("a", "b", "c")): body() for _index in range(dice.randint(0, 2))}
        return {"apps": [{**({} if "args" in one else {"cmd": "sleep 1"}), **one, "id": name} for name, one in wanted.items()]}

    def group_update(path: str) -> dict[str, Any]:
        update: dict[str, Any] = {}
        if path != "/" and dice.random() < 0.7:
            update |= apps_in(path)
        if dice.random() < 0.2:
            update["dependencies"] = dice.choice(([], ["/k"], ["/g"], ["/a"]))
        if dice.random() < 0.4:
            update["groups"] = [{"id": name, **apps_in(path)} for name in dice.sample(("g", "h", "k"), dice.randint(0, 2))]
        return update

    def put_group() -> Operation:
        path = group()
        return ("group", path, group_update(path), dice.choice(("PUT", "PUT", "PUT", "POST")), force(), dice.random() < 0.2)

    def force() -> bool:
        return dice.random() < 0.4

    def half() -> bool:
        return dice.random() < 0.5

    makers: list[tuple[int, Callable[[], Operation]]] = [
        (12, lambda: ("create", new(), body(), force())),
        (14, lambda: ("update", app(), body(1), dice.choice(("PUT", "PUT", "PATCH")), dice.random() < 0.8, force())),
        (3, lambda: ("many", {app(): body(1) for _index in range(dice.randint(1, 3))}, dice.choice(("PUT", "PATCH")), force())),
        (3, lambda: ("version", app(), dice.randint(0, 3), force())),
        (4, lambda: ("delete", app(), dice.random() < 0.7)),
        (4, lambda: ("restart", app(), force())),
        (4, lambda: ("kill", [dice.randint(0, 20) for _index in range(dice.randint(1, 3))], half(), dice.random() < 0.2, force())),
        (2, lambda: ("kill_app", app(), half(), dice.random() < 0.2, force())),
        (4, lambda: ("cancel", dice.randint(0, 3), half())),
        (3, lambda: ("look",)),
        (1, lambda: ("versions", app())),
        (1, lambda: ("select", dice.randint(0, 9))),
        (1, lambda: ("delay", app())),
        (7, put_group),
        (2, lambda: ("scale_group", group(), dice.choice((0, 0.5, 1.5, 2)), force())),
        (2, lambda: ("delete_group", dice.choice(GROUPS[1:]), force())),
        (2, lambda: ("group_version", group(), dice.randint(1, 5), force())),
        (2, lambda: ("look_at_group", group())),
        (2, lambda: ("refuse", dice.randint(0, 99))),
        (10, lambda: ("wait", dice.choice((0.1, 1, 5, 30)))),
        (6, lambda: ("turns", dice.randint(1, 6))),
        (5, lambda: ("fail", dice.randint(0, 20), dice.choice((0, 1)))),
        (3, lambda: ("mood", app(), dice.choice(("broken", "ill", "stubborn", "well")))),
        (2, lambda: ("slow", dice.choice((0.0, 0.5, 3.0)), dice.choice((0.0, 0.5, 3.0)))),
        (2, lambda: ("engine_restart",)),
        (3, lambda: ("agent", dice.randint(0, 2), dice.choice(("away", "present")))),
        (1, lambda: ("engine_down", dice.randint(0, 20), dice.choice((0, 1)))),
    ]
    weights = [weight for weight, _maker in makers]
    return [maker() for _weight, maker in dice.choices(makers, weights, k=dice.randint(8, 28))]


def play(operations: Sequence[Operation]) -> tuple[int, str] | None:
    """None if all is as it should be, else which operation failed (their number for the end) and how."""
    take_over_time()
    COMPLAINTS.clear()
    folder = Path(tempfile.mkdtemp(prefix="zeus-properties-", dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None))
    played: Played | None = None
    position = 0
    try:
        played = Played(folder)
        for operation in operations:
            played.do(operation)
            position += 1
        played.finish()
        return None
    except Exception:  # whatever it is, it is a finding
        return position, traceback.format_exc()
    finally:
        if played is not None:
            played.world.close()
        shutil.rmtree(folder, ignore_errors=True)


def shrunk(operations: Sequence[Operation]) -> list[Operation]:
    """A small part of a failing sequence that still fails: halves, then quarters, ... then single operations are left out."""
    failed = play(operations)
    best = list(operations[: failed[0] + 1]) if failed else list(operations)
    size = max(1, len(best) // 2)
    while size:
        start, before = 0, len(best)
        while start < len(best):
            shorter = best[:start] + best[start + size :]
            if play(shorter) is not None:
                best = shorter
            else:
                start += size
        if size > 1 or len(best) == before:
            size //= 2
    return best


def report(seed: int) -> str:
    small = shrunk(made(seed))
    failed = play(small)
    lines = [f"seed {seed}, smallest failing part:", *(f"    {one}" for one in small), failed[1] if failed else "(does not fail again)"]
    return "\n".join([*lines, f"Again: make properties SEED={seed}"])


def _fails(seed: int) -> int | None:
    return seed if play(made(seed)) is not None else None


def play_many(first: int, count: int, *, at_most: int = 3) -> list[int]:
    """The seeds that fail, up to `at_most` of them; on all processors."""
    failed: list[int] = []
    with multiprocessing.Pool(maxtasksperchild=500) as pool:
        for done, seed in enumerate(pool.imap_unordered(_fails, range(first, first + count), chunksize=10), 1):
            if seed is not None:
                failed.append(seed)
                if len(failed) >= at_most:
                    pool.terminate()
                    break
            if sys.stderr.isatty() and done % 50 == 0:
                print(f"\r{done}/{count}", end="", file=sys.stderr)
    return sorted(failed)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="properties.sequences", description="Random sequences of API calls against the standalone engine."
    )
    parser.add_argument("--seed", type=int, help="play only this one, shrink it if it fails")
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.seed is not None:
        print("\n".join(map(str, made(arguments.seed))))
        if play(made(arguments.seed)) is None:
            print("holds")
            return 0
        print(report(arguments.seed))
        return 1
    failed = play_many(arguments.first, arguments.count)
    for seed in failed:
        print(report(seed))
    print(f"{arguments.count} sequences from seed {arguments.first}: {'all hold' if not failed else f'{failed} fail'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
