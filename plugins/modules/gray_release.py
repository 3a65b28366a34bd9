#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_release
short_description: A gray release of an app has come to a step
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - The steps of a gray release of one app in one datacenter. Each one looks at what is there, does what is missing, and ends when the
    instances are healthy and every router serves as it should. A step that was cut off is simply run again.
  - V(deployed) - the gray version runs beside stable; nobody sees it yet.
  - V(bound) - a policy, written by M(zeus.paas.gray_policy), decides who sees it. To widen a release, write the policy again.
  - V(finished) - the gray version becomes stable. Gray grows to stable's size and takes all of the traffic; stable is updated by a rolling
    deployment; then it takes the traffic over, and gray is drained and removed. Without the capacity for that nothing is changed.
  - V(aborted) - the traffic goes to stable first; then the gray version is drained and removed. A finish that was cut off half-way is
    taken back before that.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.mesos
  - zeus.paas.routers
  - zeus.paas.artifacts
  - zeus.paas.policy_store
attributes:
  diff_mode:
    details: Shows what differs before and after the step, not the states between.
  action_group:
    support: full
    membership:
      - zeus.paas.artifacts
      - zeus.paas.marathon
      - zeus.paas.mesos
      - zeus.paas.policy_store
      - zeus.paas.routers
requirements:
  - PyYAML
  - crossplane, if an app of the project has a snippet
options:
  src:
    description:
      - The path of the project file, on the host that runs the module. Paths inside the file start in its folder.
      - With C(connection=local) a relative path starts in the playbook's folder.
    type: path
    required: true
  environment_name:
    description: One of the environments of the file.
    type: str
    required: true
  datacenter:
    description: The name of the datacenter, such as V(bj01); chooses what the file overrides for it.
    type: str
    required: true
  vclusters:
    description:
      - The catalogue of virtual clusters, as in the inventory variable C(zeus_vclusters).
      - >-
        An example of the shape is C({web: {router: both, owners: [shop]}, batch: {router: none}}); the guide C(docs/inventories.md) says
        what a cluster may have.
    type: dict
    required: true
  app:
    description: The name of the app in the file. Its key C(gray) describes the gray version.
    type: str
    required: true
  state:
    description: The step.
    type: str
    choices: [deployed, bound, finished, aborted]
    required: true
  policy:
    description: The name of the policy for O(state=bound); by default the one of C(gray.policy) in the project file.
    type: str
  regions:
    description:
      - The operator's table of regions, as in C(zeus_regions). If given, O(state=bound) refuses a policy with a region that it lacks.
      - >-
        An example of the shape is C({CN-BJ: [10.201.0.0/16], CN-SH: [10.202.0.0/16, "2001:db8::/32"]}).
    type: dict
  mesos_urls:
    description:
      - The addresses of all Mesos masters of the datacenter, which know the free capacity. Needed for O(state=finished).
      - If this is not given, the environment variable E(ZEUS_MESOS_URLS) counts, with commas between the addresses.
    type: list
    elements: str
    required: false
  wait_timeout:
    description: How many seconds the whole step may take.
    type: float
    default: 600.0
  rollback:
    description: Whether a change that did not become healthy, or that a router has not taken, is taken back.
    type: bool
    default: true
  force:
    description: Whether running deployments that hold one of the apps are cancelled. Without it they are waited for.
    type: bool
    default: false
seealso:
  - module: zeus.paas.gray_policy
  - module: zeus.paas.gray_explain
  - module: zeus.paas.project
"""

EXAMPLES = r"""
- name: A gray release of the shop's front, from its first instance to its end
  hosts: control[0]
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  module_defaults:
    group/zeus.paas.marathon: {marathon_urls: "{{ zeus_marathon_urls }}"}
    group/zeus.paas.mesos: {mesos_urls: "{{ zeus_mesos_urls }}"}
    group/zeus.paas.routers: {router_urls: "{{ zeus_router_urls }}", router_token: "{{ zeus_router_token }}"}
    group/zeus.paas.artifacts: {artifact_url: "{{ zeus_artifact_url }}", artifact_token: "{{ zeus_artifact_token }}"}
    group/zeus.paas.policy_store:
      policy_store_host: "{{ zeus_policy_store_host }}"
      policy_store_port: "{{ zeus_policy_store_port }}"
      policy_store_password: "{{ zeus_policy_store_writer_password }}"
    zeus.paas.gray_release:
      src: projects/shop.yml
      environment_name: production
      datacenter: "{{ zeus_datacenter }}"
      vclusters: "{{ zeus_vclusters }}"
      regions: "{{ zeus_regions }}"
      app: web
  tasks:
    - name: Version 2.0 runs beside stable
      zeus.paas.gray_release:
        state: deployed

    - name: The routers know who is to see it
      zeus.paas.gray_policy:
        src: policies/shop-web.yml
        regions: "{{ zeus_regions }}"

    - name: These see it
      zeus.paas.gray_release:
        state: bound

    - name: It is stable now
      zeus.paas.gray_release:
        state: finished
      register: finished

    - name: The project file has to say so, too
      ansible.builtin.debug:
        msg: "projects/shop.yml: {{ finished.edit | join(', ') }}"

- name: If a version is no good, everybody gets stable, and it goes
  hosts: control[0]
  connection: local
  gather_facts: false
  vars:
    ansible_python_interpreter: "{{ ansible_playbook_python }}"
  tasks:
    - name: Nothing of the release is left
      zeus.paas.gray_release:
        state: aborted
        src: projects/shop.yml
        environment_name: production
        datacenter: "{{ zeus_datacenter }}"
        vclusters: "{{ zeus_vclusters }}"
        app: web
        marathon_urls: "{{ zeus_marathon_urls }}"
        router_urls: "{{ zeus_router_urls }}"
        router_token: "{{ zeus_router_token }}"
        policy_store_host: "{{ zeus_policy_store_host }}"
        policy_store_port: "{{ zeus_policy_store_port }}"
        policy_store_password: "{{ zeus_policy_store_writer_password }}"
        artifact_url: "{{ zeus_artifact_url }}"
        artifact_token: "{{ zeus_artifact_token }}"
        wait_timeout: 120
"""

RETURN = r"""
app:
  description: The app's key.
  returned: success
  type: str
  sample: /production/shop/web
version:
  description: The gray version by the project file; null if it names none (any more).
  returned: success
  type: str
  sample: "2.0"
variant:
  description: The name of its variant; null if the file has no gray version.
  returned: success
  type: str
  sample: 2-0
edit:
  description: After O(state=finished), what to change in the project file, since stable is the gray version now; else empty.
  returned: success
  type: list
  elements: str
  sample: [set apps.web.version to "2.0", remove apps.web.gray]
apps:
  description: >-
    The variants of the app that exist afterwards, in check mode those that would, ordered by their ids. Deleted ones stand in
    RV(changes) only.
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
    They are apps, packed files (C(<sha256>.tar.gz)) and values of the policy store (C(zeus:…)).
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
      sample: [env, labels]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [zeus:binding:production:shop:web]
deployments:
  description: The ids of the deployments of Marathon that were made; empty in check mode and without a change.
  returned: success
  type: list
  elements: str
  sample: [867ed450-f6a8-4d33-9b0e-e11c5513990b]
routers:
  description: >-
    The addresses of the routers that confirmed the step, by virtual cluster; empty in check mode.
  returned: success
  type: dict
  sample: {web: ["http://10.1.0.21:8700"]}
progress:
  description: What happened on the way, one line per step.
  returned: success
  type: list
  elements: str
  sample: ["gray 2.0 grows to 4 instances"]
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

import tempfile
from pathlib import Path

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    ARTIFACT_ARGS,
    MARATHON_ARGS,
    MARATHON_RULES,
    MESOS_ARGS,
    OPTIONAL,
    ROUTER_ARGS,
    STORE_ARGS,
    WAIT_ARGS,
    run_module,
)
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_run import Release

ARGUMENTS = {
    "src": {"type": "path", "required": True},
    "environment_name": {"type": "str", "required": True},
    "datacenter": {"type": "str", "required": True},
    "vclusters": {"type": "dict", "required": True},
    "app": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["deployed", "bound", "finished", "aborted"], "required": True},
    "policy": {"type": "str"},
    "regions": {"type": "dict"},
    **MARATHON_ARGS,
    **MESOS_ARGS,
    "mesos_urls": {**MESOS_ARGS["mesos_urls"], **OPTIONAL},
    **ROUTER_ARGS,
    **ARTIFACT_ARGS,
    **STORE_ARGS,
    "wait_timeout": {"type": "float", "default": 600.0},
    "rollback": WAIT_ARGS["rollback"],
    "force": WAIT_ARGS["force"],
}
RULES = {
    **MARATHON_RULES,
    "required_together": [*MARATHON_RULES["required_together"], ("mesos_user", "mesos_password")],
    "required_if": [("state", "finished", ("mesos_urls",))],
}


def release(module):
    progress = []
    with tempfile.TemporaryDirectory(dir=module.tmpdir) as scratch:
        result = Release(module.params, Path(scratch), progress.append).run(check_mode=module.check_mode)
    return {**result, "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), release)


if __name__ == "__main__":
    main()
