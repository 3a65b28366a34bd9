# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's /v2/apps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from . import definitions, ids, labels, roles, rules, timestamps, views
from .deployments import Deployment
from .engine import Engine
from .errors import app_not_found, failed, group_not_found, not_found
from .model import Task
from .tree import ROOT, App
from .web import DEPLOYMENT_HEADER, answer, body, deployed, flag


class AppsApi:
    """Handlers of the collection and of everything below one app."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._state = engine.state

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/v2/apps", self.list_apps),
            web.post("/v2/apps", self.create),
            web.put("/v2/apps", self.update_all),
            web.patch("/v2/apps", self.patch_all),
            web.get("/v2/apps/{rest:.+}", self.get_below),
            web.put("/v2/apps/{rest:.+}", self.put),
            web.patch("/v2/apps/{rest:.+}", self.patch),
            web.post("/v2/apps/{rest:.+}", self.post_below),
            web.delete("/v2/apps/{rest:.+}", self.delete_below),
        ]

    # The collection.

    async def list_apps(self, request: web.Request) -> web.Response:
        query = request.query
        selector = labels.parse(query["label"]) if query.get("label") else ()
        wanted_id, wanted_cmd = query.get("id", "").lower(), query.get("cmd", "").lower()
        embed = views.embeds(query.getall("embed", []), views.LIST_EMBED)
        found = [
            views.app(self._engine, app, embed)
            for app_id, app in sorted(self._state.apps.items())
            if wanted_id in app_id and wanted_cmd in app.get("cmd", "").lower() and labels.matches(selector, app["labels"])
        ]
        return answer({"apps": found})

    async def create(self, request: web.Request) -> web.Response:
        fields = definitions.read(await body(request))
        rules.check_request(fields, update=False)
        app = self._complete(fields)
        app_id = app["id"]
        if app_id in self._state.apps:
            raise failed(409, f"An app with id [{app_id}] already exists.")
        deployment = self._change(request, {app_id: app}, ids.parent(app_id))
        headers = {"Location": app_id, DEPLOYMENT_HEADER: deployment.id}
        return answer(views.new_app(self._state.apps[app_id], deployment), 201, headers)

    async def update_all(self, request: web.Request) -> web.Response:
        return await self._update_many(request, create=True)

    async def patch_all(self, request: web.Request) -> web.Response:
        return await self._update_many(request, create=False)

    async def _update_many(self, request: web.Request, *, create: bool) -> web.Response:
        updates = definitions.read_list(await body(request))
        partial = not create or flag(request, "partialUpdate", True)
        wanted: dict[str, Mapping[str, Any] | None] = {}
        for fields in updates:
            if not fields.get("id"):
                raise failed(422, "App Update must have app id set")
            app_id = ids.absolute(fields["id"])
            if not create and app_id not in self._state.apps:
                raise app_not_found(app_id)
            wanted[app_id] = self._updated(app_id, fields, partial=partial)
        return self._deployed(self._change(request, wanted))

    # One app.

    async def get_below(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"].strip("/")
        if rest == "*" or rest.endswith("/*"):
            return self._get_group(ids.absolute("/" + rest[:-1].strip("/")), request)
        if rest.endswith("/versions"):
            app_id = self._known(rest.removesuffix("/versions"))
            return answer({"versions": self._state.store.versions(app_id)})
        head, _unused, last = rest.rpartition("/")
        if head.endswith("/versions"):
            return answer(self._version(ids.absolute("/" + head.removesuffix("/versions")), last))
        if rest.endswith("/tasks"):
            return self._get_tasks(rest.removesuffix("/tasks"))
        app_id = self._known(rest)
        embed = views.embeds(request.query.getall("embed", []), views.ITEM_EMBED)
        return answer({"app": views.app(self._engine, self._state.apps[app_id], embed)})

    async def put(self, request: web.Request) -> web.Response:
        app_id = ids.absolute("/" + request.match_info["rest"])
        existed = app_id in self._state.apps
        fields = self._for_id(await body(request), app_id)
        app = self._updated(app_id, fields, partial=flag(request, "partialUpdate", True))
        deployment = self._change(request, {app_id: app}, ids.parent(app_id))
        headers = {} if existed else {"Location": app_id}
        return self._deployed(deployment, 200 if existed else 201, headers)

    async def patch(self, request: web.Request) -> web.Response:
        app_id = self._known(request.match_info["rest"])
        fields = self._for_id(await body(request), app_id)
        return self._deployed(self._change(request, {app_id: self._updated(app_id, fields, partial=True)}, ids.parent(app_id)))

    async def post_below(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"].strip("/")
        if not rest.endswith("/restart"):
            raise web.HTTPMethodNotAllowed(request.method, ["GET", "PUT", "PATCH", "DELETE"])
        app_id = self._known(rest.removesuffix("/restart"))
        force = flag(request, "force")
        wanted = {app_id: self._state.apps[app_id]}
        return self._deployed(self._engine.groups.change(wanted, force=force, about=ids.parent(app_id), restart=[app_id]))

    async def delete_below(self, request: web.Request) -> web.Response:
        rest = request.match_info["rest"].strip("/")
        head, _unused, task_id = rest.rpartition("/")
        if rest.endswith("/tasks"):
            return self._delete_tasks(request, rest.removesuffix("/tasks"))
        if head.endswith("/tasks"):
            return self._delete_task(request, head.removesuffix("/tasks"), task_id)
        app_id = self._known(rest)
        return self._deployed(self._engine.groups.change({app_id: None}, force=flag(request, "force", True), about=ids.parent(app_id)))

    # Tasks of one app.

    def _get_tasks(self, rest: str) -> web.Response:
        app_ids = self._in_group(ids.absolute("/" + rest[:-1])) if rest == "*" or rest.endswith("/*") else [self._known(rest)]
        return answer({"tasks": [views.task(self._engine, task) for app_id in app_ids for task in self._state.tasks_of(app_id)]})

    def _delete_tasks(self, request: web.Request, rest: str) -> web.Response:
        app_id = self._known(rest)
        host = request.query.get("host")
        tasks = [task for task in self._state.tasks_of(app_id) if host in (None, "*", task.hostname)]
        return self.kill(request, tasks)

    def _delete_task(self, request: web.Request, rest: str, task_id: str) -> web.Response:
        app_id = self._known(rest)
        tasks = [task for task in self._state.tasks_of(app_id) if task.task_id == task_id]
        if _scales(request):
            return self.kill(request, tasks)
        if not tasks:
            raise not_found(f"Task '{task_id}' does not exist")
        shown = views.task(self._engine, tasks[0])
        self._engine.tasks.kill(tasks[0], "Killed by request")
        return answer({"task": shown})

    def kill(self, request: web.Request, tasks: Sequence[Task]) -> web.Response:
        """Kill tasks, and with `scale` lower their apps' instances by as many. `wipe` adds nothing: no task has volumes of its own."""
        if not _scales(request):
            shown = [views.task(self._engine, task) for task in tasks]
            for task in tasks:
                self._engine.tasks.kill(task, "Killed by request")
            return answer({"tasks": shown})
        kill: dict[str, list[str]] = {}
        fewer: Counter[str] = Counter()
        for task in tasks:
            if task.app_id in self._state.apps:
                kill.setdefault(task.app_id, []).append(task.task_id)
                fewer[task.app_id] += not task.killing  # who is being killed already does not count
        apps = [self._state.apps[app_id] for app_id in kill]
        wanted = {app["id"]: {**app, "instances": max(0, app["instances"] - fewer[app["id"]])} for app in apps}
        return self._deployed(self._engine.groups.change(wanted, force=flag(request, "force"), kill=kill))

    # Helpers.

    def _known(self, rest: str) -> str:
        app_id = ids.absolute("/" + rest)
        if app_id not in self._state.apps:
            raise app_not_found(app_id)
        return app_id

    def _in_group(self, group_id: str) -> list[str]:
        """The apps of a group and below."""
        if group_id not in self._state.groups:
            raise group_not_found(group_id)
        return sorted(self._state.tree.apps_in(group_id))

    def _get_group(self, group_id: str, request: web.Request) -> web.Response:
        embed = views.embeds(request.query.getall("embed", []), views.ITEM_EMBED)
        return answer({"*": [views.app(self._engine, self._state.apps[one], embed) for one in self._in_group(group_id)]})

    def _version(self, app_id: str, text: str) -> dict[str, Any]:
        version = timestamps.readable(text)
        if version is None:
            raise failed(422, f'Invalid format: "{text}"')
        found = self._state.store.version(app_id, version)
        if found is None:
            raise app_not_found(app_id, version)
        return found

    @staticmethod
    def _for_id(data: Any, app_id: str) -> dict[str, Any]:
        """The fields of an update; the id of the path wins over that of the body, as in Marathon."""
        return definitions.read(data) | {"id": app_id}

    def _updated(self, app_id: str, fields: Mapping[str, Any], *, partial: bool) -> dict[str, Any]:
        """The whole definition that an update asks for."""
        rules.check_request(fields, update=True)
        if "version" in fields:
            old = self._version(app_id, fields["version"])
            return {key: value for key, value in old.items() if key not in definitions.SERVER_ONLY}
        existing = self._state.apps.get(app_id)
        if existing is not None and partial:
            fields = definitions.merge(existing, fields)
        return self._complete(dict(fields) | {"id": app_id})

    def _complete(self, fields: Mapping[str, Any]) -> dict[str, Any]:
        app_id = ids.absolute(fields.get("id", ""))
        existing = self._state.apps.get(app_id, {}).get("role")
        return rules.complete(fields, roles=roles.of(self._state.groups, app_id, existing))

    def _change(self, request: web.Request, wanted: Mapping[str, App | None], about: str = ROOT) -> Deployment:
        deployment = self._engine.groups.change(wanted, force=flag(request, "force"), about=about)
        for app_id in wanted:
            self._engine.events.emit(
                "api_post_event", clientIp=request.remote or "", uri=request.path, appDefinition=self._state.apps[app_id]
            )
        return deployment

    def _deployed(self, deployment: Deployment, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
        self._engine.wake()
        return deployed(views.result(deployment), status, headers)


def _scales(request: web.Request) -> bool:
    """Does the request want the apps scaled down by the tasks it kills? Raises the API's 400 together with `wipe`."""
    scale = flag(request, "scale")
    if scale and flag(request, "wipe"):
        raise failed(400, "You cannot use scale and wipe at the same time.")
    return scale
