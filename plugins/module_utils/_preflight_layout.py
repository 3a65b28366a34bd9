# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a datacenter's machines must be able to do, derived from its layout: whom they reach, where they listen, which names they know.

Pure. The sources of the rules are the roles' defaults and docs/design.md, sections 6, 7 and 10.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.zeus.paas.plugins.module_utils._catalogue import VCluster, read_catalogue

#: Mesos' default range of ports that agents offer.
MESOS_PORTS = (31000, 32000)


@dataclass(frozen=True)
class Host:
    """One host; ``variables`` are those of VARIABLES that it has, evaluated."""

    name: str
    address: str
    role: str
    vcluster: str | None
    variables: Mapping[str, Any]


@dataclass(frozen=True)
class Layout:
    """One datacenter. ``variables``: those of the datacenter, as its first control host has them."""

    datacenter: str
    engine: str
    catalogue: Mapping[str, VCluster]
    hosts: tuple[Host, ...]
    variables: Mapping[str, Any]

    def of_role(self, *roles: str) -> tuple[Host, ...]:
        return tuple(host for host in self.hosts if host.role in roles)


@dataclass(frozen=True)
class Endpoint:
    """Something that listens. ``what`` is a noun for messages."""

    address: str
    port: int
    what: str

    @property
    def key(self) -> str:
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


@dataclass(frozen=True)
class Port:
    """A port that a host will listen on; ``unit`` is ours that may hold it already."""

    number: int
    what: str
    unit: str


#: What is asked of the inventory, with the roles' defaults.
DEFAULTS: Mapping[str, Any] = {
    "zeus_marathon_urls": [],
    "zeus_mesos_urls": [],
    "zeus_router_urls": {},
    "zeus_artifact_url": "",
    "zeus_policy_store_host": "",
    "zeus_policy_store_port": 6379,
    "zeus_zookeeper_hosts": [],
    "standalone_marathon_port": 8080,
    "standalone_mesos_port": 5050,
    "standalone_first_port": 31000,
    "standalone_ports_per_agent": 100,
    "artifact_store_port": 8600,
    "router_nginx_port": 80,
    "router_haproxy_health_port": 8405,
    "router_agent_port": 8700,
}
#: And what says where a host stands.
PLACE = ("zeus_datacenter", "zeus_engine", "zeus_vclusters", "zeus_node_role", "zeus_vcluster", "ansible_host")
VARIABLES = (*PLACE, *DEFAULTS)


def read_layout(hosts: Mapping[str, Mapping[str, Any]]) -> Layout:
    """From the evaluated variables of every host (an inventory that ``zeus.paas.topology`` has accepted)."""
    nodes = tuple(
        Host(name, str(found.get("ansible_host") or name), str(found["zeus_node_role"]), found.get("zeus_vcluster"), {**DEFAULTS, **found})
        for name, found in sorted(hosts.items())
    )
    first = next(node for node in nodes if node.role == "control").variables
    catalogue = read_catalogue(first["zeus_vclusters"], str(first["zeus_datacenter"]))
    return Layout(str(first["zeus_datacenter"]), str(first["zeus_engine"]), catalogue, nodes, first)


def apis(layout: Layout) -> tuple[Endpoint, ...]:
    """What the controller speaks to: every API of the datacenter."""
    routers = [url for urls in layout.variables["zeus_router_urls"].values() for url in urls]
    return (*_control(layout), *_urls(routers, "the router agent"))


def reaches(layout: Layout, host: Host) -> tuple[Endpoint, ...]:
    """Whom this host must reach."""
    found: list[Endpoint] = []
    if host.role == "router":
        found += [*_marathon(layout), *_policy_store(layout), *_tasks(layout, host)]
    if host.role == "compute" or (host.role == "control" and layout.engine == "standalone"):
        found += _urls([layout.variables["zeus_artifact_url"]], "the artifact store")
    if layout.engine == "mesos" and host.role in ("control", "compute"):
        found += [*_urls(layout.variables["zeus_mesos_urls"], "Mesos"), *_zookeeper(layout)]
    return tuple(dict.fromkeys(found))


def listens(layout: Layout, host: Host) -> tuple[Port, ...]:
    """The ports that our roles will take on this host."""
    value = host.variables
    if host.role == "control":
        ports = []
        if layout.engine == "standalone":
            ports.append(Port(value["standalone_marathon_port"], "Marathon's API", "zeus-standalone.service"))
            ports.append(Port(value["standalone_mesos_port"], "Mesos' API", "zeus-standalone.service"))
        if host == layout.of_role("control")[0]:
            ports.append(Port(value["zeus_policy_store_port"], "the policy store", "redis-server.service"))
            ports.append(Port(value["artifact_store_port"], "the artifact store", "zeus-artifacts.service"))
        return tuple(ports)
    if host.role != "router":
        return ()
    cluster = layout.catalogue[str(host.vcluster)]
    return (
        *([Port(value["router_nginx_port"], "HTTP", "nginx.service")] if cluster.serves_web else []),
        *([Port(value["router_haproxy_health_port"], "HAProxy's health", "haproxy.service")] if cluster.serves_ports else []),
        Port(value["router_agent_port"], "the router agent", "zeus-router-agent.service"),
    )


def names(layout: Layout) -> tuple[str, ...]:
    """The names, not addresses, that the inventory uses for hosts and APIs."""
    used = {host.address for host in layout.hosts} | {endpoint.address for endpoint in (*apis(layout), *_zookeeper(layout))}
    return tuple(sorted(name for name in used if not is_address(name)))


def is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _control(layout: Layout) -> tuple[Endpoint, ...]:
    artifacts = _urls([layout.variables["zeus_artifact_url"]], "the artifact store")
    return (*_marathon(layout), *_urls(layout.variables["zeus_mesos_urls"], "Mesos"), *_policy_store(layout), *artifacts)


def _marathon(layout: Layout) -> tuple[Endpoint, ...]:
    return _urls(layout.variables["zeus_marathon_urls"], "Marathon")


def _policy_store(layout: Layout) -> tuple[Endpoint, ...]:
    host = str(layout.variables["zeus_policy_store_host"])
    return (Endpoint(host, int(layout.variables["zeus_policy_store_port"]), "the policy store"),) if host else ()


def _tasks(layout: Layout, router: Host) -> tuple[Endpoint, ...]:
    """The first and the last port of the tasks, on every host that runs some of the router's cluster."""
    if layout.engine == "standalone":
        agents = sum(cluster.agents for cluster in layout.catalogue.values())
        first = int(layout.variables["standalone_first_port"])
        ports: tuple[int, int] = (first, first + agents * int(layout.variables["standalone_ports_per_agent"]) - 1)
        places: Iterable[Host] = layout.of_role("control")
    else:
        ports = MESOS_PORTS
        places = [host for host in layout.of_role("compute") if host.vcluster == router.vcluster]
    return tuple(Endpoint(place.address, port, "tasks") for place in places for port in ports)


def _zookeeper(layout: Layout) -> tuple[Endpoint, ...]:
    found = []
    for entry in layout.variables["zeus_zookeeper_hosts"]:
        parts = urlsplit(f"//{entry}")
        found.append(Endpoint(str(parts.hostname), parts.port or 2181, "ZooKeeper"))
    return tuple(found)


def _urls(urls: Sequence[str], what: str) -> tuple[Endpoint, ...]:
    found = []
    for url in urls:
        parts = urlsplit(url)
        if parts.hostname:
            found.append(Endpoint(parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), what))
    return tuple(found)
