# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The hosts themselves: whether they answer, whether what they are for runs, and whether there is room on their disks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._verification_check import Check, Wanted, by_host, why

#: Nothing of ours is kept there, or it is another file system's room.
_NO_DISKS = ("tmpfs", "devtmpfs", "ramfs", "squashfs", "efivarfs", "iso9660")
#: File systems of containers and of mounted images are rooms in others.
_NOT_THERE = ("/var/lib/docker/", "/run/", "/snap/", "/boot/efi", "/dev", "/sys", "/proc")

NOBODY = ("no host was asked",)


@dataclass(frozen=True)
class Disk:
    """One file system; sizes in MiB. ``nodes`` is 0 where there is no limit of files."""

    place: str
    size: int
    free: int
    nodes: int
    nodes_free: int


def hosts(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    asked = by_host(answers, "disks")
    gone = tuple(f"{name} does not answer: {why(answer)}" for name, answer in sorted(asked.items()) if answer.get("unreachable"))
    return Check("Hosts", f"all {len(asked)} answer", gone, () if asked else NOBODY)


def services(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """By ``systemctl show``: blocks of ``Id``, ``ActiveState`` and ``UnitFileState``, an empty line between two."""
    wrong, unknown, count = [], [], 0
    for name, answer in sorted(by_host(answers, "services").items()):
        if answer.get("skipped"):
            continue
        units = list(_units(str(answer.get("stdout", ""))))
        if not units:
            unknown.append(f"{name}: {why(answer)}")
        for unit in units:
            count += 1
            if unit.get("ActiveState") != "active":
                wrong.append(f"{name}: {unit['Id']} is {unit.get('ActiveState', '?')}; journalctl -u {unit['Id']} says why")
            elif unit.get("UnitFileState") not in ("enabled", "enabled-runtime", "static", "alias", "generated", "indirect"):
                state = unit.get("UnitFileState") or "not enabled"
                wrong.append(f"{name}: {unit['Id']} runs, and would not after a boot: it is {state}; systemctl enable {unit['Id']}")
    return Check("Services", f"all {count} run, and will after a boot", tuple(wrong), tuple(unknown) if count or unknown else NOBODY)


def disks(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    wrong, unknown, count = [], [], 0
    for name, answer in sorted(by_host(answers, "disks").items()):
        found = list(read_disks(str(answer.get("stdout", ""))))
        if not found:
            unknown.append(f"{name}: {why(answer)}")
        for disk in found:
            count += 1
            for what, free, size, unit in (("MiB", disk.free, disk.size, " MiB"), ("files", disk.nodes_free, disk.nodes, " files")):
                if size and 100 * free / size < wanted.disk_percent:
                    left = f"{free}{unit} of {size} are free, {100 * free / size:.0f} %"
                    wrong.append(f"{name}: {disk.place}: {left}; expected {wanted.disk_percent:g} % or more ({what})")
    return Check(
        "Disks",
        f"{count} file systems have {wanted.disk_percent:g} % or more free",
        tuple(wrong),
        tuple(unknown) if count or unknown else NOBODY,
    )


def read_disks(text: str) -> Iterator[Disk]:
    """Of ``df --block-size=1M --output=fstype,size,avail,itotal,iavail,target``. A file system that is seen twice is told once."""
    seen = set()
    for line in text.splitlines()[1:]:
        fields = line.split(None, 5)
        if len(fields) < 6 or fields[0] in _NO_DISKS or fields[5].startswith(_NOT_THERE):
            continue
        size, free, nodes, nodes_free = (int(part) if part.isdigit() else 0 for part in fields[1:5])
        if size and (size, free, nodes, nodes_free) not in seen:
            seen.add((size, free, nodes, nodes_free))
            yield Disk(fields[5], size, free, nodes, nodes_free)


def _units(text: str) -> Iterator[dict[str, str]]:
    for block in text.split("\n\n"):
        unit = dict(line.split("=", 1) for line in block.splitlines() if "=" in line)
        if unit.get("Id"):
            yield unit
