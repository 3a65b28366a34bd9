# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agents that a running Mesos knows, as hosts."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mesos
short_description: The agents of a running Mesos, as hosts
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks the leading master for its agents, which makes an inventory for ad-hoc commands, whatever the inventory in git says.
  - A host is called as its agent is; C(ansible_host) is the address that the agent registered from. Its variables are C(mesos_agent_id),
    C(mesos_active), C(mesos_attributes) (each attribute's list of values, since Mesos lets one stand twice), C(mesos_resources) and
    C(mesos_used) (C(cpus) in cores, C(mem) and C(disk) in MiB, C(gpus)).
  - The groups are C(mesos_agents), and C(dc_<value>), C(vcluster_<value>) and C(rack_<value>) by the attributes that this collection
    gives agents. More come from O(groups) and O(keyed_groups), more variables from O(compose).
  - The file's name ends in C(.mesos.yml). It does not belong into the folder of a datacenter, whose hosts are those of its C(hosts.yml).
  - The collection's playbooks run with the inventory of a datacenter only, not with this one.
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - zeus.paas.connection
  - zeus.paas.connection.plugin
  - zeus.paas.mesos
  - zeus.paas.mesos.plugin
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [zeus.paas.mesos]
seealso:
  - plugin: zeus.paas.topology
    plugin_type: inventory
  - module: zeus.paas.vcluster_info
"""

EXAMPLES = r"""
# inventories/example/bj01.mesos.yml. Who has been up for how long in the cluster web, whatever its hosts are called:
#   ansible -i inventories/example/bj01.mesos.yml vcluster_web -m ansible.builtin.command -a uptime
plugin: zeus.paas.mesos
mesos_urls:
  - http://10.1.0.11:5050
  - http://10.1.0.12:5050
  - http://10.1.0.13:5050
# By an attribute of the catalogue, and by what Mesos says of the agent.
keyed_groups:
  - prefix: disk
    key: mesos_attributes.disk | default([])
groups:
  nearly_full: mesos_used.cpus > 0.9 * mesos_resources.cpus
  inactive: not mesos_active
compose:
  zeus_rack: mesos_attributes.rack | default([]) | first | default('')
# Ask Mesos every five minutes at most (--flush-cache asks at once).
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/cache/zeus
cache_timeout: 300
"""

from typing import Any

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.zeus.paas.plugins.module_utils._agent_hosts import agent_hosts
from ansible_collections.zeus.paas.plugins.module_utils._connection import mesos_from
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.plugin_utils._authorship import by_others

_FILE_NAMES = (".mesos.yml", ".mesos.yaml")


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """The face: options, the cache, and Ansible's inventory; what hosts there are is said by ``_agent_hosts``."""

    NAME = "zeus.paas.mesos"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(_FILE_NAMES)

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        self._read_config_data(path)
        found = self._kept(self.get_cache_key(path), cache)
        for remark in found["remarks"]:
            self.display.warning(f"{path}: {remark}")
        for name, variables in found["hosts"].items():
            inventory.add_host(name)
            for key, value in variables.items():
                inventory.set_variable(name, key, by_others(value))
        for name, members in found["groups"].items():
            inventory.add_group(name)
            for host in members:
                inventory.add_child(name, host)
        for name in found["hosts"]:
            self._construct(name, inventory.get_host(name).get_vars())

    def _kept(self, key: str, may_read: bool) -> dict[str, Any]:
        """The hosts from the cache, if it is used, has them, and is not just being flushed; else from Mesos."""
        if not self.get_option("cache"):
            return self._asked()
        self.load_cache_plugin()
        if may_read:
            try:
                return dict(self._cache[key])
            except KeyError:
                pass
        self._cache[key] = found = self._asked()
        return found

    def _asked(self) -> dict[str, Any]:
        try:
            mesos = mesos_from(self.get_options())
            try:
                found = agent_hosts(mesos.agents())
            finally:
                mesos.close()
        except ZeusError as error:
            raise AnsibleParserError(f"zeus.paas.mesos: {error.message}") from error
        return {"hosts": found.hosts, "groups": found.groups, "remarks": found.remarks}

    def _construct(self, name: str, variables: dict[str, Any]) -> None:
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
