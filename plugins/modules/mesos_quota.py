#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_quota
short_description: Roles of Mesos have their quotas
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Gives roles what they are guaranteed and the limits that they cannot exceed, or takes both back.
  - All roles of a task are changed in one call, so either all or none of them.
  - More than the cluster has is refused unless O(force=true), also in check mode.
  - Needs Mesos 1.9 or later.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.mesos
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.mesos
options:
  quotas:
    description:
      - Role to quota. A quota has C(guarantees), C(limits) or both, each of them amounts by resource (C(cpus) in cores, C(mem) and C(disk)
        in MiB).
      - What is given is the whole quota of the role. A resource without a guarantee has none, and one without a limit is not limited.
    type: dict
    default: {}
  absent:
    description: Roles that are to have no quota. Mesos goes on listing such a role, with nothing in it.
    type: list
    elements: str
    default: []
  force:
    description: Whether more may be guaranteed than the cluster has now.
    type: bool
    default: false
seealso:
  - module: zeus.paas.mesos_cluster_info
"""

EXAMPLES = r"""
- name: The role of the reports cannot take more than half the cluster, and always has two cores
  zeus.paas.mesos_quota:
    mesos_urls: "{{ zeus_mesos_urls }}"
    quotas:
      reports:
        guarantees: {cpus: 2}
        limits: {cpus: 6, mem: 8192}

- name: It has no quota any more
  zeus.paas.mesos_quota:
    mesos_urls: "{{ zeus_mesos_urls }}"
    absent: [reports]
"""

RETURN = r"""
quotas:
  description: The quotas of O(quotas) as they are afterwards, in check mode as they would be, ordered by role.
  returned: success
  type: list
  elements: dict
  contains:
    role:
      description: The role.
      type: str
      sample: reports
    guarantees:
      description: What it is guaranteed, by resource.
      type: dict
      sample: {cpus: 2.0}
    limits:
      description: What it cannot exceed, by resource.
      type: dict
      sample: {cpus: 6.0, mem: 8192.0}
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are roles.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: reports
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: create
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [guarantees]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [reports]
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(refused) (it would do harm, or this Mesos cannot), V(api) (a
        service refused or failed), V(away) (a service does not answer, so the host counts as unreachable) or V(deadline).
      returned: always
      type: str
      sample: away
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import MESOS_ARGS, operator_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._mesos_quotas import ensure_quotas

ARGUMENTS = {
    "quotas": {"type": "dict", "default": {}},
    "absent": {"type": "list", "elements": "str", "default": []},
    "force": {"type": "bool", "default": False},
    **MESOS_ARGS,
}
RULES = {"required_together": [("mesos_user", "mesos_password")]}


def ensure(module):
    params = module.params
    if not params["quotas"] and not params["absent"]:
        module.fail_json(msg="quotas: none is given; expected quotas by role, or roles in absent")
    return ensure_quotas(operator_from(params), params["quotas"], params["absent"], force=params["force"], check_mode=module.check_mode)


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), ensure)


if __name__ == "__main__":
    main()
