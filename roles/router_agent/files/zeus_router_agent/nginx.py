# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives the plan's web apps to nginx, and finds out what every worker really serves."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical
from ansible_collections.zeus.paas.plugins.module_utils._routing import SCHEMA, Entry, Plan, Problem
from zeus_router_agent.unixhttp import NginxError, UnixHttp
from zeus_router_agent.world import World

log = logging.getLogger(__name__)

# How long (seconds) all workers may take to have a plan that nginx accepted.
WORKERS_DEADLINE = 3.0
POLL = 0.003


class NginxDriver:
    """One thread pushes; ``running`` may be read by others at any time."""

    def __init__(self, world: World, http: UnixHttp) -> None:
        self._world = world
        self._http = http
        self._seen = -1
        self._known: dict[str, Entry] = {}  # by digest: what this agent has ever given and still may run
        self._pushed = ""
        self._looked = 0.0
        self._lock = threading.Lock()
        self.running: Mapping[str, Entry] = {}
        self.status: Mapping[str, Any] = {}
        self.problem = "not asked yet"

    def turn(self) -> None:
        """Push a new plan at once; without one, look every second whether nginx still has it (it may have been restarted)."""
        self._seen = self._world.wait(self._seen, 1.0)
        state = self._world.state
        if self._world.stopping.is_set() or not state.ready:
            return
        with self._lock:
            if state.plan.digest != self._pushed:
                self._push(state.plan)
            elif time.monotonic() - self._looked >= 1.0:
                self._look(state.plan)

    def failed(self, problem: str) -> None:
        """nginx cannot be asked: what it runs is as unknown as it was known before; traffic goes on with what it has."""
        self.problem = problem
        self._pushed = ""
        self._world.set_problems("nginx", [Problem("nginx", "nginx", problem)])

    def _push(self, plan: Plan) -> None:
        web = plan.of_kind("web")
        index = {key: entry.digest for key, entry in web.items()}
        have = self.status.get("apps") or {}
        answer = self._put(plan, index, [key for key, digest in index.items() if have.get(key) != digest])
        missing = [key for key in answer.get("missing") or () if key in index]
        if missing:
            answer = self._put(plan, index, missing)
        self._known.update({entry.digest: entry for entry in web.values()})
        self._await_workers(plan, int(answer["generation"]))
        self._pushed = plan.digest

    def _put(self, plan: Plan, index: Mapping[str, str], keys: list[str]) -> Mapping[str, Any]:
        # Put together from the entries' own canonical text: what was digested is what is sent, and big rules are not encoded twice.
        apps = ",".join(f"{canonical(key)}:{plan.apps[key].text}" for key in keys)
        body = f'{{"schema":{SCHEMA},"digest":"{plan.digest}","index":{canonical(dict(index))},"apps":{{{apps}}}}}'
        _status, answer = self._http.call("PUT", "/plan", body)
        if not isinstance(answer, Mapping) or not isinstance(answer.get("generation"), int):
            raise NginxError(f"nginx: PUT /plan: the answer has no generation: {str(answer)[:200]}")
        return answer

    def _await_workers(self, plan: Plan, generation: int) -> None:
        end = time.monotonic() + WORKERS_DEADLINE
        while True:
            status = self._status()
            behind = [worker for worker in status.get("workers") or () if int(worker.get("generation") or 0) < generation]
            if status.get("workers") and not behind:
                return self._take(plan, status)
            if time.monotonic() > end:
                ids = ", ".join(str(worker.get("pid")) for worker in behind) or "all"
                raise NginxError(f"nginx: workers {ids} have not taken generation {generation} within {WORKERS_DEADLINE:g} s")
            time.sleep(POLL)

    def _look(self, plan: Plan) -> None:
        status = self._status()
        wanted = {key: entry.digest for key, entry in plan.of_kind("web").items()}
        have = status.get("apps") or {}
        rejected = [key for key in status.get("rejected") or {} if key in wanted]
        generations = {int(worker.get("generation") or 0) for worker in status.get("workers") or ()}
        if {**have, **{key: wanted[key] for key in rejected}} != wanted or generations != {status.get("generation")}:
            log.info("nginx has not the plan that it was given (restarted?): giving it again")
            self.status = status
            self._push(plan)
            return
        self._take(plan, status)

    def _status(self) -> Mapping[str, Any]:
        _code, status = self._http.call("GET", "/status")
        if not isinstance(status, Mapping):
            raise NginxError("nginx: GET /status: the answer is no object")
        self._looked = time.monotonic()
        return status

    def _take(self, plan: Plan, status: Mapping[str, Any]) -> None:
        """All workers have the same: this is what runs."""
        have: Mapping[str, str] = status.get("apps") or {}
        by_digest = {**self._known, **{entry.digest: entry for entry in plan.apps.values()}}
        # A worker that lacks an app's snippet goes on with that app's entry of before.
        lacking = {key: str(where) for worker in status.get("workers") or () for key, where in (worker.get("lacking") or {}).items()}
        running = {key: by_digest[digest] for key, digest in have.items() if digest in by_digest and key not in lacking}
        running.update({key: self.running[key] for key in lacking if key in self.running})
        self._known = {entry.digest: entry for entry in (*running.values(), *plan.of_kind("web").values())}
        if running != self.running or any(running[key] is not self.running.get(key) for key in running):
            self.running = running
        self.status = status
        self.problem = ""
        rejected: Mapping[str, Any] = status.get("rejected") or {}
        problems = [Problem("nginx", key, f"nginx does not take this app and keeps what it had: {why}") for key, why in rejected.items()]
        problems += [Problem("nginx", key, f"nginx has not loaded the app's snippet ({where})") for key, where in lacking.items()]
        self._world.set_problems("nginx", problems)


class NginxQuestions:
    """What the API asks of nginx; a connection per question, from any thread."""

    def __init__(self, path: str) -> None:
        self._path = path

    def ask(self, method: str, path: str, body: Any = None, *, ok: tuple[int, ...] = (200,)) -> tuple[int, Any]:
        http = UnixHttp(self._path)
        try:
            return http.call(method, path, None if body is None else canonical(body), ok=ok)
        finally:
            http.close()

    def inflight(self) -> dict[str, int]:
        """``address:port`` → open requests."""
        _status, answer = self.ask("GET", "/inflight")
        return {str(peer): int(count) for peer, count in (answer or {}).items()}
