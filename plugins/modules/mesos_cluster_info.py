#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_cluster_info
short_description: Show whether a Mesos cluster is ready, and what is wrong if not
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks every master of O(mesos_urls), and the leader. Each thing that is wrong is a sentence.
  - Mesos' own C(/health) is green whatever happens, so it is not asked. A cluster is ready when one master leads and answers as the leader,
    every master answers and has its replicated log, the quorum is right for the number of masters, and every agent answers.
  - An election takes some ten seconds. So long is waited for a leader, and some more.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
  - zeus.paas.connection
  - zeus.paas.mesos
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.mesos
options:
  strict:
    description: Whether the task fails unless the cluster is ready.
    type: bool
    default: false
  least_agents:
    description: How many active agents the cluster must have to be ready.
    type: int
    default: 0
  probe_writes:
    description:
      - Whether to write something, too. A leader that has lost its quorum for a while accepts no writes ever again, looks healthy, and dies
        at the next agent that registers. Only a write shows it.
      - What is written is the weight of the role C(zeus-probe), which nobody has. It counts as no change, and is not written in check mode.
    type: bool
    default: false
seealso:
  - module: zeus.paas.vcluster_info
  - module: zeus.paas.mesos_agent
"""

EXAMPLES = r"""
- name: The cluster is ready, before somebody changes it
  zeus.paas.mesos_cluster_info:
    mesos_urls: "{{ zeus_mesos_urls }}"
    least_agents: 3
    strict: true
  register: cluster

- name: It is of one version
  ansible.builtin.assert:
    that: cluster.masters | map(attribute='version') | unique | length == 1
"""

RETURN = r"""
ready:
  description: Whether there are no problems.
  returned: success
  type: bool
  sample: true
problems:
  description: What is wrong, each with what to do about it.
  returned: success
  type: list
  elements: str
  sample: ["master http://10.1.0.12:5050 does not answer (Connection refused): start it"]
notes:
  description: What is worth knowing and no fault, such as agents out of service, or several versions during an upgrade.
  returned: success
  type: list
  elements: str
  sample: ["out of service by an operator: web-1.bj01"]
leader:
  description: The leader by its own word; null if there is none.
  returned: success
  type: dict
  contains:
    url:
      description: Its address among O(mesos_urls); null if that is not certain.
      type: str
      sample: http://10.1.0.11:5050
    id:
      description: Its id, another one after each start.
      type: str
      sample: 33cf390e-d34d-4949-ba72-04569beb2902
    hostname:
      description: Its host name, as it tells others.
      type: str
      sample: bj01-control-1
    address:
      description: The address that it listens at.
      type: str
      sample: 10.1.0.11:5050
    version:
      description: Its version.
      type: str
      sample: 1.11.0
    elected:
      description: Since when it leads, in seconds since 1970.
      type: float
      sample: 1795377515.4
masters:
  description: Every master of O(mesos_urls), in this order.
  returned: success
  type: list
  elements: dict
  contains:
    url:
      description: Its address.
      type: str
      sample: http://10.1.0.11:5050
    answers:
      description: Whether it answers.
      type: bool
      sample: true
    version:
      description: Its version; null if it does not answer.
      type: str
      sample: 1.11.0
    elected:
      description: Whether it says that it leads.
      type: bool
      sample: true
    recovered:
      description: Whether its replicated log is whole.
      type: bool
      sample: true
    flags:
      description: What it was started with, defaults included, by the names of Mesos' flags.
      type: dict
      sample: {quorum: "2", zk_session_timeout: 10secs}
agents:
  description: How many registered agents are in each state.
  returned: success
  type: dict
  sample: {active: 3, disconnected: 0, deactivated: 0, draining: 0, drained: 0}
unreachable_agents:
  description: >-
    How many agents the leader counts as unreachable. An agent that came back under another id is in this number until the registry is
    cleaned up.
  returned: success
  type: int
  sample: 0
error:
  description: What went wrong, for programs. C(msg) says it to people. Other keys depend on the kind.
  returned: failure
  type: dict
  contains:
    kind:
      description: >-
        V(input) (what was given cannot be used), V(api) (a
        service refused or failed) or V(away) (no master answers, so the host counts as unreachable).
      returned: always
      type: str
      sample: away
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import MESOS_ARGS, each_master_from, operator_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._mesos_report import cluster_info

ARGUMENTS = {
    "strict": {"type": "bool", "default": False},
    "least_agents": {"type": "int", "default": 0},
    "probe_writes": {"type": "bool", "default": False},
    **MESOS_ARGS,
}
RULES = {"required_together": [("mesos_user", "mesos_password")]}


def info(module):
    params = module.params
    report = cluster_info(
        operator_from(params),
        each_master_from(params),
        least_agents=params["least_agents"],
        probe_writes=params["probe_writes"] and not module.check_mode,
    )
    if params["strict"] and not report["ready"]:
        module.fail_json(msg="; ".join(report["problems"]), **report)
    return {"changed": False, **report}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), info)


if __name__ == "__main__":
    main()
