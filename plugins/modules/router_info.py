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
seealso:
  - module: zeus.paas.gray_explain
  - module: zeus.paas.vcluster_info
"""

EXAMPLES = r"""
- name: All routers are well
  zeus.paas.router_info:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    strict: true

- name: What do the routers of web serve, and how much of it?
  zeus.paas.router_info:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    vclusters: [web]
    plan: true
    counters: true
  register: info

- name: Requests that each app has answered
  ansible.builtin.debug:
    msg: "{{ item.key }}: {{ item.value.counters.apps }}"
  loop: "{{ info.routers.web | dict2items }}"
  loop_control:
    label: "{{ item.key }}"
"""

RETURN = r"""
routers:
  description:
    - What each router says, by virtual cluster and address - C(status), and C(plan) and C(counters) if asked for. Only C(away) with the
      reason if it did not answer.
    - The guide C(docs/routers.md) says what these hold.
  returned: success
  type: dict
  sample:
    web:
      "http://10.1.0.21:8700":
        status:
          router: bj01-web-router-1
          vcluster: web
          running: true
          plan: 3c9c1b7f0f5d4a8e9b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778
          problems: []
      "http://10.1.0.22:8700":
        away: "the router agent is away: http://10.1.0.22:8700: Connection refused"
away:
  description: The routers that did not answer, by address, each with the reason.
  returned: success
  type: dict
  sample: {"http://10.1.0.22:8700": "the router agent is away: http://10.1.0.22:8700: Connection refused"}
not_running:
  description: The addresses of the routers that do not serve their newest plan yet.
  returned: success
  type: list
  elements: str
  sample: []
problems:
  description: What routers could not do, by address; each with C(kind), C(subject) and C(message).
  returned: success
  type: dict
  sample: {"http://10.1.0.21:8700": [{kind: snippet, subject: /production/shop/web, message: nginx refused it}]}
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(api) (a
        service refused or failed), V(away) (a service does not answer, so the host counts as unreachable) or V(deadline).
      returned: always
      type: str
      sample: away
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
