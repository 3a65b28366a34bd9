# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's /v2/groups."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from . import groupupdates, ids, planning, roles, rules, timestamps, views
from .deployments import Deployment
from .engine import Engine
from .errors import failed, group_not_found, not_valid
from .tree import ROOT, App, Group, Tree
from .web import answer, body, deployed, flag


class GroupsApi:
    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._state = engine.state

    def routes(self) -> list[web.RouteDef]:
        return [
            route
            for path in ("/v2/groups", "/v2/groups/{rest:.+}")
            for route in (web.get(path, self.get), web.post(path, self.create), web.put(path, self.update), web.delete(path, self.delete))
        ] + [web.patch("/v2/groups/{rest:.+}", self.patch)]

    async def get(self, request: web.Request) -> web.Response:
        parts = ids.segments(request.match_info.get("rest", ""))
        embed = request.query.getall("embed", []) or views.GROUP_EMBED
        if parts[-1:] == ["apps"]:
            found = sorted(self._state.tree.apps_in(ids.join(parts[:-1])))
            return answer([views.app(self._engine, self._state.apps[one], views.group_app_embeds(embed)) for one in found])
        if parts[-1:] == ["versions"]:
            group_id = self._known(ids.join(parts[:-1]))
            return answer(self._state.store.roots_with_group(group_id))
        if parts[-2:-1] == ["versions"]:
            return answer(self._version(ids.join(parts[:-2]), parts[-1], embed))
        group_id = self._known(ids.join(parts))
        return answer(views.group(self._engine, self._state.tree, group_id, self._state.version, embed))

    async def create(self, request: web.Request) -> web.Response:
        base, group_id, update = await self._read(request)
        if group_id in self._state.groups:
            raise failed(409, f"Group {group_id} is already created. Use PUT to change this group.")
        if group_id in self._state.apps:
            raise failed(409, f"An app with the path {group_id} already exists.")
        deployment = self._replace(request, self._wanted(group_id, update), base)
        return deployed(views.result(deployment), 201, {"Location": group_id})

    async def update(self, request: web.Request) -> web.Response:
        base, group_id, update = await self._read(request)
        wanted = self._wanted(group_id, update)
        if flag(request, "dryRun"):
            return answer({"steps": [planning.shown(step) for step in self._engine.groups.steps(wanted)]})
        return deployed(views.result(self._replace(request, wanted, base)))

    async def patch(self, request: web.Request) -> web.Response:
        """Only `enforceRole`, which is false where it is not given; no deployment."""
        fields = groupupdates.read_partial(await body(request))
        group_id = self._base(request)
        if group_id == ROOT or ids.parent(group_id) != ROOT:
            raise not_valid("/", "Path needs to be top-level")
        group = self._state.groups[self._known(group_id)]
        self._engine.groups.patch(replace(group, enforce_role=fields.get("enforceRole", False)))
        return web.Response()

    async def delete(self, request: web.Request) -> web.Response:
        group_id = self._known(self._base(request))
        return deployed(views.result(self._replace(request, self._state.tree.without_group(group_id), group_id)))

    # Helpers.

    @staticmethod
    def _base(request: web.Request) -> str:
        return ids.absolute("/" + request.match_info.get("rest", ""))

    def _known(self, group_id: str) -> str:
        if group_id not in self._state.groups:
            raise group_not_found(group_id)
        return group_id

    def _version(self, group_id: str, text: str, embed: Collection[str]) -> dict[str, Any]:
        version = timestamps.readable(text)
        if version is None:
            raise failed(422, f'Invalid format: "{text}"')
        old = self._state.store.root_at(version)
        if old is None or group_id not in old.groups:
            raise group_not_found(group_id)
        return views.group(self._engine, old, group_id, version, [one for one in embed if one in views.GROUP_EMBED])

    async def _read(self, request: web.Request) -> tuple[str, str, groupupdates.Update]:
        """The group of the path, the group that the update is about, and the update."""
        base = self._base(request)
        update = groupupdates.read(await body(request))
        group_id = ids.absolute(update["id"], base) if "id" in update else base
        if group_id != ROOT and (problems := ids.problems(group_id)):
            raise not_valid("/id", problems[0])
        groupupdates.check(update, group_id, self._state.groups)
        return base, group_id, update

    def _wanted(self, group_id: str, update: groupupdates.Update) -> Tree:
        tree = self._state.tree
        if "version" in update:
            return groupupdates.rolled_back(tree, group_id, self._state.store.root_at(update["version"]), update["version"])
        if "scaleBy" in update:
            return groupupdates.scaled(tree, group_id, update["scaleBy"])
        return groupupdates.apply(tree, group_id, update, self._complete)

    def _complete(self, groups: Mapping[str, Group], fields: Mapping[str, Any], group_id: str) -> App:
        rules.check_request(fields, update=False)
        app_id = ids.absolute(fields["id"], group_id)
        existing = self._state.apps.get(app_id, {}).get("role")
        return rules.complete(fields, group_id, roles.of(groups, app_id, existing))

    def _replace(self, request: web.Request, wanted: Tree, group_id: str) -> Deployment:
        deployment = self._engine.groups.replace(wanted, force=flag(request, "force"), about=ids.parent(group_id))
        self._engine.wake()
        return deployment
