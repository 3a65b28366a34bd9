# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``container.docker.parameters``: options of ``docker run``, as parts of the body of Docker's own API.

Those that belong to the engine (name, network, ports, logs, restart, limits that an app has fields for) are not among them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Config = dict[str, Any]
_UNITS = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


def apply(config: Config, key: str, value: str) -> None:
    """Put one option into the body. Raises ValueError, with a text for the app's owner, if it is unknown or its value is wrong."""
    option = _OPTIONS.get(key)
    if option is None:
        raise ValueError(f"the standalone engine does not know the parameter '{key}'; it knows {', '.join(sorted(_OPTIONS))}")
    try:
        option(config, value)
    except ValueError as error:
        raise ValueError(f"the parameter '{key}' cannot be '{value}': {error}") from None


def _host(config: Config) -> dict[str, Any]:
    host: dict[str, Any] = config.setdefault("HostConfig", {})
    return host


def _listed(name: str) -> Callable[[Config, str], None]:
    return lambda config, value: _host(config).setdefault(name, []).append(value)


def _set(name: str, read: Callable[[str], Any] = str) -> Callable[[Config, str], None]:
    return lambda config, value: _host(config).__setitem__(name, read(value))


def _set_own(name: str, read: Callable[[str], Any] = str) -> Callable[[Config, str], None]:
    return lambda config, value: config.__setitem__(name, read(value))


def _mapped(name: str, separator: str) -> Callable[[Config, str], None]:
    def put(config: Config, value: str) -> None:
        key, found, rest = value.partition(separator)
        if not key or (separator == "=" and not found):
            raise ValueError(f"it must be NAME{separator}VALUE")
        _host(config).setdefault(name, {})[key] = rest

    return put


def _boolean(value: str) -> bool:
    if value.lower() not in ("true", "false"):
        raise ValueError("it must be true or false")
    return value.lower() == "true"


def _number(value: str) -> int:
    try:
        return int(value)
    except ValueError:
        raise ValueError("it must be a whole number") from None


def _bytes(value: str) -> int:
    if value == "-1":
        return -1
    found = re.fullmatch(r"(\d+)([bkmg]?)b?", value.lower())
    if found is None:
        raise ValueError("it must be a number of bytes, with b, k, m or g after it if wanted")
    return int(found[1]) * _UNITS[found[2]]


def _label(config: Config, value: str) -> None:
    key, _separator, text = value.partition("=")
    config.setdefault("Labels", {})[key] = text


def _env(config: Config, value: str) -> None:
    if "=" not in value:
        raise ValueError("it must be NAME=VALUE")
    config.setdefault("Env", []).append(value)


def _ulimit(config: Config, value: str) -> None:
    found = re.fullmatch(r"([a-z]+)=(-?\d+)(?::(-?\d+))?", value)
    if found is None:
        raise ValueError("it must be NAME=SOFT or NAME=SOFT:HARD")
    soft = int(found[2])
    _host(config).setdefault("Ulimits", []).append({"Name": found[1], "Soft": soft, "Hard": int(found[3]) if found[3] else soft})


def _device(config: Config, value: str) -> None:
    path, _first, rest = value.partition(":")
    inside, _second, permissions = rest.partition(":")
    if not path.startswith("/"):
        raise ValueError("it must be /dev/NAME, /dev/NAME:PATH or /dev/NAME:PATH:PERMISSIONS")
    entry = {"PathOnHost": path, "PathInContainer": inside or path, "CgroupPermissions": permissions or "rwm"}
    _host(config).setdefault("Devices", []).append(entry)


_OPTIONS: Mapping[str, Callable[[Config, str], None]] = {
    "add-host": _listed("ExtraHosts"),
    "cap-add": _listed("CapAdd"),
    "cap-drop": _listed("CapDrop"),
    "cpuset-cpus": _set("CpusetCpus"),
    "device": _device,
    "dns": _listed("Dns"),
    "dns-opt": _listed("DnsOptions"),
    "dns-option": _listed("DnsOptions"),
    "dns-search": _listed("DnsSearch"),
    "entrypoint": _set_own("Entrypoint", lambda value: [value]),
    "env": _env,
    "group-add": _listed("GroupAdd"),
    "hostname": _set_own("Hostname"),
    "init": _set("Init", _boolean),
    "ipc": _set("IpcMode"),
    "label": _label,
    "memory-swap": _set("MemorySwap", _bytes),
    "memory-swappiness": _set("MemorySwappiness", _number),
    "oom-score-adj": _set("OomScoreAdj", _number),
    "pid": _set("PidMode"),
    "pids-limit": _set("PidsLimit", _number),
    "read-only": _set("ReadonlyRootfs", _boolean),
    "security-opt": _listed("SecurityOpt"),
    "shm-size": _set("ShmSize", _bytes),
    "stop-signal": _set_own("StopSignal"),
    "sysctl": _mapped("Sysctls", "="),
    "tmpfs": _mapped("Tmpfs", ":"),
    "ulimit": _ulimit,
    "user": _set_own("User"),
    "volume": _listed("Binds"),
    "workdir": _set_own("WorkingDir"),
}
