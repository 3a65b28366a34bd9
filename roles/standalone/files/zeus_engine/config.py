# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's configuration file: JSON, read once at start."""

from __future__ import annotations

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .constraints import scalar


class ConfigError(Exception):
    """Names the file, the key and what would be right."""


@dataclass(frozen=True)
class AgentConfig:
    """One virtual agent. `ports` are inclusive ranges."""

    hostname: str
    attributes: Mapping[str, str]
    cpus: float
    mem: float
    disk: float
    ports: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Config:
    agents: tuple[AgentConfig, ...]
    cluster: str = "zeus"
    address: str = "127.0.0.1"
    bind: str = "0.0.0.0"
    marathon_port: int = 8080
    mesos_port: int = 5050
    user: str | None = None
    password: str | None = None
    state_dir: Path = Path("/var/lib/zeus-standalone")
    default_user: str = "zeus-task"
    cgroups: str = "required"
    cpu_limit: str = "quota"
    docker: str = "auto"
    log_max_bytes: int = 2 * 1024 * 1024
    log_max_files: int = 5
    finished_tasks_kept: int = 100
    max_running_deployments: int = 100

    @property
    def protocol(self) -> str:
        """Mesos' word for the address' kind."""
        return "IPv6" if ":" in self.address else "IPv4"

    @property
    def host(self) -> str:
        """The address as it stands before a port."""
        return f"[{self.address}]" if ":" in self.address else self.address


_NUMBERS = ("marathon_port", "mesos_port", "log_max_bytes", "log_max_files", "finished_tasks_kept", "max_running_deployments")
_TEXTS = ("cluster", "address", "bind", "default_user")
_CHOICES = {"cgroups": ("required", "auto", "off"), "cpu_limit": ("quota", "shares"), "docker": ("required", "auto", "off")}


def load(path: Path) -> Config:
    try:
        data = json.loads(path.read_text())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not JSON: {error}") from error
    return parse(data, str(path))


def parse(data: Any, source: str) -> Config:
    """A checked configuration. Raises ConfigError for unknown keys, wrong types and port ranges that overlap."""
    if not isinstance(data, dict):
        raise ConfigError(f"{source}: must be a JSON object")
    known = {*_NUMBERS, *_TEXTS, *_CHOICES, "agents", "state_dir", "http_user", "http_password"}
    if unknown := sorted(set(data) - known):
        raise ConfigError(f"{source}: {unknown[0]}: unknown key; known are {', '.join(sorted(known))}")
    values: dict[str, Any] = {}
    for key in _NUMBERS:
        if key in data:
            if isinstance(data[key], bool) or not isinstance(data[key], int) or data[key] < 1:
                raise ConfigError(f"{source}: {key}: must be a whole number above 0, not {data[key]!r}")
            values[key] = data[key]
    for key in _TEXTS:
        if key in data:
            values[key] = _text(data[key], source, key)
    for key, choices in _CHOICES.items():
        if key in data:
            if data[key] not in choices:
                raise ConfigError(f"{source}: {key}: must be one of {', '.join(choices)}, not {data[key]!r}")
            values[key] = data[key]
    if "state_dir" in data:
        values["state_dir"] = Path(_text(data["state_dir"], source, "state_dir"))
    for key in ("http_user", "http_password"):
        if data.get(key) is not None:
            values[key.removeprefix("http_")] = _text(data[key], source, key)
    if ("user" in values) != ("password" in values):
        raise ConfigError(f"{source}: http_user and http_password must be given together")
    for key in ("address", "bind"):
        if key in values:
            _address(values[key], source, key)
    return Config(agents=_agents(data.get("agents"), source), **values)


def _text(value: Any, source: str, key: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{source}: {key}: must be a text that is not empty")
    return value


def _address(value: str, source: str, key: str) -> None:
    try:
        ipaddress.ip_address(value)
    except ValueError:
        raise ConfigError(f"{source}: {key}: must be an IP address, not {value!r}") from None


def _agents(raw: Any, source: str) -> tuple[AgentConfig, ...]:
    if not isinstance(raw, list) or not raw:
        raise ConfigError(f"{source}: agents: must be a list with at least one agent")
    agents: list[AgentConfig] = []
    taken: list[tuple[int, int, str]] = []
    for index, one in enumerate(raw):
        agent = _agent(one, source, f"agents[{index}]")
        if any(agent.hostname == other.hostname for other in agents):
            raise ConfigError(f"{source}: agents[{index}].hostname: {agent.hostname!r} is there twice")
        for first, last in agent.ports:
            for other_first, other_last, owner in taken:
                if first <= other_last and other_first <= last:
                    raise ConfigError(f"{source}: agents[{index}].ports: {first}-{last} overlaps {other_first}-{other_last} of {owner}")
            taken.append((first, last, agent.hostname))
        agents.append(agent)
    return tuple(agents)


def _agent(raw: Any, source: str, key: str) -> AgentConfig:
    if not isinstance(raw, dict):
        raise ConfigError(f"{source}: {key}: must be an object")
    if unknown := sorted(set(raw) - {"hostname", "attributes", "cpus", "mem", "disk", "ports"}):
        raise ConfigError(f"{source}: {key}.{unknown[0]}: unknown key; known are hostname, attributes, cpus, mem, disk, ports")
    amounts: dict[str, float] = {}
    for name, default in (("cpus", 1.0), ("mem", 512.0), ("disk", 1024.0)):
        amount = raw.get(name, default)
        if isinstance(amount, bool) or not isinstance(amount, (int, float)) or amount <= 0:
            raise ConfigError(f"{source}: {key}.{name}: must be a number above 0, not {amount!r}")
        amounts[name] = float(amount)
    attributes = raw.get("attributes", {})
    if not isinstance(attributes, dict):
        raise ConfigError(f"{source}: {key}.attributes: must be an object")
    shown: dict[str, str] = {}
    for name, value in attributes.items():
        if isinstance(value, bool) or not isinstance(value, (str, int, float)) or value == "":
            raise ConfigError(f"{source}: {key}.attributes.{name}: must be a text or a number, not {value!r}")
        shown[name] = value if isinstance(value, str) else scalar(float(value))
    ports = raw.get("ports")
    if not isinstance(ports, list) or not ports:
        raise ConfigError(f"{source}: {key}.ports: must be a list of ranges such as [[31000, 31099]]")
    ranges: list[tuple[int, int]] = []
    for one in ports:
        if (
            not isinstance(one, list)
            or len(one) != 2
            or not all(isinstance(port, int) and 0 < port < 65536 for port in one)
            or one[0] > one[1]
        ):
            raise ConfigError(f"{source}: {key}.ports: {one!r} is no range; it must be [first, last], both within 1-65535")
        ranges.append((one[0], one[1]))
    return AgentConfig(_text(raw.get("hostname"), source, f"{key}.hostname"), shown, ports=tuple(ranges), **amounts)
