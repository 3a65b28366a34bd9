# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in for Chronos 3, made from the public document of its API; no real one was looked at.

Its oddities are kept: an unknown job is 400, errors carry a stack trace, a dependent job without parents is 500, ``epsilon`` and ``async``
are forgotten, and the children of a deleted job are given away.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote

from .server import Answer, Request, as_json

SCHEDULE = re.compile(r"(R[0-9]*)/(.*)/(P.*)")
DEFAULTS: dict[str, Any] = {
    "command": "", "shell": True, "retries": 2, "cpus": 0.1, "mem": 128.0, "disk": 256.0, "disabled": False, "concurrent": False,
    "runAsUser": "root", "arguments": [], "environmentVariables": [], "fetch": [], "constraints": [], "owner": "", "ownerName": "",
    "description": "", "executor": "", "executorFlags": "", "highPriority": False, "softError": False, "maxCompletionTime": 0,
}  # fmt: skip
FORGOTTEN = ("epsilon", "async")


class Chronos:
    """``Server(Chronos().answer)``; what is there stands in ``jobs``, what was run at once in ``runs``, what was killed in ``killed``."""

    def __init__(self, leader: str = "10.1.0.11:4400") -> None:
        self.leader = leader
        self.jobs: dict[str, dict[str, Any]] = {}
        self.runs: list[str] = []
        self.killed: list[str] = []

    def answer(self, request: Request) -> Answer:
        path = request.path.removeprefix("/v1/scheduler")
        if (request.method, path) == ("GET", "/leader"):
            return as_json({"leader": self.leader})
        if (request.method, path) == ("GET", "/jobs"):
            return as_json(list(self.jobs.values()))
        if request.method == "POST" and path in ("/iso8601", "/dependency"):
            return self._put(request.json, dependent=path == "/dependency")
        if request.method in ("PUT", "DELETE"):
            return self._one(request.method, path)
        return _refused("Not Found", 404)

    def _put(self, job: dict[str, Any], *, dependent: bool) -> Answer:
        name = job.get("name", "")
        if name not in self.jobs and not re.fullmatch(r"[\w.-]+", name):
            return _refused(f"the job's name is invalid: {name}")
        if dependent and not job.get("parents"):
            return _refused("no parents", 400 if name in self.jobs else 500)
        if dependent and any(parent not in self.jobs for parent in job["parents"]):
            return _refused(f"a parent of {name} was not found")
        if not dependent and not SCHEDULE.fullmatch(str(job.get("schedule", ""))):
            return _refused(f"the schedule cannot be parsed: {job.get('schedule')}")
        kept = {key: value for key, value in job.items() if key not in FORGOTTEN}
        counts = {"successCount": 0, "errorCount": 0, "errorsSinceLastSuccess": 0, "lastSuccess": "", "lastError": ""}
        self.jobs[name] = {**DEFAULTS, **kept, **counts}
        return Answer(204)

    def _one(self, method: str, path: str) -> Answer:
        name = unquote(path.rpartition("/")[2])
        if name not in self.jobs:
            return _refused(f"Job '{name}' not found")
        if path.startswith("/task/kill/"):
            self.killed.append(name)
        elif method == "PUT":
            self.runs.append(name)
        else:
            self._delete(name)
        return Answer(204)

    def _delete(self, name: str) -> None:
        gone = self.jobs.pop(name)
        for child in self.jobs.values():
            if name in child.get("parents", ()):
                left = [parent for parent in child["parents"] if parent != name] + gone.get("parents", [])
                if left:
                    child["parents"] = left
                else:
                    del child["parents"]
                    child["schedule"] = gone["schedule"]


def _refused(problem: str, status: int = 400) -> Answer:
    return as_json(
        {"status": "Bad Request", "message": f"java.lang.IllegalArgumentException: {problem}\n\tat org.apache.mesos.chronos"}, status
    )
