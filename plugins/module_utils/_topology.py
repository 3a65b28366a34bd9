# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A datacenter's layout: from hosts and the catalogue to groups, and refusals of what cannot work.

Pure: the inventory plugin reads the files and sets what comes out of here.
"""

from __future__ import annotations

import ipaddress
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._agent_attributes import read_value
from ansible_collections.zeus.paas.plugins.module_utils._catalogue import VCluster, read_catalogue
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, matching, one_of

ROLES = ("control", "compute", "router")
ENGINES = ("standalone", "mesos")
FUNCTIONS = (
    "control",
    "compute",
    "routers",
    "routers_l7",
    "routers_l4",
    "standalone_engines",
    "zookeepers",
    "mesos_masters",
    "mesos_agents",
    "marathons",
    "chronoses",
    "docker_engines",
    "policy_stores",
    "artifact_stores",
)
#: What a host is for, by its role and the datacenter's engine.
_CONTROL = {"standalone": ("standalone_engines",), "mesos": ("zookeepers", "mesos_masters", "marathons", "chronoses")}
DATACENTER = re.compile(r"[a-z][a-z0-9]{0,30}")
_PORTS = {"marathon": 8080, "mesos": 5050, "chronos": 4400, "zookeeper": 2181, "router": 8700, "artifact": 8600, "policy_store": 6379}
_NUMBERS = re.compile(r"[0-9.]+")


@dataclass(frozen=True)
class Node:
    """One host. ``vcluster`` is None for control hosts only; ``docker``: whether Docker runs there."""

    name: str
    address: str
    role: str
    vcluster: str | None
    docker: bool


@dataclass(frozen=True)
class Topology:
    """``groups``: name → hosts, sorted. ``variables``: for the datacenter's group; others may override them."""

    datacenter: str
    engine: str
    groups: Mapping[str, tuple[str, ...]]
    variables: Mapping[str, Any]


def build_topology(
    datacenter: str,
    hosts: Mapping[str, Mapping[str, Any]],
    common: Mapping[str, Any],
    *,
    source: str,
    common_source: str,
    static_groups: Mapping[str, Sequence[str]] | None = None,
) -> Topology:
    """The layout of one datacenter. ``hosts``: name → its variables; ``static_groups``: what the hosts file itself groups.

    Raises InputError: it names the file (``source`` or ``common_source``), the host and key, and what would be right.
    """
    matching(datacenter, DATACENTER, Where(source, "datacenter"), "a name such as bj01: lower-case letters and digits, a letter first")
    top = Where(common_source)
    for key in ("zeus_vclusters", "zeus_engine"):
        if key not in common:
            top.at(key).refuse("this variable is missing", "it in one of the files of common")
    catalogue = read_catalogue(common["zeus_vclusters"], common_source)
    engine = one_of(common["zeus_engine"], ENGINES, top.at("zeus_engine"))
    if not hosts:
        raise InputError(source, "", "there are no hosts", "a hosts.yml beside it (Ansible reads the files of a folder by name)")
    nodes = tuple(_node(name, hosts[name], catalogue, Where(source, name)) for name in sorted(hosts))
    _check_addresses(nodes, engine, source)
    _check_control(nodes, engine, source)
    _check_clusters(nodes, catalogue, engine, datacenter, source)
    groups = _groups(datacenter, nodes, catalogue, engine)
    _check_static_groups(groups, static_groups or {}, source)
    return Topology(datacenter, engine, groups, _variables(datacenter, nodes, engine))


def group_name(*parts: str) -> str:
    """Ansible's group names have no hyphen; names of clusters have no underscore, so nothing collides."""
    return "_".join(part.replace("-", "_") for part in parts)


def check_group_vars(datacenter: str, names: Sequence[str], source: str) -> None:
    """Only groups of the datacenter may have variables in its folder: others would mix with another datacenter's."""
    for name in sorted(names):
        if name != datacenter and not name.startswith(f"{datacenter}_"):
            raise InputError(
                source,
                f"group_vars/{name}",
                "a datacenter's folder must not hold variables of this group",
                f"group_vars/{datacenter} or group_vars/{datacenter}_…, and what is common to all datacenters in the folder common",
            )


def _node(name: str, variables: Mapping[str, Any], catalogue: Mapping[str, VCluster], where: Where) -> Node:
    role_at, cluster_at = where.at("zeus_node_role"), where.at("zeus_vcluster")
    if "zeus_node_role" not in variables:
        role_at.refuse("this variable is missing", "one of " + ", ".join(ROLES))
    role = one_of(variables["zeus_node_role"], ROLES, role_at)
    cluster = variables.get("zeus_vcluster")
    address = _address(name, variables, where)
    if variables.get("zeus_rack") is not None:
        # It becomes an attribute of the host's agent.
        read_value(variables["zeus_rack"], where.at("zeus_rack"))
    docker = variables.get("zeus_docker", role == "compute")
    if not isinstance(docker, bool):
        where.at("zeus_docker").refuse("this is not a truth value", "true or false: whether Docker runs on the host", docker)
    if role == "control":
        if cluster is not None:
            cluster_at.refuse("a control host belongs to no virtual cluster", "no zeus_vcluster here", cluster)
        return Node(name, address, role, None, docker)
    clusters = "one of " + ", ".join(sorted(catalogue))
    if cluster is None:
        cluster_at.refuse(f"a {role} host belongs to a virtual cluster, and this variable is missing", clusters)
    if not isinstance(cluster, str) or "," in cluster:
        cluster_at.refuse("a host belongs to exactly one virtual cluster", clusters, cluster)
    if cluster not in catalogue:
        cluster_at.refuse("unknown virtual cluster", clusters, cluster)
    if role == "router" and catalogue[cluster].router == "none":
        cluster_at.refuse("this virtual cluster has router none, so it has no router hosts", "a cluster with another router", cluster)
    return Node(name, address, role, str(cluster), docker)


def _address(name: str, variables: Mapping[str, Any], where: Where) -> str:
    found = str(variables.get("ansible_host") or name)
    if "{" in found:
        where.at("ansible_host").refuse("groups are made before templates are", "an address or a name", found)
    if "[" in found:
        where.at("ansible_host").refuse("this is no range of addresses", "an address, or a range such as 10.1.2.[1:60]", found)
    if _NUMBERS.fullmatch(found):
        try:
            ipaddress.IPv4Address(found)
        except ValueError as error:
            where.at("ansible_host").refuse(f"this is no address: {error}", "four numbers from 0 to 255, such as 10.1.2.60", found)
    return found


def _check_addresses(nodes: Sequence[Node], engine: str, source: str) -> None:
    """An address of its own per host; but a datacenter that is one machine has its control host and one router at the same address."""
    seen: dict[str, Node] = {}
    for node in sorted(nodes, key=lambda node: (ROLES.index(node.role), node.name)):
        machine = _spelled(node.address)
        other = seen.get(machine)
        if other is None or (engine == "standalone" and other.role == "control" and node.role == "router"):
            seen[machine] = node
        else:
            raise InputError(
                source, f"{node.name}.ansible_host", f"{other.name} has the same address", "an address of its own per host", node.address
            )


def _spelled(address: str) -> str:
    """One spelling for one address: IPv6 has several, and names do not mind capitals."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        return address.lower()


def _check_control(nodes: Sequence[Node], engine: str, source: str) -> None:
    control = [node.name for node in nodes if node.role == "control"]
    if engine == "mesos" and len(control) % 2 == 0:
        raise InputError(
            source,
            "zeus_node_role",
            f"{len(control)} hosts have the role control" + (f" ({', '.join(control)})" if control else ""),
            "an odd number (1, 3, 5), so that a majority of masters exists",
        )
    if engine == "standalone":
        if len(control) != 1:
            raise InputError(
                source,
                "zeus_node_role",
                f"{len(control)} hosts have the role control" + (f" ({', '.join(control)})" if control else ""),
                "exactly one: the standalone engine runs on one machine; for more set zeus_engine: mesos",
            )
        for node in nodes:
            if node.role == "compute":
                raise InputError(
                    source,
                    f"{node.name}.zeus_node_role",
                    "with the standalone engine all tasks run on the control host",
                    "no compute hosts, or zeus_engine: mesos",
                    node.role,
                )


def _check_clusters(nodes: Sequence[Node], catalogue: Mapping[str, VCluster], engine: str, datacenter: str, source: str) -> None:
    for cluster in catalogue.values():
        roles = {node.role for node in nodes if node.vcluster == cluster.name}
        where = Where(source, f"zeus_vclusters.{cluster.name}")
        if cluster.router != "none" and "router" not in roles:
            where.refuse(
                f"{datacenter} has no router host for this virtual cluster, whose router is {cluster.router}",
                f"a host with zeus_node_role: router and zeus_vcluster: {cluster.name}",
            )
        if engine == "mesos" and "compute" not in roles:
            where.refuse(
                f"{datacenter} has no compute host for this virtual cluster",
                f"a host with zeus_node_role: compute and zeus_vcluster: {cluster.name}",
            )
        if engine == "standalone" and cluster.agents == 0:
            where.at("standalone.agents").refuse("the standalone engine has no virtual agent for this cluster", "1 or more", 0)


def _groups(dc: str, nodes: Sequence[Node], catalogue: Mapping[str, VCluster], engine: str) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list, {name: [] for name in FUNCTIONS})
    for node in nodes:
        member = [dc, group_name(dc, node.role)]
        if node.vcluster is not None:
            member += [group_name(dc, node.vcluster), group_name(dc, node.vcluster, node.role)]
        if node.role == "control":
            member += ["control", *_CONTROL[engine]]
        elif node.role == "compute":
            member += ["compute", "mesos_agents"]
        else:
            cluster = catalogue[str(node.vcluster)]
            member += ["routers", *(["routers_l7"] if cluster.serves_web else []), *(["routers_l4"] if cluster.serves_ports else [])]
        # The standalone engine's own role sees to its Docker.
        if node.docker and engine == "mesos":
            member.append("docker_engines")
        for name in member:
            groups[name].append(node.name)
    first = groups["control"][:1]
    groups["policy_stores"] = groups["artifact_stores"] = first
    return {name: tuple(members) for name, members in groups.items()}


def _check_static_groups(groups: Mapping[str, tuple[str, ...]], static: Mapping[str, Sequence[str]], source: str) -> None:
    for name, members in sorted(static.items()):
        strangers = sorted(set(members) - set(groups.get(name, members)))
        if strangers:
            raise InputError(
                source,
                f"{strangers[0]}",
                f"the hosts file puts this host into the group {name}, where its zeus_vcluster and zeus_node_role do not",
                "the host in no group of this name: groups follow from the two variables",
            )


def _variables(datacenter: str, nodes: Sequence[Node], engine: str) -> dict[str, Any]:
    """What follows from the addresses; an inventory that needs other values (names, TLS) sets them in the datacenter's group_vars."""
    control = [node.address for node in nodes if node.role == "control"]
    routers: dict[str, list[str]] = defaultdict(list)
    for node in nodes:
        if node.role == "router":
            routers[str(node.vcluster)].append(_url(node.address, "router"))
    mesos = {
        "zeus_zookeeper_hosts": [_socket(address, "zookeeper") for address in control],
        "zeus_chronos_urls": [_url(address, "chronos") for address in control],
    }
    return {
        "zeus_datacenter": datacenter,
        "zeus_marathon_urls": [_url(address, "marathon") for address in control],
        "zeus_mesos_urls": [_url(address, "mesos") for address in control],
        "zeus_router_urls": dict(routers),
        "zeus_policy_store_host": control[0],
        "zeus_policy_store_port": _PORTS["policy_store"],
        "zeus_artifact_url": _url(control[0], "artifact"),
        **(mesos if engine == "mesos" else {}),
    }


def _url(address: str, service: str) -> str:
    return f"http://{_socket(address, service)}"


def _socket(address: str, service: str) -> str:
    host = f"[{address}]" if ":" in address else address
    return f"{host}:{_PORTS[service]}"
