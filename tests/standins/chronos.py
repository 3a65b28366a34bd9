# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Chronos 3.0: elected through ZooKeeper, where its jobs lie too; jobs by schedule, by hand or after their parents, run on the agents.

Behaviour from its sources as read (unknown jobs are a 400, a POST replaces, the schedule advances); not verified against a running one.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import logging
import os
import re
import socket
import sys
import time
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
from aiohttp import web
from kazoo.exceptions import NoNodeError

from . import flags, group
from .framework import Framework, principal
from .wire import Message

_log = logging.getLogger("chronos")
_SCHEDULE = re.compile(r"(R[0-9]*)/(.*)/(P.*)")
_PERIOD = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_NAME = re.compile(r"[\w.-]+")
_DEFAULTS: dict[str, Any] = {"command": "", "shell": True, "retries": 2, "cpus": 0.1, "mem": 128.0, "disk": 256.0, "disabled": False}
_DEFAULTS |= {"concurrent": False, "highPriority": False, "softError": False, "maxCompletionTime": 0, "arguments": []}
_DEFAULTS |= {
    "environmentVariables": [],
    "fetch": [],
    "constraints": [],
    "successCount": 0,
    "errorCount": 0,
    "lastSuccess": "",
    "lastError": "",
}
_DEFAULTS |= {"errorsSinceLastSuccess": 0}
Job = dict[str, Any]


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    logging.basicConfig(level=logging.INFO, format="[%(asctime)s] %(levelname)s %(message)s (%(name)s)", stream=sys.stderr)
    try:
        values = flags.scallop("chronos", "", arguments, environ)
    except flags.FlagError as error:
        print(f"[scallop] Error: {error}", file=sys.stderr)
        return 1
    asyncio.run(Chronos(values).run())
    return 0


class BadRequest(Exception):
    """Chronos' 400."""


def schedule_of(text: str) -> tuple[int | None, float, float]:
    """(runs left or None for ever, next start, seconds between)."""
    found = _SCHEDULE.fullmatch(text)
    period = _PERIOD.fullmatch(found[3]) if found else None
    if found is None or period is None:
        raise BadRequest(f"Could not parse schedule: {text}")
    days, hours, minutes, seconds = (int(one or 0) for one in period.groups())
    every = days * 86400 + hours * 3600 + minutes * 60 + seconds
    if not every:
        raise BadRequest(f"Could not parse schedule: {text}")
    try:
        start = datetime.datetime.fromisoformat(found[2]).timestamp() if found[2] else time.time() - 1
    except ValueError:
        raise BadRequest(f"Could not parse schedule: {text}") from None
    return int(found[1][1:]) if found[1] != "R" else None, start, float(every)


def advanced(text: str, now: float) -> str:
    """The schedule after a run: starts that were missed are skipped, not made up for."""
    left, start, every = schedule_of(text)
    skipped = max(1, int((now - start) // every) + 1)
    stamp = datetime.datetime.fromtimestamp(start + skipped * every, datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
    return f"R{'' if left is None else max(0, left - 1)}/{stamp}/{text.rpartition('/')[2]}"


class Chronos:
    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = values
        self._hostname = values["hostname"] or socket.getfqdn()
        self._address = f"{self._hostname}:{values['http_port']}"
        self._url = group.Url(values["zk_hosts"].removeprefix("zk://"), values["zk_path"], values["zk_auth"])
        self._me = {"leader": self._address, "process": uuid.uuid4().hex}
        self._leader: str | None = None
        self._leading = self._ready = False
        self._jobs: dict[str, Job] = {}
        self._agents: list[dict[str, Any]] = []
        self._running: dict[str, tuple[str, str]] = {}

    async def run(self) -> None:
        values = self._values
        self._zookeeper = group.ZooKeeper(self._url, values["zk_timeout"] / 1000, self._lost)
        async with aiohttp.ClientSession() as self._session:
            runner = web.AppRunner(self._application(), access_log=None)
            await runner.setup()
            await web.TCPSite(runner, values["http_address"] or "0.0.0.0", values["http_port"], shutdown_timeout=1.0).start()
            folder = f"{self._url.path.rpartition('/')[0]}/candidate"
            await group.Group(self._zookeeper, folder, "latch-", self._me, self._elected).run()

    def _lost(self) -> None:
        if self._leading:
            os._exit(1)

    def _elected(self, members: list[dict[str, Any]]) -> None:
        self._leader = members[0]["leader"] if members else None
        # Not by its address alone: the node of the process before it, at the same address, stays until its session has ended.
        if members and members[0] == self._me and not self._leading:
            self._leading = True
            self._work = asyncio.get_running_loop().create_task(self._lead())

    async def _lead(self) -> None:
        values, client = self._values, self._zookeeper.client
        try:
            kept = json.loads((await asyncio.to_thread(client.get, self._url.path))[0] or b"{}")
        except NoNodeError:
            await asyncio.to_thread(client.ensure_path, self._url.path)
            kept = {}
        self._jobs = kept.get("jobs", {})
        info: dict[str, Any] = {"name": values["mesos_framework_name"], "hostname": self._hostname, "user": values["user"]}
        info |= {"webui_url": values["webui_url"] or f"http://{self._address}", "failover_timeout": float(values["failover_timeout"])}
        info |= principal(values) | ({"id": kept["framework"]} if "framework" in kept else {})
        self._framework = Framework(info, values["mesos_authentication_secret_file"], values["master"], self._hear)
        self._ready = True
        await asyncio.gather(self._framework.run(self._session), self._follow_schedules())

    def _save(self) -> None:
        kept = {"jobs": self._jobs} | ({"framework": self._framework.info["id"]} if "id" in self._framework.info else {})
        self._zookeeper.client.set(self._url.path, json.dumps(kept).encode())

    # Running.

    async def _follow_schedules(self) -> None:
        while True:
            await asyncio.sleep(0.2)
            for job in list(self._jobs.values()):
                if "schedule" not in job or job["disabled"]:
                    continue
                left, start, _every = schedule_of(job["schedule"])
                if left != 0 and start <= time.time() and self._start(job):
                    job["schedule"] = advanced(job["schedule"], time.time())
                    self._save()

    def _start(self, job: Job, attempt: int = 0) -> bool:
        """On the first agent with all the job asks for; False if there is none now."""
        if not job["concurrent"] and any(name == job["name"] for name, _agent in self._running.values()):
            return True
        wanted = {name: value for name, operator, value in job["constraints"] if operator == "EQUALS"}
        for agent in self._agents:
            attributes = {name: value for name, _kind, value in agent["info"]["attributes"]} | {"hostname": agent["info"]["hostname"]}
            if agent["state"] == "active" and all(attributes.get(name) == value for name, value in wanted.items()):
                task_id = f"ct:{int(time.time() * 1000)}:{attempt}:{job['name']}:"
                env = {one["name"]: str(one["value"]) for one in job["environmentVariables"]}
                definition: dict[str, Any] = {"id": f"/{job['name']}", "user": job.get("runAsUser") or self._values["user"], "role": "*"}
                definition |= {name: job[name] for name in ("cpus", "mem", "disk")}
                definition |= {"cmd": job["command"]} if job["shell"] else {"args": [job["command"], *job["arguments"]]}
                launch = {"task_id": task_id, "container_id": str(uuid.uuid4()), "definition": definition, "env": env, "ports": []}
                if self._framework.send("launch", agent["id"], launch=launch):
                    self._running[task_id] = (job["name"], agent["id"])
                    return True
        return False

    def _hear(self, kind: str, message: Message) -> None:
        if kind == "subscribed":
            self._save()
        elif kind == "error":
            _log.error("the master: %s", message["message"])
            os._exit(1)
        elif kind == "agents":
            self._agents = [one for one in message["agents"] if one["info"]]
        elif kind == "dropped":
            self._ended(message["task_id"], well=False)
        elif kind == "tasks":
            for task in message["tasks"]:
                self._task(task, message["agent_id"])
        elif kind == "task":
            self._task(message["task"], message["agent_id"])

    def _task(self, task: dict[str, Any], agent_id: str) -> None:
        self._running.setdefault(task["task_id"], (task["task_id"].split(":")[3], agent_id))
        if task["ended"]:
            self._framework.send("forget", agent_id, task_id=task["task_id"], sandbox=True)
            self._ended(task["task_id"], well=task["state"] == "TASK_FINISHED")

    def _ended(self, task_id: str, *, well: bool) -> None:
        name, _agent = self._running.pop(task_id, ("", ""))
        job = self._jobs.get(name)
        if job is None:
            return
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        if well:
            job |= {"successCount": job["successCount"] + 1, "lastSuccess": now, "errorsSinceLastSuccess": 0}
            self._succeeded(name)
        else:
            job |= {"errorCount": job["errorCount"] + 1, "lastError": now, "errorsSinceLastSuccess": job["errorsSinceLastSuccess"] + 1}
            attempt = int(task_id.split(":")[2])
            if attempt < job["retries"]:
                self._start(job, attempt + 1)
        self._save()

    def _succeeded(self, name: str) -> None:
        for job in self._jobs.values():
            if name in job.get("parents", ()) and not job["disabled"]:
                self._start(job)

    # HTTP.

    def _application(self) -> web.Application:
        app = web.Application(middlewares=[self._guard])
        app.add_routes([web.get("/ping", self._ping)])
        for base in ("/v1/scheduler", "/scheduler"):
            app.add_routes(
                [
                    web.get(f"{base}/leader", self._leader_is),
                    web.get(f"{base}/jobs", self._list),
                    web.get(f"{base}/jobs/summary", self._summary),
                    web.get(f"{base}/job/{{name}}", self._show),
                    web.put(f"{base}/job/{{name}}", self._run_now),
                    web.delete(f"{base}/job/{{name}}", self._delete),
                    web.put(f"{base}/job/success/{{name}}", self._mark),
                    web.post(f"{base}/iso8601", self._create),
                    web.post(f"{base}/dependency", self._create),
                    web.delete(f"{base}/task/kill/{{name}}", self._kill),
                    web.get(f"{base}/graph/csv", self._graph),
                ]
            )
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Any) -> web.StreamResponse:
        given = self._values["http_credentials"]
        if given and request.path != "/ping" and request.headers.get("Authorization") != aiohttp.BasicAuth(*given.split(":", 1)).encode():
            return web.Response(status=401, headers={"WWW-Authenticate": f'Basic realm="{self._values["http_realm"]}"'})
        if request.path != "/ping" and not request.path.endswith("/leader") and not self._ready:
            if self._leader is None or self._leader == self._address:
                return web.Response(status=503)
            return web.Response(status=307, headers={"Location": f"http://{self._leader}{request.rel_url}"})
        try:
            return await handler(request)  # type: ignore[no-any-return]
        except BadRequest as error:
            return web.json_response({"status": "Bad Request", "message": str(error)}, status=400)

    def _job(self, request: web.Request) -> Job:
        name = request.match_info["name"]
        if name not in self._jobs:
            raise BadRequest(f"Job '{name}' not found")
        return self._jobs[name]

    async def _ping(self, request: web.Request) -> web.Response:
        return web.Response(text="pong")

    async def _leader_is(self, request: web.Request) -> web.Response:
        return web.json_response({"leader": self._leader or ""})

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response(list(self._jobs.values()))

    def _state(self, job: Job) -> tuple[str, str]:
        status = "fresh" if not job["successCount"] + job["errorCount"] else "failure" if job["errorsSinceLastSuccess"] else "success"
        return status, "1 running" if any(name == job["name"] for name, _agent in self._running.values()) else "idle"

    async def _summary(self, request: web.Request) -> web.Response:
        shown = []
        for job in self._jobs.values():
            status, state = self._state(job)
            found = {
                "name": job["name"],
                "status": status,
                "state": state,
                "schedule": job.get("schedule", ""),
                "parents": job.get("parents", []),
            }
            shown.append(found | {"disabled": job["disabled"]})
        return web.json_response({"jobs": shown})

    async def _show(self, request: web.Request) -> web.Response:
        return web.json_response(self._job(request))

    async def _run_now(self, request: web.Request) -> web.Response:
        if not self._start(self._job(request)):
            return web.Response(status=503)
        return web.Response(status=204)

    async def _delete(self, request: web.Request) -> web.Response:
        del self._jobs[self._job(request)["name"]]
        self._save()
        return web.Response(status=204)

    async def _mark(self, request: web.Request) -> web.Response:
        job = self._job(request)
        job["successCount"] += 1
        self._succeeded(job["name"])
        self._save()
        return web.Response(text=f"marked job {job['name']} as successful: true")

    async def _create(self, request: web.Request) -> web.Response:
        try:
            given = await request.json()
        except ValueError as error:
            raise BadRequest(str(error)) from None
        name = given.get("name", "") if isinstance(given, dict) else ""
        if not _NAME.fullmatch(name):
            raise BadRequest(f"the job's name is invalid: '{name}'")
        before = self._jobs.get(name, {})
        counts = ("successCount", "errorCount", "lastSuccess", "lastError", "errorsSinceLastSuccess")
        job: Job = _DEFAULTS | given | {key: before[key] for key in counts if key in before}
        if request.path.endswith("/dependency"):
            if not job.get("parents"):
                return web.json_response({"status": "Bad Request", "message": "no parents"}, status=400 if before else 500)
            if missing := [one for one in job["parents"] if one not in self._jobs]:
                raise BadRequest(f"parents do not exist: {', '.join(missing)}")
        else:
            job.setdefault("schedule", f"R1/{datetime.datetime.now(datetime.UTC).isoformat()}/PT24H")
            schedule_of(job["schedule"])
        self._jobs[name] = job
        self._save()
        return web.Response(status=204)

    async def _kill(self, request: web.Request) -> web.Response:
        name = self._job(request)["name"]
        for task_id, (owner, agent_id) in self._running.items():
            if owner == name:
                self._framework.send("terminate", agent_id, task_id=task_id)
        return web.Response(status=204)

    async def _graph(self, request: web.Request) -> web.Response:
        lines = [f"node,{job['name']},{self._state(job)[0]},{self._state(job)[1].rpartition(' ')[2]}" for job in self._jobs.values()]
        lines += [f"link,{parent},{job['name']}" for job in self._jobs.values() for parent in job.get("parents", ())]
        return web.Response(text="".join(line + "\n" for line in lines))
