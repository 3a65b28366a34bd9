#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: marathon_apps
short_description: Manage many Marathon apps in one task
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Compares all apps with what runs in one request, and changes only those that differ, in batches of at most 20, one after the other.
  - A batch must end before the next one begins. Every instance is healthy and every router of its virtual clusters has it. A batch that
    does not end in time goes back to the versions before; earlier batches stay, later ones are not begun, and the error says which is
    which.
  - Apps are created and changed in the order given, but after those that they depend on. Then apps are scaled down, then deleted, both by
    way of the routers.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.routers
  - zeus.paas.wait
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.marathon
      - zeus.paas.routers
options:
  apps:
    description:
      - The definitions of the apps in Marathon's own fields, each with its absolute C(id). See O(zeus.paas.marathon_app#module:definition).
      - A field that is not given gets Marathon's default.
    type: list
    elements: dict
    required: true
  absent:
    description: Absolute ids of apps that are not to exist.
    type: list
    elements: str
    default: []
  vcluster:
    description:
      - The virtual cluster of all O(apps). It can be left out if each of them names its own by the label C(ZEUS_VCLUSTER) or by its
        constraint. An app that names none is refused.
    type: str
  prune:
    description: Whether apps that O(prune_selector) chooses and that are not in O(apps) are deleted.
    type: bool
    default: false
  prune_selector:
    description:
      - Marathon's label selector for what may be pruned, such as V(ZEUS_PROJECT==shop,ZEUS_OWNER==project). Other apps are never touched.
      - It must name a value (C(==) or C(in)), and every app of O(apps) must have the labels that it names. Needed for O(prune=true).
    type: str
  prune_everything:
    description: Whether pruning with an empty list of O(apps) is meant. It is refused otherwise, since it would delete all that is
      selected.
    type: bool
    default: false
  hidden_fields:
    description: Keys of the definitions whose values appear in no diff and no result, such as V(env.DB_PASSWORD) or V(env).
    type: list
    elements: str
    default: []
seealso:
  - module: zeus.paas.marathon_app
  - module: zeus.paas.marathon_app_info
  - module: zeus.paas.project
"""

EXAMPLES = r"""
- name: The apps of a team
  hosts: control[0]
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
    queue: /production/reports/queue/stable
    small: {cmd: exec sleep 1000000, cpus: 0.1, mem: 16, portDefinitions: [], labels: {TEAM: reports}}
  module_defaults:
    group/zeus.paas.marathon:
      marathon_urls: "{{ zeus_marathon_urls }}"
    group/zeus.paas.routers:
      router_urls: "{{ zeus_router_urls }}"
      router_token: "{{ zeus_router_token }}"
  tasks:
    - name: These apps run as their definitions say; the second one starts when the first one runs
      zeus.paas.marathon_apps:
        vcluster: batch
        apps:
          - "{{ small | combine({'id': queue}) }}"
          - "{{ small | combine({'id': '/production/reports/worker/stable', 'instances': 2, 'dependencies': [queue]}) }}"

    - name: These and no others of the team
      zeus.paas.marathon_apps:
        vcluster: batch
        apps:
          - "{{ small | combine({'id': queue}) }}"
        prune: true
        prune_selector: TEAM==reports
        wait_timeout: 120

    - name: None of them
      zeus.paas.marathon_apps:
        apps: []
        absent: ["{{ queue }}"]
"""

RETURN = r"""
apps:
  description: >-
    The apps that exist afterwards, in check mode those that would, ordered by their ids. Deleted ones stand in RV(changes) only.
    M(zeus.paas.marathon_app_info) shows apps in the same form, and how they are.
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
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are apps.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: /production/shop/web/stable
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [cmd, instances]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [/production/shop/catalog/stable]
deployments:
  description: The ids of the deployments of Marathon that were made; empty in check mode and without a change.
  returned: success
  type: list
  elements: str
  sample: [867ed450-f6a8-4d33-9b0e-e11c5513990b]
routers:
  description: >-
    The addresses of the routers that confirmed the change, by virtual cluster; empty if nothing was changed, or nothing was waited for.
  returned: success
  type: dict
  sample: {web: ["http://10.1.0.21:8700"]}
progress:
  description: What happened on the way, one line per step; empty in check mode and without a change.
  returned: success
  type: list
  elements: str
  sample: ["batch 1 of 1: /production/shop/web/stable"]
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(refused) (it would do harm), V(locked) (a running deployment holds an app), V(api) (a
        service refused or failed), V(away) (a service does not answer, so the host counts as unreachable), V(deadline), or V(rollout).
      returned: always
      type: str
      sample: rollout
    state:
      description: >-
        What runs now - V(rolled_back) (the versions before), V(left) (as far as it got), V(done) (all is as wanted, but a router could not
        be asked) or V(unknown).
      returned: when RV(error.kind) is V(rollout)
      type: str
      sample: rolled_back
    done:
      description: The ids of what was changed and stays.
      returned: when RV(error.kind) is V(rollout)
      type: list
      elements: str
      sample: []
    failed:
      description: The ids of what did not become as wanted.
      returned: when RV(error.kind) is V(rollout)
      type: list
      elements: str
      sample: [/production/shop/web/stable]
    not_started:
      description: The ids of what was not begun.
      returned: when RV(error.kind) is V(rollout)
      type: list
      elements: str
      sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    MARATHON_ARGS,
    MARATHON_RULES,
    ROUTER_ARGS,
    WAIT_ARGS,
    run_module,
)
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import apps_from, ensure_apps, keep_secret
from ansible_collections.zeus.paas.plugins.module_utils._marathon_selector import prune_selector

ARGUMENTS = {
    "apps": {"type": "list", "elements": "dict", "required": True},
    "absent": {"type": "list", "elements": "str", "default": []},
    "vcluster": {"type": "str"},
    "prune": {"type": "bool", "default": False},
    "prune_selector": {"type": "str"},
    "prune_everything": {"type": "bool", "default": False},
    "hidden_fields": {"type": "list", "elements": "str", "default": [], "no_log": False},
    **MARATHON_ARGS,
    **ROUTER_ARGS,
    **WAIT_ARGS,
}


def ensure(module):
    params = module.params
    keep_secret(module, params["apps"], params["hidden_fields"])
    selector = prune_selector(params["prune_selector"], params["apps"], params["prune_everything"]) if params["prune"] else None
    progress = []
    result = ensure_apps(
        apps_from(params, progress.append, selector=selector),
        params["apps"],
        absent=params["absent"],
        vcluster=params["vcluster"],
        hidden=params["hidden_fields"],
        check_mode=module.check_mode,
    )
    # Ansible would send all definitions back with the result, and show them at -vvv.
    told = {**params, "apps": f"({len(params['apps'])} definitions)"}
    return {**result, "progress": progress, "invocation": {"module_args": told}}


def main():
    rules = {**MARATHON_RULES, "required_if": [("prune", True, ["prune_selector"])]}
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **rules), ensure)


if __name__ == "__main__":
    main()
