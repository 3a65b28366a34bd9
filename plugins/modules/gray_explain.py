#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_explain
short_description: Which variant a request gets, and why, by the routers themselves
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks the routers what they would do with a request. They answer by the very code and plan with which they serve.
  - Every router is asked; a warning tells when they do not say the same, or when one does not answer.
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
  host:
    description: The request's host name.
    type: str
    required: true
  path:
    description: The request's path.
    type: str
    default: /
  method:
    description: The request's method.
    type: str
    default: GET
  headers:
    description: The request's headers, by name. O(host) is not among them, and cookies are in O(cookies).
    type: dict
    default: {}
  cookies:
    description: The request's cookies, by name.
    type: dict
    default: {}
  arguments:
    description: The request's query arguments, by name.
    type: dict
    default: {}
  address:
    description: The address of the client. Without it the request has none, so no rule about addresses matches.
    type: str
  vcluster:
    description: Ask only the routers of this virtual cluster.
    type: str
  strict:
    description: Whether the task fails unless all routers answer and say the same.
    type: bool
    default: false
seealso:
  - module: zeus.paas.gray_policy
  - module: zeus.paas.gray_release
"""

EXAMPLES = r"""
- name: What does a tester in Beijing get?
  zeus.paas.gray_explain:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    host: shop.example.com
    cookies: {beta: "1"}
    address: 198.51.100.7
  register: explained
"""

RETURN = r"""
agree:
  description: Whether all routers that answered say the same.
  returned: success
  type: bool
app:
  description: The app that has this host and path. Null if no router has one, or if they disagree; so are the four that follow.
  returned: success
  type: str
  sample: /production/shop/web
variant:
  description: V(stable), or the name of the gray variant.
  returned: success
  type: str
  sample: 2-0
version:
  description: The variant's version.
  returned: success
  type: str
policy:
  description: The policy that decided; null for an app without one.
  returned: success
  type: str
rule:
  description: The first rule that matched; V(-) if none did.
  returned: success
  type: str
plan:
  description:
    - The beginning of the digest of the app's entry in the plan.
    - It may differ for a moment after an instance has come or gone; then null.
  returned: success
  type: str
reason:
  description: The decision in words; null if they differ.
  returned: success
  type: str
  sample: rule tester matches
answers:
  description: What each router said, by its address, with C(app), C(variant), C(version), C(policy), C(rule), C(plan) and C(reason).
  returned: success
  type: dict
not_routed:
  description: Routers that have no app with this host and path.
  returned: success
  type: list
  elements: str
away:
  description: Routers that did not answer, each with the reason.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, routers_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._router_reports import disagreement, explain

REQUEST = {
    "host": {"type": "str", "required": True},
    "path": {"type": "str", "default": "/"},
    "method": {"type": "str", "default": "GET"},
    "headers": {"type": "dict", "default": {}},
    "cookies": {"type": "dict", "default": {}},
    "arguments": {"type": "dict", "default": {}},
    "address": {"type": "str"},
}
ARGUMENTS = {**REQUEST, "vcluster": {"type": "str"}, "strict": {"type": "bool", "default": False}, **ROUTER_ARGS}


def ask(module):
    params = module.params
    routers = routers_from(params)
    if routers is None:
        raise InputError("router_urls", "", "no router is named", "{web: [http://address:8700]}")
    request = {name: params[name] for name in REQUEST if params[name] is not None}
    report = explain(routers, request, params["vcluster"])
    problem = disagreement(report)
    if problem and params["strict"]:
        module.fail_json(msg=problem, **report)
    if problem:
        module.warn(problem)
    return {"changed": False, **report}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True), ask)


if __name__ == "__main__":
    main()
