# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The two sides that a rollout keeps together: Marathon, which runs tasks, and the routers, which must have heard of them.

What is known after each step is one of three: it is so, it is not so, or nobody could be asked. The last is never taken for the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, progress_of, routed, serving, settled, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import comparable

#: A confirmation is asked anew this often with the tasks of that moment (seconds): one may have died and been replaced meanwhile.
SLICE = 12.0
#: What routers get at least to answer, when the instances took nearly the whole time (seconds).
LAST_CHANCE = 12.0
EVERY = 0.25
#: An app without health checks counts as ready when its tasks have been the same for this long (seconds): a program that ends at once is
#: seen as running for a moment.
STEADY = 2.0


class Confirmation(Protocol):
    """Router addresses: have it, answered without it, could not be asked."""

    @property
    def confirmed(self) -> tuple[str, ...]:
        """Those that have it."""

    @property
    def refused(self) -> tuple[str, ...]:
        """Those that answered without it."""

    @property
    def behind(self) -> tuple[str, ...]:
        """Those that could not be asked."""

    @property
    def reasons(self) -> Mapping[str, str]:
        """Router address → why."""


class RouterSet(Protocol):
    """What a rollout needs of the routers (``_router.Routers``)."""

    @property
    def urls(self) -> Mapping[str, Sequence[str]]:
        """Virtual cluster → the addresses of its routers."""

    def confirm(self, vcluster: str, expected: Mapping[str, Collection[str]], deadline: Deadline) -> Confirmation:
        """Wait until their plans have exactly the expected tasks: app key → task ids."""

    def drain(self, vcluster: str, tasks: Collection[str], deadline: Deadline, *, ttl: float) -> Confirmation:
        """Mark tasks as draining, for ``ttl`` seconds, and wait until nothing of theirs is open."""

    def undrain(self, vcluster: str, tasks: Collection[str]) -> Any:
        """Take the marks back."""


class NotSettledError(ZeusError):
    """By the deadline the instances were not healthy."""


class SupersededError(ZeusError):
    """Somebody else changed the app meanwhile."""


class NotConfirmedError(ZeusError):
    """By the deadline a router that answers was without the tasks; ``details['refused']``."""


class UnknownError(ZeusError):
    """Nobody could be asked; ``details['behind']`` if these are routers."""


@dataclass
class Site:
    """One datacenter's Marathon and routers, and what was noticed on the way."""

    marathon: Marathon
    routers: RouterSet | None
    progress: Callable[[str], Any]
    #: Routers that could not be reached for a while; the rest went on without them.
    behind: set[str] = field(default_factory=set)

    def carries(self, app: App) -> bool:
        """Do routers carry this app, and do we know their addresses?"""
        return self.routers is not None and routed(app) and bool(self.routers.urls.get(vcluster_of(app) or ""))

    def settle(self, wanted: Mapping[str, App | None], deployments: Collection[str], deadline: Deadline) -> dict[str, App]:
        """Wait until these deployments have ended and every app is as wanted (comparable form; None: gone) and healthy.

        A Marathon that is away for a while (failover, restart) is waited for.

        :raises NotSettledError: not by the deadline.
        :raises SupersededError: the deployments are over, but an app is another than wanted.
        :raises UnknownError: Marathon was away at the deadline.
        """
        told = ""
        steady = _Steady()
        while True:
            last = deadline.passed
            try:
                running = {str(d.get("id")) for d in self.marathon.deployments()}
                apps: dict[str, App] = {str(app["id"]): app for app in self.marathon.apps(ids=sorted(wanted))}
            except (AwayError, ApiError) as error:
                if isinstance(error, ApiError) and (error.status or 0) < 500:
                    raise
                if last:
                    raise UnknownError(f"{error.message}; what became of the change is unknown") from error
            else:
                over = not running & set(deployments)
                if over:
                    self._refuse_others(wanted, apps)
                pending = [
                    i for i, w in wanted.items() if (not steady.ready(apps.get(i), deadline.elapsed()) if w is not None else i in apps)
                ]
                if over and not pending:
                    return apps
                line = "; ".join(progress_of(apps[i]) if i in apps else f"{i}: not there yet" for i in pending)
                if line and line != told:
                    self.progress(line)
                    told = line
                if last:
                    raise NotSettledError(
                        f"not ready within {deadline.seconds:g} s: {line or 'the deployment has not ended'}", pending=pending
                    )
            deadline.pause(EVERY)

    def confirm(self, apps: Mapping[str, App], gone: Mapping[str, App], deadline: Deadline) -> None:
        """Wait until every router has exactly the serving tasks of ``apps``, and none of ``gone``.

        :raises NotConfirmedError: a router answers, and by the deadline still without them.
        :raises UnknownError: no router of a virtual cluster could be reached.
        """
        if self.routers is None:
            return
        clusters: dict[str, list[str]] = defaultdict(list)
        for id_, app in {**apps, **gone}.items():
            if self.carries(app):
                clusters[vcluster_of(app) or ""].append(id_)
        deadline = deadline.at_least(LAST_CHANCE)
        for vcluster, ids in sorted(clusters.items()):
            self.progress(f"the routers of {vcluster} are asked for {len(ids)} app{'s' if len(ids) > 1 else ''}")
            self._confirm_cluster(self.routers, vcluster, ids, apps, deadline)

    def _confirm_cluster(self, routers: RouterSet, vcluster: str, ids: Sequence[str], apps: Mapping[str, App], deadline: Deadline) -> None:
        while True:
            expected = {id_: serving(apps[id_]) if id_ in apps else [] for id_ in ids}
            answer = routers.confirm(vcluster, expected, deadline.within(SLICE))
            if not answer.refused:
                break
            if deadline.passed:
                raise NotConfirmedError(
                    f"the routers of {vcluster} did not take the running tasks by the deadline: {_why(answer, answer.refused)}",
                    refused=list(answer.refused),
                    behind=list(answer.behind),
                )
            try:
                apps = {**apps, **{str(app["id"]): app for app in self.marathon.apps(ids=[i for i in ids if i in apps])}}
            except AwayError:
                continue  # the tasks that we know are still the best question
        self._note_behind(vcluster, answer)

    def drain(self, apps: Mapping[str, App], tasks: Mapping[str, Sequence[str]], deadline: Deadline) -> None:
        """Take these tasks (app id → ids) out of every router, and wait until their requests have ended.

        Requests that are still open after the deadline do not hold it up; a router that keeps a task in its plan does.

        :raises NotConfirmedError: that is so.
        :raises UnknownError: no router of a virtual cluster could be reached.

        In each case the marks are taken back, those of other virtual clusters, too.
        """
        if self.routers is None:
            return
        clusters: dict[str, list[str]] = defaultdict(list)
        for id_, ids in tasks.items():
            if self.carries(apps[id_]):
                clusters[vcluster_of(apps[id_]) or ""].extend(ids)
        marked: list[tuple[str, list[str]]] = []
        try:
            for vcluster, ids in sorted(clusters.items()):
                if not ids:
                    continue
                self.progress(f"the routers of {vcluster} drain {len(ids)} task{'s' if len(ids) > 1 else ''}")
                marked.append((vcluster, ids))
                answer = self.routers.drain(vcluster, ids, deadline, ttl=deadline.left() + 60)
                if answer.refused:
                    raise NotConfirmedError(
                        f"the routers of {vcluster} did not let go of the tasks by the deadline, so none was killed: "
                        f"{_why(answer, answer.refused)}",
                        refused=list(answer.refused),
                        behind=list(answer.behind),
                    )
                self._note_behind(vcluster, answer)
        except ZeusError:
            for vcluster, ids in marked:
                with suppress(ZeusError):  # the marks end by themselves
                    self.routers.undrain(vcluster, ids)
            raise

    def undrain(self, app: App, tasks: Sequence[str]) -> None:
        """Take the marks back, after a kill that did not happen; they would end by themselves."""
        if self.routers is not None and self.carries(app) and tasks:
            self.routers.undrain(vcluster_of(app) or "", tasks)

    def _note_behind(self, vcluster: str, answer: Confirmation) -> None:
        if answer.behind and not answer.confirmed:
            raise UnknownError(f"no router of {vcluster} could be reached: {_why(answer, answer.behind)}", behind=list(answer.behind))
        for url in answer.behind:
            self.progress(f"the router {url} of {vcluster} cannot be reached: it is behind")
        self.behind.update(answer.behind)

    @staticmethod
    def _refuse_others(wanted: Mapping[str, App | None], apps: Mapping[str, App]) -> None:
        for id_, definition in wanted.items():
            if definition is None:
                continue
            if id_ not in apps:
                raise SupersededError(f"{id_} was deleted by somebody else meanwhile")
            now = comparable(apps[id_], apps[id_])
            # Ports that the server assigns are unknown before the first answer.
            if comparable(definition, apps[id_]) != now:
                raise SupersededError(
                    f"{id_} was changed, or its deployment cancelled, by somebody else meanwhile; it is left as it is now"
                )


class _Steady:
    """Since when each app has had the tasks that it has."""

    def __init__(self) -> None:
        self._seen: dict[str, tuple[list[str], float]] = {}

    def ready(self, app: App | None, now: float) -> bool:
        if app is None or not settled(app):
            return False
        tasks = serving(app)
        if not tasks or app.get("healthChecks"):
            return True
        before, since = self._seen.setdefault(str(app["id"]), (tasks, now))
        if before != tasks:
            self._seen[str(app["id"])] = (tasks, now)
            return False
        return now - since >= STEADY


def _why(answer: Confirmation, urls: Sequence[str]) -> str:
    return "; ".join(f"{url}: {answer.reasons.get(url, 'no reason known')}" for url in urls)
