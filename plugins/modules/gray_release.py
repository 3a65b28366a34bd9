#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_release
short_description: One step of an app's gray release is done, and the routers confirm it
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Deploys the gray version of an app beside its stable one, binds it to a policy, and finishes or aborts the release.
  - To widen a release, give its policy wider rules with M(zeus.paas.gray_policy).
  - Every step can be run again, also after an interrupted run. It ends when every running router confirms it.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.routers
  - zeus.paas.policy_store
  - zeus.paas.artifacts
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
      - zeus.paas.policy_store
      - zeus.paas.routers
options:
  step:
    description:
      - V(deploy) - the app's C(gray) version runs beside stable, healthy; nobody is sent there yet.
      - V(bind) - the policy decides who is sent there.
      - V(finish) - the gray version becomes the stable one. First gray gets as many instances as stable and all requests, then stable is
        updated, then all requests go to stable and gray is drained and removed. It refuses before any change if the virtual cluster
        lacks the room, and says how much is missing.
      - V(abort) - all requests go to stable, then gray is drained and removed.
    type: str
    required: true
    choices: [deploy, bind, finish, abort]
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
  app:
    description: The app's name in the project file.
    type: str
    required: true
  vclusters:
    description: The catalogue of virtual clusters, as in the inventory variable C(zeus_vclusters).
    type: dict
    required: true
  policy:
    description: The policy to bind to. Defaults to C(gray.policy) of the app.
    type: str
  regions:
    description: The operator's table of regions, as in C(zeus_regions); a policy that names another region is not bound.
    type: dict
  mesos_urls:
    description: Addresses of the Mesos masters (or the standalone engine), which V(finish) asks for room.
    type: list
    elements: str
  mesos_user:
    description: The user for Mesos, with O(mesos_password).
    type: str
  mesos_password:
    description: The password of O(mesos_user).
    type: str
requirements:
  - PyYAML
seealso:
  - module: zeus.paas.gray_policy
  - module: zeus.paas.gray_explain
  - module: zeus.paas.project
"""

EXAMPLES = r"""
- name: 2.0 runs beside 1.4
  zeus.paas.gray_release:
    step: deploy
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    app: web
    vclusters: "{{ zeus_vclusters }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"

- name: 2.0 is the stable version
  zeus.paas.gray_release:
    step: finish
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    app: web
    vclusters: "{{ zeus_vclusters }}"
    mesos_urls: "{{ zeus_mesos_urls }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"
"""

RETURN = r"""
app:
  description: The app's key.
  returned: success
  type: str
  sample: /production/shop/web
variant:
  description: The name of the gray variant.
  returned: success
  type: str
  sample: 2-0
version:
  description: The gray version.
  returned: success
  type: str
  sample: "2.0"
vcluster:
  description: The app's virtual cluster.
  returned: success
  type: str
routers:
  description: The routers that confirmed the last change of who gets which version.
  returned: for the steps that change it, outside check mode
  type: list
  elements: str
changes:
  description: All objects that differed - the apps, packed files, the binding - each with what was done and the fields.
  returned: success
  type: list
  elements: dict
progress:
  description: What happened on the way, one line per step.
  returned: success
  type: list
  elements: str
"""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._artifacts import Artifacts
from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    ARTIFACT_ARGS,
    MARATHON_ARGS,
    MARATHON_RULES,
    MESOS_ARGS,
    ROUTER_ARGS,
    STORE_ARGS,
    WAIT_ARGS,
    http_options,
    mesos_from,
    run_module,
    store_from,
)
from ansible_collections.zeus.paas.plugins.module_utils._gray_release import STEPS, Release
from ansible_collections.zeus.paas.plugins.module_utils._gray_release_store import StoreValues
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import apps_from
from ansible_collections.zeus.paas.plugins.module_utils._project_assets import Files
from ansible_collections.zeus.paas.plugins.module_utils._project_sources import open_project

ARGUMENTS: dict[str, dict[str, Any]] = {
    "step": {"type": "str", "required": True, "choices": list(STEPS)},
    "src": {"type": "path", "required": True},
    "environment_name": {"type": "str", "required": True},
    "datacenter": {"type": "str", "required": True},
    "app": {"type": "str", "required": True},
    "vclusters": {"type": "dict", "required": True},
    "policy": {"type": "str"},
    "regions": {"type": "dict"},
    **MARATHON_ARGS,
    **MESOS_ARGS,
    **ROUTER_ARGS,
    **STORE_ARGS,
    **ARTIFACT_ARGS,
    **WAIT_ARGS,
    "mesos_urls": {"type": "list", "elements": "str"},
}


def release(module: AnsibleModule) -> Mapping[str, Any]:
    params = module.params
    progress: list[str] = []
    with tempfile.TemporaryDirectory(dir=module.tmpdir) as scratch:
        sources = open_project(
            params["src"],
            params["environment_name"],
            params["datacenter"],
            params["vclusters"],
            artifact_url=params["artifact_url"],
            scratch=Path(scratch),
            gray=True,
        )
        apps = apps_from(params, progress.append)
        files = None
        if sources.packs:
            http = HttpClient("artifact store", [params["artifact_url"]], http_options(params, token=params["artifact_token"]))
            files = Files(Artifacts(http), sources.packs)
        made = Release(
            sources,
            params["app"],
            apps,
            StoreValues(store_from(params), apps.routers),
            files,
            mesos_from(params) if params["mesos_urls"] else None,
            params["regions"],
            progress.append,
        )
        return {**made.run(params["step"], params["policy"], check_mode=module.check_mode), "progress": progress}


def main() -> None:
    module = AnsibleModule(ARGUMENTS, supports_check_mode=True, required_if=[("step", "finish", ("mesos_urls",))], **MARATHON_RULES)
    run_module(module, release)


if __name__ == "__main__":
    main()
