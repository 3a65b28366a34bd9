# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The folder of a program on a host as a resource: it holds exactly these files.

An id is a path below the folder; that of a folder ends with a slash, and ``./`` is the folder itself. Files have mode 0644 and folders
0755, and belong to the user that writes them. What Python leaves behind by running (``__pycache__``) is nobody's business.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import pwd
import shutil
import stat
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._files import write_whole
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Outcome, Resource

FILE_MODE, FOLDER_MODE = 0o644, 0o755
_COMPILED = "__pycache__"


def packed(files: Mapping[str, str]) -> str:
    """All files in one short text, so that they reach a host in one message. ``files``: path below the folder → text."""
    return base64.b64encode(zlib.compress(json.dumps(files).encode())).decode()


def unpacked(content: str) -> dict[str, str]:
    """The files of ``packed``. Raises ValueError for anything else."""
    try:
        found = json.loads(zlib.decompress(base64.b64decode(content, validate=True)))
    except zlib.error as error:
        raise ValueError(str(error)) from error
    return {str(path): str(text) for path, text in found.items()}


def digest(files: Mapping[str, str]) -> str:
    """The same for the same files, in whatever order they come: SHA-256 in hexadecimal digits."""
    return hashlib.sha256(json.dumps(files, sort_keys=True).encode()).hexdigest()


def definitions(files: Mapping[str, str]) -> dict[str, Definition]:
    """The files, and the folders that they need."""
    folders = {f"{parent}/" for path in files for parent in PurePosixPath(path).parents} | {"./"}
    return {path: {} for path in sorted(folders)} | {path: {"text": text} for path, text in sorted(files.items())}


class ProgramFiles(Resource):
    """Files and folders below ``dest``. A definition is ``{"text"}`` for a file and ``{}`` for a folder."""

    def __init__(self, dest: Path) -> None:
        self.dest = dest

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        found = {id_: self._look(id_) for id_ in ids}
        return {id_: definition for id_, definition in found.items() if definition is not None}

    def owned(self) -> Mapping[str, Definition]:
        return {id_: self._look(id_) or {} for id_ in self._below()}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        if "mode" in definition:
            return definition
        mode = FILE_MODE if "text" in definition else FOLDER_MODE
        return {**definition, "mode": f"{mode:04o}", "owner": _user(os.geteuid())}

    def check(self, changes: Sequence[Change]) -> None:
        """Raises RefusedError where something is in the way, and for a folder that was never this program's."""
        removed = {change.id for change in changes if change.wanted is None}
        kept = [id_ for id_ in self._below() if id_ not in removed and not id_.endswith("/")]
        if removed and not kept:
            raise RefusedError(
                f"dest: {self.dest} holds none of the program's files, but others, which would be removed: {_listed(removed)}; "
                "expected a folder that does not exist or is empty, or holds the program already"
            )
        for change in changes:
            path = self.dest / change.id
            if change.wanted is None or not os.path.lexists(path):
                continue
            if change.id.endswith("/") and (path.is_symlink() or not path.is_dir()):
                raise RefusedError(f"{path}: the program has a folder of this name, and here is something else; move it away")
            if not change.id.endswith("/") and path.is_dir() and not path.is_symlink():
                raise RefusedError(f"{path}: the program has a file of this name, and here is a folder; move it away")

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        # Folders before what is in them: "a/" sorts before "a/b".
        for change in sorted(changes, key=lambda change: change.id):
            path = self.dest / change.id
            if change.wanted is None:
                continue
            if change.id.endswith("/"):
                _make(path)
            else:
                write_whole(path, change.wanted["text"], FILE_MODE)
        for change in changes:
            if change.wanted is None:
                _remove(self.dest / change.id)
        return {}

    def _look(self, id_: str) -> Definition | None:
        path = self.dest / id_.rstrip("/")
        try:
            found = path.lstat()
        except (FileNotFoundError, NotADirectoryError):
            return None
        told = {"mode": f"{stat.S_IMODE(found.st_mode):04o}", "owner": _user(found.st_uid)}
        if stat.S_ISREG(found.st_mode):
            return {"text": path.read_bytes().decode("utf-8", "replace"), **told}
        return told if stat.S_ISDIR(found.st_mode) else {"kind": stat.filemode(found.st_mode)[0], **told}

    def _below(self) -> Iterator[str]:
        if self.dest.is_symlink():
            return
        for folder, folders, files in os.walk(self.dest):
            folders[:] = [name for name in folders if name != _COMPILED]
            place = Path(folder).relative_to(self.dest)
            yield from (str(place / name) for name in files)
            for name in folders:
                yield f"{place / name}" if (Path(folder) / name).is_symlink() else f"{place / name}/"


def diff(outcome: Outcome, dest: Path) -> list[dict[str, str]]:
    """Ansible's diff, one entry per path: the text of a file, and mode and owner where these alone differ."""

    def shown(change: Change, side: Definition | None) -> str:
        if side is None:
            return ""
        keys = [key for key in ("text", "kind", "mode", "owner") if key in side and key in change.fields]
        return str(side["text"]) if "text" in keys else "".join(f"{key}: {side[key]}\n" for key in keys)

    return [
        {
            "before_header": str(dest / change.id),
            "after_header": str(dest / change.id),
            "before": shown(change, change.before),
            "after": shown(change, change.after),
        }
        for change in outcome.changes
    ]


def _make(path: Path) -> None:
    """Whatever the umask is; folders above the program's are made if they are missing, and else left alone."""
    if not path.parent.exists():
        _make(path.parent)
    path.mkdir(exist_ok=True)
    path.chmod(FOLDER_MODE)
    os.chown(path, os.geteuid(), -1)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _listed(ids: Collection[str], most: int = 3) -> str:
    return ", ".join(sorted(ids)[:most]) + (f" and {len(ids) - most} more" if len(ids) > most else "")


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
