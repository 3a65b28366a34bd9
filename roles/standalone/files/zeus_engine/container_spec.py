# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What Docker is told about a container: the body of ``POST /containers/create``, from an app as Marathon and Mesos read it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from . import docker_parameters
from .cgroups import PERIOD, Limits
from .definitions import is_host, ports_of
from .executor import Launch

#: Where Mesos puts the sandbox in a container, too.
SANDBOX = "/mnt/mesos/sandbox"
TASK_LABEL = "zeus.paas.task"
ENGINE_LABEL = "zeus.paas.engine"


def container_name(launch: Launch) -> str:
    """As Mesos names its containers."""
    return f"mesos-{launch.container_id}"


def build(launch: Launch, engine: str, sandbox: Path, limits: Limits | None, log_bytes: int) -> dict[str, Any]:
    """`engine` is this engine's identity, `log_bytes` what Docker may keep of each container's output for the engine to fetch."""
    definition = launch.definition
    docker = definition["container"]["docker"]
    host: dict[str, Any] = {
        "NetworkMode": "host" if is_host(definition) else "bridge",
        "Privileged": docker["privileged"],
        "Binds": [_bind(volume, sandbox) for volume in definition["container"]["volumes"]] + [f"{sandbox}:{SANDBOX}"],
        # What the daemon's default does with logs is unknown; the engine reads this one.
        "LogConfig": {"Type": "json-file", "Config": {"max-size": str(log_bytes), "max-file": "2"}},
        **(_resources(definition, limits) if limits else {}),
    }
    config: dict[str, Any] = {"Image": docker["image"], "Env": [f"{key}={value}" for key, value in env(launch).items()], "HostConfig": host}
    if "user" in definition:
        config["User"] = definition["user"]
    if definition.get("cmd"):
        config |= {"Entrypoint": ["/bin/sh"], "Cmd": ["-c", definition["cmd"]]}  # not the image's entry point: MESOS-1770
    elif definition.get("args"):
        config["Cmd"] = list(definition["args"])
    if not is_host(definition):
        config["ExposedPorts"], host["PortBindings"] = _ports(launch)
    for parameter in docker["parameters"]:
        docker_parameters.apply(config, parameter["key"], parameter["value"])
    config.setdefault("Labels", {}).update(
        {ENGINE_LABEL: engine, TASK_LABEL: launch.task_id, "MESOS_TASK_ID": launch.task_id, "MARATHON_APP_ID": definition["id"]}
    )
    return config


def env(launch: Launch) -> dict[str, str]:
    """What Mesos adds wins over the app's own."""
    return {
        **launch.env,
        "MESOS_SANDBOX": SANDBOX,
        "MESOS_CONTAINER_NAME": container_name(launch),
        "MESOS_ALLOCATION_ROLE": launch.definition["role"],
    }


def _bind(volume: Mapping[str, Any], sandbox: Path) -> str:
    """Relative paths are below the sandbox, on either side."""
    source, target = volume["hostPath"], volume["containerPath"]
    source = source if source.startswith("/") else f"{sandbox}/{source}"
    target = target if target.startswith("/") else f"{SANDBOX}/{target}"
    return f"{source}:{target}:{volume['mode'].lower()}"


def _resources(definition: Mapping[str, Any], limits: Limits) -> dict[str, Any]:
    """The request is what is reserved, the limit what is never exceeded; no swap beyond it, as for processes."""
    found: dict[str, Any] = {"CpuShares": max(2, int(1024 * limits.shares))}
    if limits.memory is not None:
        found |= {"Memory": limits.memory, "MemorySwap": limits.memory}
    if "mem" in definition.get("resourceLimits", {}):
        found["MemoryReservation"] = int(definition["mem"] * 1024 * 1024)
    if limits.cpus is not None:
        found |= {"CpuPeriod": PERIOD, "CpuQuota": max(1000, int(PERIOD * limits.cpus))}
    return found


def _ports(launch: Launch) -> tuple[dict[str, Any], dict[str, Any]]:
    """Every mapping's host port; a container port of 0 is the host's."""
    bindings: dict[str, list[dict[str, str]]] = {}
    for mapping, host_port in zip(ports_of(launch.definition), launch.ports, strict=True):
        for protocol in mapping["protocol"].split(","):
            bindings.setdefault(f"{mapping['containerPort'] or host_port}/{protocol}", []).append({"HostPort": str(host_port)})
    return {name: {} for name in bindings}, bindings
