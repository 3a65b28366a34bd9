# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The files of a team's repository as a resource: what is ours is kept up to date, what the team changed is theirs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._files import write_whole
from ansible_collections.zeus.paas.plugins.module_utils._repository import MANIFEST
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource

SCHEMA = 1
#: What may lie in a folder that is still new: a clone of an empty repository.
_NEW = (".git",)


@dataclass(frozen=True)
class Manifest:
    """What the last run wrote: ``files`` maps a path to the sha256 of what it held then; secrets are not among them."""

    settings: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def text(self) -> str:
        # In the order that was given: the order of virtual clusters is that of the files made from them.
        return json.dumps({"schema": SCHEMA, "settings": dict(self.settings), "files": dict(self.files)}, indent=2) + "\n"


@dataclass(frozen=True)
class Sorted:
    """``write``: path → text. ``kept``: path → why it is left as it is."""

    write: Mapping[str, str]
    kept: Mapping[str, str]


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_manifest(dest: Path) -> Manifest | None:
    """The repository's manifest; None in a new folder. Raises RefusedError for a folder that is somebody else's."""
    if not dest.exists():
        return None
    if not dest.is_dir():
        raise RefusedError(f"{dest}: this is not a folder; expected a new or an empty one")
    path = dest / MANIFEST
    if not path.is_file():
        found = sorted(entry.name for entry in dest.iterdir() if entry.name not in _NEW)
        if found:
            more = f" and {len(found) - 3} more" if len(found) > 3 else ""
            raise RefusedError(
                f"{dest}: this folder is not empty (it has {', '.join(found[:3])}{more}), and zeus.paas.init has not made it; "
                "expected a new or an empty folder"
            )
        return None
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["schema"] != SCHEMA:
            raise InputError(str(path), "schema", "another version of zeus.paas wrote this", f"{SCHEMA}", data["schema"])
        return Manifest(dict(data["settings"]), {str(key): str(value) for key, value in data["files"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(str(path), "", f"this is not what zeus.paas.init wrote: {error!r}", "the file as it is in git") from None


def sort_out(dest: Path, wanted: Mapping[str, str], known: Manifest, *, force: bool) -> Sorted:
    """Which files are written, and which are the team's by now. A file is ours as long as it holds what the last run wrote."""
    write, kept = {}, {}
    for path, content in wanted.items():
        current = _read(dest / path)
        ours = known.files.get(path)
        if force or current == content.encode() or (current is None and ours is None) or (current is not None and digest(current) == ours):
            write[path] = content
        else:
            kept[path] = "removed by the team" if current is None else "changed by the team"
    return Sorted(write, kept)


class RepositoryFiles(Resource):
    """Files below ``dest``, by their paths; a definition is ``{"text", "mode"}``. The manifest comes first and, complete, last."""

    def __init__(self, dest: Path) -> None:
        self.dest = dest

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        found = {path: _read(self.dest / path) for path in ids}
        return {path: {"text": content.decode("utf-8", "replace")} for path, content in found.items() if content is not None}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return {"text": definition["text"]}

    def check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            for parent in (self.dest / change.id).parents:
                if parent.exists() and not parent.is_dir():
                    raise RefusedError(f"{parent}: this is a file, and {change.id} needs a folder there; move it away")

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        wanted = {change.id: change.wanted for change in changes if change.wanted is not None}
        manifest = wanted.pop(MANIFEST, None)
        if manifest is not None and not (self.dest / MANIFEST).exists():
            # A run that is cut off leaves a folder that the next run knows as ours.
            write_whole(self.dest / MANIFEST, Manifest(json.loads(manifest["text"])["settings"]).text(), 0o644)
        for path, definition in wanted.items():
            write_whole(self.dest / path, definition["text"], definition["mode"])
        if manifest is not None:
            write_whole(self.dest / MANIFEST, manifest["text"], manifest["mode"])
        return {}


def _read(path: Path) -> bytes | None:
    if path.is_dir():
        raise RefusedError(f"{path}: this is a folder, and a file of that name is to be written; move it away")
    try:
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        return None
