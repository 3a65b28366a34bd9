#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: repository
short_description: A team's own repository for its platform
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Writes a folder that is ready for C(git init) - the inventories of a site with random secrets in an encrypted file per datacenter, one
    project, one policy, C(ansible.cfg), what the controller needs, a C(Jenkinsfile) and a C(README.md).
  - The layout is checked by the rules of P(zeus.paas.topology#inventory) before anything is written.
  - Run again, it brings the files up to date that are as it wrote them. A file that was changed or removed since is left alone and named.
    Secrets are never written twice.
  - Options that are not given keep the values of the last run, which the file C(.zeus-init.json) remembers.
  - Run it through the playbook C(zeus.paas.init), without an inventory. It always runs on the controller.
options:
  dest:
    description:
      - The folder of the repository. It must be new, empty (but for C(.git)), or made by this module.
    type: path
    required: true
  site:
    description: The name of the site; its inventories are in C(inventories/<site>). V(paas) if it was never given.
    type: str
  engine:
    description: V(standalone), where every datacenter is one machine, or V(mesos). V(standalone) if it was never given.
    type: str
  vclusters:
    description:
      - The catalogue of virtual clusters, as C(zeus_vclusters) of an inventory.
      - >-
        An example of the shape is C({web: {router: both}, batch: {router: none}}).
      - If it was never given, V(web) with routers for HTTP and TCP, and V(batch) without.
    type: dict
  datacenters:
    description:
      - The datacenters by their names. Each has C(address), the address of the one machine that is all of it, or C(hosts), a mapping of
        hosts and their variables as in a C(hosts.yml), where one line may be many hosts.
      - >-
        An example of the shape is C({bj01: {address: 10.1.0.10}, sh02: {address: 10.2.0.10}}).
      - If it was never given, there is V(dc1) at O(address).
    type: dict
  address:
    description:
      - The address of the one machine that is datacenter V(dc1). It counts if O(datacenters) was never given.
      - If it was never given, V(192.0.2.10), which is nobody's address (RFC 5737) and has to be replaced in C(hosts.yml).
    type: str
  user:
    description: The user that Ansible logs in as. Another one than V(root) becomes root by sudo. V(root) if it was never given.
    type: str
  ssh_key:
    description: The path of that user's private key. If it was never given, ssh finds one.
    type: path
  force:
    description: Whether files that the team changed or removed are written again. Secrets never are.
    type: bool
    default: false
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
attributes:
  diff_mode:
    details: Of secrets it shows that they are written, never what they hold.
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
seealso:
  - plugin: zeus.paas.topology
    plugin_type: inventory
"""

EXAMPLES = r"""
# ansible-playbook zeus.paas.init -e dest=paas -e init_address=10.1.0.10
- name: A repository for a platform on one machine
  zeus.paas.repository:
    dest: paas
    address: 10.1.0.10

- name: Two datacenters, each on one machine
  zeus.paas.repository:
    dest: paas
    site: shop
    datacenters:
      bj01: {address: 10.1.0.10}
      sh02: {address: 10.2.0.10}
"""

RETURN = r"""
dest:
  description: The absolute path of the repository.
  returned: success
  type: str
  sample: /home/team/paas
files:
  description: The files that were written, or would be.
  returned: success
  type: list
  elements: str
  sample: [README.md, inventories/paas/dc1/hosts.yml]
kept:
  description: Files that are not as this version would write them, and were left alone because the team changed or removed them.
  returned: success
  type: list
  elements: str
  sample: [projects/hello/project.yml]
no_longer_written:
  description: Files that an earlier run wrote and this one would not. They are left alone.
  returned: success
  type: list
  elements: str
  sample: []
inventories:
  description: The inventories, one per datacenter, relative to O(dest).
  returned: success
  type: list
  elements: str
  sample: [inventories/paas/dc1]
settings:
  description: What the repository is made from. All of it was given, remembered, or a default.
  returned: success
  type: dict
  sample: {site: paas, engine: standalone}
next:
  description: What is left to do by hand.
  returned: success
  type: list
  elements: str
  sample: [".vault-password opens the secrets and is not in git: keep it in your password manager"]
"""
