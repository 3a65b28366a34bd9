# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The routers of a datacenter, asked through their agents' API (docs/design.md, 6): what they serve, and whether they have heard."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeVar

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient, HttpOptions

# A router that nobody can reach for this long (seconds) is behind: it is named, and not waited for.
UNREACHABLE_AFTER = 10.0
EVERY = 0.05

T = TypeVar("T")


@dataclass(frozen=True)
class Confirmation:
    """How the routers of one virtual cluster answered, as URLs.

    ``confirmed``: serves what was expected; ``refused``: answers, but did not get there by the deadline; ``behind``: cannot be reached.
    ``reasons``: URL → what is known of those that did not confirm.
    """

    confirmed: tuple[str, ...]
    refused: tuple[str, ...]
    behind: tuple[str, ...]
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        return not self.refused and not self.behind

    def describe(self) -> str:
        """One line for people; empty when all confirmed."""
        parts = [f"{url} did not confirm ({self.reasons.get(url, 'no reason known')})" for url in self.refused]
        parts += [f"{url} is behind ({self.reasons.get(url, 'unreachable')})" for url in self.behind]
        return "; ".join(parts)


# Router URL → what it said, or why it said nothing: one that is away must not hide the others.
Answers: TypeAlias = "dict[str, Mapping[str, Any] | ZeusError]"


class Routers:
    """``urls``: virtual cluster → addresses of its routers' agents. A cluster that is not in it has none: all is confirmed at once."""

    def __init__(self, urls: Mapping[str, Sequence[str]], options: HttpOptions | None = None) -> None:
        options = options or HttpOptions()
        # One request here is one try: the waiting loops know how long a router may be silent.
        self._options = replace(options, rounds=1, connect_timeout=min(options.connect_timeout, 2.0), timeout=min(options.timeout, 5.0))
        self.urls: Mapping[str, Sequence[str]] = {
            vcluster: tuple(dict.fromkeys(url.rstrip("/") for url in given)) for vcluster, given in urls.items()
        }
        self._clients: dict[str, HttpClient] = {}

    def urls_of(self, vcluster: str) -> tuple[str, ...]:
        return tuple(self.urls.get(vcluster, ()))

    # -- waiting ------------------------------------------------------------------------------------------------------------------

    def confirm(self, vcluster: str, expected: Mapping[str, Collection[str]], deadline: Deadline) -> Confirmation:
        """Wait until every router serves exactly these tasks: Marathon app id → task ids (an empty collection: none)."""
        wanted = {_split(app_id): frozenset(tasks) for app_id, tasks in expected.items()}
        keys = sorted({key for key, _variant in wanted})

        def check(url: str) -> str:
            apps = self._plan(url, keys).get("apps") or {}
            for (key, variant), tasks in wanted.items():
                have = _tasks(apps.get(key), variant)
                if have != tasks:
                    return f"{key}/{variant}: {_differs(tasks, have)}"
            return ""

        return self._until(vcluster, check, deadline)

    def confirm_entries(
        self, vcluster: str, check: Callable[[Mapping[str, Any]], str], keys: Collection[str], deadline: Deadline
    ) -> Confirmation:
        """Wait until ``check`` finds nothing to complain about in every router's running entries of ``keys`` (app key → entry)."""
        return self._until(vcluster, lambda url: check(self._plan(url, sorted(keys)).get("apps") or {}), deadline)

    def confirm_status(self, vcluster: str, check: Callable[[Mapping[str, Any]], str], deadline: Deadline) -> Confirmation:
        """The same for every router's status."""
        return self._until(vcluster, lambda url: check(self._json(url, "GET", "/v1/status")), deadline)

    def drain(self, vcluster: str, tasks: Collection[str], deadline: Deadline, *, ttl: float) -> Confirmation:
        """Take these tasks out of service: confirmed is a router whose plan is without them.

        Their open requests are waited for until the deadline, but requests that are still open then are no refusal: some never end.
        The marks end by themselves after ``ttl`` seconds, so an interrupted run takes nothing out of service for ever.
        """
        ids = sorted(tasks)
        marked: set[str] = set()
        left: set[str] = set()

        def check(url: str) -> str:
            if url not in marked:
                self._json(url, "POST", "/v1/drain", json={"tasks": ids, "ttl": ttl})
                marked.add(url)
            running = _all_tasks(self._plan(url, None).get("apps") or {})
            still = sorted(running.intersection(ids))
            if still:
                left.discard(url)
                return f"still routes to {_some(still)}"
            left.add(url)
            marks = self._json(url, "GET", "/v1/drain").get("tasks") or {}
            lost = [task for task in ids if task not in marks]
            if lost:
                # The agent was replaced by one that knows nothing: mark again.
                marked.discard(url)
                return f"has no drain mark for {_some(lost)}"
            open_ = {task: int(marks[task].get("open") or 0) for task in ids}
            busy = [f"{task} ({count} open)" for task, count in open_.items() if count > 0]
            return f"waits for {_some(busy)}" if busy else ""

        answer = self._until(vcluster, check, deadline)
        refused = tuple(url for url in answer.refused if url not in left)
        confirmed = tuple(url for url in self.urls_of(vcluster) if url in answer.confirmed or (url in left and url not in answer.behind))
        return replace(answer, confirmed=confirmed, refused=refused)

    def undrain(self, vcluster: str, tasks: Collection[str]) -> Confirmation:
        """Take the marks back; tried once per router."""
        body = {"tasks": sorted(tasks)}

        def check(url: str) -> str:
            self._json(url, "DELETE", "/v1/drain", json=body)
            return ""

        return self._until(vcluster, check, Deadline(0))

    # -- asking once --------------------------------------------------------------------------------------------------------------

    def plans(self, vcluster: str) -> Answers:
        """Every router's running plan."""
        return self._ask(vcluster, lambda url: self._plan(url, None))

    def statuses(self, vcluster: str) -> Answers:
        return self._ask(vcluster, lambda url: self._json(url, "GET", "/v1/status"))

    def counters(self, vcluster: str) -> Answers:
        return self._ask(vcluster, lambda url: self._json(url, "GET", "/v1/counters"))

    def explain(self, vcluster: str, request: Mapping[str, Any]) -> Answers:
        """Which variant each router would choose for a request (host, path, method, headers, cookies, arguments, address)."""
        return self._ask(vcluster, lambda url: self._json(url, "POST", "/v1/explain", json=dict(request)))

    def sync(self, vcluster: str) -> Answers:
        """Tell every router to read Marathon and the store again now."""
        return self._ask(vcluster, lambda url: self._json(url, "POST", "/v1/sync"))

    def highest_stamp(self) -> tuple[int, int]:
        """The highest (epoch, counter) that any reachable router of any virtual cluster has taken from the store; (0, 0) if none has."""
        urls = [url for given in self.urls.values() for url in given]
        stamps = [(0, 0)]
        for answer in self._gather(urls, lambda url: self._json(url, "GET", "/v1/status")).values():
            store = {} if isinstance(answer, ZeusError) else answer.get("store") or {}
            stamps.append((int(store.get("epoch") or 0), int(store.get("counter") or 0)))
        return max(stamps)

    def highest_counter(self) -> int:
        return self.highest_stamp()[1]

    def close(self) -> None:
        for client in self._clients.values():
            client.close()
        self._clients.clear()

    # -- ground -------------------------------------------------------------------------------------------------------------------

    def _until(self, vcluster: str, check: Callable[[str], str], deadline: Deadline) -> Confirmation:
        """``check`` gives a reason why a router is not there yet, or an empty text."""
        confirmed: set[str] = set()
        behind: dict[str, str] = {}
        reasons: dict[str, str] = {}
        silent: dict[str, Deadline] = {}
        pending = list(self.urls_of(vcluster))
        while pending:
            last = deadline.passed
            for url, (problem, away) in self._check_all(pending, check).items():
                if not problem:
                    confirmed.add(url)
                    continue
                reasons[url] = problem
                if not away:
                    silent.pop(url, None)
                elif silent.setdefault(url, Deadline(UNREACHABLE_AFTER)).passed or last:
                    behind[url] = problem
            pending = [url for url in pending if url not in confirmed and url not in behind]
            if last or not pending:
                break
            deadline.pause(EVERY)
        urls = self.urls_of(vcluster)
        return Confirmation(
            confirmed=tuple(url for url in urls if url in confirmed),
            refused=tuple(pending),
            behind=tuple(url for url in urls if url in behind),
            reasons={url: reason for url, reason in reasons.items() if url not in confirmed},
        )

    def _check_all(self, urls: Sequence[str], check: Callable[[str], str]) -> dict[str, tuple[str, bool]]:
        def one(url: str) -> tuple[str, bool]:
            try:
                return check(url), False
            except AwayError as exc:
                return exc.message, True
            except ApiError as exc:
                if exc.status in (401, 403):
                    raise
                return exc.message, False

        return dict(zip(urls, self._parallel(urls, one), strict=True))

    def _ask(self, vcluster: str, function: Callable[[str], Mapping[str, Any]]) -> Answers:
        return self._gather(self.urls_of(vcluster), function)

    def _gather(self, urls: Sequence[str], function: Callable[[str], Mapping[str, Any]]) -> Answers:
        def one(url: str) -> Mapping[str, Any] | ZeusError:
            try:
                return function(url)
            except (AwayError, ApiError) as exc:
                return exc

        return dict(zip(urls, self._parallel(urls, one), strict=True))

    def _parallel(self, items: Sequence[Any], function: Callable[[Any], T]) -> list[T]:
        if len(items) <= 1:
            return [function(item) for item in items]
        with ThreadPoolExecutor(max_workers=min(16, len(items))) as pool:
            return list(pool.map(function, items))

    def _plan(self, url: str, keys: Sequence[str] | None) -> Mapping[str, Any]:
        return self._json(url, "GET", "/v1/plan", params=None if keys is None else [("app", key) for key in keys])

    def _json(self, url: str, method: str, path: str, *, json: Any = None, params: Any = None) -> Mapping[str, Any]:
        client = self._clients.get(url)
        if client is None:
            client = self._clients.setdefault(url, HttpClient("router agent", [url], self._options))
        data = client.request(method, path, json=json, params=params).json()
        if not isinstance(data, dict):
            raise ApiError("router agent", method, url + path, 200, "answered something else than an object")
        return data


def _split(app_id: str) -> tuple[str, str]:
    key, _unused, variant = app_id.rpartition("/")
    if key.count("/") != 3 or not variant:
        raise InputError("routers", app_id, "is no id of a routed app", "/<environment>/<project>/<app>/<variant>")
    return key, variant


def _tasks(entry: Mapping[str, Any] | None, variant: str) -> frozenset[str]:
    peers: Iterable[Mapping[str, Any]] = ((entry or {}).get("variants") or {}).get(variant, {}).get("peers") or ()
    return frozenset(str(peer["task"]) for peer in peers)


def _all_tasks(apps: Mapping[str, Any]) -> frozenset[str]:
    return frozenset().union(*(_tasks(entry, variant) for entry in apps.values() for variant in entry.get("variants") or ()))


def _differs(wanted: frozenset[str], have: frozenset[str]) -> str:
    parts = []
    if wanted - have:
        parts.append(f"lacks {_some(sorted(wanted - have))}")
    if have - wanted:
        parts.append(f"still has {_some(sorted(have - wanted))}")
    return ", ".join(parts)


def _some(items: Sequence[str], limit: int = 3) -> str:
    more = f" and {len(items) - limit} more" if len(items) > limit else ""
    return ", ".join(items[:limit]) + more
