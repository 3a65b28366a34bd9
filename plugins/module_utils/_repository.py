# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A team's own repository: what was asked for, checked, and which files follow from it.

Pure: the action plugin renders the templates and writes the files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._catalogue import read_catalogue
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, matching, one_of, text
from ansible_collections.zeus.paas.plugins.module_utils._host_ranges import Expand, resolve_ranges
from ansible_collections.zeus.paas.plugins.module_utils._topology import DATACENTER, ENGINES, ROLES, build_topology, group_name

#: From RFC 5737: nobody's address, so a repository that was made without one harms nobody's machine.
EXAMPLE_ADDRESS = "192.0.2.10"
DEFAULTS: Mapping[str, Any] = {
    "site": "paas",
    "engine": "standalone",
    "vclusters": {
        "web": {"router": "both", "standalone": {"agents": 1, "cpus": 2, "mem": 1024}},
        "batch": {"router": "none", "standalone": {"agents": 1, "cpus": 1, "mem": 512}},
    },
    "address": EXAMPLE_ADDRESS,
    "datacenters": None,
    "user": "root",
    "ssh_key": None,
}
#: Passwords and tokens that each datacenter has of its own; zeus_marathon_user goes with them.
SECRETS = (
    "zeus_marathon_password",
    "zeus_router_token",
    "zeus_policy_store_writer_password",
    "zeus_policy_store_reader_password",
    "zeus_artifact_token",
)
PASSWORD_FILE = ".vault-password"
MANIFEST = ".zeus-init.json"

_SITE = re.compile(r"[a-z0-9]([a-z0-9-]{0,30}[a-z0-9])?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_HOST = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_ADDRESS = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}|[0-9A-Fa-f:]{2,39}")


@dataclass(frozen=True)
class Datacenter:
    """``hosts``: name → its variables. ``lines``: the same as hosts.yml has them, where a line may be many hosts."""

    name: str
    hosts: Mapping[str, Mapping[str, Any]]
    lines: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Site:
    """What a repository is made from. ``vcluster`` is the virtual cluster that the first app runs in, the first with HTTP."""

    name: str
    engine: str
    vclusters: Mapping[str, Any]
    datacenters: tuple[Datacenter, ...]
    user: str
    ssh_key: str | None
    vcluster: str


@dataclass(frozen=True)
class Planned:
    """One file: ``template`` renders to ``path``. A secret one is made once and never replaced."""

    path: str
    template: str
    datacenter: Datacenter | None = None
    secret: bool = False


def settings_of(given: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What this run works with: what was given, else what the repository was made with, else the default."""
    found = {key: default if known.get(key) is None else known[key] for key, default in DEFAULTS.items()}
    return found | {key: value for key, value in given.items() if key in DEFAULTS and value is not None}


def read_site(settings: Mapping[str, Any], expand: Expand) -> Site:
    """Check everything that will be written, the inventories by the rules of ``zeus.paas.topology``. Raises InputError."""
    top = Where("zeus.paas.init")
    name = matching(settings["site"], _SITE, top.at("init_site"), "a name such as paas: lower-case letters, digits and inner hyphens")
    engine = one_of(settings["engine"], ENGINES, top.at("init_engine"))
    catalogue = read_catalogue(settings["vclusters"], top.source, "init_vclusters")
    routed = [cluster.name for cluster in catalogue.values() if cluster.router != "none"]
    web = [cluster.name for cluster in catalogue.values() if cluster.serves_web]
    if not web:
        top.at("init_vclusters").refuse(
            "no virtual cluster has a router for HTTP, and the first app is one", "one with router: nginx or both"
        )
    datacenters = []
    raw = settings["datacenters"] or {"dc1": {"address": settings["address"]}}
    for dc, value in mapping(raw, top.at("init_datacenters"), "datacenters: {bj01: {address: 10.1.0.10}}").items():
        where = top.at("init_datacenters").at(dc)
        matching(dc, DATACENTER, where, "a name such as bj01: lower-case letters and digits, a letter first")
        lines = _lines(dc, mapping(value, where, "{address: …} or {hosts: {…}}"), routed, engine, where)
        hosts = _hosts(lines, where, expand)
        common = {"zeus_engine": engine, "zeus_vclusters": settings["vclusters"]}
        build_topology(dc, hosts, common, source=f"{where.source}: {where.key}", common_source=top.source)
        datacenters.append(Datacenter(dc, hosts, lines))
    user = matching(settings["user"], _USER, top.at("init_user"), "the name of a user, such as root or deploy")
    key = None if settings["ssh_key"] is None else text(settings["ssh_key"], top.at("init_ssh_key"), "the path of a private key")
    return Site(name, engine, dict(settings["vclusters"]), tuple(datacenters), user, key, web[0])


def _lines(dc: str, value: Mapping[str, Any], routed: list[str], engine: str, where: Where) -> dict[str, dict[str, Any]]:
    known_keys(value, ("address", "hosts"), where)
    if ("address" in value) == ("hosts" in value):
        where.refuse("expected one of two keys", "address, for a datacenter that is one machine, or hosts, for all others")
    if "hosts" in value:
        given = mapping(value["hosts"], where.at("hosts"), "hosts: {bj01-control-1: {ansible_host: …, zeus_node_role: control}}")
        return {host: dict(mapping(variables, where.at("hosts").at(host))) for host, variables in given.items()}
    address = matching(value["address"], _ADDRESS, where.at("address"), "an IP address or a name")
    if engine != "standalone":
        where.at("address").refuse(
            f"a datacenter with engine {engine} is more than one machine", f"hosts, with the roles {', '.join(ROLES)}"
        )
    if len(routed) > 1:
        where.at("address").refuse(
            f"one machine has room for the router of one virtual cluster, and {', '.join(routed)} want one each",
            "hosts, with an address for each router, or router: none for the others",
        )
    hosts = {f"{dc}-control-1": {"ansible_host": address, "zeus_node_role": "control", "zeus_rack": "r1"}}
    for cluster in routed:
        hosts[f"{dc}-{cluster}-router-1"] = {
            "ansible_host": address,
            "zeus_node_role": "router",
            "zeus_vcluster": cluster,
            "zeus_rack": "r1",
        }
    return hosts


def _hosts(lines: Mapping[str, Mapping[str, Any]], where: Where, expand: Expand) -> dict[str, dict[str, Any]]:
    """Each host with its own address and rack, by the rules of ``zeus.paas.topology``."""
    hosts: dict[str, dict[str, Any]] = {}
    for line, variables in lines.items():
        here = where.at("hosts").at(line)
        try:
            names = expand(line)
            problem = "" if names else "no host is in it"
        except ValueError as error:
            names, problem = [], str(error)
        if problem:
            here.refuse(f"this range cannot be used: {problem}", "a range as Ansible has them for hosts, such as bj01-web-[01:40]")
        for name in names:
            matching(name, _HOST, here, "a host's name: letters, digits, dots, hyphens, and ranges such as web-[01:40]")
            # A line of its own after a range changes one host of it.
            hosts[name] = {**hosts.get(name, {}), **variables}
    for name, own in resolve_ranges(hosts, f"{where.source}: {where.key}", expand).items():
        hosts[name] |= own
    return hosts


def outline(site: Site) -> tuple[Planned, ...]:
    """Every file of the repository but the manifest and the vault's password."""
    inventory = f"inventories/{site.name}"
    files = [
        *(Planned(name, f"{name}.j2") for name in ("README.md", "Jenkinsfile", "ansible.cfg", "requirements.txt", "requirements.yml")),
        *(Planned(f".{name}", f"{name}.j2") for name in ("ansible-lint", "gitignore", "yamllint")),
        Planned("known_hosts", "known_hosts.j2"),
        *(Planned(name, f"{name}.j2") for name in ("projects/hello/project.yml", "projects/hello/app/hello.py", "policies/hello.yml")),
        *(Planned(f"{inventory}/common/{name}.yml", f"common/{name}.yml.j2") for name in ("site", "connection")),
    ]
    for dc in site.datacenters:
        folder, variables = f"{inventory}/{dc.name}", f"{inventory}/{dc.name}/group_vars/{group_name(dc.name)}"
        files += [
            *(Planned(f"{folder}/{name}.yml", f"datacenter/{name}.yml.j2", dc) for name in ("topology.zeus", "hosts")),
            Planned(f"{variables}/main.yml", "datacenter/main.yml.j2", dc),
            Planned(f"{variables}/secrets.yml", "datacenter/secrets.yml.j2", dc, secret=True),
        ]
    return tuple(files)
