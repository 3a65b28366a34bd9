# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An engine on a machine with a Docker of its own: dockerd runs in the test's container, so that nothing meets the machine's containers,
ports or networks. Its images are made from what lies on it; there is no registry.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from .running import DEFAULT_AGENTS, RunningEngine

IMAGE = "zeus-test/python:1"
#: Where no registry answers, and at once.
NO_REGISTRY = "127.0.0.1:9/nobody/nothing:1"
_NETWORK = "10.213.255.1/24"
_FILES = "bin lib lib64 etc/passwd etc/group etc/nsswitch.conf usr/bin usr/lib64 usr/lib/python3.11 usr/lib/x86_64-linux-gnu"
_DOCKERD = (
    "parent=$(sed -n 's/^[0-9]*:memory://p' /proc/1/cgroup); "
    f"exec dockerd --bip {_NETWORK} ${{parent:+--cgroup-parent $parent/inner}} >> /var/log/dockerd.log 2>&1"
)


class DockerHost(RunningEngine):
    """`inner` runs docker commands on the host."""

    def __init__(self, agents: Sequence[Mapping[str, Any]] = DEFAULT_AGENTS, *, settings: Mapping[str, Any] | None = None) -> None:
        # systempaths: dockerd writes to /proc/sys/net; the volume: overlayfs on overlayfs is impossible.
        options = ["--security-opt", "systempaths=unconfined", "--volume", "/var/lib/docker", "--tmpfs", "/run:exec"]
        super().__init__(agents, settings={"docker": "required", **(settings or {})}, options=options)

    def prepare(self) -> None:
        self.start_docker()
        self.exec("sh", "-c", f"tar -C / -c {_FILES} | docker import -c 'CMD [\"/bin/sh\"]' - {IMAGE}")

    def start_docker(self) -> None:
        self.exec("sh", "-c", f"({_DOCKERD}) &")
        self.wait(
            lambda: self.inner("version", "-f", "{{.Server.Version}}", check=False).strip(),
            what=lambda: f"Docker in the container; its log: {self.exec('tail', '-30', '/var/log/dockerd.log', check=False)}",
        )

    def stop_docker(self) -> None:
        """End it as a power cut would, with what it runs; the engine goes on."""
        self.exec("sh", "-c", "pkill -KILL dockerd; pkill -KILL containerd", check=False)
        self.wait(lambda: not self.exec("pgrep", "dockerd", check=False), what="Docker's end")

    def inner(self, *command: str, check: bool = True) -> str:
        return self.exec("docker", *command, check=check)

    def build(self, name: str, *instructions: str) -> str:
        """An image on top of the test's, such as with an entry point of its own."""
        self.exec("sh", "-c", f"DOCKER_BUILDKIT=0 docker build -q -t {name} -", data="\n".join((f"FROM {IMAGE}", *instructions)))
        return name

    def container(self, task_id: str) -> dict[str, Any]:
        """What Docker says of a task's container."""
        found = self.containers(task_id)
        assert len(found) == 1, f"{task_id}: {found}"
        return dict(json.loads(self.inner("inspect", found[0]))[0])

    def containers(self, task_id: str = "") -> list[str]:
        """The ids of all containers of the engine, running or not, or of one task."""
        label = f"zeus.paas.task={task_id}" if task_id else "zeus.paas.task"
        return self.inner("ps", "-aq", "--no-trunc", "--filter", f"label={label}").split()

    def sandbox(self, task_id: str, name: str) -> str:
        """A file of a task's sandbox, empty if it is not there."""
        return self.exec("cat", f"/var/lib/zeus-standalone/sandboxes/{task_id}/{name}", check=False)


def image(app_id: str, cmd: str = "exec sleep 600", *, docker: Mapping[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    """An app that runs the test's image."""
    container = {"type": "DOCKER", "docker": {"image": IMAGE, **(docker or {})}, **fields.pop("container", {})}
    return {"id": app_id, "cmd": cmd, "cpus": 0.1, "mem": 64, "container": container, **fields}
