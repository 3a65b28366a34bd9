# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent's configuration file: JSON, written by the role router_agent, readable by the agent only (it has secrets)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ApiConfig:
    address: str
    port: int
    token: str = field(repr=False)


@dataclass(frozen=True)
class MarathonConfig:
    """``resync``: seconds between two complete readings when nothing happens."""

    urls: Sequence[str]
    user: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_path: str | None = None
    validate_certs: bool = True
    resync: float = 30.0


@dataclass(frozen=True)
class StoreConfig:
    host: str
    port: int
    user: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class NginxConfig:
    """``apply_socket``: where the root helper listens that tests and installs snippets and reloads nginx."""

    socket: str
    apply_socket: str
    snippets_dir: str


@dataclass(frozen=True)
class HaproxyConfig:
    """``frame``: the role's configuration; ``services``: the agent's own file beside it; ``bind``: addresses that services listen on."""

    socket: str
    master_socket: str
    frame: str
    services: str
    bind: Sequence[str]


@dataclass(frozen=True)
class Config:
    """``reload_interval``: seconds that lie at least between two reloads of nginx, and of HAProxy."""

    router: str
    datacenter: str
    vcluster: str
    state_dir: str
    api: ApiConfig
    marathon: MarathonConfig
    store: StoreConfig | None = None
    nginx: NginxConfig | None = None
    haproxy: HaproxyConfig | None = None
    regions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    reserved_ports: Sequence[int] = ()
    reload_interval: float = 5.0


_PARTS: dict[str, type[Any]] = {
    "api": ApiConfig,
    "marathon": MarathonConfig,
    "store": StoreConfig,
    "nginx": NginxConfig,
    "haproxy": HaproxyConfig,
}


def load_config(path: str) -> Config:
    """Raises ``ValueError`` that names the file and the key; never with a value in it, for some are secrets."""
    try:
        data = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as exc:
        raise ValueError(f"{path}: cannot be read: {exc}") from exc
    config: Config = _made(Config, data, path, "")
    return config


def _made(kind: type[Any], data: Any, path: str, prefix: str) -> Any:
    if not isinstance(data, dict):
        raise ValueError(f"{path}: {prefix or 'the file'} is no object")
    known = {item.name for item in fields(kind)}
    for key in data:
        if key not in known:
            raise ValueError(f"{path}: {prefix}{key} is unknown; expected one of {', '.join(sorted(known))}")
    values = {
        key: _made(_PARTS[key], value, path, f"{prefix}{key}.") if kind is Config and key in _PARTS and value is not None else value
        for key, value in data.items()
    }
    try:
        return kind(**values)
    except TypeError as exc:
        raise ValueError(f"{path}: {prefix or 'the file'}: {str(exc).partition('() ')[2] or exc}") from exc
