# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A copy of the whole policy store, and a store that holds what a copy says.

By values, not by Redis' files: routers take nothing that counts lower than what they have, so a store that came back with its old stamps
would not be believed. What is written here counts above every router that can be reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray_store import Values
from ansible_collections.zeus.paas.plugins.module_utils._lease import leased, policy_lease, project_lease
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import PREFIX, app_of, checked_key
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, reconcile

#: What others refer to comes first, and goes last.
ORDER = ("zeus:asset:", "zeus:policy:", "zeus:assets:", "zeus:binding:")


def copy_of(store: PolicyStore) -> dict[str, Any]:
    """``{"entries": {key: body}, "epoch", "counter", "digest"}``; what was deleted is not in it. Raises ApiError for a broken value."""
    values = {key: entry.body for key, entry in sorted(store.scan(PREFIX).items()) if entry.body is not None}
    epoch, counter = store.stamp() or (0, 0)
    return {"entries": values, "epoch": epoch, "counter": counter, "digest": digest_of(values)}


class Copy(Values):
    """The values of a copy; with pruning, no others."""

    def owned(self) -> Mapping[str, Definition]:
        found = self.store.scan(PREFIX)
        self.entries.update(found)
        return {key: entry.body for key, entry in found.items() if entry.body is not None}

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        """What comes in the order of references, then what goes, in the other one; all in one transaction."""
        coming = sorted((change for change in changes if change.wanted is not None), key=lambda change: (_place(change.id), change.id))
        going = sorted((change for change in changes if change.wanted is None), key=lambda change: (-_place(change.id), change.id))
        return super().apply([*coming, *going])


def ensure_values(step: Copy, values: Mapping[str, Any], *, prune: bool, check_mode: bool) -> dict[str, Any]:
    """The module's result. Raises InputError for what is no value of a store, before anything is asked."""
    for key, body in values.items():
        checked_key(key)
        if not isinstance(body, Mapping):
            raise InputError("entries", key, "this is no value", "a mapping, as policy_store_info shows it", body)
    keys = {*values, *(step.owned() if prune else ())}
    leases = sorted({lease for key in keys if (lease := _lease(key))})
    with leased(step.store, leases, "restore the policy store", guarded=[step.store], check_mode=check_mode, progress=step.progress):
        outcome = reconcile(step, dict(values), check_mode=check_mode, prune=prune)
    return outcome.result()


def _place(key: str) -> int:
    return next(index for index, prefix in enumerate(ORDER) if key.startswith(prefix))


def _lease(key: str) -> tuple[str, str] | None:
    """What nobody else may be changing meanwhile; None for what has no owner."""
    app = app_of(key)
    if app is not None:
        _empty, environment, project, _name = app.split("/")
        return project_lease(environment, project)
    return policy_lease(key.removeprefix("zeus:policy:")) if key.startswith("zeus:policy:") else None
