#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: router_info
short_description: Show how the routers are
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Shows the state of every router by its agent - whether it follows Marathon and the policy store, whether it serves its newest plan, and
    what it could not do. A router that does not answer is named; the others are shown all the same.
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
    description: Only the routers of these virtual clusters; by default of all.
    type: list
    elements: str
    default: []
  plan:
    description: Whether to show the plans that the routers serve by.
    type: bool
    default: false
  counters:
    description: Whether to show the requests that were counted, by app and variant.
    type: bool
    default: false
  strict:
    description: Whether the task fails unless every router answers, serves its newest plan, and has no problems.
    type: bool
    default: false
"""

EXAMPLES = r"""
- name: All routers are well
  zeus.paas.router_info:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    strict: true
"""

RETURN = r"""
routers:
  description:
    - By virtual cluster and address, C(status), and C(plan) and C(counters) if asked for.
    - C(away) with the reason if it did not answer.
  returned: always
  type: dict
away:
  description: The routers that did not answer, each with the reason.
  returned: always
  type: dict
not_running:
  description: The routers that do not serve their newest plan yet.
  returned: always
  type: list
  elements: str
problems:
  description: What routers could not do, by address.
  returned: always
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, routers_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._router_reports import complaints_of, router_report

ARGUMENTS = {
    "vclusters": {"type": "list", "elements": "str", "default": []},
    "plan": {"type": "bool", "default": False},
    "counters": {"type": "bool", "default": False},
    "strict": {"type": "bool", "default": False},
    **ROUTER_ARGS,
}


def info(module):
    params = module.params
    routers = routers_from(params)
    if routers is None:
        raise InputError("router_urls", "", "no router is named", "{web: [http://address:8700]}")
    report = router_report(routers, params["vclusters"], plans=params["plan"], counters=params["counters"])
    problem = complaints_of(report)
    if problem and params["strict"]:
        module.fail_json(msg=problem, **report)
    return {"changed": False, **report}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True), info)


if __name__ == "__main__":
    main()
