#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_policy
short_description: A gray policy is in the policy store, and the routers have it
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - A policy says which requests see the gray version of an app, by device, address, region, share, cookie and header.
  - The task ends when every running router has taken the policy, and decides by it for every app that is bound to it.
  - A policy that an app is bound to is not deleted, and not replaced by one that names another version than the app's gray one.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.connection
  - zeus.paas.policy_store
  - zeus.paas.routers
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
  idempotent:
    support: full
  action_group:
    support: full
    membership:
      - zeus.paas.policy_store
      - zeus.paas.routers
options:
  state:
    description: Whether the policy exists.
    type: str
    choices: [present, absent]
    default: present
  name:
    description: The policy's name; needed for O(state=absent). With O(state=present) it must be the name in the policy.
    type: str
  policy:
    description: The policy itself. See the guide to gray releases for its keys.
    type: dict
  src:
    description: The path of a YAML file with the policy, on the host that runs the module.
    type: path
  regions:
    description:
      - The operator's table of regions, as in C(zeus_regions). With it a policy that names another region is refused.
      - Without it the routers find that out, and the task fails for want of their confirmation if an app is bound.
    type: dict
  wait_timeout:
    description: How many seconds the routers may take.
    type: float
    default: 30.0
requirements:
  - PyYAML
seealso:
  - module: zeus.paas.gray_release
  - module: zeus.paas.gray_explain
"""

EXAMPLES = r"""
- name: New sets in the north, and one in twenty elsewhere, see 2.0
  zeus.paas.gray_policy:
    src: policies/tv-beijing.yml
    regions: "{{ zeus_regions }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"

- name: Testers see 2.0
  zeus.paas.gray_policy:
    policy:
      policy: testers
      owner: web-team@example.com
      rules:
        - variant: "2.0"
          when: {cookie: {name: beta, in: ["1"]}}
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"

- name: A policy that nobody uses any more is gone
  zeus.paas.gray_policy:
    name: testers
    state: absent
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
"""

RETURN = r"""
policy:
  description: The policy in its normal form, null if it is absent.
  returned: success
  type: dict
bound:
  description: The apps that are bound to the policy.
  returned: success
  type: list
  elements: str
routers:
  description: The routers that confirmed.
  returned: success
  type: list
  elements: str
epoch:
  description: The epoch of the stored value.
  returned: outside check mode, if routers are given
  type: int
counter:
  description: The counter of the stored value.
  returned: outside check mode, if routers are given
  type: int
"""

from collections.abc import Mapping
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, STORE_ARGS, routers_from, run_module, store_from
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_store import StoreValues, ensure_policy, read_policy

ARGUMENTS: dict[str, dict[str, Any]] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "name": {"type": "str"},
    "policy": {"type": "dict"},
    "src": {"type": "path"},
    "regions": {"type": "dict"},
    "wait_timeout": {"type": "float", "default": 30.0},
    **STORE_ARGS,
    **ROUTER_ARGS,
}


def ensure(module: AnsibleModule) -> Mapping[str, Any]:
    params = module.params
    policy = read_policy(params["policy"], params["src"]) if params["state"] == "present" else None
    return ensure_policy(
        StoreValues(store_from(params), routers_from(params)),
        params["name"],
        policy,
        params["src"] or "policy",
        params["regions"],
        Deadline(params["wait_timeout"]),
        check_mode=module.check_mode,
    )


def main() -> None:
    module = AnsibleModule(
        ARGUMENTS,
        supports_check_mode=True,
        mutually_exclusive=[("policy", "src")],
        required_if=[("state", "present", ("policy", "src"), True), ("state", "absent", ("name",))],
    )
    run_module(module, ensure)


if __name__ == "__main__":
    main()
