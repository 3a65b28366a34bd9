# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where things lie, what they are called and which addresses they have: the one place that reads the environment and ``local.yml``."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from zeus_demo.errors import DemoError

CHECKOUT = Path(__file__).resolve().parents[2]
#: The description of the demo's bed: ``local.yml`` and what all its datacenters share, ``common/``.
LOCAL = CHECKOUT / "inventories" / "local"
#: The Debian that a bed's machines have, and those that they may have, with their versions.
SUITE = "bookworm"
SUITES = {SUITE: 12, "trixie": 13}
#: The last octet of the control center's own host in every network.
CENTER_OCTET = 5


@dataclass(frozen=True)
class Host:
    """A systemd container that stands for a machine. ``vcluster`` is None for a control host; ``rack`` counts those of a kind."""

    name: str
    datacenter: str
    role: str
    vcluster: str | None
    address: str
    rack: str


@dataclass(frozen=True)
class Datacenter:
    name: str
    net: ipaddress.IPv4Network
    hosts: tuple[Host, ...]

    @property
    def control(self) -> Host:
        """The first control host, which has the stores."""
        return next(host for host in self.hosts if host.role == "control")

    @property
    def routers(self) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if host.role == "router")


@dataclass(frozen=True)
class Settings:
    """A *bed* is one set of datacenters: the demo's, or that of a molecule scenario. Its name is in the name of all that is its own.

    ``description`` is the folder that says what it consists of, ``image`` the test bed's image that its bare hosts are made of, ``engine``
    what runs the apps of its datacenters, ``suite`` the Debian of its machines.
    """

    state: Path
    bed: str
    description: Path
    image: str
    engine: str
    suite: str
    subnet: ipaddress.IPv4Network
    datacenters: tuple[Datacenter, ...]
    verbose: bool

    @classmethod
    def from_environment(cls) -> Settings:
        """The environment's share; the rest is in inventories/local.

        ZEUS_STATE (folder), ZEUS_BED (name), ZEUS_BED_DESCRIPTION (a folder such as inventories/local), ZEUS_DEMO_SUBNET (IPv4,
        /16 to /20), ZEUS_DEMO_DATACENTERS (number), ZEUS_BED_SUITE (trixie for machines with Debian 13), V=1 (show everything).
        """
        description = Path(os.environ.get("ZEUS_BED_DESCRIPTION") or LOCAL).resolve()
        local = _mapping(description / "local.yml")
        common: dict[str, Any] = {}
        for file in sorted((description / "common").glob("*.yml")):
            common.update(_mapping(file))
        subnet = _subnet(os.environ.get("ZEUS_DEMO_SUBNET") or str(local["subnet"]))
        if count := os.environ.get("ZEUS_DEMO_DATACENTERS"):
            local["datacenters"] = count
        return cls(
            bed=os.environ.get("ZEUS_BED") or "demo",
            description=description,
            image=str(local.get("image", "base")),
            engine=str(common["zeus_engine"]),
            suite=_suite(os.environ.get("ZEUS_BED_SUITE") or SUITE),
            state=Path(os.environ.get("ZEUS_STATE") or CHECKOUT / ".state").resolve(),
            subnet=subnet,
            datacenters=_datacenters(local, common["zeus_vclusters"], subnet),
            verbose=os.environ.get("V") == "1",
        )

    @property
    def logs(self) -> Path:
        return self.state / "log"

    @property
    def prefix(self) -> str:
        return f"zeus-{self.bed}"

    @property
    def home(self) -> Path:
        """All that belongs to the bed; removed with it."""
        return self.state / self.bed

    @property
    def site(self) -> Path:
        """The generated inventories, one folder per datacenter."""
        return self.home / "inventories" / "local"

    @property
    def center_net(self) -> ipaddress.IPv4Network:
        return nth_net(self.subnet, 0)

    def center_address(self, net: ipaddress.IPv4Network) -> str:
        return str(net[CENTER_OCTET])

    @property
    def label(self) -> str:
        return f"paas.zeus.bed={self.prefix}"

    @property
    def center(self) -> str:
        """The container that stands for the control center and for everybody's clients."""
        return f"{self.prefix}-center"

    def container(self, host: Host) -> str:
        return f"{self.prefix}-{host.name}"


def nth_net(subnet: ipaddress.IPv4Network, number: int) -> ipaddress.IPv4Network:
    """The /24 with this number inside the subnet."""
    return ipaddress.IPv4Network((int(subnet.network_address) + number * 256, 24))


def _datacenters(local: Mapping[str, Any], catalogue: Mapping[str, Any], subnet: ipaddress.IPv4Network) -> tuple[Datacenter, ...]:
    count = str(local["datacenters"])
    if not count.isdigit() or not 1 <= int(count) <= len(local["names"]):
        raise DemoError(
            f"datacenters: {count} cannot be built; expected a number from 1 to {len(local['names'])}, as inventories/local names them"
        )
    names = list(local["names"])[: int(count)]
    result = []
    for number, name in enumerate(names, start=1):
        net = nth_net(subnet, number)
        hosts = (*_control(local, name, net), *_routers(local, catalogue, name, net), *_compute(local, name, net))
        result.append(Datacenter(name, net, hosts))
    return tuple(result)


def _control(local: Mapping[str, Any], datacenter: str, net: ipaddress.IPv4Network) -> list[Host]:
    """One is called ``control``, several are numbered from 1."""
    first, count = int(local["addresses"]["control"]), int(local.get("controls", 1))
    names = [f"{datacenter}-control-{number}" for number in range(1, count + 1)] if count > 1 else [f"{datacenter}-control"]
    return [Host(name, datacenter, "control", None, str(net[first + place]), f"r{place + 1}") for place, name in enumerate(names)]


def _routers(local: Mapping[str, Any], catalogue: Mapping[str, Any], datacenter: str, net: ipaddress.IPv4Network) -> list[Host]:
    first = int(local["addresses"]["routers"])
    routed = [vcluster for vcluster, entry in catalogue.items() if entry.get("router", "none") != "none"]
    return [
        Host(f"{datacenter}-{vcluster}-router", datacenter, "router", vcluster, str(net[first + place]), "r1")
        for place, vcluster in enumerate(routed)
    ]


def _compute(local: Mapping[str, Any], datacenter: str, net: ipaddress.IPv4Network) -> list[Host]:
    wanted = [(vcluster, number) for vcluster, count in local.get("compute", {}).items() for number in range(1, int(count) + 1)]
    return [
        Host(
            f"{datacenter}-{vcluster}-{number}",
            datacenter,
            "compute",
            vcluster,
            str(net[int(local["addresses"]["compute"]) + place]),
            f"r{number}",
        )
        for place, (vcluster, number) in enumerate(wanted)
    ]


def _mapping(path: Path) -> dict[str, Any]:
    data = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(data, dict):
        raise DemoError(f"{os.path.relpath(path)}: expected a mapping")
    return data


def _suite(name: str) -> str:
    if name not in SUITES:
        raise DemoError(f"ZEUS_BED_SUITE: {name} is no Debian that the test bed has; expected {' or '.join(SUITES)}")
    return name


def _subnet(text: str) -> ipaddress.IPv4Network:
    try:
        net = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise DemoError(f"ZEUS_DEMO_SUBNET: {error}; expected something like 10.210.0.0/16") from error
    if not 16 <= net.prefixlen <= 20:
        raise DemoError(f"ZEUS_DEMO_SUBNET: {text} has the wrong size; expected a prefix from /16 to /20, such as 10.210.0.0/16")
    return net
