# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents, apps and their tasks, as Operator and Marathon show them, with somebody who moves tasks. Time comes from the test's clock."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent, Attribute, Resources, Task
from ansible_collections.zeus.paas.plugins.module_utils._mesos_operator import Window

Json = dict[str, Any]


class FakeCluster:
    """``web-1`` and ``web-2`` of web, ``batch-1``. Each look starts one replacement of each app, unless ``stuck``; a new task is healthy
    one look later."""

    def __init__(self, *, version: str = "1.11.0") -> None:
        self.hosts: dict[str, Agent] = {}
        for name, cluster in (("web-1", "web"), ("web-2", "web"), ("batch-1", "batch")):
            self.hosts[name] = Agent(
                f"S-{name}", name, True, (Attribute("vcluster", "TEXT", cluster),), Resources(4, 4000), Resources(1, 1000),
                address=f"10.0.0.{len(self.hosts) + 1}", version=version,
                capabilities=frozenset({"AGENT_DRAINING"} if version == "1.11.0" else ()),
            )  # fmt: skip
        self.defined: dict[str, Json] = {}
        self.where: dict[str, list[Json]] = {}
        self.others: list[Task] = []
        self.windows: tuple[Window, ...] = ()
        #: App that is being restarted → its old tasks.
        self.restarting: dict[str, set[str]] = {}
        self.calls: list[Any] = []
        self.stuck = False
        #: How many more new tasks a Marathon that does not heed maintenance windows starts on an agent of one.
        self.unheeding = 0
        #: Apps that are gone when they are to be restarted.
        self.deleted: set[str] = set()
        #: How many more times a restart is refused, because somebody deploys the app.
        self.locked = 0
        self.number = 0
        self.least: dict[str, int] = {}

    def app(self, name: str, *hosts: str, **more: Any) -> None:
        labels = {"ZEUS_VCLUSTER": self.hosts[hosts[0]].values("vcluster")[0]}
        self.defined[name] = {"id": name, "cmd": "sleep 1", "instances": len(hosts), "labels": labels, **more}
        self.where[name] = [self._task(name, host, ready=True) for host in hosts]
        self.least[name] = len(hosts)

    def _task(self, app: str, host: str, *, ready: bool = False) -> Json:
        self.number += 1
        state = "TASK_RUNNING" if ready else "TASK_STARTING"
        return {"id": f"{app[1:]}.{self.number}", "slaveId": f"S-{host}", "host": host, "state": state, "version": ""}

    def on(self, host: str) -> list[str]:
        return [task["id"] for tasks in self.where.values() for task in tasks if task["host"] == host]

    def _move(self) -> None:
        for name, tasks in self.where.items():
            healthy = sum(task["state"] == "TASK_RUNNING" for task in tasks)
            self.least[name] = min(self.least[name], healthy)
            for task in tasks:
                task["state"] = "TASK_RUNNING"
            old = self.restarting.get(name, set())
            new = [task for task in tasks if task["id"] not in old]
            if old and healthy - len(old) >= self.defined[name]["instances"]:
                tasks[:] = new
                del self.restarting[name]
            elif not self.stuck and len(new) < self.defined[name]["instances"]:
                tasks.append(self._task(name, next(host for host in self.hosts if self._takes(host, name))))

    def _takes(self, host: str, app: str) -> bool:
        agent, definition = self.hosts[host], self.defined[app]
        planned = any(machine.hostname == host for window in self.windows for machine in window.machines)
        if planned and self.unheeding:
            self.unheeding -= 1
            planned = False
        kept = any(item[:2] == ["hostname", "UNLIKE"] and re.fullmatch(item[2], host) for item in definition.get("constraints") or [])
        home = agent.values("vcluster")[0] == definition["labels"]["ZEUS_VCLUSTER"]
        return home and agent.active and not agent.deactivated and not planned and not kept

    # Of Operator.

    def agents(self) -> tuple[Agent, ...]:
        self._move()
        return tuple(self.hosts.values())

    def tasks(self) -> tuple[Task, ...]:
        self._move()
        shown = [
            Task(one["id"], name, one["slaveId"], "f", one["state"], Resources(0.1, 10))
            for name, ones in self.where.items()
            for one in ones
        ]
        return (*shown, *self.others)

    def _named(self, id_: str) -> str:
        return next(name for name, agent in self.hosts.items() if agent.id == id_)

    def drain(self, id_: str, grace: float | None, *, mark_gone: bool = False) -> None:
        self.calls.append(("drain", self._named(id_), grace))
        name = self._named(id_)
        self.hosts[name] = replace(self.hosts[name], active=False, deactivated=True, drain="DRAINED")
        for tasks in self.where.values():
            tasks[:] = [task for task in tasks if task["host"] != name]

    def deactivate(self, id_: str) -> None:
        self.calls.append(("deactivate", self._named(id_)))
        name = self._named(id_)
        self.hosts[name] = replace(self.hosts[name], active=False, deactivated=True)

    def reactivate(self, id_: str) -> None:
        self.calls.append(("reactivate", self._named(id_)))
        name = self._named(id_)
        self.hosts[name] = replace(self.hosts[name], active=True, deactivated=False, drain="")

    def schedule(self) -> tuple[Window, ...]:
        return self.windows

    def modes(self) -> Mapping[str, str]:
        return {machine.key: "draining" for window in self.windows for machine in window.machines}

    def set_schedule(self, windows: Sequence[Window]) -> None:
        self.calls.append(("schedule", sorted(machine.hostname for window in windows for machine in window.machines)))
        self.windows = tuple(windows)

    # Of Marathon.

    def apps(self, *, embed: Sequence[str] = ()) -> list[Json]:
        self._move()
        return [
            {
                **app,
                "tasks": [dict(task) for task in self.where[name]],
                "deployments": [{"id": f"restart of {name}"}] if name in self.restarting else [],
            }
            for name, app in self.defined.items()
        ]

    def queue(self) -> list[Json]:
        self._move()
        counts = {name: app["instances"] - len(self.where[name]) for name, app in self.defined.items()}
        return [{"app": {"id": name}, "count": count, "delay": {"overdue": True}} for name, count in counts.items() if count]

    def deployments(self) -> list[Json]:
        self._move()
        return [{"id": f"restart of {name}"} for name in self.restarting]

    def cancel_deployment(self, deployment_id: str, *, force: bool) -> str:
        assert not force
        self.calls.append(("cancel", deployment_id))
        name = deployment_id.removeprefix("restart of ")
        old = self.restarting.pop(name)
        self.where[name] = [task for task in self.where[name] if task["id"] in old]
        return "d3"

    def put_apps(self, definitions: Sequence[Mapping[str, Any]]) -> str:
        self.calls.append(("put", sorted(one["id"] for one in definitions)))
        for one in definitions:
            self.defined[one["id"]] = dict(one)
            tasks = self.where[one["id"]]
            moved = [task for task in tasks if not self._takes(task["host"], one["id"])]
            home = next(host for host in self.hosts if self._takes(host, one["id"]))
            tasks[:] = [task for task in tasks if task not in moved] + [self._task(one["id"], home, ready=True) for _task in moved]
        return "d1"

    def restart_app(self, app_id: str) -> str:
        if app_id in self.deleted:
            del self.defined[app_id], self.where[app_id]
            self.deleted.remove(app_id)
            raise ApiError("Marathon", "POST", app_id, 404, f"App '{app_id}' does not exist")
        if self.locked:
            self.locked -= 1
            raise LockedError("Marathon", "POST", app_id, 409, "is locked")
        self.calls.append(("restart", app_id))
        self.restarting[app_id] = {task["id"] for task in self.where[app_id]}
        return f"restart of {app_id}"

    def kill_tasks(self, ids: Sequence[str], *, scale: bool) -> None:
        assert not scale
        self.calls.append(("kill", list(ids)))
        for tasks in self.where.values():
            tasks[:] = [task for task in tasks if task["id"] not in ids]
