# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Rollouts that end: in batches, with a deadline, confirmed by the routers, or back at the version before.

Marathon alone waits for ever for instances that never become healthy, and knows nothing of routers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import App, complaints
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, RolloutError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import definition_of, scale_only
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change
from ansible_collections.zeus.paas.plugins.module_utils._rollout_remove import delete, shrink
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import (
    NotConfirmedError,
    NotSettledError,
    RouterSet,
    Site,
    SupersededError,
    UnknownError,
)

#: Apps in one deployment: a batch that fails goes back as a whole, and locks no more than these.
BATCH = 20
#: What going back may take at least, in seconds, however short the rollout's own deadline was.
ROLLBACK_SECONDS = 60.0
#: How long routers are asked whether they have gone back too: by then the tasks run, and nothing is left to decide.
ROLLBACK_CONFIRM_SECONDS = 20.0
#: How many reasons are told per app.
REASONS = 3


def rollout(
    marathon: Marathon,
    routers: RouterSet | None,
    changes: Sequence[Change],
    *,
    deadline: Deadline,
    force: bool = False,
    rollback: bool = True,
    wait: bool = True,
    progress: Progress = unheard,
) -> Mapping[str, Any]:
    """Make these changes true, one batch after the other, stopping at the first that fails.

    Creations and updates come first, by ``PUT /v2/apps`` with full definitions, in batches of at most 20; then pure scaling down, routers
    first; then deletions, routers first. A batch has succeeded when its deployment has ended, every instance is healthy, and every router
    of its virtual clusters has exactly the running tasks. Batches that succeeded stay when a later one fails.

    With ``wait=False`` changes are only sent: nothing is drained, waited for, confirmed or rolled back.

    Returns ``{"deployments": [ids], "done": [app ids], "behind": []}``.

    :raises LockedError: before anything was done, when a deployment holds an app and ``force`` is false.
    :raises RolloutError: in all other cases in which not everything is as wanted and confirmed; its details say what is.
    :raises AwayError: Marathon could not be reached, before anything was done.
    """
    run = _Run(Site(marathon, routers, progress), [c.id for c in changes], deadline, force, rollback)
    if not wait:
        return run.only_send(changes)
    writes = [c for c in changes if c.wanted is not None and not _shrinks(c)]
    for c in changes:
        if c.wanted is not None and c.current is not None and not _shrinks(c) and c.wanted.get("instances", 1) == 0:
            # Marathon would kill everything at once; so the instances go by the gentle way first.
            run.step([c.id], partial(shrink, run.site, c.id, 0, deadline, force=force), counts=False)
    batches = [writes[i : i + BATCH] for i in range(0, len(writes), BATCH)]
    for number, batch in enumerate(batches, 1):
        progress(f"batch {number} of {len(batches)}: {', '.join(c.id for c in batch)}")
        run.batch(batch)
    for c in changes:
        if c.wanted is not None and _shrinks(c):
            run.step([c.id], partial(shrink, run.site, c.id, c.wanted.get("instances", 1), deadline, force=force))
    run.remove([c.id for c in changes if c.wanted is None])
    return run.result()


def scale_down(
    marathon: Marathon,
    routers: RouterSet | None,
    app_id: str,
    instances: int,
    *,
    deadline: Deadline,
    force: bool = False,
    progress: Progress = unheard,
) -> Mapping[str, Any]:
    """Give up instances until ``instances`` are left: routers first, then exactly the drained tasks are killed.

    Returns and raises as ``rollout``.
    """
    run = _Run(Site(marathon, routers, progress), [app_id], deadline, force, rollback=False)
    run.step([app_id], lambda: shrink(run.site, app_id, instances, deadline, force=force))
    return run.result()


def remove(
    marathon: Marathon,
    routers: RouterSet | None,
    app_ids: Sequence[str],
    *,
    deadline: Deadline,
    force: bool = False,
    progress: Progress = unheard,
) -> Mapping[str, Any]:
    """Delete apps: routers first. Those that do not exist are skipped. Returns and raises as ``rollout``."""
    run = _Run(Site(marathon, routers, progress), list(app_ids), deadline, force, rollback=False)
    run.remove(app_ids)
    return run.result()


def _shrinks(change: Change) -> bool:
    """Does it only take instances away?"""
    before, after = change.before, change.after
    return before is not None and after is not None and scale_only(before, after) and before["instances"] > after["instances"]


class _Run:
    """One rollout: what is done, and the one place where a failure becomes a report."""

    def __init__(self, site: Site, ids: Sequence[str], deadline: Deadline, force: bool, rollback: bool) -> None:
        self.site = site
        self.ids = list(ids)
        self.deadline = deadline
        self.force = force
        self.rollback = rollback
        self.done: list[str] = []
        self.deployments: list[str] = []

    def batch(self, batch: Sequence[Change]) -> None:
        """One deployment of at most 20 apps, to its end."""
        definitions = [c.wanted for c in batch if c.wanted is not None]
        wanted: dict[str, App | None] = {c.id: c.wanted for c in batch}
        ids = list(wanted)
        deployment = self._guard(ids, partial(self.site.marathon.put_apps, definitions, force=self.force))
        self.deployments.append(deployment)
        try:
            apps = self.site.settle(wanted, [deployment], self.deadline)
            self.site.confirm(apps, {}, self.deadline)
        except (NotSettledError, NotConfirmedError) as error:
            self._failed(batch, error)
        except ZeusError as error:
            self._stop(ids, error, "left" if isinstance(error, SupersededError) else "unknown")
        self.done += ids

    def step(self, ids: Sequence[str], action: Callable[[], Sequence[str]], *, counts: bool = True) -> None:
        """Something that cannot be rolled back, because what it takes away is gone."""
        self.deployments += self._guard(ids, action)
        if counts:
            self.done += ids

    def remove(self, ids: Sequence[str]) -> None:
        for first in range(0, len(ids), BATCH):
            some = list(ids[first : first + BATCH])
            apps = {str(app["id"]): app for app in self._guard(some, partial(self.site.marathon.apps, ids=some))}
            if apps:
                self.step(some, partial(delete, self.site, apps, self.deadline, force=self.force))
            else:
                self.done += some

    def only_send(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        writes = [c for c in changes if c.wanted is not None]
        for first in range(0, len(writes), BATCH):
            some = writes[first : first + BATCH]
            definitions = [c.wanted for c in some if c.wanted is not None]
            sent = self._guard([c.id for c in some], partial(self.site.marathon.put_apps, definitions, force=self.force))
            self.deployments.append(sent)
            self.done += [c.id for c in some]
        for c in changes:
            if c.wanted is None:
                deleted = self._guard([c.id], partial(self.site.marathon.delete_app, c.id, force=self.force))
                self.deployments += [deleted] if deleted else []
                self.done.append(c.id)
        return self.result()

    def result(self) -> Mapping[str, Any]:
        """What was done; a router that could not be asked makes it a failure, although everything runs as wanted."""
        if self.site.behind:
            behind = sorted(self.site.behind)
            raise RolloutError(
                "all apps are as wanted, and all reachable routers have them; "
                f"but {', '.join(behind)} could not be reached and may be behind",
                "done",
                **self._details(failed=[], behind=behind),
            )
        return {"deployments": self.deployments, "done": self.done, "behind": []}

    def _guard(self, ids: Sequence[str], action: Callable[[], Any]) -> Any:
        """Errors before anything was done stay what they are; afterwards they are part of a report."""
        try:
            return action()
        except ZeusError as error:
            unknown = isinstance(error, UnknownError) or (isinstance(error, AwayError) and error.maybe_done)
            untouched = not self.done and not self.deployments and not unknown
            if untouched and isinstance(error, ApiError | AwayError):
                raise
            self._stop(ids, error, "unknown" if unknown or isinstance(error, AwayError) else "left")

    def _failed(self, batch: Sequence[Change], error: ZeusError) -> None:
        """Tell why, and go back."""
        ids = [c.id for c in batch]
        reasons = self._reasons(batch)
        told = "; ".join(f"{id_}: {', '.join(texts)}" for id_, texts in reasons.items())
        message = error.message + (f" ({told})" if told else "")
        if not self.rollback:
            self._stop(ids, RolloutError(f"{message}; nothing was rolled back, as asked", "left"), "left", reasons, error)
        self.site.progress(f"failed: {message}; going back to the version before")
        try:
            self._go_back(batch)
        except ZeusError as second:
            state = "unknown" if isinstance(second, AwayError | UnknownError) else "left"
            problem = f"{message}; and going back to the version before failed too: {second.message}"
            self._stop(ids, RolloutError(problem, state), state, reasons, error)
        created = [c.id for c in batch if c.current is None]
        back = [c.id for c in batch if c.current is not None]
        became = [f"the version before runs again for {', '.join(back)}"] if back else []
        became += [f"{', '.join(created)} did not exist before and was removed"] if created else []
        self._stop(ids, RolloutError(f"{message}; rolled back: {'; '.join(became)}", "rolled_back"), "rolled_back", reasons, error)

    def _go_back(self, batch: Sequence[Change]) -> None:
        """The definitions before, and for new apps: away with them.

        Forced, because our own deployment may still hold the apps. (Marathon's own way, to revert the deployment, makes a new version just
        the same, and is not there any more when only the routers were not content.)
        """
        deadline = self.deadline.fresh(max(ROLLBACK_SECONDS, self.deadline.seconds))
        before: dict[str, App | None] = {c.id: None if c.current is None else definition_of(c.current) for c in batch}
        sent: list[str] = []
        definitions = [definition for definition in before.values() if definition is not None]
        if definitions:
            sent.append(self.site.marathon.put_apps(definitions, force=True))
        for id_, definition in before.items():
            if definition is None:
                deleted = self.site.marathon.delete_app(id_, force=True)
                sent += [deleted] if deleted else []
        self.deployments += sent
        apps = self.site.settle(before, sent, deadline)
        gone = {c.id: c.wanted for c in batch if c.current is None and c.wanted is not None}
        self.site.confirm(apps, gone, deadline.within(ROLLBACK_CONFIRM_SECONDS))

    def _reasons(self, batch: Sequence[Change]) -> dict[str, list[str]]:
        """Per app, what Marathon and Mesos know about why it is not ready. Only for people: if it cannot be had, it is left out."""
        try:
            apps = self.site.marathon.apps(ids=[c.id for c in batch])
            queue = self.site.marathon.queue()
        except ZeusError:
            return {}
        found = {str(app["id"]): complaints(app, queue, str(app.get("version") or ""))[:REASONS] for app in apps}
        return {id_: texts for id_, texts in found.items() if texts}

    def _stop(
        self,
        ids: Sequence[str],
        error: ZeusError,
        state: str,
        reasons: Mapping[str, Sequence[str]] | None = None,
        cause: ZeusError | None = None,
    ) -> None:
        details = self._details(
            failed=list(ids),
            behind=sorted({*self.site.behind, *(cause or error).details.get("behind", [])}),
            refused=(cause or error).details.get("refused", []),
            reasons=dict(reasons or {}),
        )
        parts = [error.message]
        if state == "unknown" and not isinstance(error, RolloutError):
            parts.append("the state is unknown, so nothing was rolled back")
        if self.done:
            parts.append(f"done before and left as they are: {len(self.done)} ({_some(self.done)})")
        if details["not_started"]:
            parts.append(f"not started: {len(details['not_started'])} ({_some(details['not_started'])})")
        raise RolloutError(". ".join(parts), state, **details) from (cause or error)

    def _details(self, *, failed: Sequence[str], behind: Sequence[str], refused: Sequence[str] = (), reasons: Any = None) -> dict[str, Any]:
        touched = {*self.done, *failed}
        return {
            "done": list(self.done),
            "failed": list(failed),
            "not_started": [id_ for id_ in self.ids if id_ not in touched],
            "behind": list(behind),
            "refused": list(refused),
            "reasons": reasons or {},
            "deployments": list(self.deployments),
        }


def _some(ids: Sequence[str], limit: int = 5) -> str:
    return ", ".join(ids[:limit]) + (", …" if len(ids) > limit else "")
