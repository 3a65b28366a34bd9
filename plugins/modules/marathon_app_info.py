#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: marathon_app_info
short_description: Show Marathon apps, and how they are
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Returns the definitions and tasks of apps, with a summary per app that says whether it is settled, and if not, why.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
  - zeus.paas.connection
  - zeus.paas.marathon
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.marathon
options:
  id:
    description: The absolute id of one app. Without it and O(selector), all apps are returned.
    type: str
  selector:
    description: A label selector of Marathon, such as V(ZEUS_PROJECT==shop).
    type: str
  hidden_fields:
    description: Keys of the definitions whose values are not returned, such as V(env.DB_PASSWORD).
    type: list
    elements: str
    default: []
seealso:
  - module: zeus.paas.marathon_app
"""

EXAMPLES = r"""
- name: The apps of the shop are known
  zeus.paas.marathon_app_info:
    marathon_urls: "{{ zeus_marathon_urls }}"
    selector: ZEUS_PROJECT==shop
  register: shop

- name: All of them are settled
  ansible.builtin.assert:
    that: shop.summary.values() | rejectattr('settled') | list == []
"""

RETURN = r"""
apps:
  description: The apps as Marathon shows them, with their tasks, in the order of their ids. Empty if there is none.
  returned: success
  type: list
  elements: dict
summary:
  description: How each app is, by id.
  returned: success
  type: dict
  contains:
    vcluster:
      description: The virtual cluster of its label.
      type: str
    version:
      description: Marathon's version of the running definition.
      type: str
    instances:
      description: How many instances are wanted.
      type: int
    running:
      description: How many tasks are there or are coming, those of the version before included.
      type: int
    serving:
      description: The ids of the tasks that run and pass all health checks.
      type: list
      elements: str
    settled:
      description: Whether every instance runs the present definition and is healthy, and no deployment holds the app.
      type: bool
    deployments:
      description: The ids of the deployments that hold the app.
      type: list
      elements: str
    reasons:
      description: Why it is not settled.
      type: list
      elements: str
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import MARATHON_ARGS, MARATHON_RULES, marathon_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._marathon_info import describe_apps

ARGUMENTS = {
    "id": {"type": "str"},
    "selector": {"type": "str"},
    "hidden_fields": {"type": "list", "elements": "str", "default": [], "no_log": False},
    **MARATHON_ARGS,
}


def info(module):
    params = module.params
    described = describe_apps(marathon_from(params), app_id=params["id"], selector=params["selector"], hidden=params["hidden_fields"])
    return {"changed": False, **described}


def main():
    exclusive = [*MARATHON_RULES["mutually_exclusive"], ("id", "selector")]
    rules = {**MARATHON_RULES, "mutually_exclusive": exclusive}
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **rules), info)


if __name__ == "__main__":
    main()
