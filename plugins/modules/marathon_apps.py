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
    does
    not end in time goes back to the versions before; earlier batches stay, later ones are not begun, and the error says which is which.
  - Apps are created and changed in the order given, but after those that they depend on. Then apps are scaled down, then deleted, both
    by way
    of the routers.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.routers
  - zeus.paas.wait
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
      - zeus.paas.marathon
      - zeus.paas.routers
options:
  apps:
    description: The definitions of the apps in Marathon's own fields, each with its C(id). A field that is not given gets Marathon's
      default.
    type: list
    elements: dict
    required: true
  absent:
    description: Ids of apps that are not to exist.
    type: list
    elements: str
    default: []
  vcluster:
    description:
      - The virtual cluster of all O(apps). It can be left out if each of them names its own by the label C(ZEUS_VCLUSTER) or by its
        constraint.
        An app that names none is refused.
    type: str
  prune:
    description: Whether apps that O(prune_selector) chooses and that are not in O(apps) are deleted.
    type: bool
    default: false
  prune_selector:
    description:
      - Marathon's label selector for what may be pruned, such as V(ZEUS_PROJECT==shop,ZEUS_OWNER==project). Other apps are never touched.
      - It must name a value (C(==) or C(in)), and every app of O(apps) must have the labels that it names.
    type: str
  prune_everything:
    description: Whether pruning with an empty list of O(apps) is meant. It is refused otherwise, since it would delete all that is
      selected.
    type: bool
    default: false
  hidden_fields:
    description: Keys of the definitions whose values appear in no diff and no result, such as V(env.DB_PASSWORD).
    type: list
    elements: str
    default: []
seealso:
  - module: zeus.paas.marathon_app
"""

EXAMPLES = r"""
- name: All apps of the shop run as their definitions say, and no others
  zeus.paas.marathon_apps:
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    apps: "{{ shop_apps }}"
    prune: true
    prune_selector: ZEUS_PROJECT==shop,ZEUS_OWNER==project
    wait_timeout: 900
"""

RETURN = r"""
changes:
  description: The apps that differ, with the action (C(create), C(update) or C(delete)) and the top-level fields.
  returned: success
  type: list
  elements: dict
  sample: [{id: /production/shop/web/stable, action: update, fields: [cmd, instances]}]
unchanged:
  description: How many apps are as wanted already.
  returned: success
  type: int
done:
  description: The ids of the apps that were changed.
  returned: when something was changed
  type: list
  elements: str
deployments:
  description: The ids of the deployments that were made.
  returned: when something was changed
  type: list
  elements: str
progress:
  description: What happened, line by line.
  returned: success
  type: list
  elements: str
error:
  description: >-
    What failed, for machines. C(kind) is C(input), C(locked), C(api), C(away), C(rollout) or C(refused); for C(rollout), C(state) is
    C(rolled_back), C(left), C(done) (everything runs, but a router could not be asked) or C(unknown), and C(done), C(failed) and
    C(not_started) name the apps.
  returned: failure
  type: dict
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
