# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The one source of *changed*: read, normalise, compare, then apply or predict, then wait.

Check mode, diff, idempotence and bulk live here, and so does the form of results, which is the same for one object and for many. A module
never asks whether it runs in check mode.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any, ClassVar, Literal

Definition = Mapping[str, Any]
Action = Literal["create", "update", "delete"]


@dataclass(frozen=True)
class Change:
    """One object that is not as wanted.

    ``before`` and ``after`` are in comparable (normalised) form and feed the diff; ``wanted`` is what the user gave (None: delete) and
    ``current`` what the server has, in its own form.
    """

    id: str
    action: Action
    before: Definition | None
    after: Definition | None
    wanted: Definition | None
    current: Definition | None

    @property
    def fields(self) -> tuple[str, ...]:
        """The top-level keys that differ."""
        before, after = self.before or {}, self.after or {}
        return tuple(sorted(key for key in {*before, *after} if before.get(key) != after.get(key)))


@dataclass(frozen=True)
class Outcome:
    """What a reconciliation did, or would do in check mode.

    ``objects`` are those that exist then, by the name of their kind, each as ``Resource.describe`` tells it and in the order of their ids.
    ``details`` is what else the kind has to tell; its keys are the same whether something was changed or not.
    """

    changes: tuple[Change, ...]
    unchanged: tuple[str, ...]
    objects: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    details: Mapping[str, Any] = field(default_factory=dict)

    @property
    def changed(self) -> bool:
        return bool(self.changes)

    def diff(self, hidden: Collection[str] = ()) -> dict[str, str]:
        """Ansible's diff: only the objects that differ, and of these only the keys that differ.

        Of ``hidden`` keys (``env.DB_PASSWORD``) it shows that they differ, never what they hold.
        """
        sides: dict[str, dict[str, Any]] = {"before": {}, "after": {}}
        for change in self.changes:
            for side, definition in (("before", change.before), ("after", change.after)):
                if definition is not None:
                    shown = {key: definition[key] for key in change.fields if key in definition}
                    sides[side][change.id] = hide(shown, hidden, f"(hidden, {side})" if change.action == "update" else "(hidden)")
        return {side: _pretty(objects) for side, objects in sides.items()}

    def result(self, hidden: Collection[str] = ()) -> dict[str, Any]:
        """A module's result, in the form that all modules share."""
        return {
            "changed": self.changed,
            "diff": self.diff(hidden),
            "changes": [{"id": c.id, "action": c.action, "fields": list(c.fields)} for c in self.changes],
            "unchanged": list(self.unchanged),
            **{kind: [hide(one, hidden) for one in objects] for kind, objects in self.objects.items()},
            **self.details,
        }

    def also(self, *others: Outcome) -> Outcome:
        """One outcome of several, for a module that manages several kinds."""
        parts = (self, *others)
        return Outcome(
            tuple(chain(*(part.changes for part in parts))),
            tuple(chain(*(part.unchanged for part in parts))),
            {kind: objects for part in parts for kind, objects in part.objects.items()},
            {key: value for part in parts for key, value in part.details.items()},
        )


class Resource(ABC):
    """One kind of object on one server, for many objects at once."""

    #: The key of results below which the objects stand, in the plural; none for kinds that only their changes are told of.
    kind: ClassVar[str] = ""
    #: The details of an outcome that changed nothing. ``apply`` and ``wait`` return other values for these keys.
    untouched: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        """Those of ``ids`` that exist, in the server's form; one bulk call, not one per object."""

    @abstractmethod
    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        """The comparable form: the server's defaults filled in, server-only fields dropped.

        Called for the wanted side (``current`` is what the server has, for values that the server assigns and keeps) and for the
        server's side (``current`` is the definition itself).
        """

    @abstractmethod
    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        """Make the changes, in bulk; the result joins the outcome's details. Never called in check mode."""

    def describe(self, definition: Definition) -> Mapping[str, Any]:
        """One object as results show it, from its comparable form: what can be said in check mode, too."""
        return definition

    def owned(self) -> Mapping[str, Definition]:
        """What pruning may delete: all objects of this owner, in the server's form."""
        return {}

    def check(self, changes: Sequence[Change]) -> None:  # noqa: B027 - most kinds have nothing to refuse
        """Refuse before anything is written (raise a ``ZeusError``); called in check mode too."""

    def wait(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        """Wait until the changes are true; the result joins the outcome's details. Never called in check mode."""
        return {}


def compare(resource: Resource, wanted: Mapping[str, Definition | None], *, prune: bool = False) -> Outcome:
    """Read and compare; nothing is written. ``None`` as wanted means: must not exist."""
    current = dict(resource.read(list(wanted)))
    targets: dict[str, Definition | None] = dict(wanted)
    if prune:
        for id_, definition in resource.owned().items():
            if id_ not in targets:
                targets[id_] = None
                current[id_] = definition
    changes: list[Change] = []
    unchanged: list[str] = []
    objects: dict[str, Mapping[str, Any]] = {}
    for id_, target in targets.items():
        have = current.get(id_)
        before = None if have is None else resource.normalise(have, have)
        after = None if target is None else resource.normalise(target, have)
        if after is not None:
            objects[id_] = resource.describe(after)
        if before == after:
            unchanged.append(id_)
            continue
        action: Action = "create" if before is None else "delete" if after is None else "update"
        changes.append(Change(id_, action, before, after, target, have))
    told = {resource.kind: [objects[id_] for id_ in sorted(objects)]} if resource.kind else {}
    return Outcome(tuple(changes), tuple(unchanged), told, resource.untouched)


def reconcile(
    resource: Resource,
    wanted: Mapping[str, Definition | None],
    *,
    check_mode: bool,
    prune: bool = False,
    wait: bool = True,
) -> Outcome:
    """Make it so, or in check mode say what would change."""
    outcome = compare(resource, wanted, prune=prune)
    if not outcome.changes:
        return outcome
    resource.check(outcome.changes)
    if check_mode:
        return outcome
    details = {**outcome.details, **resource.apply(outcome.changes)}
    if wait:
        details.update(resource.wait(outcome.changes))
    return replace(outcome, details=details)


def hide(definition: Definition, hidden: Collection[str], text: str = "(hidden)") -> dict[str, Any]:
    """A copy in which the values at these keys (``key`` or ``key.name``, where the name may hold dots) are replaced."""
    shown = dict(definition)
    for path in hidden:
        key, _dot, name = path.partition(".")
        if key not in shown:
            continue
        if not name:
            shown[key] = text
        elif isinstance(shown[key], Mapping) and name in shown[key]:
            shown[key] = {**shown[key], name: text}
    return shown


def _pretty(objects: Mapping[str, Any]) -> str:
    return json.dumps(objects, indent=2, sort_keys=True, ensure_ascii=False, default=str) + "\n" if objects else ""
