#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: gray_policy
short_description: A gray policy is in the policy store, and the routers have it
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Checks a policy, which says who sees the gray version of an app, and writes it into the datacenter's policy store. The guide
    C(docs/gray.md) says what a policy can say.
  - The task ends when every router has taken exactly this policy, and serves by it wherever it is bound. A router that answers but does
    not get there takes the policy back to what it was; one that cannot be reached fails the task, which names it.
  - Writing a policy while it is bound is how a release is widened. A policy by which a bound release would lose its version is refused.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.routers
  - zeus.paas.policy_store
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.policy_store
      - zeus.paas.routers
requirements:
  - PyYAML
options:
  policy:
    description:
      - The policy itself. One of O(policy) and O(src) is needed for O(state=present).
      - >-
        Its keys are C(policy) (its name), C(rules), and if wanted C(owner), C(reason), C(expires) (a date), C(salt) and C(user_agents). A
        rule is C({name: tester, variant: "2.0", when: {cookie: {name: beta, in: ["1"]}}}). The first one that matches decides.
    type: dict
  src:
    description:
      - The path of a YAML file with the policy, on the host that runs the module.
      - With C(connection=local) a relative path starts in the playbook's folder.
    type: path
  name:
    description: The policy's name. Needed for O(state=absent); with O(state=present) it must be the policy's own.
    type: str
  state:
    description:
      - With V(absent) the policy is deleted. One that is bound to an app is not.
    type: str
    choices: [present, absent]
    default: present
  regions:
    description:
      - The operator's table of regions, as in the inventory variable C(zeus_regions). A region that it lacks is refused.
      - >-
        An example of the shape is C({CN-BJ: [10.201.0.0/16], CN-SH: [10.202.0.0/16, "2001:db8::/32"]}).
      - Without it only the routers see whether they know the regions.
    type: dict
  project:
    description:
      - The path of the project file with the release that the policy is for. Then a rule for another version than the gray version of
        O(app) is refused.
      - Goes with O(environment_name), O(datacenter) and O(app).
    type: path
  environment_name:
    description: The environment of the release.
    type: str
  datacenter:
    description: The name of the datacenter, such as V(bj01), for what the project file overrides there.
    type: str
  app:
    description: The name of the app in the project file.
    type: str
  must_be_bound:
    description: Whether a policy is refused to which O(app) is not bound yet. Needs O(project).
    type: bool
    default: false
  wait_timeout:
    description: How many seconds the routers get to take the policy.
    type: float
    default: 60.0
  rollback:
    description: Whether the policy goes back to what it was if a router that answers has not taken it by the deadline.
    type: bool
    default: true
seealso:
  - module: zeus.paas.gray_release
  - module: zeus.paas.gray_explain
"""

EXAMPLES = r"""
- name: The north and five percent of everybody may see 2.0
  zeus.paas.gray_policy:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    regions: "{{ zeus_regions }}"
    policy:
      policy: shop-north
      owner: shop-team@example.com
      rules:
        - name: north
          variant: "2.0"
          when: {region: {in: [CN-BJ]}}
        - variant: "2.0"
          when: {percent: 5, by: [{cookie: uid}, address]}

- name: A policy from its file, which must be for the gray version of the shop's front
  zeus.paas.gray_policy:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    src: policies/shop-web.yml
    project: projects/shop.yml
    environment_name: production
    datacenter: "{{ zeus_datacenter }}"
    app: web

- name: The first one is not needed any more
  zeus.paas.gray_policy:
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    policy_store_host: "{{ zeus_policy_store_host }}"
    policy_store_port: "{{ zeus_policy_store_port }}"
    policy_store_password: "{{ zeus_policy_store_writer_password }}"
    name: shop-north
    state: absent
"""

RETURN = r"""
name:
  description: The policy's name.
  returned: success
  type: str
  sample: shop-web
policy:
  description: The policy in its normal form, as it is stored; empty if it is absent.
  returned: success
  type: dict
  sample: {policy: shop-web, salt: shop-web, rules: [{name: tester, variant: "2.0", when: {cookie: {name: beta, in: ["1"]}}}]}
stored:
  description: Where the policy stands in the store's history, as the routers confirm it; empty if nothing is stored, or in check mode.
  returned: success
  type: dict
  contains:
    epoch:
      description: Grows when the store was lost and begun anew.
      returned: when it is stored
      type: int
      sample: 1790000000000
    counter:
      description: Grows with each value that is written.
      returned: when it is stored
      type: int
      sample: 7
    digest:
      description: The sha256 of the policy.
      returned: when it is stored
      type: str
      sample: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
bound:
  description: The keys of the apps that are bound to the policy.
  returned: success
  type: list
  elements: str
  sample: [/production/shop/web]
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are values of the policy store.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: zeus:policy:shop-web
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [rules]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [zeus:policy:shop-web]
progress:
  description: What happened on the way, one line per step; empty in check mode.
  returned: success
  type: list
  elements: str
  sample: ["the routers of web are asked for zeus:policy:shop-web"]
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

import datetime

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import ROUTER_ARGS, STORE_ARGS, routers_from, run_module, store_from
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray_check import expired
from ansible_collections.zeus.paas.plugins.module_utils._gray_policies import PolicyStep, ensure_policy, read_policy, release_of

RELEASE = ("project", "environment_name", "datacenter", "app")
ARGUMENTS = {
    "policy": {"type": "dict"},
    "src": {"type": "path"},
    "name": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "regions": {"type": "dict"},
    "project": {"type": "path"},
    "environment_name": {"type": "str"},
    "datacenter": {"type": "str"},
    "app": {"type": "str"},
    "must_be_bound": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 60.0},
    "rollback": {"type": "bool", "default": True},
    **ROUTER_ARGS,
    **STORE_ARGS,
}
RULES = {
    "mutually_exclusive": [("policy", "src")],
    "required_if": [("state", "present", ("policy", "src"), True), ("state", "absent", ("name",)), ("must_be_bound", True, ("project",))],
    "required_together": [RELEASE],
}


def ensure(module):
    params = module.params
    progress = []
    step = PolicyStep(
        store_from(params),
        routers_from(params),
        Deadline(params["wait_timeout"]),
        rollback=params["rollback"],
        progress=progress.append,
    )
    step.regions = params["regions"]
    step.must_be_bound = params["must_be_bound"]
    name = params["name"]
    if params["state"] == "present":
        step.policy, step.source = read_policy(params["policy"], params["src"])
        if name not in (None, step.policy.name):
            raise InputError(step.source, "policy", f"the task names it {name}", "one name", step.policy.name)
        name = step.policy.name
        if params["project"]:
            step.release = release_of(*(params[key] for key in RELEASE))
    result = ensure_policy(step, name, check_mode=module.check_mode)
    warning = expired(step.policy, datetime.date.today()) if step.policy is not None else ""
    if warning:
        module.warn(warning)
    return {**result, "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), ensure)


if __name__ == "__main__":
    main()
