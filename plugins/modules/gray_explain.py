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
    description: The request's host name, such as V(shop.example.com).
    type: str
    required: true
  path:
    description: The request's path, without a query.
    type: str
    default: /
  method:
    description: The request's method.
    type: str
    default: GET
  headers:
    description:
      - The request's headers, by name. O(host) is not among them, and cookies are in O(cookies).
      - >-
        An example of the shape is C({X-Device-Model: X60, User-Agent: LeTV X60}).
    type: dict
    default: {}
  cookies:
    description:
      - The request's cookies, by name.
      - >-
        An example of the shape is C({beta: "1"}).
    type: dict
    default: {}
  arguments:
    description:
      - The request's query arguments, by name.
      - >-
        An example of the shape is C({device: X60}).
    type: dict
    default: {}
  address:
    description:
      - The address of the client, IPv4 or IPv6, such as V(198.51.100.7).
      - Without it the request has none, so no rule about addresses matches.
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
    headers: {X-Device-Model: X60}
    address: 10.201.0.7
  register: explained

- name: This one
  ansible.builtin.debug:
    msg: "{{ explained.variant }} of {{ explained.app }}, because: {{ explained.reason }}"

- name: Everybody gets stable while nothing is released
  zeus.paas.gray_explain:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    host: shop.example.com
    vcluster: web
    strict: true
  register: explained
  failed_when: explained is failed or explained.variant != 'stable'
"""

RETURN = r"""
agree:
  description: Whether all routers that answered say the same.
  returned: success
  type: bool
  sample: true
app:
  description: The key of the app that has this host and path; null if no router has one, or if they disagree. So are the six that follow.
  returned: success
  type: str
  sample: /production/shop/web
variant:
  description: V(stable), or the name of the gray variant, or null.
  returned: success
  type: str
  sample: 2-0
version:
  description: The variant's version, or null.
  returned: success
  type: str
  sample: "2.0"
policy:
  description: The name of the policy that decided; null for an app without one.
  returned: success
  type: str
  sample: shop-web
rule:
  description: The first rule that matched; V(-) if none did; or null.
  returned: success
  type: str
  sample: tester
plan:
  description:
    - The beginning of the digest of the app's entry in the plan.
    - It may differ for a moment after an instance has come or gone; then null.
  returned: success
  type: str
  sample: 5f2b8c1d9e0a
reason:
  description: The decision in words; null if they differ.
  returned: success
  type: str
  sample: rule tester matches
answers:
  description: >-
    What each router said, by its address, with the keys C(app), C(variant), C(version), C(policy), C(rule), C(plan) and C(reason) of above.
  returned: success
  type: dict
  sample:
    "http://10.1.0.21:8700":
      app: /production/shop/web
      variant: 2-0
      version: "2.0"
      policy: shop-web
      rule: tester
      plan: 5f2b8c1d9e0a
      reason: rule tester matches
not_routed:
  description: The addresses of routers that have no app with this host and path.
  returned: success
  type: list
  elements: str
  sample: []
away:
  description: The routers that did not answer, by address, each with the reason.
  returned: success
  type: dict
  sample: {"http://10.1.0.22:8700": "the router agent is away: http://10.1.0.22:8700: Connection refused"}
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
