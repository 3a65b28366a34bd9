#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: policy_store
short_description: The policy store holds what a copy of it held
version_added: 0.2.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Writes the values that M(zeus.paas.policy_store_info) has shown into a policy store, and waits until every router has taken them.
  - What is written counts above everything that any reachable router knows, so that it is believed. A store whose files came back from a
    copy would count below, and routers would go on with what they have.
  - The playbook C(zeus.paas.restore) uses it. Single policies are the matter of M(zeus.paas.gray_policy).
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.routers
  - zeus.paas.policy_store
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.policy_store
      - zeus.paas.routers
options:
  entries:
    description:
      - The values, key by key.
      - >-
        An example of the shape is C({"zeus:policy:shop-web": {policy: shop-web, rules: []}}).
    type: dict
    required: true
  prune:
    description: Whether values that are not among O(entries) are deleted.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds the routers get to take the values.
    type: float
    default: 60.0
seealso:
  - module: zeus.paas.policy_store_info
  - module: zeus.paas.gray_policy
"""

EXAMPLES = r"""
- name: The store is copied
  zeus.paas.policy_store_info:
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
  register: copied

- name: The store holds what it held then
  zeus.paas.policy_store:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    entries: "{{ copied.entries }}"
    prune: true
"""

RETURN = r"""
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are values of the policy store.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: zeus:policy:shop-web
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [rules]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [zeus:policy:shop-web]
progress:
  description: What happened on the way, one line per step; empty in check mode.
  returned: success
  type: list
  elements: str
  sample: ["the routers of web are asked for zeus:policy:shop-web"]
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(refused) (another run changes the same), V(api) (a
        service refused or failed), V(away) (a service does not answer, so the host counts as unreachable), V(deadline), or V(rollout).
      returned: always
      type: str
      sample: away
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, STORE_ARGS, routers_from, run_module, store_from
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._policystore_copy import Copy, ensure_values

ARGUMENTS = {
    "entries": {"type": "dict", "required": True},
    "prune": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 60.0},
    **ROUTER_ARGS,
    **STORE_ARGS,
}


def ensure(module):
    params = module.params
    progress = []
    # What a copy says is what is wanted, whatever stood there: there is nothing to go back to.
    step = Copy(store_from(params), routers_from(params), Deadline(params["wait_timeout"]), rollback=False, progress=progress.append)
    return {**ensure_values(step, params["entries"], prune=params["prune"], check_mode=module.check_mode), "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True), ensure)


if __name__ == "__main__":
    main()
