#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: marathon_app
short_description: Manage one Marathon app, to the end of its rollout
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Creates, updates, scales or deletes one app, waits until all of its instances are healthy and its routers have them, and goes back to
    the
    version before if that does not happen in time.
  - What is given is the whole definition. A field that is not given gets Marathon's default, also if the app has another value now.
  - Unknown fields are errors, since Marathon ignores them without a word.
  - For many apps use M(zeus.paas.marathon_apps), which needs one task for all.
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
  id:
    description: The absolute id of the app, such as V(/production/shop/web/stable).
    type: str
    required: true
  state:
    description: Whether the app is to exist. V(absent) takes it out of the routers first, and then deletes it.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - The app in Marathon's own fields, such as C(cmd), C(cpus), C(healthChecks).
      - Required for an app that does not exist yet. Without it an existing app keeps its definition but for O(instances) and O(vcluster).
    type: dict
  instances:
    description: The number of instances; instead of C(instances) in O(definition). Alone it scales an app, down by way of the routers.
    type: int
  vcluster:
    description:
      - The virtual cluster that the app belongs to. The constraint and the label C(ZEUS_VCLUSTER) are added.
      - It can be left out if O(definition) names it by that label or constraint. An app without one is refused.
    type: str
  hidden_fields:
    description:
      - Keys of the definition whose values appear in no diff and no result, such as V(env.DB_PASSWORD).
      - Marathon itself shows them to everybody who may read its API. A secret does not belong into a definition.
    type: list
    elements: str
    default: []
seealso:
  - module: zeus.paas.marathon_apps
  - module: zeus.paas.marathon_app_info
"""

EXAMPLES = r"""
- name: The web app runs in the virtual cluster web
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    id: /production/shop/web/stable
    vcluster: web
    definition:
      cmd: python3 -m http.server $PORT0
      cpus: 0.5
      mem: 64
      instances: 4
      healthChecks:
        - protocol: MESOS_HTTP
          path: /
          portIndex: 0
          delaySeconds: 0

- name: Two instances are enough now
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    id: /production/shop/web/stable
    instances: 2

- name: The old worker is gone
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    id: /production/shop/mailer/stable
    state: absent
"""

RETURN = r"""
app:
  description: The app as Marathon shows it afterwards, in check mode as it would be defined. Empty if it does not exist.
  returned: success
  type: dict
  sample: {id: /production/shop/web/stable, instances: 4, version: "2026-11-22T10:00:00.000Z"}
changes:
  description: What differs, with the action (C(create), C(update) or C(delete)) and the top-level fields.
  returned: success
  type: list
  elements: dict
  sample: [{id: /production/shop/web/stable, action: update, fields: [cmd, instances]}]
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
    C(rolled_back), C(left), C(done) (everything runs, but a router could not be asked) or C(unknown).
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
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import apps_from, ensure_app, keep_secret

ARGUMENTS = {
    "id": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "definition": {"type": "dict"},
    "instances": {"type": "int"},
    "vcluster": {"type": "str"},
    "hidden_fields": {"type": "list", "elements": "str", "default": [], "no_log": False},
    **MARATHON_ARGS,
    **ROUTER_ARGS,
    **WAIT_ARGS,
}


def ensure(module):
    params = module.params
    keep_secret(module, [params["definition"]], params["hidden_fields"])
    progress = []
    result = ensure_app(
        apps_from(params, progress.append),
        params["id"],
        params["definition"],
        absent=params["state"] == "absent",
        instances=params["instances"],
        vcluster=params["vcluster"],
        hidden=params["hidden_fields"],
        check_mode=module.check_mode,
    )
    return {**result, "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **MARATHON_RULES), ensure)


if __name__ == "__main__":
    main()
