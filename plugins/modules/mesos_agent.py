#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_agent
short_description: Agents of Mesos are in service, drained, or gone
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Takes agents out of service, by draining them or for good, and brings them back. The task ends when all are as wanted.
  - Many agents are one task. They are drained at the same time, so name only as many as the rest of the cluster can stand in for.
  - Draining needs Mesos 1.9 or later. An older one is refused with what to do instead. M(zeus.paas.mesos_drain) does
    it by itself, and so does the playbook C(zeus.paas.drain).
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
  agents:
    description:
      - The agents, each by its id, its host name or its address. A host that runs several agents means all of them.
      - One of O(agents) and O(attributes) is needed.
    type: list
    elements: str
    default: []
  attributes:
    description: >-
      Agents that have all of these attributes, such as C({rack: r1, vcluster: web}), and for each of them no other value.
    type: dict
    default: {}
  state:
    description:
      - With V(drained) an agent gets no offers any more and its tasks are ended, so that they start elsewhere. It stays so, also over a
        restart of the agent, until it is V(reactivated).
      - With V(deactivated) it gets no offers any more, and its tasks go on. A drained agent is that already.
      - With V(reactivated) it gets offers again. Mesos refuses this while an agent is still draining, so the task waits for that first.
      - >-
        With V(gone) it is drained and then removed for good. Its process ends with exit code 0, and does so whenever it is started, until
        C(meta/slaves/latest) below its work_dir is removed. A name that is not registered counts as gone, and is told in
        RV(unregistered): an agent that is merely unreachable cannot be told from one that is gone by its name.
    type: str
    required: true
    choices: [drained, deactivated, reactivated, gone]
  max_grace_period:
    description:
      - How many seconds tasks get at most between being asked to end and being killed, rounded to whole seconds. Without it each task has
        its own time.
      - Plain commands ignore this unless the agent runs with C(--http_command_executor), which is not the default. They have their own
        grace period always.
    type: float
  force:
    description: With O(state=gone), whether agents are removed at once, with whatever runs on them.
    type: bool
    default: false
  wait:
    description:
      - Whether to wait until every agent is as wanted. An agent is drained when its last task has ended, which may take long.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds that may take for all of them together.
    type: float
    default: 1800.0
seealso:
  - module: zeus.paas.mesos_drain
  - module: zeus.paas.mesos_maintenance
  - module: zeus.paas.mesos_cluster_info
"""

EXAMPLES = r"""
- name: A host is drained, before somebody works on it
  zeus.paas.mesos_agent:
    mesos_urls: "{{ zeus_mesos_urls }}"
    agents: [web-1.bj01]
    state: drained
    max_grace_period: 30
    wait_timeout: 120

- name: It is back in service
  zeus.paas.mesos_agent:
    mesos_urls: "{{ zeus_mesos_urls }}"
    agents: [web-1.bj01]
    state: reactivated

- name: A whole rack gets no new tasks
  zeus.paas.mesos_agent:
    mesos_urls: "{{ zeus_mesos_urls }}"
    attributes: {rack: r2}
    state: deactivated

- name: The rack is back
  zeus.paas.mesos_agent:
    mesos_urls: "{{ zeus_mesos_urls }}"
    attributes: {rack: r2}
    state: reactivated
"""

RETURN = r"""
agents:
  description: >-
    The agents that are registered afterwards, in check mode those that would be, ordered by their ids. Those that are gone stand in
    RV(changes) only.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The agent's id.
      type: str
      sample: 33cf390e-d34d-4949-ba72-04569beb2902-S0
    hostname:
      description: Its host name, as Mesos knows it.
      type: str
      sample: web-1.bj01
    ip:
      description: The address that it registered from.
      type: str
      sample: 10.1.0.31
    state:
      description: V(active), V(disconnected), V(deactivated), V(draining) or V(drained).
      type: str
      sample: drained
unregistered:
  description: With O(state=gone), names of O(agents) that no registered agent has.
  returned: success
  type: list
  elements: str
  sample: []
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are agents.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: 33cf390e-d34d-4949-ba72-04569beb2902-S0
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: update
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [state]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [33cf390e-d34d-4949-ba72-04569beb2902-S0]
progress:
  description: What happened on the way, one line per step; empty in check mode and without a change.
  returned: success
  type: list
  elements: str
  sample: ["agent web-1.bj01 is drained"]
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

from ansible_collections.zeus.paas.plugins.module_utils._connection import MESOS_ARGS, PATIENCE_ARGS, operator_from, run_module
from ansible_collections.zeus.paas.plugins.module_utils._mesos_agents import ensure_agents

ARGUMENTS = {
    "agents": {"type": "list", "elements": "str", "default": []},
    "attributes": {"type": "dict", "default": {}},
    "state": {"type": "str", "required": True, "choices": ["drained", "deactivated", "reactivated", "gone"]},
    "max_grace_period": {"type": "float"},
    "force": {"type": "bool", "default": False},
    **MESOS_ARGS,
    **PATIENCE_ARGS,
}
RULES = {"required_together": [("mesos_user", "mesos_password")]}


def ensure(module):
    params = module.params
    if not params["agents"] and not params["attributes"]:
        module.fail_json(msg="agents: none is named; expected agents by id, host name or address, or attributes")
    progress = []
    result = ensure_agents(
        operator_from(params),
        params["agents"],
        {str(key): str(value) for key, value in params["attributes"].items()},
        params["state"],
        check_mode=module.check_mode,
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        grace=params["max_grace_period"],
        force=params["force"],
        progress=progress.append,
    )
    if result["unregistered"]:
        names = ", ".join(result["unregistered"])
        module.warn(f"Not registered, so taken for gone: {names}. An agent that is only unreachable comes back when its host does.")
    return {**result, "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), ensure)


if __name__ == "__main__":
    main()
