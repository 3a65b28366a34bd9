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
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.mesos
  - zeus.paas.routers
  - zeus.paas.artifacts
  - zeus.paas.policy_store
attributes:
  check_mode:
    support: full
  diff_mode:
    support: full
    details: Shows what differs before and after the step, not the states between.
  idempotent:
    support: full
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
    description: The path of the project file, on the host that runs the module.
    type: path
    required: true
  environment_name:
    description: One of the environments of the file.
    type: str
    required: true
  datacenter:
    description: The name of the datacenter.
    type: str
    required: true
  vclusters:
    description: The catalogue of virtual clusters, as in the inventory variable C(zeus_vclusters).
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
- name: 2.0 runs beside stable
  zeus.paas.gray_release:
    state: deployed
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    vclusters: "{{ zeus_vclusters }}"
    app: web
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"
"""

RETURN = r"""
app:
  description: The app's key.
  returned: success
  type: str
  sample: /production/shop/web
version:
  description: The gray version by the project file.
  returned: success
  type: str
variant:
  description: The name of its variant.
  returned: success
  type: str
  sample: 2-0
edit:
  description: After O(state=finished), what to change in the project file, since stable is the gray version now.
  returned: success
  type: list
  elements: str
  sample: [set apps.web.version to "2.0", remove apps.web.gray]
changes:
  description: What differed before and after - apps, packed files, values of the policy store - each with what was done and the fields.
  returned: success
  type: list
  elements: dict
routers:
  description: The routers that confirmed, by virtual cluster.
  returned: success
  type: dict
progress:
  description: What happened on the way, one line per move.
  returned: success
  type: list
  elements: str
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
