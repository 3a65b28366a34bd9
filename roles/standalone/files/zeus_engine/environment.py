# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The environment of a task, as Marathon builds it. What runs the task adds its own, such as MESOS_SANDBOX."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from .definitions import image_of, is_host, ports_of

_LABEL_LIMIT = 512


def build(definition: Mapping[str, Any], task_id: str, hostname: str, ports: Sequence[int]) -> dict[str, str]:
    """What the app's own `env` says wins over everything but the ports, which always are the real ones."""
    labels: Mapping[str, str] = definition["labels"]
    env = {
        "HOST": hostname,
        "MESOS_TASK_ID": task_id,
        "MARATHON_APP_ID": definition["id"],
        "MARATHON_APP_VERSION": definition["version"],
        "MARATHON_APP_RESOURCE_CPUS": str(definition["cpus"]),
        "MARATHON_APP_RESOURCE_MEM": str(definition["mem"]),
        "MARATHON_APP_RESOURCE_DISK": str(definition["disk"]),
        "MARATHON_APP_RESOURCE_GPUS": str(definition["gpus"]),
        "MARATHON_APP_LABELS": " ".join(sorted(_word(name) for name in labels)),
    }
    if image := image_of(definition):
        env["MARATHON_APP_DOCKER_IMAGE"] = image
    for name, value in labels.items():
        if len(value) < _LABEL_LIMIT and _word(name):
            env[f"MARATHON_APP_LABEL_{_word(name)}"] = value
    return env | {name: value for name, value in definition.get("env", {}).items() if isinstance(value, str)} | _ports(definition, ports)


def _ports(definition: Mapping[str, Any], ports: Sequence[int]) -> dict[str, str]:
    if not ports:
        return {}
    env = {"PORT": str(ports[0]), "PORTS": ",".join(map(str, ports))}
    key = "port" if is_host(definition) else "containerPort"
    for index, (port, defined) in enumerate(zip(ports, ports_of(definition), strict=False)):
        env[f"PORT{index}"] = str(port)
        if defined.get(key) or not is_host(definition):
            env[f"PORT_{defined[key] or port}"] = str(port)
        if "name" in defined:
            env[f"PORT_{_word(defined['name'])}"] = str(port)
    return env


def _word(name: str) -> str:
    """A name as part of an environment variable's name."""
    return re.sub(r"[^A-Z0-9_]+", "_", name.upper()).strip("_")
