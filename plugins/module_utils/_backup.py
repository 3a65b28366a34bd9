# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Backups of a datacenter: which files of a ZooKeeper are one, which backups are too many, and what bringing one back would lose.

ZooKeeper's data are snapshots (``snapshot.<zxid>``) and the logs of changes after them (``log.<first zxid>``), numbers in hexadecimal. A
snapshot is written while changes go on, so it needs the log that was written meanwhile, and all later ones. One that is not whole yet is
passed over by ZooKeeper itself, which then takes the one before it. (Administrator's guide of ZooKeeper 3.8, "Data File Management".)
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, mapping, matching, text

SCHEMA = 1
#: So many snapshots are kept: the newest may be in the middle of being written.
SNAPSHOTS = 3
_FILE = re.compile(r"(snapshot|log)\.([0-9a-f]{1,16})")
_ZXID = re.compile(r"0x[0-9a-f]{1,16}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
#: A backup's folder: when it was begun, in UTC, so that names sort by time.
_NAME = re.compile(r"[0-9]{8}T[0-9]{6}Z")


def zookeeper_files(names: Collection[str]) -> tuple[str, ...]:
    """Those files of ``version-2`` that bring back all that is in it; none if there is nothing that could be brought back."""
    numbers: dict[str, dict[int, str]] = {"snapshot": {}, "log": {}}
    for name in names:
        found = _FILE.fullmatch(name)
        if found:
            numbers[found[1]][int(found[2], 16)] = name
    snapshots = sorted(numbers["snapshot"])[-SNAPSHOTS:]
    if not snapshots:
        return ()
    # The log that the oldest of them was written beside began at or before it.
    first = max((number for number in numbers["log"] if number <= snapshots[0]), default=0)
    logs = [name for number, name in sorted(numbers["log"].items()) if number >= first]
    return (*(numbers["snapshot"][number] for number in snapshots), *logs)


def surplus(found: Mapping[str, bool], keep: int) -> tuple[str, ...]:
    """Backups that go: folder → whether it is whole. ``keep`` whole ones stay, the newest; of those that are not, none that is older than
    the newest whole one. Folders that are no backups stay."""
    backups = sorted(name for name in found if _NAME.fullmatch(name))
    whole = [name for name in backups if found[name]]
    stay = set(whole[-max(keep, 1) :])
    return tuple(name for name in backups if name not in stay and whole and name < whole[-1])


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. ``zxid`` is the last change that is certainly in it, 0 without ZooKeeper; ``files``: name → sha256; ``apps``:
    id → version, as Marathon told them then; None if it did not."""

    datacenter: str
    created: str
    zxid: int
    files: Mapping[str, str]
    apps: Mapping[str, str] | None


def read_manifest(value: Any, where: Where) -> Manifest:
    """Raises InputError for one that cannot be read, or is of another version."""
    given = mapping(value, where)
    if given.get("schema") != SCHEMA:
        where.at("schema").refuse("this backup was written by another version", str(SCHEMA), given.get("schema"))
    files = mapping(given.get("files"), where.at("files"))
    apps = mapping(given.get("apps", {}), where.at("apps"))
    zxid = given.get("zookeeper", {}).get("zxid", "0x0")
    return Manifest(
        text(given.get("datacenter"), where.at("datacenter")),
        text(given.get("created"), where.at("created")),
        int(matching(zxid, _ZXID, where.at("zookeeper.zxid"), "a number such as 0x10000002f"), 16),
        {name: matching(digest, _SHA256, where.at(f"files.{name}"), "a sha256") for name, digest in files.items()},
        {str(key): str(version) for key, version in apps.items()} if given.get("marathon", True) else None,
    )


def refusals(
    manifest: Manifest, datacenter: str, digests: Mapping[str, str], now: Sequence[str], silent: Sequence[str]
) -> dict[str, list[str]]:
    """Why it is not brought back: ``never``, whatever somebody says, and ``unless_forced``.

    ``digests`` of the files as they are; ``now``: the zxid that each member of the running ensemble tells; ``silent``: members with data
    that do not tell.
    """
    never = [f"{name} is not there" for name in manifest.files if name not in digests]
    never += [
        f"{name} is not what was written: its sha256 differs" for name, sha in manifest.files.items() if digests.get(name, sha) != sha
    ]
    forced = [] if manifest.datacenter == datacenter else [f"it is a backup of {manifest.datacenter}, and this is {datacenter}"]
    newest = max((int(zxid, 16) for zxid in now), default=0)
    if manifest.zxid and newest > manifest.zxid:
        forced.append(f"the ensemble has newer data ({newest:#x}) than the backup ({manifest.zxid:#x}, {manifest.created})")
    if manifest.zxid and silent:
        forced.append(f"whether these hold newer data is not known, since they do not serve: {', '.join(silent)}")
    return {"never": never, "unless_forced": forced}


def losses(manifest: Manifest, apps: Mapping[str, str] | None) -> list[str]:
    """In sentences, what Marathon would do when it has the backup's state. ``apps`` as they are now; None: nobody could be asked."""
    if manifest.apps is None:
        return ["the backup does not say which apps there were: Marathon did not tell; what it has of them counts, and all others go"]
    if apps is None:
        return ["Marathon does not say what runs now; all apps that were defined after the backup go, and their tasks are killed"]
    found = [f"{name} goes, and its tasks are killed: it was defined after the backup" for name in sorted({*apps} - {*manifest.apps})]
    for name in sorted({*apps} & {*manifest.apps}):
        if apps[name] != manifest.apps[name]:
            found.append(f"{name} goes back to its version of {manifest.apps[name]} from that of {apps[name]}")
    found += [f"{name} comes back: it was deleted after the backup" for name in sorted({*manifest.apps} - {*apps})]
    found.append("tasks that were started after the backup are not known any more: they are killed, and others are started")
    return found
