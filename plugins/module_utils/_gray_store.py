# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Policies and bindings as a resource: written to the policy store, and true only when every router serves by them.

Asking the store again would prove nothing: what counts is the plan that the routers run.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any, NoReturn

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import RolloutError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, app_of, policy_key
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource
from ansible_collections.zeus.paas.plugins.module_utils._router import Confirmation, Routers
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import Binding, bound_apps, parse_binding

#: What going back to the values before may take, in seconds, however little was left of the deadline.
RESTORE_SECONDS = 15.0
BINDINGS = "zeus:binding:"


class Values(Resource):
    """Values of the policy store by key; None is a tombstone, which readers take as a deletion.

    ``wait`` returns when every router of ``vclusters`` (None: of all) has taken exactly these values and serves by them. A router that
    answers but does not get there makes it go back to the values before, unless ``rollback`` is false.
    """

    def __init__(
        self,
        store: PolicyStore,
        routers: Routers | None,
        deadline: Deadline,
        *,
        vclusters: Collection[str] | None = None,
        rollback: bool = True,
        progress: Progress = unheard,
    ) -> None:
        self.store = store
        self.routers = routers
        self.deadline = deadline
        self.rollback = rollback
        self.progress = progress
        self.vclusters = vclusters
        #: As last read or written.
        self.entries: dict[str, Entry | None] = {}

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        self.entries.update({id_: self.store.get(id_) for id_ in ids})
        return {id_: entry.body for id_ in ids if (entry := self.entries[id_]) is not None and entry.body is not None}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return dict(definition)

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        self._put({change.id: change.wanted for change in changes})
        return {}

    def wait(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        keys = [change.id for change in changes]
        answers = self.ask(keys, self.deadline)
        refused = [url for answer in answers.values() for url in answer.refused]
        if refused and self.rollback:
            self._go_back(changes, answers)
        self._judge(keys, answers)
        return {}

    def confirm(self, keys: Collection[str]) -> None:
        """The same for what was true before; nothing is taken back. Raises RolloutError."""
        self._judge(keys, self.ask(keys, self.deadline))

    def stamps(self, keys: Collection[str]) -> dict[str, dict[str, Any]]:
        """For results: the place in the store's history of each value, and its digest."""
        found = {key: self.entries.get(key) for key in keys}
        return {
            key: {"epoch": entry.epoch, "counter": entry.counter, "digest": entry.digest}
            for key, entry in found.items()
            if entry is not None
        }

    def ask(self, keys: Collection[str], deadline: Deadline) -> dict[str, Confirmation]:
        """By virtual cluster, which routers have taken these values and serve by them; waits for it until the deadline."""
        if self.routers is None:
            return {}
        wanted = {key: entry for key in keys if (entry := self.entries.get(key)) is not None}
        plans = self._expected(wanted)
        answers: dict[str, Confirmation] = {}
        for vcluster in sorted(self.routers.urls if self.vclusters is None else self.vclusters):
            if not self.routers.urls_of(vcluster):
                continue
            self.progress(f"the routers of {vcluster} are asked for {', '.join(sorted(wanted))}")
            answer = self.routers.confirm_status(vcluster, lambda status: _not_taken(status, wanted), deadline)
            if plans and not answer.refused:
                reachable = _without(self.routers, answer.behind)
                served = reachable.confirm_entries(vcluster, lambda apps: _not_served(apps, plans), sorted(plans), deadline)
                answer = _joined(answer, served)
            answers[vcluster] = answer
        return answers

    def _put(self, bodies: Mapping[str, Definition | None]) -> None:
        # A store that was restored from an old copy counts below what the routers have seen, and they would not believe it.
        floor = self.routers.highest_stamp() if self.routers is not None else 0
        self.entries.update(self.store.put_many(bodies, floor=floor))

    def _expected(self, wanted: Mapping[str, Entry]) -> dict[str, Served | None]:
        """App key → what routers must serve it by. A policy is served by wherever it is bound."""
        bindings: dict[str, Entry] = {}
        for key, entry in wanted.items():
            if key.startswith(BINDINGS):
                bindings[key] = entry
            elif entry.body is not None:
                everything = self.store.scan(BINDINGS)
                bindings.update({bound.key: bound for bound in bound_apps(everything, key.removeprefix("zeus:policy:")).values()})
        return {app_of(key) or key: self._served(key, entry) for key, entry in bindings.items()}

    def _served(self, key: str, entry: Entry) -> Served | None:
        if entry.body is None:
            return None
        bound = parse_binding(entry.body, key)
        if bound.share == "all":
            # No policy is asked then, so none counts.
            return Served(bound.policy, bound.variant, entry.stamp)
        name = policy_key(bound.policy)
        policy = self.entries.get(name) or self.store.get(name)
        stamp = max(entry.stamp, policy.stamp) if policy is not None else entry.stamp
        return Served(bound.policy, bound.variant, stamp)

    def _go_back(self, changes: Sequence[Change], answers: Mapping[str, Confirmation]) -> NoReturn:
        problem = f"{_told(answers)}{self._problems([change.id for change in changes])}"
        refused = [url for answer in answers.values() for url in answer.refused]
        behind = [url for answer in answers.values() for url in answer.behind]
        keys = [change.id for change in changes]
        self.progress(f"failed: {problem}; going back to the values before")
        try:
            self._put({change.id: change.current for change in changes})
            again = self.ask(keys, self.deadline.fresh(RESTORE_SECONDS))
        except ZeusError as error:
            message = f"{', '.join(keys)}: {problem}; and going back to the values before failed: {error.message}"
            raise RolloutError(message, "unknown", failed=keys, refused=refused, behind=behind) from error
        left = "" if all(answer.complete for answer in again.values()) else f", but not every router confirmed that: {_told(again)}"
        state = "left" if left else "rolled_back"
        message = f"{', '.join(keys)}: {problem}; went back to the values before{left}"
        raise RolloutError(message, state, failed=keys, refused=refused, behind=behind)

    def _judge(self, keys: Collection[str], answers: Mapping[str, Confirmation]) -> None:
        refused = [url for answer in answers.values() for url in answer.refused]
        behind = [url for answer in answers.values() for url in answer.behind]
        if not refused and not behind:
            return
        silent = any(answer.behind and not answer.confirmed and not answer.refused for answer in answers.values())
        state = "left" if refused else "unknown" if silent else "done"
        problem = f"{_told(answers)}{self._problems(keys)}"
        raise RolloutError(
            f"{', '.join(sorted(keys))}: not every router has it: {problem}", state, failed=list(keys), refused=refused, behind=behind
        )

    def _problems(self, keys: Collection[str]) -> str:
        """What the routers themselves say about these values and the apps that they count for; for people."""
        subjects = {*keys, *self._expected({key: entry for key in keys if (entry := self.entries.get(key)) is not None})}
        found: set[str] = set()
        if self.routers is not None:
            for vcluster in self.routers.urls if self.vclusters is None else self.vclusters:
                for status in self.routers.statuses(vcluster).values():
                    problems = [] if isinstance(status, ZeusError) else status.get("problems") or []
                    found |= {str(problem.get("message")) for problem in problems if problem.get("subject") in subjects}
        return f" ({'; '.join(sorted(found))})" if found else ""


@dataclass(frozen=True)
class Served:
    """What a router's running plan must say of an app: policy, gray variant, and the higher stamp of policy and binding."""

    policy: str
    variant: str
    stamp: tuple[int, int]


def binding_of(entry: Entry | None) -> Binding | None:
    """The binding, if there is one that counts. Raises InputError."""
    return None if entry is None or entry.body is None else parse_binding(entry.body, entry.key)


def _not_taken(status: Mapping[str, Any], wanted: Mapping[str, Entry]) -> str:
    have = (status.get("store") or {}).get("entries") or {}
    for key, entry in wanted.items():
        if list(have.get(key) or ()) != list(entry.stamp):
            return f"has {key} as {_stamp(have.get(key))}, not {_stamp(entry.stamp)}"
    return ""


def _not_served(apps: Mapping[str, Any], plans: Mapping[str, Served | None]) -> str:
    for key, served in plans.items():
        entry = apps.get(key)
        gray = (entry or {}).get("gray")
        if served is None and gray is not None:
            return f"{key}: still serves by policy {gray.get('policy')}"
        # An app of another virtual cluster is in none of this router's plans.
        if served is None or entry is None:
            continue
        have = None if gray is None else Served(gray["policy"], gray["variant"], (gray["epoch"], gray["counter"]))
        if have != served:
            told = "no policy" if have is None else f"policy {have.policy}, variant {have.variant}, as {_stamp(have.stamp)}"
            return f"{key}: serves by {told}; not by policy {served.policy}, variant {served.variant}, as {_stamp(served.stamp)}"
    return ""


def _without(routers: Routers, away: Collection[str]) -> Routers:
    """The same routers but for these, which have had their time to answer."""
    if not away:
        return routers
    others = copy(routers)
    others.urls = {vcluster: tuple(url for url in urls if url not in away) for vcluster, urls in routers.urls.items()}
    return others


def _joined(first: Confirmation, second: Confirmation) -> Confirmation:
    """Confirmed is what confirmed both."""
    behind = tuple(dict.fromkeys((*first.behind, *second.behind)))
    return Confirmation(
        confirmed=tuple(url for url in second.confirmed if url not in behind),
        refused=tuple(url for url in second.refused if url not in behind),
        behind=behind,
        reasons={**second.reasons, **{url: first.reasons[url] for url in first.behind if url in first.reasons}},
    )


def _told(answers: Mapping[str, Confirmation]) -> str:
    return "; ".join(text for answer in answers.values() if (text := answer.describe()))


def _stamp(stamp: Any) -> str:
    return "absent" if not stamp else f"epoch {stamp[0]}, counter {stamp[1]}"
