#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: project
short_description: A project runs in this datacenter as its file says
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Reads a project file, validates all of it, and makes the datacenter's Marathon run its apps for one environment. The guide
    C(docs/project.md) says what the file can say.
  - Every app is bound to its virtual cluster. Only apps that differ are written, in bulk, with full definitions; the run ends when all
    instances are healthy and the routers have them, or takes the apps back to what ran before.
  - Files of plain processes are packed here by their sha256; what the datacenter's artifact store lacks is uploaded. Snippets for nginx
    are checked and put into the policy store.
  - Apps of gray versions are not deployed by this module but by M(zeus.paas.gray_release). While a gray version of an app runs, the
    app is only scaled; other changes are refused.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.routers
  - zeus.paas.artifacts
  - zeus.paas.policy_store
  - zeus.paas.wait
attributes:
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
- name: The shop runs as its file says, and nothing else of it
  zeus.paas.project:
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    vclusters: "{{ zeus_vclusters }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"
    prune: true
    wait_timeout: 120

- name: What would a deployment change?
  zeus.paas.project:
    src: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    vclusters: "{{ zeus_vclusters }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    artifact_url: "{{ zeus_artifact_url }}"
    artifact_token: "{{ zeus_artifact_token }}"
  check_mode: true
  register: plan
"""

RETURN = r"""
project:
  description: The name of the project, as its file has it.
  returned: success
  type: str
  sample: shop
environment:
  description: The environment.
  returned: success
  type: str
  sample: production
datacenter:
  description: The datacenter.
  returned: success
  type: str
  sample: bj01
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
