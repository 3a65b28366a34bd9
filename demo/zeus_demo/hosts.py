# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks and systemd containers that stand for a site's machines. Nothing here knows what runs on them."""

from __future__ import annotations

import ipaddress
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from zeus_demo import docker
from zeus_demo.command import capture, succeeds
from zeus_demo.errors import DemoError

#: systemd in a container needs these; `--privileged` is refused on machines that lack one of all capabilities.
SYSTEMD_OPTIONS = (
    *("--cap-add", "SYS_ADMIN", "--cap-add", "NET_ADMIN"),
    *("--security-opt", "seccomp=unconfined", "--security-opt", "apparmor=unconfined"),
    *("--tmpfs", "/run", "--tmpfs", "/run/lock", "--tmpfs", "/tmp:exec,mode=1777"),
    # The machine's cgroup tree, under both cgroup versions: systemd then finds its own place by the path of its process.
    *("--cgroupns", "host", "--volume", "/sys/fs/cgroup:/sys/fs/cgroup:rw"),
)
#: What Docker in such a container needs beside: a disk that overlayfs can lie on, and the kernel's settings for its networks.
DOCKER_OPTIONS = ("--volume", "/var/lib/docker", "--security-opt", "systempaths=unconfined")
CGROUPS = Path("/sys/fs/cgroup")
READY_SECONDS = 60
MAKER = "paas.zeus.made-by"


@dataclass(frozen=True)
class Machine:
    """A container to start: ``networks`` maps a network's name to the address in it; without ``systemd`` it is a mere place for clients.

    With ``docker`` a Docker of its own can run in it.
    """

    container: str
    hostname: str
    networks: Mapping[str, str]
    systemd: bool = True
    docker: bool = False


@dataclass(frozen=True)
class Keys:
    """ssh keys in the state folder: one for the user, and one per host so that hosts are known before they start."""

    folder: Path
    private: Path = field(init=False)
    known_hosts: Path = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "private", self.folder / "id_ed25519")
        object.__setattr__(self, "known_hosts", self.folder / "known_hosts")

    def make(self, machines: Iterable[Machine]) -> None:
        """Generate what is missing; ``known_hosts`` is written anew."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _keygen(self.private, "zeus.paas on this machine")
        lines = []
        for machine in machines:
            _keygen(self.host_key(machine), machine.hostname)
            public = self.host_key(machine).with_suffix(".pub").read_text().split()
            lines += [f"{address} {public[0]} {public[1]}\n" for address in machine.networks.values()]
        self.known_hosts.write_text("".join(lines))

    def host_key(self, machine: Machine) -> Path:
        return self.folder / f"host-{machine.hostname}"


def _keygen(path: Path, comment: str) -> None:
    if not path.is_file():
        capture(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(path)])


@dataclass(frozen=True)
class Owner:
    """Whose containers and networks these are: ``bed`` is the label that finds them, ``maker`` tells one checkout's from another's."""

    bed: str
    maker: str

    @property
    def labels(self) -> list[str]:
        return ["--label", self.bed, "--label", f"{MAKER}={self.maker}"]

    def foreign(self) -> bool:
        """Whether some of the bed's parts were made with other keys or subnets, so that nobody here could get in."""
        parts = docker.inspect("container", docker.names("container", self.bed))
        labels = [part["Config"]["Labels"] for part in parts]
        labels += [part["Labels"] for part in docker.inspect("network", docker.names("network", self.bed))]
        return any(found.get(MAKER) != self.maker for found in labels)


def ensure_network(name: str, net: ipaddress.IPv4Network, owner: Owner) -> None:
    """A bridge network of its own; the machine itself is its first address."""
    if name in docker.names("network", owner.bed):
        return
    docker.docker("network", "create", *owner.labels, "--subnet", str(net), "--gateway", str(net[1]), name)


def ensure_machines(machines: Iterable[Machine], image: str, keys: Keys, owner: Owner) -> bool:
    """Start what does not run; returns whether anything was created. A container of another image is replaced."""
    created = False
    running = {entry["Name"].removeprefix("/"): entry for entry in docker.inspect("container", docker.names("container", owner.bed))}
    machines = list(machines)
    for machine in machines:
        entry = running.get(machine.container)
        if entry and entry["Config"]["Image"] != image:
            docker.docker("rm", "--force", "--volumes", machine.container)
            entry = None
        if entry is None:
            _create(machine, image, keys, owner)
            created = True
        if entry is None or not entry["State"]["Running"]:
            docker.docker("start", machine.container)
    for machine in machines:
        if machine.systemd:
            wait_ready(machine, keys)
    return created


def _create(machine: Machine, image: str, keys: Keys, owner: Owner) -> None:
    (first, address), *others = machine.networks.items()
    options = ["--name", machine.container, "--hostname", machine.hostname, *owner.labels, "--network", first, "--ip", address]
    if machine.systemd:
        docker.docker("create", *options, *SYSTEMD_OPTIONS, *(DOCKER_OPTIONS if machine.docker else ()), image)
        _lay_down(machine, keys)
    else:
        docker.docker("create", *options, "--init", image, "sleep", "infinity")
    for network, extra in others:
        docker.docker("network", "connect", "--ip", extra, network, machine.container)


def _lay_down(machine: Machine, keys: Keys) -> None:
    """The keys, before the first start: no moment with unknown ones."""
    script = (
        "umask 077; mkdir -p root/.ssh etc/ssh; "
        f"cp {keys.private}.pub root/.ssh/authorized_keys; "
        f"cp {keys.host_key(machine)} etc/ssh/ssh_host_ed25519_key; cp {keys.host_key(machine)}.pub etc/ssh/ssh_host_ed25519_key.pub; "
        "chmod 700 root root/.ssh; chmod 755 etc etc/ssh; tar --owner=0 --group=0 -c root etc"
    )
    folder = capture(["mktemp", "-d"]).strip()
    try:
        capture(["sh", "-c", f"cd {folder} && ({script}) | docker cp - {machine.container}:/"])
    finally:
        capture(["rm", "-rf", folder])


def ssh_options(keys: Keys) -> list[str]:
    """For Ansible and for ourselves: strict host keys, no other identity, one connection kept open per host."""
    return [
        "-o",
        f"UserKnownHostsFile={keys.known_hosts}",
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        "BatchMode=yes",
    ]


def wait_ready(machine: Machine, keys: Keys) -> None:
    """Wait until systemd has started all it starts, and ssh lets us in."""
    address = next(iter(machine.networks.values()))
    probe = ["ssh", "-i", str(keys.private), *ssh_options(keys), "-o", "ConnectTimeout=2", f"root@{address}", "true"]
    deadline = time.monotonic() + READY_SECONDS
    while True:
        # `degraded` is up as well: a unit of the image that cannot work in containers failed, which is not our concern here.
        state = capture(["docker", "exec", machine.container, "systemctl", "is-system-running"], check=False).strip()
        if state in ("running", "degraded") and succeeds(probe, timeout=10):
            return
        if time.monotonic() > deadline:
            said = docker.docker("logs", "--tail", "5", machine.container)
            raise DemoError(f"{machine.container} did not come up within {READY_SECONDS} s (systemd: {state or 'silent'}): {said.strip()}")
        time.sleep(0.2)


def remove(label: str, image: str | None) -> list[str]:
    """Remove all containers and networks with the label, and the cgroups that systemd in them made; returns what was removed."""
    containers, networks = docker.names("container", label), docker.names("network", label)
    identities = [entry["Id"] for entry in docker.inspect("container", containers)]
    if containers:
        docker.docker("rm", "--force", "--volumes", *containers)
    for network in networks:
        docker.docker("network", "rm", network)
    left = cgroups_of(identities)
    if left and image:
        # From a container, since only root may do it and a member of Docker's group need not be root.
        script = 'for path; do find "$path" -depth -type d -exec rmdir {} + 2>/dev/null; done; true'
        mount = f"{CGROUPS}:{CGROUPS}:rw"
        docker.docker("run", "--rm", "--volume", mount, image, "sh", "-c", script, "sh", *map(str, left))
    return [*containers, *networks]


def cgroups_of(identities: Iterable[str]) -> list[Path]:
    """The cgroups of these containers: ``docker/<id>`` below each controller (version 1), or ``docker-<id>.scope`` (2, with systemd)."""
    found: list[Path] = []
    for identity in identities:
        for pattern in (
            f"docker/{identity}",
            f"*/docker/{identity}",
            f"system.slice/docker-{identity}.scope",
            f"*/system.slice/docker-{identity}.scope",
        ):
            found += [path for path in CGROUPS.glob(pattern) if path.is_dir() and not path.is_symlink()]
    return found
