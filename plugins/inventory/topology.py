# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The inventory of one datacenter: groups from what its hosts say, variables from the site's common files."""

from __future__ import annotations

DOCUMENTATION = r"""
name: topology
short_description: Groups and variables of one datacenter
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Reads the file C(topology.zeus.yml) of a datacenter's folder, which lies beside its C(hosts.yml).
  - Gives each host of a range, such as C(bj01-web-[01:60]), its own address and rack, from ranges in the values of C(ansible_host) and
    C(zeus_rack), such as C(10.1.2.[1:60]) and C(r[1:6]).
  - Derives groups from each host's C(zeus_node_role) and C(zeus_vcluster), so that a host is written once.
  - Sets the variables of the site's common files on the group C(all), where the datacenter's own C(group_vars) override them, and
    what follows from the hosts' addresses (such as C(zeus_marathon_urls)) on the datacenter's group.
  - Refuses a layout that cannot work, and two datacenters in one inventory. A refusal is an error of this source. Set
    C(any_unparsed_is_failed=true) in the section C(inventory) of C(ansible.cfg) to end there; the playbooks of this collection also
    refuse to run, because the variable C(zeus_topology_refused) is then set.
  - The guide C(docs/inventories.md) says what hosts and common files may have.
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [zeus.paas.topology]
  common:
    description: The folder of the files that all datacenters of the site share, relative to this file. Every C(*.yml) in it is read.
    type: str
    required: true
  datacenter:
    description: The datacenter's name, such as V(bj01). By default the name of the folder that this file lies in.
    type: str
  absent:
    description: >-
      Hosts that a range of the hosts file names and that do not exist, such as one that has been decommissioned. Those after it keep their
      addresses and racks.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
# inventories/example/bj01/topology.zeus.yml, beside hosts.yml. Try it by ansible-inventory -i inventories/example/bj01 --graph
plugin: zeus.paas.topology
common: ../common
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.helpers import get_group_vars
from ansible.plugins.inventory import BaseInventoryPlugin
from ansible.utils.vars import combine_vars

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping
from ansible_collections.zeus.paas.plugins.module_utils._host_ranges import resolve_ranges
from ansible_collections.zeus.paas.plugins.module_utils._topology import Topology, build_topology, check_group_vars
from ansible_collections.zeus.paas.plugins.plugin_utils._authorship import by_operator
from ansible_collections.zeus.paas.plugins.plugin_utils._host_names import expanded

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18
    trust_as_template = None

_FILE_NAMES = ("topology.zeus.yml", "topology.zeus.yaml")
_OPTIONS = ("plugin", "common", "datacenter", "absent")
_BUILT_IN = ("all", "ungrouped")


class InventoryModule(BaseInventoryPlugin):
    """The face: reads files through Ansible's loader (vault included), and sets what the pure part found."""

    NAME = "zeus.paas.topology"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and Path(path).name in _FILE_NAMES

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        try:
            options = mapping(loader.load_from_file(path, cache="none"), Where(path))
            known_keys(options, _OPTIONS, Where(path))
            self._read_config_data(path)
            self._load(Path(path))
        except (InputError, AnsibleError) as error:
            inventory.set_variable("all", "zeus_topology_refused", str(error))
            raise AnsibleParserError(str(error)) from error

    def _load(self, path: Path) -> None:
        loaded = self.inventory.groups["all"].get_vars().get("zeus_topology_source")
        if loaded is not None and loaded != str(path):
            raise InputError(
                str(path),
                "",
                f"another datacenter is loaded already, by {loaded}",
                "one datacenter per run; zeus.paas.fleet runs several side by side",
            )
        _check_read_last(path)
        datacenter = self.get_option("datacenter") or path.parent.name
        folder = (path.parent / self.get_option("common")).resolve()
        common = self._common(folder, str(path))
        hosts = self._hosts(str(path))
        groups = {name: group for name, group in self.inventory.groups.items() if name not in _BUILT_IN}
        topology = build_topology(
            datacenter,
            hosts,
            common,
            source=str(path.parent),
            common_source=str(folder),
            static_groups={name: [host.name for host in group.get_hosts()] for name, group in groups.items()},
        )
        check_group_vars(datacenter, _names_of_group_vars(path.parent / "group_vars"), str(path.parent))
        self._set(topology, common)
        self.inventory.set_variable("all", "zeus_topology_source", str(path))

    def _hosts(self, source: str) -> dict[str, dict[str, Any]]:
        """The hosts' variables, in the order of the hosts file; those of a range with their own values, those that are absent left out."""
        hosts = {name: combine_vars(get_group_vars(host.get_groups()), host.get_vars()) for name, host in self.inventory.hosts.items()}
        for name, own in resolve_ranges(hosts, str(Path(source).parent), expanded).items():
            hosts[name].update(own)
            for key, value in own.items():
                self.inventory.set_variable(name, key, by_operator(value))
        for index, name in enumerate(self.get_option("absent")):
            if name not in hosts:
                Where(source, "absent").item(index).refuse(
                    "the hosts file does not name this host", "a host of one of its ranges, once", name
                )
            del hosts[name]
            self.inventory.remove_host(self.inventory.hosts[name])
        return hosts

    def _common(self, folder: Path, source: str) -> dict[str, Any]:
        if not folder.is_dir():
            raise InputError(source, "common", "there is no such folder", "the folder of the site's common files", str(folder))
        found: dict[str, Any] = {}
        origin: dict[str, Path] = {}
        for file in sorted(folder.glob("*.yml")):
            # The operator's own files, as group_vars are: values may be templates. (ansible-core 2.18 trusts everything.)
            trust = {"trusted_as_template": True} if trust_as_template is not None else {}
            data = self.loader.load_from_file(str(file), cache="none", **trust)
            if data is None:
                continue
            if not isinstance(data, Mapping):
                raise InputError(str(file), "", "this is not a mapping", "variables: a name, a colon, a value")
            for key, value in data.items():
                if key in found:
                    raise InputError(str(file), str(key), f"{origin[key].name} sets this variable too", "it in one file of common")
                found[str(key)], origin[str(key)] = value, file
        return found

    def _set(self, topology: Topology, common: Mapping[str, Any]) -> None:
        for key, value in common.items():
            self.inventory.set_variable("all", key, value)
        for name, members in topology.groups.items():
            self.inventory.add_group(name)
            for host in members:
                self.inventory.add_child(name, host)
        for key, value in topology.variables.items():
            if key not in common:
                self.inventory.set_variable(topology.datacenter, key, by_operator(value))


def _check_read_last(path: Path) -> None:
    """Ansible reads the files of a folder by name: hosts of a file that comes later would be in no group."""
    for other in sorted(path.parent.iterdir()):
        if other.is_file() and other.name > path.name and other.suffix in (".yml", ".yaml", ".ini", ".toml", ""):
            raise InputError(str(other), "", f"Ansible reads this file after {path.name}", f"a name that sorts before {path.name}")


def _names_of_group_vars(folder: Path) -> list[str]:
    if not folder.is_dir():
        return []
    return [entry.name if entry.is_dir() else entry.stem for entry in folder.iterdir() if not entry.name.startswith(".")]
