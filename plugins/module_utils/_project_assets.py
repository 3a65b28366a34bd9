# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Two small resources of a project besides its apps: packed files in the artifact store, and assets in the policy store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._artifacts import Artifacts
from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._packing import Pack
from ansible_collections.zeus.paas.plugins.module_utils._policystore import Floor, PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import asset_key
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource


class Files(Resource):
    """Packed files by ``<sha256>.tar.gz``. There is nothing to update: another content has another name."""

    def __init__(self, artifacts: Artifacts, packs: Mapping[str, Pack]) -> None:
        self._artifacts = artifacts
        self._packs = packs

    def wanted(self) -> dict[str, Definition | None]:
        return {f"{digest}.tar.gz": {"size": pack.size} for digest, pack in self._packs.items()}

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        found = (self._packs[id_.removesuffix(".tar.gz")] for id_ in ids)
        return {f"{pack.digest}.tar.gz": {"size": pack.size} for pack in found if self._artifacts.has(pack)}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return definition

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        for change in changes:
            self._artifacts.put(self._packs[change.id.removesuffix(".tar.gz")])
        return {}


class Assets(Resource):
    """Values of the policy store: what a project brings for its apps' routes. None is a tombstone, which readers take as a deletion."""

    def __init__(self, store: PolicyStore, floor: Floor = 0) -> None:
        self._store = store
        self._floor = floor

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        entries = {id_: self._store.get(id_) for id_ in ids}
        return {id_: entry.body for id_, entry in entries.items() if entry is not None and entry.body is not None}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return definition

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        # One transaction; what is referred to before what refers to it ("zeus:asset:…" sorts before "zeus:assets:…").
        self._store.put_many({change.id: change.wanted for change in sorted(changes, key=lambda c: c.id)}, floor=self._floor)
        return {}

    def restore(self, changes: Sequence[Change]) -> None:
        """Take the changes back, after a rollout that did not succeed."""
        references = {change.id: change.current for change in changes if change.id.startswith("zeus:assets:")}
        if references:
            self._store.put_many(references, floor=self._floor)


def snippet_asset(text: str) -> tuple[str, dict[str, str]]:
    """The digest of a snippet's asset, and its body."""
    body = {"kind": "snippet", "text": text}
    return digest_of(body), body


def wanted_assets(snippets: Mapping[str, str], keys: Mapping[str, str], existing: Mapping[str, Definition]) -> dict[str, Definition | None]:
    """Values by key of the store. ``snippets``: text by app name; ``keys``: the store's assets key by name of every web app.

    An app that never had a snippet leaves no trace in the store.
    """
    wanted: dict[str, Definition | None] = {}
    for name, key in keys.items():
        if name in snippets:
            digest, body = snippet_asset(snippets[name])
            wanted[asset_key(digest)] = body
            wanted[key] = {"snippet": digest}
        elif key in existing:
            wanted[key] = {"snippet": None}
    return wanted
