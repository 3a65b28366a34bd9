#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: vcluster_info
short_description: Show the virtual clusters, and prove that they are apart
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Compares every running task with the attributes of the agent that it runs on, as Mesos tells them, and every route of every router with
    the router's virtual cluster. Whatever is outside is reported.
  - Shows agents, resources, tasks and apps per virtual cluster.
  - What is outside counts only if it still is some seconds later, since tasks come and go while all is read.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.mesos
  - zeus.paas.routers
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.marathon
      - zeus.paas.mesos
      - zeus.paas.routers
options:
  strict:
    description: Whether the task fails unless the clusters are proved to be apart.
    type: bool
    default: false
seealso:
  - module: zeus.paas.router_info
  - module: zeus.paas.marathon_app_info
"""

EXAMPLES = r"""
- name: No task and no route is outside its virtual cluster
  zeus.paas.vcluster_info:
    mesos_urls: "{{ zeus_mesos_urls }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    strict: true
  register: clusters

- name: There is room for one more core's worth of instances in web
  ansible.builtin.assert:
    that: clusters.vclusters.web.free.cpus >= 1
"""

RETURN = r"""
isolated:
  description: Whether nothing is outside, and nothing is left unproved.
  returned: success
  type: bool
  sample: true
outside_tasks:
  description: Tasks that are not proved to run inside their app's virtual cluster.
  returned: success
  type: list
  elements: dict
  sample:
    - task: production_shop_web_stable.instance-0b5a._app.1
      app: /production/shop/web/stable
      vcluster: web
      agent: 33cf390e-S2
      hostname: bj01-batch-1
      runs_in: [batch]
      reason: it runs on an agent of batch, its app belongs to web
outside_routes:
  description: Routes that do not belong to their router's virtual cluster. C(task) is null if it is about the app as a whole.
  returned: success
  type: list
  elements: dict
  sample:
    - router: http://10.1.0.21:8700
      vcluster: web
      app: /production/shop/mailer
      variant: null
      task: null
      reason: the app belongs to batch
unproved:
  description: What could not be asked, such as the routes of a router that is away.
  returned: success
  type: list
  elements: str
  sample: ["the routes of http://10.1.0.22:8700 (web): the router agent is away"]
vclusters:
  description: >-
    Agents, tasks, apps and resources (C(cpus) in cores, C(mem) and C(disk) in MiB) per virtual cluster. Agents that name none, or
    several, and apps that name none, stand under the empty name.
  returned: success
  type: dict
  sample:
    web:
      agents: 2
      inactive_agents: 0
      apps: 3
      tasks: 8
      total: {cpus: 4, mem: 2048, disk: 8192, gpus: 0}
      used: {cpus: 1.5, mem: 512, disk: 0, gpus: 0}
      free: {cpus: 2.5, mem: 1536, disk: 8192, gpus: 0}
routers:
  description: The digest of the plan and the keys of the apps of every router that answered, by virtual cluster and address.
  returned: success
  type: dict
  sample:
    web:
      "http://10.1.0.21:8700":
        plan: 3c9c1b7f0f5d4a8e9b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778
        apps: [/production/shop/web]
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

from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    MARATHON_ARGS,
    MARATHON_RULES,
    MESOS_ARGS,
    ROUTER_ARGS,
    marathon_from,
    mesos_from,
    routers_from,
    run_module,
)
from ansible_collections.zeus.paas.plugins.module_utils._isolation_report import isolation, summary

ARGUMENTS = {"strict": {"type": "bool", "default": False}, **MARATHON_ARGS, **MESOS_ARGS, **ROUTER_ARGS}


def info(module):
    params = module.params
    report = isolation(mesos_from(params), marathon_from(params), routers_from(params))
    if params["strict"] and not report["isolated"]:
        module.fail_json(msg=summary(report), **report)
    return {"changed": False, **report}


def main():
    together = [*MARATHON_RULES["required_together"], ("mesos_user", "mesos_password")]
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **{**MARATHON_RULES, "required_together": together}), info)


if __name__ == "__main__":
    main()
