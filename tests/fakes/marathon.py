# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Marathon and routers in memory, with the moods that a rollout must survive. Time comes from the test's clock."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import AwayError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import comparable, scale_only

Json = dict[str, Any]


class FakeMarathon:
    """Deployments end ``delay`` pauses after they began; ``broken`` commands never become healthy; ``away`` makes it deaf."""

    def __init__(self, *apps: Json) -> None:
        self.store: dict[str, Json] = {}
        self.running: dict[str, list[Any]] = {}
        self.calls: list[tuple[str, Any]] = []
        self.broken: set[str] = set()
        self.away = False
        self.locked = False
        self.delay = 2
        self.count = 0
        self.failure: Json | None = None
        for app in apps:
            self._define(app)
            self._finish(app["id"])
        self.running.clear()

    # What rollouts call.

    def apps(self, *, ids: Sequence[str] | None = None, label: str | None = None, embed: Sequence[str] = ()) -> list[Json]:
        self._listen()
        return [self._shown(app) for id_, app in self.store.items() if ids is None or id_ in ids]

    def app(self, app_id: str) -> Json | None:
        self._listen()
        return self._shown(self.store[app_id]) if app_id in self.store else None

    def put_apps(self, definitions: Sequence[Mapping[str, Any]], *, force: bool = False) -> str:
        self._listen()
        self._lock([str(d["id"]) for d in definitions], force)
        self.calls.append(("put", [dict(d) for d in definitions]))
        for definition in definitions:
            self._define(dict(definition))
        return self._deploy([str(d["id"]) for d in definitions])

    def delete_app(self, app_id: str, *, force: bool = False) -> str | None:
        self._listen()
        self._lock([app_id], force)
        self.calls.append(("delete", app_id))
        self.store.pop(app_id, None)
        return self._deploy([app_id])

    def kill_tasks(self, ids: Sequence[str], *, scale: bool, force: bool = False) -> str | None:
        self._listen()
        self._lock([id_ for id_, app in self.store.items() if {task["id"] for task in app["tasks"]} & set(ids)], force)
        self.calls.append(("kill", list(ids)))
        touched = []
        for app in self.store.values():
            kept = [task for task in app["tasks"] if task["id"] not in ids]
            if len(kept) < len(app["tasks"]):
                app["instances"] -= len(app["tasks"]) - len(kept)
                app["tasks"] = kept
                touched.append(app["id"])
        return self._deploy(touched) if scale else None

    def deployments(self) -> list[Json]:
        self._listen()
        return [{"id": id_, "affectedApps": list(entry[1])} for id_, entry in self.running.items()]

    def queue(self) -> list[Json]:
        return []

    # What tests call.

    def tick(self) -> None:
        """One pause has passed."""
        for id_, entry in list(self.running.items()):
            entry[0] -= 1
            if entry[0] > 0:
                continue
            for app_id in entry[1]:
                if app_id in self.store:
                    self._finish(app_id)
            if all(self.store[a]["cmd"] not in self.broken for a in entry[1] if a in self.store):
                del self.running[id_]

    def task_ids(self, app_id: str) -> list[str]:
        return sorted(task["id"] for task in self.store[app_id]["tasks"])

    def _listen(self) -> None:
        if self.away:
            raise AwayError("Marathon", {"http://m:8080": "Connection refused"})

    def _lock(self, ids: Sequence[str], force: bool) -> None:
        held = [deployment for deployment, entry in self.running.items() if set(entry[1]) & set(ids)]
        if force:
            for deployment in held:
                del self.running[deployment]
        elif held or self.locked:
            raise LockedError("Marathon", "PUT", "/v2/apps", 409, "locked", deployments=["other"])

    def _deploy(self, ids: list[str]) -> str:
        self.count += 1
        self.running[f"deployment-{self.count}"] = [self.delay, ids]
        return f"deployment-{self.count}"

    def _define(self, definition: Json) -> None:
        old = self.store.get(definition["id"])
        self.count += 1
        version = f"2026-11-22T10:00:{self.count:06d}Z"
        only_scale = old is not None and scale_only(comparable(old, old), comparable(definition, old))
        changed_at = old["versionInfo"]["lastConfigChangeAt"] if old is not None and only_scale else version
        self.store[definition["id"]] = {
            # With the defaults that a server writes back.
            **comparable(definition, old),
            "version": version,
            "versionInfo": {"lastScalingAt": version, "lastConfigChangeAt": changed_at},
            "tasks": list(old["tasks"]) if old is not None else [],
        }

    def _finish(self, app_id: str) -> None:
        app = self.store[app_id]
        changed_at = app["versionInfo"]["lastConfigChangeAt"]
        if app["cmd"] in self.broken:
            app["lastTaskFailure"] = {"timestamp": "9", "state": "TASK_FAILED", "message": "Command exited with status 1", "host": "h1"}
            return
        kept = [task for task in app["tasks"] if task["version"] >= changed_at][: app["instances"]]
        while len(kept) < app["instances"]:
            self.count += 1
            name = app_id.strip("/").replace("/", "_")
            kept.append(
                {
                    "id": f"{name}.instance-{self.count}._app.1",
                    "state": "TASK_RUNNING",
                    "version": app["version"],
                    "stagedAt": f"{self.count:06d}",
                    "ports": [31000 + self.count],
                    "host": "h1",
                }
            )
        app["tasks"] = kept

    @staticmethod
    def _shown(app: Json) -> Json:
        return {**app, "tasks": [dict(task) for task in app["tasks"]]}


@dataclass(frozen=True)
class FakeConfirmation:
    confirmed: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    behind: tuple[str, ...] = ()
    reasons: Mapping[str, str] = field(default_factory=dict)


class FakeRouters:
    """Two routers of ``web``; ``mood`` per router: ``ok``, ``stale`` (answers without the tasks) or ``away``."""

    def __init__(self, marathon: FakeMarathon) -> None:
        self.marathon = marathon
        self.urls: Mapping[str, Sequence[str]] = {"web": ("http://r1:8700", "http://r2:8700")}
        self.mood = dict.fromkeys(self.urls["web"], "ok")
        self.calls: list[tuple[str, Any]] = []
        #: How many instances Marathon still had when a drain was asked for.
        self.draining: set[str] = set()

    def confirm(self, vcluster: str, expected: Mapping[str, Collection[str]], deadline: Deadline) -> FakeConfirmation:
        self.calls.append(("confirm", {id_: sorted(tasks) for id_, tasks in expected.items()}))
        return self._answer(vcluster, deadline)

    def drain(self, vcluster: str, tasks: Collection[str], deadline: Deadline, *, ttl: float) -> FakeConfirmation:
        self.calls.append(("drain", sorted(tasks)))
        self.marathon.calls.append(("drain", sorted(tasks)))
        self.draining |= set(tasks)
        return self._answer(vcluster, deadline)

    def undrain(self, vcluster: str, tasks: Collection[str]) -> None:
        self.calls.append(("undrain", sorted(tasks)))
        self.draining -= set(tasks)

    def _answer(self, vcluster: str, deadline: Deadline) -> FakeConfirmation:
        by_mood: dict[str, list[str]] = {"ok": [], "stale": [], "away": []}
        for url in self.urls[vcluster]:
            by_mood[self.mood[url]].append(url)
        if by_mood["stale"]:
            deadline.pause(deadline.left())
        reasons = dict.fromkeys(by_mood["stale"], "lacks a task") | dict.fromkeys(by_mood["away"], "Connection refused")
        return FakeConfirmation(tuple(by_mood["ok"]), tuple(by_mood["stale"]), tuple(by_mood["away"]), reasons)
