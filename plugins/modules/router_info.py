#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: router_info
short_description: Show what every router of a datacenter serves, and how it is
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks every router agent for its status, and on request for the plan that runs and for the counters.
  - A router that cannot be reached is named and does not hide the others.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
  - zeus.paas.connection
  - zeus.paas.routers
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.routers
options:
  vclusters:
    description: The virtual clusters whose routers are asked; all by default.
    type: list
    elements: str
  gather:
    description: What is told besides the status.
    type: list
    elements: str
    choices: [plan, counters]
    default: []
"""

EXAMPLES = r"""
- name: How the routers are
  zeus.paas.router_info:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
  register: routers

- name: All of them serve what they should
  ansible.builtin.assert:
    that:
      - routers.unreachable == {}
      - routers.routers | rejectattr('status.running') | list == []
"""

RETURN = r"""
routers:
  description: Every router that answered.
  returned: success
  type: list
  elements: dict
  contains:
    url:
      description: The address of its agent.
      type: str
    vcluster:
      description: Its virtual cluster.
      type: str
    status:
      description: >-
        The agent's status, with C(plan) (the digest), C(running), C(problems), and the states of nginx, HAProxy, Marathon and the store.
      type: dict
    plan:
      description: The plan that runs, if asked for.
      type: dict
    counters:
      description: Requests by app and variant, if asked for.
      type: dict
unreachable:
  description: Routers that gave no answer, with the reason.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, routers_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._router_report import describe

ARGUMENTS = {
    "vclusters": {"type": "list", "elements": "str"},
    "gather": {"type": "list", "elements": "str", "choices": ["plan", "counters"], "default": []},
    **ROUTER_ARGS,
}


def info(module):
    return {"changed": False, **describe(routers_from(module.params), module.params["vclusters"], module.params["gather"])}


def main():
    run_module(AnsibleModule(ARGUMENTS, supports_check_mode=True), info)


if __name__ == "__main__":
    main()
