# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The project file, as data: what one app is in one environment and one datacenter. Frozen, without behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

AppType = Literal["web", "service", "worker"]


@dataclass(frozen=True)
class Health:
    """A health check beside the task. ``path`` None: a TCP connection is enough. All times in seconds."""

    path: str | None
    grace: int
    interval: int
    timeout: int
    failures: int


@dataclass(frozen=True)
class Resources:
    """Per instance: ``cpus`` in cores, ``mem`` and ``disk`` in MiB."""

    cpus: float
    mem: float
    disk: float


@dataclass(frozen=True)
class Upgrade:
    """Marathon's upgradeStrategy: the share of instances that stays healthy, and the share that may run in addition."""

    minimum_health_capacity: float
    maximum_over_capacity: float


@dataclass(frozen=True)
class Gray:
    """The gray version of a web app; what is None is as in the stable version."""

    version: str
    policy: str | None
    instances: int
    cmd: str | None
    files: str | None
    env: Mapping[str, str]
    resources: Mapping[str, float]
    health: Mapping[str, object]


@dataclass(frozen=True)
class App:
    """One app, fully merged. ``where`` is its key in the file, for messages; ``files`` and ``snippet`` are paths as written there."""

    where: str
    name: str
    type: AppType
    vcluster: str
    version: str
    cmd: str
    files: str | None
    env: Mapping[str, str]
    instances: int
    resources: Resources
    hosts: tuple[str, ...]
    path: str | None
    port: int | None
    health: Health | None
    upgrade: Upgrade
    grace_period: int
    snippet: str | None
    gray: Gray | None
