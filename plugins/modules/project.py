#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: project
short_description: A project runs in a datacenter as its file says
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Reads a project file, validates all of it, and makes the datacenter's Marathon run its apps for one environment.
  - Every app is bound to its virtual cluster. Only apps that differ are written, in bulk, with full definitions; the run ends when all
    instances are healthy and the routers have them, or takes the apps back to what ran before.
  - Files of plain processes are packed here by their sha256; what the datacenter's artifact store lacks is uploaded. Snippets for nginx
    are checked and put into the policy store.
  - Apps of gray versions are not deployed by this module but by M(zeus.paas.gray_release). While a gray version of an app runs, the
    app is only scaled; other changes are refused.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.routers
  - zeus.paas.artifacts
  - zeus.paas.policy_store
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
      - zeus.paas.artifacts
      - zeus.paas.marathon
      - zeus.paas.policy_store
      - zeus.paas.routers
requirements:
  - PyYAML
  - crossplane, if an app has a snippet
options:
  src:
    description: The path of the project file, on the host that runs the module. Paths inside the file start in its folder.
    type: path
    required: true
  environment_name:
    description: One of the environments of the file.
    type: str
    required: true
  datacenter:
    description: The name of the datacenter; chooses what the file overrides for it.
    type: str
    required: true
  vclusters:
    description: The catalogue of virtual clusters, as in the inventory variable C(zeus_vclusters).
    type: dict
    required: true
  prune:
    description:
      - Whether apps of this project and environment that are not in the file any more are removed.
      - Only apps that this module deployed are, never those of a gray release.
    type: bool
    default: false
  policy_store_host:
    description:
      - Name or address of the host of the datacenter's policy store (Redis). Without it no app may have a snippet.
      - If this is not given, the environment variable E(ZEUS_POLICY_STORE_HOST) counts.
    type: str
    required: false
seealso:
  - module: zeus.paas.gray_release
  - module: zeus.paas.marathon_apps
"""

EXAMPLES = r"""
- name: The shop runs as its file says
  zeus.paas.project:
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    vclusters: "{{ zeus_vclusters }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"
    prune: true
"""

RETURN = r"""
apps:
  description: Every app of the project and environment by its name, the removed ones too.
  returned: success
  type: dict
  contains:
    id:
      description: The Marathon id.
      type: str
    action:
      description: V(create), V(update), V(scale), V(delete) or V(none).
      type: str
    version:
      description: The version that runs now, or would.
      type: str
    instances:
      description: How many instances run now, or would.
      type: int
    fields:
      description: The fields of the definition that differed.
      type: list
      elements: str
    previous_version:
      description: The version that ran before, if the app ran.
      type: str
    previous_instances:
      description: The number of instances before.
      type: int
changes:
  description: All objects that differed - apps, packed files, values of the policy store - each with what was done and the fields.
  returned: success
  type: list
  elements: dict
routers:
  description: The routers that confirmed the running tasks, by virtual cluster; empty without a change.
  returned: success
  type: dict
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
    OPTIONAL,
    ROUTER_ARGS,
    STORE_ARGS,
    WAIT_ARGS,
    http_options,
    marathon_from,
    routers_from,
    run_module,
    store_from,
)
from ansible_collections.zeus.paas.plugins.module_utils._http import HttpClient
from ansible_collections.zeus.paas.plugins.module_utils._marathon_apps import Apps
from ansible_collections.zeus.paas.plugins.module_utils._project_assets import Files
from ansible_collections.zeus.paas.plugins.module_utils._project_run import Deployment
from ansible_collections.zeus.paas.plugins.module_utils._project_sources import open_project

ARGUMENTS: dict[str, dict[str, Any]] = {
    "src": {"type": "path", "required": True},
    "environment_name": {"type": "str", "required": True},
    "datacenter": {"type": "str", "required": True},
    "vclusters": {"type": "dict", "required": True},
    "prune": {"type": "bool", "default": False},
    **MARATHON_ARGS,
    **ROUTER_ARGS,
    **ARTIFACT_ARGS,
    **STORE_ARGS,
    **WAIT_ARGS,
    "policy_store_host": {**STORE_ARGS["policy_store_host"], **OPTIONAL},
}


def deploy(module: AnsibleModule) -> Mapping[str, Any]:
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
        )
        routers = routers_from(params)
        selector = f"ZEUS_PROJECT=={sources.project.name},ZEUS_ENVIRONMENT=={sources.environment},ZEUS_OWNER==project"
        apps = Apps(
            marathon_from(params),
            routers,
            timeout=params["wait_timeout"],
            force=params["force"],
            rollback=params["rollback"],
            wait=params["wait"],
            selector=selector,
            progress=progress.append,
        )
        files = None
        if sources.packs:
            http = HttpClient("artifact store", [params["artifact_url"]], http_options(params, token=params["artifact_token"]))
            files = Files(Artifacts(http), sources.packs)
        store = store_from(params) if params["policy_store_host"] else None
        deployment = Deployment(sources, apps, routers, files, store, params["prune"], progress.append)
        return {**deployment.run(check_mode=module.check_mode), "progress": progress}


def main() -> None:
    run_module(AnsibleModule(ARGUMENTS, supports_check_mode=True, **MARATHON_RULES), deploy)


if __name__ == "__main__":
    main()
