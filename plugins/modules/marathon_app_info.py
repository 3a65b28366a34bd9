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
  - Shows apps in the form in which the modules that manage them do, and besides how each one is, whether it is settled, and if not, why.
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
    description: The absolute id of one app. Without it and O(selector), all apps are shown. Not together with O(selector).
    type: str
  selector:
    description: A label selector of Marathon, such as V(ZEUS_PROJECT==shop) or V(ZEUS_TYPE in (web, service),!BETA).
    type: str
  hidden_fields:
    description: Keys of the definitions whose values are not shown, such as V(env.DB_PASSWORD) or V(env).
    type: list
    elements: str
    default: []
  previous:
    description: Whether to show the version before the present one, too, which is what a rollback would run. It takes two calls per app.
    type: bool
    default: false
    version_added: 0.2.0
seealso:
  - module: zeus.paas.marathon_app
  - module: zeus.paas.marathon_apps
  - plugin: zeus.paas.app_endpoints
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: The apps of the shop are known
  zeus.paas.marathon_app_info:
    marathon_urls: "{{ zeus_marathon_urls }}"
    selector: ZEUS_PROJECT==shop
  register: shop

- name: All of them are settled
  ansible.builtin.assert:
    that: shop.apps | rejectattr('settled') | length == 0
    fail_msg: "{{ shop.apps | rejectattr('settled') | map(attribute='reasons') | flatten | join('; ') }}"

- name: One app, without what its environment holds
  zeus.paas.marathon_app_info:
    marathon_urls: "{{ zeus_marathon_urls }}"
    id: /production/shop/web/stable
    hidden_fields: [env]
    previous: true
"""

RETURN = r"""
apps:
  description: >-
    The apps, ordered by their ids; empty if there is none. The first four keys are those that M(zeus.paas.marathon_app) and the other
    modules return, too.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The absolute id of the app.
      type: str
      sample: /production/shop/web/stable
    vcluster:
      description: The virtual cluster that its label C(ZEUS_VCLUSTER) names; null without one.
      type: str
      sample: web
    instances:
      description: How many instances are wanted.
      type: int
      sample: 4
    labels:
      description: Its labels. The version of a project's app is C(ZEUS_VERSION).
      type: dict
      sample: {ZEUS_VCLUSTER: web, ZEUS_VERSION: "1.4"}
    version:
      description: Marathon's version of the present definition.
      type: str
      sample: "2026-11-22T10:00:00.000Z"
    settled:
      description: Whether every instance runs the present definition and is healthy, and no deployment holds the app.
      type: bool
      sample: true
    reasons:
      description: Why it is not settled.
      type: list
      elements: str
      sample: ["2 wait for an offer that fits: InsufficientCpus (3 of 3 offers)"]
    running:
      description: How many tasks are there or are coming, those of the version before included.
      type: int
      sample: 4
    serving:
      description: The ids of the tasks that run and pass all health checks.
      type: list
      elements: str
      sample: [production_shop_web_stable.instance-0b5a0a2e-8c3a-11f0-9d5c-0242ac110002._app.1]
    deployments:
      description: The ids of the deployments that hold the app.
      type: list
      elements: str
      sample: []
    definition:
      description: Its definition in Marathon's own fields, as O(zeus.paas.marathon_app#module:definition) takes it.
      type: dict
      sample: {id: /production/shop/web/stable, cmd: exec python3 web.py, instances: 4, cpus: 0.5, mem: 64}
    previous:
      description: The definition of the version before the present one; null if there is none.
      returned: with O(previous=true)
      type: dict
      sample: {id: /production/shop/web/stable, cmd: exec python3 web.py, instances: 3, cpus: 0.5, mem: 64}
    tasks:
      description: Its tasks as Marathon shows them.
      type: list
      elements: dict
      sample:
        - id: production_shop_web_stable.instance-0b5a0a2e-8c3a-11f0-9d5c-0242ac110002._app.1
          host: web-1.bj01
          ports: [31005]
          state: TASK_RUNNING
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

from ansible_collections.zeus.paas.plugins.module_utils._connection import MARATHON_ARGS, MARATHON_RULES, marathon_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._marathon_info import describe_apps

ARGUMENTS = {
    "id": {"type": "str"},
    "selector": {"type": "str"},
    "previous": {"type": "bool", "default": False},
    "hidden_fields": {"type": "list", "elements": "str", "default": [], "no_log": False},
    **MARATHON_ARGS,
}


def info(module):
    params = module.params
    described = describe_apps(
        marathon_from(params),
        app_id=params["id"],
        selector=params["selector"],
        hidden=params["hidden_fields"],
        previous=params["previous"],
    )
    return {"changed": False, **described}


def main():
    exclusive = [*MARATHON_RULES["mutually_exclusive"], ("id", "selector")]
    rules = {**MARATHON_RULES, "mutually_exclusive": exclusive}
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **rules), info)


if __name__ == "__main__":
    main()
