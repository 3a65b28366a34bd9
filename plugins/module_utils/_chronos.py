# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Chronos's REST API (3.0), as far as the collection uses it. Jobs stay in Chronos's own JSON form.

Every method raises ``AwayError`` when nobody answers and ``ApiError`` when the answer is not what the API promises. Source: Chronos's own
document of the API, and its behaviour as its source shows it (an unknown job is answered with 400, never with 404).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient

Json = dict[str, Any]
_BASE = "/v1/scheduler"


class Chronos:
    """A Chronos; one that does not lead sends on to the one that does."""

    def __init__(self, http: HttpClient) -> None:
        self.http = http
        #: Asked before every write; raises if this run may not write any more.
        self.guard: Callable[[], Any] = lambda: None

    def jobs(self) -> list[Json]:
        """All jobs, in one request."""
        answer = self.http.request("GET", f"{_BASE}/jobs")
        body = answer.json()
        if not isinstance(body, list) or not all(isinstance(job, dict) and isinstance(job.get("name"), str) for job in body):
            raise ApiError(
                answer.service, "GET", answer.url, answer.status, "answered JSON, but no list of jobs: is this address a Chronos's?"
            )
        return body

    def put_job(self, job: Mapping[str, Any]) -> None:
        """Create a job, or replace the one of its name as a whole.

        It has a ``schedule`` or ``parents``. Neither is refused here: Chronos would run such a job once, at once.
        """
        if bool(job.get("schedule")) == bool(job.get("parents")):
            raise ValueError("a job has a schedule or parents")
        path = f"{_BASE}/dependency" if job.get("parents") else f"{_BASE}/iso8601"
        self._write("POST", path, json=dict(job))

    def delete_job(self, name: str) -> None:
        """Delete a job. Chronos gives its children to its parents, or its schedule to its children: delete them first."""
        self._write("DELETE", f"{_BASE}/job/{quote(name, safe='')}")

    def run_job(self, name: str) -> None:
        """Run a job now, besides its schedule."""
        self._write("PUT", f"{_BASE}/job/{quote(name, safe='')}")

    def kill_tasks(self, name: str) -> None:
        """Kill what runs of a job."""
        self._write("DELETE", f"{_BASE}/task/kill/{quote(name, safe='')}")

    def leader(self) -> str | None:
        """``host:port`` of the leader; None while there is none."""
        answer = self.http.request("GET", f"{_BASE}/leader")
        body = answer.json()
        if not isinstance(body, dict) or not isinstance(body.get("leader", ""), str):
            raise ApiError(answer.service, "GET", answer.url, answer.status, "answered JSON, but no leader: is this address a Chronos's?")
        return body.get("leader") or None

    def close(self) -> None:
        self.http.close()

    def _write(self, method: str, path: str, *, json: Any = None) -> None:
        self.guard()
        # Not sent again when no answer came: run twice, a PUT is two runs, and a DELETE that found nothing is an error.
        self.http.request(method, path, json=json, ok=(200, 204), retry=False)
