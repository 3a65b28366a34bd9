# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Packing a folder so that the same files always give the same bytes, on every controller.

Owner, times and order are fixed, modes are 0755 or 0644. The gzip frame stores instead of compressing: what a compressor makes of equal
input differs between versions of zlib, and another digest would restart every task of an app that did not change.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import tarfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

#: Never part of a package: version control, and what Python leaves behind by being run on the controller.
LEFT_OUT = frozenset({".git", ".svn", ".hg", "__pycache__", ".DS_Store"})
_BLOCK = 65535  # the most that one stored block of deflate holds (RFC 1951, 3.2.4)


@dataclass(frozen=True)
class Pack:
    """A packed folder or file: the archive, its sha256 in lower-case hex, its size in bytes."""

    path: Path
    digest: str
    size: int


def pack(root: Path, target: Path, source: str, key: str) -> Pack:
    """Pack the content of a folder, or one file, into ``target``. ``source`` and ``key`` are what an InputError names."""
    if not root.exists():
        raise InputError(source, key, "there is no such file or folder", "a path below the project file's folder", str(root))
    with target.open("wb") as raw:
        gzip = _StoredGzip(raw)
        with tarfile.open(fileobj=gzip, mode="w|", format=tarfile.PAX_FORMAT) as archive:  # type: ignore[call-overload]
            count = 0
            for name, path in _entries(root, source, key):
                _add(archive, name, path, root, source, key)
                count += 1
        if not count:
            raise InputError(source, key, "this folder is empty", "a folder with the app's files", str(root))
        gzip.close()
    return Pack(target, gzip.digest.hexdigest(), target.stat().st_size)


def _entries(root: Path, source: str, key: str) -> Iterator[tuple[str, Path]]:
    """Names in the archive and what they are on disk, in one fixed order."""
    if not root.is_dir():
        yield root.name, root
        return
    found: list[tuple[str, Path]] = []
    for folder, folders, files in os.walk(root):
        folders[:] = [name for name in folders if name not in LEFT_OUT]
        for name in (*folders, *files):
            path = Path(folder, name)
            if name not in LEFT_OUT and not name.endswith((".pyc", ".pyo")):
                relative = path.relative_to(root).as_posix()
                try:
                    relative.encode("utf-8")
                except UnicodeEncodeError:
                    raise InputError(source, key, "a file's name is not UTF-8", "names in UTF-8", relative) from None
                found.append((relative, path))
    yield from sorted(found)


def _add(archive: tarfile.TarFile, name: str, path: Path, root: Path, source: str, key: str) -> None:
    state = path.lstat()
    info = tarfile.TarInfo(name)  # owner root, time 0, no user or group name
    if stat.S_ISLNK(state.st_mode):
        info.type, info.linkname, info.mode = tarfile.SYMTYPE, os.readlink(path), 0o777
        _check_link(name, info.linkname, root, source, key)
        archive.addfile(info)
    elif stat.S_ISDIR(state.st_mode):
        info.type, info.mode = tarfile.DIRTYPE, 0o755
        archive.addfile(info)
    elif stat.S_ISREG(state.st_mode):
        info.size, info.mode = state.st_size, 0o755 if state.st_mode & stat.S_IXUSR else 0o644
        with path.open("rb") as content:
            archive.addfile(info, content)
    else:
        raise InputError(source, key, "a package holds files, folders and links only", "no devices, sockets or pipes", name)


def _check_link(name: str, target: str, root: Path, source: str, key: str) -> None:
    depth = 0
    for part in (PurePosixPath(name).parent / target).parts:
        depth += -1 if part == ".." else 1
        if part == "/" or depth < 0:
            raise InputError(source, key, f"the link {name} leads out of {root.name}", "links inside the folder", target)


class _StoredGzip:
    """A gzip file of stored blocks (RFC 1952), written from front to back; counts the sha256 of what it writes."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self._pending = bytearray()
        self._crc = 0
        self._size = 0
        self.digest = hashlib.sha256()
        self._out(b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xff")  # deflate, no name, no time, system unknown

    def write(self, data: bytes) -> int:
        self._crc = zlib.crc32(data, self._crc)
        self._size += len(data)
        self._pending += data
        while len(self._pending) > _BLOCK:
            self._block(bytes(self._pending[:_BLOCK]), last=False)
            del self._pending[:_BLOCK]
        return len(data)

    def close(self) -> None:
        self._block(bytes(self._pending), last=True)
        self._out(struct.pack("<II", self._crc, self._size & 0xFFFFFFFF))

    def _block(self, data: bytes, *, last: bool) -> None:
        self._out(struct.pack("<BHH", int(last), len(data), len(data) ^ 0xFFFF) + data)

    def _out(self, data: bytes) -> None:
        self.digest.update(data)
        self._raw.write(data)
