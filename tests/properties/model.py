# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The model: what every call must answer, given what was answered before. It never asks the engine what it wants to hear."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from . import marathon
from .marathon import App
from .watch import Deployment, Watch
from .world import Answer, World, names

LOCKED = (
    "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'."
)
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
KEPT = 50


class Model:
    def __init__(self, world: World, watch: Watch) -> None:
        self.world = world
        self.watch = watch
        self.apps: dict[str, App] = {}
        self.versions: dict[str, dict[str, App]] = {}
        self.known: dict[tuple[str, str], App] = {}
        self.newest = ""
        self.groups: dict[str, list[str]] = {"/": []}
        #: All apps and groups by version of the whole.
        self.history: dict[str, marathon.Tree] = {}
        watch.apps, watch.known = self.apps, self.known

    # Changes.

    def create(self, body: Mapping[str, Any], *, force: bool) -> None:
        answer = self.world.call("POST", f"/v2/apps{_query(force=force)}", body)
        app_id = marathon.absolute(body["id"])
        if app_id in self.apps:
            _is(answer, 409, {"message": f"An app with id [{app_id}] already exists."})
            return
        deployment = self._changed(answer, {app_id: marathon.read_back({**body, "id": app_id})}, force=force, status=201, whole=True)
        if deployment:
            assert answer.headers["Marathon-Deployment-Id"] == deployment.id
            assert answer.headers["Location"].endswith(app_id), answer.headers
            counts = dict.fromkeys(("tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy"), 0)
            _same(answer.body, {**self.apps[app_id], **counts, "deployments": [{"id": deployment.id}], "tasks": []})

    def update(self, app_id: str, body: Mapping[str, Any], *, method: str, partial: bool, force: bool) -> None:
        old = self.apps.get(app_id)
        query = _query(force=force, **({} if partial else {"partialUpdate": "false"}))
        answer = self.world.call(method, f"/v2/apps{app_id}{query}", body)
        if old is None and method == "PATCH":
            _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
            return
        whole = marathon.merged(old, body) if old is not None and (partial or method == "PATCH") else dict(body)
        wanted = self._complete(answer, {**whole, "id": app_id})
        if wanted is not None:
            self._changed(answer, {app_id: wanted}, force=force, status=201 if old is None else 200)

    def update_many(self, bodies: Sequence[Mapping[str, Any]], *, method: str, force: bool) -> None:
        answer = self.world.call(method, f"/v2/apps{_query(force=force)}", list(bodies))
        wanted: dict[str, App | None] = {}
        for body in bodies:
            app_id = marathon.absolute(body["id"])
            if method == "PATCH" and app_id not in self.apps:
                _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
                return
            old = self.apps.get(app_id)
            app = self._complete(answer, {**(marathon.merged(old, body) if old else body), "id": app_id})
            if app is None:
                return
            wanted[app_id] = app
        self._changed(answer, wanted, force=force, status=200)

    def _complete(self, answer: Answer, whole: Mapping[str, Any]) -> App | None:
        """The read-back form; None if the body has neither cmd nor args, which must have been refused."""
        if bool(whole.get("cmd")) == bool(whole.get("args")):
            _refused(answer, "/")
            return None
        return marathon.read_back(whole)

    def to_version(self, app_id: str, back: int, *, force: bool) -> None:
        """Roll back `back` versions."""
        if app_id not in self.apps:
            return
        versions = sorted(self.versions[app_id], reverse=True)
        version = versions[min(back, len(versions) - 1)]
        answer = self.world.call("PUT", f"/v2/apps{app_id}{_query(force=force)}", {"version": version})
        self._changed(answer, {app_id: marathon.plain(self.versions[app_id][version])}, force=force, status=200)

    def delete(self, app_id: str, *, force: bool) -> None:
        answer = self.world.call("DELETE", f"/v2/apps{app_id}{'' if force else '?force=false'}")
        if app_id not in self.apps:
            _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
            return
        self._changed(answer, {app_id: None}, force=force, status=200)

    def restart(self, app_id: str, *, force: bool) -> None:
        answer = self.world.call("POST", f"/v2/apps{app_id}/restart{_query(force=force)}")
        if app_id not in self.apps:
            _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
            return
        self._changed(answer, {app_id: self.apps[app_id]}, force=force, status=200, restarted=[app_id])

    def _changed(
        self,
        answer: Answer,
        wanted: Mapping[str, App | None],
        *,
        force: bool,
        status: int,
        whole: bool = False,
        restarted: Collection[str] = (),
        killed: Collection[str] = (),
    ) -> Deployment | None:
        """Compare the answer to a change, and make it the model's. None if it was to be refused (and was)."""
        apps = {app_id: app for app_id, app in self.apps.items() if app_id not in wanted}
        apps |= {app_id: app for app_id, app in wanted.items() if app is not None}
        empty = {app for app, new in wanted.items() if new is not None and not any(marathon.within(one, app) for one in apps)}
        # A group without any app gives way to an app of its name, with the groups in it.
        groups = {
            group: dependencies
            for group, dependencies in self.groups.items()
            if not any(group == one or marathon.within(group, one) for one in empty)
        }
        tree = apps, marathon.with_parents(groups, apps)
        return self._replaced(answer, tree, force=force, status=status, whole=whole, restarted=restarted, killed=killed)

    def _replaced(
        self,
        answer: Answer,
        tree: marathon.Tree,
        *,
        force: bool,
        status: int,
        whole: bool = False,
        restarted: Collection[str] = (),
        killed: Collection[str] = (),
    ) -> Deployment | None:
        planned = self._planned(answer, tree, restarted, killed)
        if planned is None:
            return None
        old = dict(self.apps)
        wanted: dict[str, App | None] = {one: app for one, app in tree[0].items() if one in restarted or app is not old.get(one)}
        wanted |= {one: None for one in old if one not in tree[0]}
        steps = planned
        touched = {app for step in steps for _action, app in step}
        locks = [one.id for one in self._before_call.values() if touched & one.apps]
        if locks and not force:
            assert answer.status == 409, f"locked by {locks}, but {answer}"
            assert answer.body["message"] == LOCKED, answer.body
            assert sorted(names(answer.body["deployments"])) == sorted(locks), f"{answer.body}, locked by {locks}"
            assert locks, answer
            return None
        assert answer.status == status, f"expected {status}, got {answer}"
        version, deployment_id = self._identified(answer, whole)
        assert not set(locks) & set(self.watch.deployments), f"forced, but {locks} still run"
        self.groups = tree[1]
        self._adopt(wanted, old, version, restarted)
        deployment = Deployment(
            deployment_id,
            version,
            steps,
            {app: old[app] for app in touched if app in old},
            {app: self.apps[app] for app in touched if app in self.apps},
        )
        if locks:
            deployment.disturbed |= touched
        self.watch.begin(deployment)
        self.deployments()
        return deployment

    def _planned(
        self, answer: Answer, tree: marathon.Tree, restarted: Collection[str] = (), killed: Collection[str] = ()
    ) -> marathon.Plan | None:
        """The steps to this tree; None if it cannot be, which the answer must have said."""
        new, groups = tree
        if new.keys() & groups.keys():
            _refused(answer, "/", "Groups and Applications may not have the same identifier.")
            return None
        depth = marathon.depths(marathon.needs(new, groups))
        if depth is None:
            _refused(answer, "/", "Dependency graph has cyclic dependencies.")
            return None
        probe = {one: app if app is self.apps.get(one) else self._sticky(app, self.apps.get(one)) for one, app in new.items()}
        return marathon.plan(self.apps, probe, depth, restarted, killed)

    # Groups.

    def put_group(self, group: str, update: Mapping[str, Any], *, method: str, force: bool, dry: bool) -> None:
        answer = self.world.call(method, f"/v2/groups{group}{_query(force=force, dryRun=dry)}", update)
        if method == "POST" and group in self.groups:
            _is(answer, 409, {"message": f"Group {group} is already created. Use PUT to change this group."})
            return
        if method == "POST" and group in self.apps:
            _is(answer, 409, {"message": f"An app with the path {group} already exists."})
            return
        tree = marathon.put_group((self.apps, self.groups), group, update)
        self._group_changed(answer, tree, force=force, dry=dry and method == "PUT", status=201 if method == "POST" else 200)

    def _group_changed(self, answer: Answer, tree: marathon.Tree, *, force: bool, dry: bool = False, status: int = 200) -> None:
        if dry:
            steps = self._planned(answer, tree)
            if steps is not None:
                assert answer.status == 200, answer
                assert _steps(answer.body["steps"]) == steps, f"{answer}, expected {steps}"
            return
        self._replaced(answer, tree, force=force, status=status)

    def scale_group(self, group: str, factor: float, *, force: bool) -> None:
        answer = self.world.call("PUT", f"/v2/groups{group}{_query(force=force)}", {"scaleBy": factor})
        tree = marathon.scaled((self.apps, marathon.with_parents({group: [], **self.groups}, self.apps)), group, factor)
        self._group_changed(answer, tree, force=force)

    def delete_group(self, group: str, *, force: bool) -> None:
        answer = self.world.call("DELETE", f"/v2/groups{group}{_query(force=force)}")
        if group not in self.groups:
            _is(answer, 404, {"message": f"Group '{group}' does not exist"})
            return
        self._group_changed(answer, marathon.without((self.apps, self.groups), group), force=force)

    def group_to_version(self, group: str, back: int, *, force: bool) -> None:
        versions = sorted(self.history, reverse=True)
        if not versions:
            return
        version = versions[min(back, len(versions) - 1)]
        old = self.history[version]
        answer = self.world.call("PUT", f"/v2/groups{group}{_query(force=force)}", {"version": version})
        if group not in old[1]:
            assert answer.status == 422, answer
            assert f"Group {group} not available in version {version}" in answer.body["message"], answer
            return
        tree = marathon.grafted((self.apps, self.groups), old, group)
        kept = {one: self.apps[one] if one in self.apps and marathon.plain(self.apps[one]) == app else app for one, app in tree[0].items()}
        self._group_changed(answer, (kept, tree[1]), force=force)

    def look_at_group(self, group: str) -> None:
        answer = self.world.call("GET", f"/v2/groups{group}")
        if group not in self.groups:
            _is(answer, 404, {"message": f"Group '{group}' does not exist"})
            return
        assert answer.status == 200, answer
        self._compare_group(answer.body, group)

    def _compare_group(self, shown: Mapping[str, Any], group: str) -> None:
        assert shown["id"] == group, shown
        assert sorted(shown["dependencies"]) == sorted(self.groups[group]), shown
        assert shown["pods"] == [], shown
        apps = {one["id"]: {name: one[name] for name in one} for one in shown["apps"]}
        _same(apps, {one: app for one, app in self.apps.items() if marathon.parent(one) == group})
        children = [one for one in self.groups if one != "/" and marathon.parent(one) == group]
        assert sorted(names(shown["groups"])) == sorted(children), f"{names(shown['groups'])}, expected {children}"
        for child in shown["groups"]:
            self._compare_group(child, child["id"])

    @staticmethod
    def _sticky(app: App, old: App | None) -> App:
        """With the ports that it will keep, so that a plan sees no change where there is none."""
        before = [one["port"] for one in old["portDefinitions"]] if old else []
        wanted = {one["port"] for one in app["portDefinitions"]}
        again = iter([one for one in before if 10000 <= one < 20000 and one not in wanted])
        ports = [{**one, "port": one["port"] or next(again, 0)} for one in app["portDefinitions"]]
        return {**app, "portDefinitions": ports}

    def _identified(self, answer: Answer, whole: bool) -> tuple[str, str]:
        deployment_id = answer.body["deployments"][0]["id"] if whole else answer.body["deploymentId"]
        version = answer.body["version"]
        if not whole:
            assert set(answer.body) == {"version", "deploymentId"}, answer
        assert _MOMENT.fullmatch(version), answer
        assert version > self.newest, f"version {version} is not newer than {self.newest}"
        self.newest = version
        return version, deployment_id

    def _adopt(self, wanted: Mapping[str, App | None], old: Mapping[str, App], version: str, restarted: Collection[str]) -> None:
        for app_id in wanted:
            self.apps.pop(app_id, None)
        for app_id, app in wanted.items():
            if app is None:
                del self.versions[app_id]
                continue
            shown = self.world.call("GET", f"/v2/apps{app_id}").body["app"]
            others = [one["port"] for other in self.apps.values() for one in other["portDefinitions"]]
            answered = [one["port"] for one in shown["portDefinitions"]]
            new = marathon.with_ports(app, old.get(app_id), answered, others)
            new = marathon.versioned(new, old.get(app_id), version, app_id in restarted)
            self.apps[app_id] = new
            kept = self.versions.setdefault(app_id, {})
            kept[new["version"]] = new
            self.known[app_id, new["version"]] = new
            for oldest in sorted(kept)[:-KEPT]:
                del kept[oldest]
        self.history[version] = dict(self.apps), dict(self.groups)
        for oldest in sorted(self.history)[:-10]:
            del self.history[oldest]
        for app_id, app in wanted.items():
            if app is not None:
                self.compare(app_id)

    # Deployments.

    def note(self) -> None:
        """Remember what runs before a call."""
        self._before_call = dict(self.watch.deployments)

    def delete_deployment(self, which: int, *, force: bool) -> None:
        running = sorted(self.watch.deployments.values(), key=lambda one: one.version)
        if not running:
            _is(self.world.call("DELETE", "/v2/deployments/none"), 404, {"message": "DeploymentPlan none does not exist"})
            return
        one = running[which % len(running)]
        self.watch.disturb_all()
        answer = self.world.call("DELETE", f"/v2/deployments/{one.id}{_query(force=force)}")
        if force:
            assert answer.status == 202, answer
            assert answer.body is None, answer
            assert one.id not in self.watch.deployments, "a cancelled deployment goes on"
            return
        back: dict[str, App | None] = {app: one.before.get(app) for app in one.apps if app in one.before or app in self.apps}
        wanted = {app: marathon.plain(before) if before is not None else None for app, before in back.items()}
        apps = {app: self.apps[app] for app in self.apps if app not in wanted}
        apps |= {app: before for app, before in wanted.items() if before is not None}
        groups = self._groups_now() if answer.status == 200 else self.groups
        assert marathon.with_parents({}, apps).keys() <= {"/", *groups}, f"groups {list(groups)} of apps {list(apps)}"
        self._replaced(answer, (apps, groups), force=True, status=200)

    def _groups_now(self) -> dict[str, list[str]]:
        """Which empty groups a rollback leaves, and with which dependencies, is the engine's word."""
        found: dict[str, list[str]] = {}

        def walk(shown: Mapping[str, Any]) -> None:
            found[shown["id"]] = list(shown["dependencies"])
            for child in shown["groups"]:
                walk(child)

        walk(self.world.call("GET", "/v2/groups").body)
        return found

    def deployments(self) -> None:
        answer = self.world.call("GET", "/v2/deployments")
        running = {one["id"]: one for one in answer.body}
        assert running.keys() == self.watch.deployments.keys(), f"run: {list(running)}, should: {list(self.watch.deployments)}"
        for one in self.watch.deployments.values():
            shown = running[one.id]
            assert _steps(shown["steps"]) == one.steps, f"{shown['steps']}, expected {one.steps}"
            assert sorted(shown["affectedApps"]) == sorted(one.apps), shown
            assert (shown["version"], shown["affectedPods"]) == (one.version, []), shown
            assert (shown["currentStep"], shown["totalSteps"]) == (one.step + 1, len(one.steps)), shown
            assert _steps([{"actions": shown["currentActions"]}]) == [one.steps[one.step]], shown

    # Tasks.

    def kill(self, picks: Sequence[int], *, scale: bool, wipe: bool, force: bool, app_id: str | None = None) -> None:
        """Some tasks of all, or all of one app."""
        tasks = list(self.watch.tasks.values()) if app_id is None else self.watch.of(app_id)
        chosen = list({tasks[one % len(tasks)].id: tasks[one % len(tasks)] for one in picks}.values()) if tasks else []
        if app_id is not None:
            chosen = tasks
        counted = [one for one in chosen if not self.watch.ending(one)]  # who is being killed already does not count
        query = _query(force=force, scale=scale, wipe=wipe)
        killed = {one.app for one in chosen if one.app in self.apps}
        if not (scale and wipe):
            for one in {one.app for one in chosen}:
                self.watch.disturb(one)
        if app_id is None:
            answer = self.world.call("POST", f"/v2/tasks/delete{query}", {"ids": [one.id for one in chosen]})
        else:
            answer = self.world.call("DELETE", f"/v2/apps{app_id}/tasks{query}")
            if app_id not in self.apps:
                _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
                return
        if scale and wipe:
            _is(answer, 400, {"message": "You cannot use scale and wipe at the same time."})
            return
        if not scale:
            assert answer.status == 200, answer
            assert sorted(names(answer.body["tasks"])) == sorted(one.id for one in chosen), answer
            return
        less = {app: sum(one.app == app for one in counted) for app in killed}
        wanted: dict[str, App | None] = {
            app: {**marathon.plain(self.apps[app]), "instances": max(0, self.apps[app]["instances"] - count)} for app, count in less.items()
        }
        self._changed(answer, wanted, force=force, status=200, killed=killed)

    # Looks.

    def compare(self, app_id: str) -> None:
        answer = self.world.call("GET", f"/v2/apps{app_id}")
        if app_id not in self.apps:
            _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
            return
        shown = dict(answer.body["app"])
        tasks = {one["id"]: one for one in shown.pop("tasks")}
        shown.pop("lastTaskFailure", None)
        expected = {**self.apps[app_id], **self._counts(app_id)}
        if "deployments" in shown:
            running = {one.id for one in self.watch.deployments.values() if app_id in one.apps}
            assert set(names(shown.pop("deployments"))) >= running, f"{app_id} is in {running}"
        _same(shown, expected)
        self._tasks(app_id, tasks)

    def _counts(self, app_id: str) -> dict[str, int]:
        tasks = self.watch.of(app_id)
        running = [one for one in tasks if one.state == "TASK_RUNNING"]
        checked = [one for one in running if self.known[one.app, one.version].get("healthChecks")]
        return {
            "tasksStaged": sum(one.state in ("TASK_STAGING", "TASK_STARTING") for one in tasks),
            "tasksRunning": len(running),
            "tasksHealthy": sum(one.healthy is True for one in checked),
            "tasksUnhealthy": sum(one.healthy is False for one in checked),
        }

    def _tasks(self, app_id: str, shown: Mapping[str, Mapping[str, Any]]) -> None:
        expected = {one.id: one for one in self.watch.of(app_id)}
        assert shown.keys() == expected.keys(), f"tasks {list(shown)}, expected {list(expected)}"
        for one in expected.values():
            task = shown[one.id]
            assert (task["state"], task["appId"], task["slaveId"], task["version"]) == (one.state, one.app, one.agent, one.version), task
            assert len(task["ports"]) == len(self.known[one.app, one.version]["portDefinitions"]), task
            assert ("startedAt" in task) or one.state in ("TASK_STAGING", "TASK_STARTING"), task

    def look(self) -> None:
        """Everything that can be read, compared with everything that is known."""
        answer = self.world.call("GET", "/v2/apps")
        assert names(answer.body["apps"]) == sorted(self.apps), answer
        for shown in answer.body["apps"]:
            expected = {**self.apps[shown["id"]], **self._counts(shown["id"])}
            running = [one.id for one in self.watch.deployments.values() if shown["id"] in one.apps]
            assert sorted(names(shown["deployments"])) == sorted(running), shown
            _same({key: value for key, value in shown.items() if key != "deployments"}, expected)
        shown_tasks = self.world.call("GET", "/v2/tasks").body["tasks"]
        assert len(shown_tasks) == len(self.watch.tasks), "tasks lost or doubled"
        for app_id in self.apps:
            self._tasks(app_id, {one["id"]: one for one in shown_tasks if one["appId"] == app_id})
        self.deployments()
        queue = self.world.call("GET", "/v2/queue").body["queue"]
        for item in queue:
            assert item["count"] > 0, item
            assert item["app"] == self.known[item["app"]["id"], item["app"]["version"]], item

    def look_at_versions(self, app_id: str) -> None:
        answer = self.world.call("GET", f"/v2/apps{app_id}/versions")
        if app_id not in self.apps:
            _is(answer, 404, {"message": f"App '{app_id}' does not exist"})
            return
        versions = sorted(self.versions[app_id], reverse=True)
        _is(answer, 200, {"versions": versions})
        for version in (versions[0], versions[-1]):
            _is(self.world.call("GET", f"/v2/apps{app_id}/versions/{version}"), 200, self.versions[app_id][version])
        missing = "2001-01-01T00:00:00.000Z"
        text = f"App '{app_id}' does not exist in version {missing}"
        _is(self.world.call("GET", f"/v2/apps{app_id}/versions/{missing}"), 404, {"message": text})

    def select(self, selector: str, holds: Any) -> None:
        answer = self.world.call("GET", f"/v2/apps?label={selector}")
        assert names(answer.body["apps"]) == sorted(app_id for app_id, app in self.apps.items() if holds(app["labels"])), answer

    def delay(self, app_id: str) -> None:
        waiting = {one["app"]["id"] for one in self.world.call("GET", "/v2/queue").body["queue"]}
        answer = self.world.call("DELETE", f"/v2/queue{app_id}/delay")
        if app_id in waiting:
            assert answer.status == 204, answer
        else:
            _is(answer, 404, {"message": f"Application {app_id} not found in tasks queue."})

    def refuse(self, method: str, path: str, body: Any, status: int, where: str | None, text: str | None) -> None:
        """A call that must fail and change nothing."""
        raw = body.encode() if isinstance(body, str) else None
        answer = self.world.call(method, path, None if raw is not None else body, raw=raw)
        assert answer.status == status, f"{method} {path} {body}: {answer}"
        assert answer.body["message"], answer
        if where is not None:
            assert where in [one["path"] for one in answer.body["details"]], f"{method} {path} {body}: {answer}"
        if text is not None:
            assert text in str(answer.body), f"{method} {path} {body}: {answer}"


def _steps(steps: Sequence[Mapping[str, Any]]) -> marathon.Plan:
    return [{(one["action"], one["app"]) for one in step["actions"]} for step in steps]


def _query(**given: Any) -> str:
    told = [f"{name}={str(value).lower()}" for name, value in given.items() if value]
    return f"?{'&'.join(told)}" if told else ""


def _is(answer: Answer, status: int, body: Any) -> None:
    assert answer.status == status, f"expected {status} {body}, got {answer}"
    _same(answer.body, body)


def _same(found: Any, expected: Any) -> None:
    if found != expected:
        keys = sorted({*found, *expected}) if isinstance(found, dict) and isinstance(expected, dict) else []
        wrong = {key: (found.get(key, "absent"), expected.get(key, "absent")) for key in keys if found.get(key) != expected.get(key)}
        raise AssertionError(f"(found, expected) differ: {wrong or (found, expected)}")


def _refused(answer: Answer, where: str, text: str | None = None) -> None:
    assert answer.status == 422, f"expected 422 about {where}, got {answer}"
    assert answer.body["message"] == "Object is not valid", answer
    told = {one["path"]: one["errors"] for one in answer.body["details"]}
    assert where in told, answer
    if text:
        assert told[where] == [text], answer
