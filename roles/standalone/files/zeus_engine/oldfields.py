# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fields of older APIs that Marathon 1.11 still takes and never writes back: what they must not be combined with, and what they become.

``uris``, ``ports``, ``ipAddress``, ``container.docker.network`` and ``container.docker.portMappings``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .errors import Problems, failed

ARCHIVES = (".tgz", ".tar.gz", ".tbz2", ".tar.bz2", ".txz", ".tar.xz", ".zip", ".tar")
#: Marathon's --mesos_bridge_name: an ipAddress with this network name means the bridge.
BRIDGE_NAME = "mesos-bridge"
_MODES = {"HOST": "host", "BRIDGE": "container/bridge", "USER": "container"}
Fields = Mapping[str, Any]


def check(fields: Fields, problems: Problems) -> None:
    docker = fields.get("container", {}).get("docker", {})
    given = [port for port in fields.get("ports", ()) if port]
    if len(set(given)) != len(given):
        problems.add("/", "ports must be unique")
    same = [one.get("port", 0) for one in fields.get("portDefinitions", ())] == fields.get("ports")
    if fields.get("ports") and fields.get("portDefinitions") and not same:
        problems.add("/", "cannot specify both ports and port definitions")
    if fields.get("uris") and fields.get("fetch"):
        problems.add("/uris", "may not be set in conjunction with fetch")
    if "network" in docker and fields.get("networks"):
        problems.add("/", "must not specify both container.docker.network and networks")
    if docker.get("portMappings") and fields["container"].get("portMappings"):
        raise failed(422, "cannot specify both portMappings and docker.portMappings")
    if "ipAddress" in fields:
        _check_ip_address(fields, problems)


def _check_ip_address(fields: Fields, problems: Problems) -> None:
    container = fields.get("container")
    if fields.get("ports") or fields.get("portDefinitions"):
        problems.add("/", "cannot specify both an IP address and port")
    if fields.get("networks"):
        problems.add("/", "must not specify both networks and ipAddress")
    if container is not None and "discovery" in fields["ipAddress"]:
        if container.get("type", "DOCKER") == "DOCKER":
            problems.add("/ipAddress", "ipAddress/discovery is not allowed for Docker containers")
        elif container.get("portMappings"):
            raise failed(422, "container.portMappings and ipAddress.discovery.ports must not both be set")


def translate(fields: Fields) -> dict[str, Any]:
    """The same wish in fields of today. What has none of the old ones comes back as it is."""
    new = {key: value for key, value in fields.items() if key not in ("uris", "ports", "ipAddress")}
    if fields.get("uris") and not fields.get("fetch"):
        new["fetch"] = [{"uri": uri, "extract": uri.endswith(ARCHIVES)} for uri in fields["uris"]]
    if "ports" in fields:
        new.setdefault("portDefinitions", [{"port": port} for port in fields["ports"]])
    address = fields.get("ipAddress")
    if address is not None:
        new.setdefault("container", {"type": "MESOS"})
    if "container" in new:
        mode = _MODES.get(new["container"].get("docker", {}).get("network", ""))
        new["container"] = _container(new["container"], address)
    else:
        mode = None
    if address is not None:
        new["networks"] = [_network(address, mode)]
    elif mode and not new.get("networks"):
        new["networks"] = [{"mode": mode}]
    return new


def _network(address: Fields, mode: str | None) -> dict[str, Any]:
    bridge = mode == "container/bridge" or (mode is None and address.get("networkName") == BRIDGE_NAME)
    network: dict[str, Any] = {"mode": "container/bridge" if bridge else "container"}
    if not bridge and "networkName" in address:
        network["name"] = address["networkName"]
    if address.get("labels"):
        network["labels"] = address["labels"]
    return network


def _container(container: Fields, address: Fields | None) -> dict[str, Any]:
    new = dict(container)
    if "docker" in new:
        docker = dict(new["docker"])
        mappings = docker.pop("portMappings", None)
        docker.pop("network", None)
        new["docker"] = docker
        if mappings is not None:
            new.setdefault("portMappings", mappings)
    discovered = (address or {}).get("discovery", {}).get("ports")
    if discovered:
        new["portMappings"] = [_discovered(port) for port in discovered]
    return new


def _discovered(port: Fields) -> dict[str, Any]:
    kept = {key: port[key] for key in ("name", "protocol", "labels") if key in port}
    return {"containerPort": port.get("number", 0), **kept}
