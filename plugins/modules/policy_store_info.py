#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_store_info
short_description: Show all that is in the policy store
version_added: 0.2.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Shows every value of a datacenter's policy store, such as policies, bindings and snippets. The playbook C(zeus.paas.backup) keeps them,
    and M(zeus.paas.policy_store) brings them back.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
  - zeus.paas.connection
  - zeus.paas.policy_store
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.policy_store
seealso:
  - module: zeus.paas.policy_store
"""

EXAMPLES = r"""
- name: The store is copied
  zeus.paas.policy_store_info:
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
  register: copied

- name: Which policies are there?
  ansible.builtin.debug:
    msg: "{{ copied.entries | select('match', 'zeus:policy:') | join(', ') }}"
"""

RETURN = r"""
entries:
  description: Every value by its key. What was deleted is not there.
  returned: success
  type: dict
  sample: {"zeus:policy:shop-web": {policy: shop-web, salt: shop-web, rules: []}}
digest:
  description: The sha256 of RV(entries) as canonical JSON, equal for equal stores.
  returned: success
  type: str
  sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
epoch:
  description: Grows when the store was lost and begun anew; 0 for one that was never written.
  returned: success
  type: int
  sample: 1790000000000
counter:
  description: Grows with each value that is written.
  returned: success
  type: int
  sample: 7
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(api) (the store refused, or a value in it is broken) or V(away) (it does not answer, so
        the host counts as unreachable).
      returned: always
      type: str
      sample: away
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import STORE_ARGS, run_module, store_from
from ansible_collections.zeus.paas.plugins.module_utils._policystore_copy import copy_of

ARGUMENTS = {**STORE_ARGS}


def info(module):
    return {"changed": False, **copy_of(store_from(module.params))}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True), info)


if __name__ == "__main__":
    main()
