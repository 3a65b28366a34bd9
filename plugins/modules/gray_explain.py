#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_explain
short_description: Ask the routers which version a request would get, and why
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - The routers' own code decides, with the plan that they serve at this moment. Nothing is worked out on the controller.
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
  vcluster:
    description: The virtual cluster whose routers are asked.
    type: str
    required: true
  host:
    description: The host name of the request.
    type: str
    required: true
  path:
    description: The path of the request.
    type: str
    default: /
  method:
    description: The method of the request.
    type: str
    default: GET
  headers:
    description: The headers of the request.
    type: dict
    default: {}
  cookies:
    description: The cookies of the request.
    type: dict
    default: {}
  arguments:
    description: The arguments in the request's query.
    type: dict
    default: {}
  address:
    description: The client's address.
    type: str
    default: 127.0.0.1
"""

EXAMPLES = r"""
- name: Who gets 2.0?
  zeus.paas.gray_explain:
    vcluster: web
    host: shop.example.com
    headers: {X-Device-Model: Max70}
    address: 10.2.3.4
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
  register: answer

- name: The rule is told
  ansible.builtin.debug:
    msg: "{{ answer.explanation.version }} by {{ answer.explanation.rule }}"
"""

RETURN = r"""
explanation:
  description: The answer of the routers if all gave the same one; null otherwise.
  returned: success
  type: dict
  contains:
    app:
      description: The app's key.
      type: str
    variant:
      description: The variant that would be asked.
      type: str
    version:
      description: Its version.
      type: str
    policy:
      description: The policy that decided, if one did.
      type: str
    rule:
      description: The rule that matched, or C(-).
      type: str
    plan:
      description: The version of the app's entry in the plan, as in the access log.
      type: str
    reason:
      description: In words.
      type: str
agree:
  description: Whether all routers that answered gave the same answer.
  returned: success
  type: bool
answers:
  description: Each router's answer by its address.
  returned: success
  type: dict
unreachable:
  description: Routers that gave none, with the reason.
  returned: success
  type: dict
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, routers_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._router_report import explain

ARGUMENTS = {
    "vcluster": {"type": "str", "required": True},
    "host": {"type": "str", "required": True},
    "path": {"type": "str", "default": "/"},
    "method": {"type": "str", "default": "GET"},
    "headers": {"type": "dict", "default": {}},
    "cookies": {"type": "dict", "default": {}},
    "arguments": {"type": "dict", "default": {}},
    "address": {"type": "str", "default": "127.0.0.1"},
    **ROUTER_ARGS,
}
REQUEST = ("host", "path", "method", "headers", "cookies", "arguments", "address")


def ask(module):
    request = {name: module.params[name] for name in REQUEST}
    return {"changed": False, **explain(routers_from(module.params), module.params["vcluster"], request)}


def main():
    run_module(AnsibleModule(ARGUMENTS, supports_check_mode=True), ask)


if __name__ == "__main__":
    main()
