# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a machine says of itself and of whom it reaches: read only, nothing is left behind.

Runs on hosts that are perhaps not what they should be, so it asks for nothing beyond Python's own library and takes what it gets.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import pwd
import re
import shutil
import socket
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

#: Where what we install grows.
PLACES = ("/", "/var/lib", "/opt", "/tmp")
CGROUPS = Path("/sys/fs/cgroup")
PROC = Path("/proc")
_LISTEN = "0A"
_UNIT = re.compile(r"([^/\n]+\.service)")
#: From the other side's machine: it is there, and nobody listens. All others come from in between, or from nowhere.
REFUSED = errno.ECONNREFUSED


def describe() -> dict[str, Any]:
    """Everything but names and reach; ``time`` is seconds since 1970."""
    return {
        "time": time.time(),
        "uid": os.geteuid(),
        "user": _user(),
        "system": _system(),
        "python": platform.python_version(),
        "systemd": Path("/run/systemd/system").is_dir(),
        "timezone": time.strftime("%Z %z"),
        "memory_mib": os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20,
        "cpus": os.cpu_count() or 1,
        "free_mib": {place: shutil.disk_usage(place).free // 2**20 for place in PLACES if Path(place).is_dir()},
        "cgroups": _cgroups(),
        "listening": listening(),
        "units": units(),
    }


def resolve(names: Iterable[str]) -> dict[str, list[str]]:
    """Name → its addresses; none if it cannot be resolved."""
    return {name: _addresses(name) for name in names}


def reach(targets: Sequence[str], timeout: float) -> dict[str, str]:
    """``address:port`` → ``open``, ``refused``, or why it cannot be reached; all at the same time."""
    if not targets:
        return {}
    with ThreadPoolExecutor(max_workers=min(32, len(targets))) as pool:
        return dict(zip(targets, pool.map(lambda target: _knock(target, timeout), targets), strict=False))


def listening() -> list[dict[str, Any]]:
    """TCP sockets that listen: ``address``, ``port``, and of root's asking ``program`` and ``unit`` (systemd's), else None."""
    sockets: dict[str, tuple[str, int]] = {}
    for table in ("tcp", "tcp6"):
        try:
            lines = (PROC / "net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:
            continue
        for line in lines:
            fields = line.split()
            if fields[3] == _LISTEN:
                address, _colon, port = fields[1].partition(":")
                sockets[fields[9]] = (_address(address), int(port, 16))
    owners = _owners(set(sockets))
    found = {(address, port, *owners.get(inode, (None, None))) for inode, (address, port) in sockets.items()}
    return [
        {"address": address, "port": port, "program": program, "unit": unit}
        for address, port, program, unit in sorted(found, key=lambda item: (item[1], item[0], str(item[2])))
    ]


def units() -> list[str]:
    """systemd's services that have processes; to be seen also where the owner of a socket is not, as in a container without ptrace."""
    return sorted({unit for process in PROC.glob("[0-9]*") for unit in (_program(process)[1],) if unit is not None})


def _user() -> str:
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _system() -> dict[str, str]:
    try:
        found = platform.freedesktop_os_release()
    except (OSError, AttributeError):  # AttributeError: Python before 3.10
        return {"id": "", "version": "", "name": platform.platform()}
    return {"id": found.get("ID", ""), "version": found.get("VERSION_ID", ""), "name": found.get("PRETTY_NAME", found.get("NAME", ""))}


def _cgroups() -> dict[str, Any]:
    """``version`` 1, 2 or 0 (none); ``controllers`` that may be used; ``writable``."""
    unified = CGROUPS / "cgroup.controllers"
    if unified.is_file():
        return {"version": 2, "controllers": sorted(unified.read_text().split()), "writable": os.access(CGROUPS, os.W_OK)}
    found = sorted({name for entry in CGROUPS.glob("*") if (entry / "tasks").exists() for name in entry.name.split(",")})
    writable = all(os.access(CGROUPS / name, os.W_OK) for name in ("cpu", "memory") if name in found)
    return {"version": 1 if found else 0, "controllers": found, "writable": bool(found) and writable}


def _addresses(name: str) -> list[str]:
    try:
        return sorted({str(info[4][0]) for info in socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)})
    except OSError:
        return []


def _knock(target: str, timeout: float) -> str:
    address, _colon, port = target.rpartition(":")
    try:
        with socket.create_connection((address.strip("[]"), int(port)), timeout=timeout):
            return "open"
    except socket.gaierror:
        return "the name is unknown"
    except TimeoutError:
        return f"no answer within {timeout:g} s"
    except OSError as error:
        return "refused" if error.errno == REFUSED else (error.strerror or str(error)).lower()


def _address(text: str) -> str:
    """The kernel's form: groups of four bytes, each in the machine's own order."""
    raw = b"".join(bytes.fromhex(text[index : index + 8])[::-1] for index in range(0, len(text), 8))
    return socket.inet_ntop(socket.AF_INET if len(raw) == 4 else socket.AF_INET6, raw)


def _owners(inodes: set[str]) -> dict[str, tuple[str | None, str | None]]:
    found: dict[str, tuple[str | None, str | None]] = {}
    for process in PROC.glob("[0-9]*"):
        for link in _links(process / "fd"):
            inode = link[8:-1] if link.startswith("socket:[") else ""
            if inode in inodes and inode not in found:
                found[inode] = _program(process)
    return found


def _links(folder: Path) -> list[str]:
    """What may be seen of a process' open files; they come and go meanwhile."""
    found = []
    try:
        for entry in os.listdir(folder):
            with contextlib.suppress(OSError):
                found.append(os.readlink(folder / entry))
    except OSError:
        return []
    return found


def _program(process: Path) -> tuple[str | None, str | None]:
    try:
        units = _UNIT.findall((process / "cgroup").read_text())
        return (process / "comm").read_text().strip(), (units[0] if units else None)
    except OSError:
        return None, None
