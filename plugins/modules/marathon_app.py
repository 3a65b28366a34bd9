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
    the version before if that does not happen in time.
  - What is given is the whole definition. A field that is not given gets Marathon's default, also if the app has another value now.
  - Unknown fields are errors, since Marathon ignores them without a word.
  - For many apps use M(zeus.paas.marathon_apps), which needs one task for all.
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
  id:
    description:
      - The absolute id of the app, such as V(/production/shop/web/stable).
      - Routers carry only apps whose id has four parts, C(/<environment>/<project>/<app>/<variant>).
    type: str
    required: true
  state:
    description: Whether the app is to exist. V(absent) takes it out of the routers first, and then deletes it.
    type: str
    choices: [present, absent]
    default: present
  definition:
    description:
      - The app in Marathon's own fields, such as C(cmd), C(cpus) (cores), C(mem) and C(disk) (MiB), C(env), C(healthChecks) (times in
        seconds).
      - Routers carry an app whose label C(ZEUS_TYPE) is V(web), by C(ZEUS_HOSTS) (names with commas between them) and C(ZEUS_PATH)
        (V(/) if it is not given), or V(service), by C(ZEUS_PORT). Such an app needs C(ZEUS_VERSION), and C(ZEUS_ENVIRONMENT),
        C(ZEUS_PROJECT), C(ZEUS_APP) and C(ZEUS_VARIANT) must be the four parts of O(id).
      - Required for an app that does not exist yet. Without it an existing app keeps its definition but for O(instances) and O(vcluster).
    type: dict
  instances:
    description:
      - The number of instances, 0 or more; instead of C(instances) in O(definition). Alone it scales an app, down by way of the routers.
    type: int
  vcluster:
    description:
      - The virtual cluster that the app belongs to. The constraint and the label C(ZEUS_VCLUSTER) are added.
      - It can be left out if O(definition) names it by that label or constraint. An app without one is refused.
    type: str
  hidden_fields:
    description:
      - Keys of the definition whose values appear in no diff and no result, such as V(env.DB_PASSWORD) or V(env).
      - Marathon itself shows them to everybody who may read its API. A secret does not belong into a definition.
    type: list
    elements: str
    default: []
seealso:
  - module: zeus.paas.marathon_apps
  - module: zeus.paas.marathon_app_info
  - plugin: zeus.paas.app_endpoints
    plugin_type: lookup
"""

EXAMPLES = r"""
- name: A web app runs in the virtual cluster web, and its routers carry it
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    id: /production/hello/web/stable
    vcluster: web
    definition:
      cmd: exec python3 -m http.server $PORT0
      cpus: 0.1
      mem: 32
      instances: 2
      labels:
        ZEUS_ENVIRONMENT: production
        ZEUS_PROJECT: hello
        ZEUS_APP: web
        ZEUS_VARIANT: stable
        ZEUS_VERSION: "1.0"
        ZEUS_TYPE: web
        ZEUS_HOSTS: hello.example.com
      healthChecks:
        - protocol: MESOS_HTTP
          path: /
          portIndex: 0
          delaySeconds: 0
          intervalSeconds: 1

- name: One instance is enough now; the routers let go of the other one before it ends
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    id: /production/hello/web/stable
    instances: 1

- name: A worker without ports, whose environment appears in no diff
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    id: /production/hello/worker/stable
    vcluster: batch
    hidden_fields: [env.LICENCE]
    wait_timeout: 60
    definition:
      cmd: exec sleep 1000000
      cpus: 0.1
      mem: 16
      portDefinitions: []
      env:
        LICENCE: 1234-5678

- name: Neither is needed any more
  zeus.paas.marathon_app:
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    id: "/production/hello/{{ item }}/stable"
    state: absent
  loop: [web, worker]
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
