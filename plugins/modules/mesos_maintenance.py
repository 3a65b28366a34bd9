#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_maintenance
short_description: Maintenance of Mesos' machines is planned, begun, or over
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Plans windows in which machines will be away, which Mesos tells the frameworks, takes machines down, and brings them up again.
  - Mesos takes only whole schedules. The windows of all other machines are read and sent along, and the task fails if somebody else changed
    the schedule at the same moment.
  - Mesos knows a machine by its host name and its address together. For registered agents both are looked up.
  - A window by itself ends no task. From Mesos 1.9 on M(zeus.paas.mesos_agent) drains an agent for certain.
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
      - Registered agents, each by its id, its host name or its address; or machines that have a window, by host name or address.
      - A machine that is neither is refused. Use O(machines) for one whose agent does not run.
      - At least one of O(agents) and O(machines) is needed.
    type: list
    elements: str
    default: []
  machines:
    description: Machines, each by exactly the host name and the address that Mesos knows it by. Only the case of the name is no matter.
    type: list
    elements: dict
    default: []
    suboptions:
      hostname:
        description: The host name that its agent registers with.
        type: str
        required: true
      ip:
        description: The address that its agent registers with.
        type: str
        required: true
  state:
    description:
      - With V(scheduled) the machines have a window.
      - With V(down) they have one, and are down now. Mesos ends their agents (exit code 0), and every one that is started, so a unit that
        restarts always tries in vain until the machine is up.
      - With V(up) they are up and have no window. Their agents have to be started after that.
      - With V(unscheduled) they have no window. A machine that is down is refused, since Mesos refuses it. Use V(up).
    type: str
    required: true
    choices: [scheduled, down, up, unscheduled]
  start:
    description:
      - When the window begins, as an ISO 8601 time with its zone or as seconds since 1970.
      - Without it a window that there is stays as it is, and a new one begins now.
    type: str
  duration:
    description:
      - How many seconds the window lasts.
      - Without it a window that there is keeps its own, and a new one has no end.
    type: float
  wait:
    description:
      - With O(state=down), whether to wait until the agents of the machines have ended.
    type: bool
    default: true
  wait_timeout:
    description: How many seconds that may take for all of them together.
    type: float
    default: 1800.0
seealso:
  - module: zeus.paas.mesos_agent
"""

EXAMPLES = r"""
- name: Somebody will work on a host for an hour on Saturday
  zeus.paas.mesos_maintenance:
    mesos_urls: "{{ zeus_mesos_urls }}"
    agents: [web-2.bj01]
    state: scheduled
    start: "2026-11-28T02:00:00+00:00"
    duration: 3600

- name: It took place on another day
  zeus.paas.mesos_maintenance:
    mesos_urls: "{{ zeus_mesos_urls }}"
    agents: [web-2.bj01]
    state: unscheduled
"""

RETURN = r"""
machines:
  description: The machines that have a window afterwards, in check mode those that would, ordered by host name.
  returned: success
  type: list
  elements: dict
  contains:
    hostname:
      description: Its host name.
      type: str
      sample: web-2.bj01
    ip:
      description: Its address.
      type: str
      sample: 10.1.0.32
    mode:
      description: V(draining) while it has a window and is up, or V(down).
      type: str
      sample: draining
    start:
      description: When its window begins, in UTC.
      type: str
      sample: "2026-11-28T02:00:00Z"
    duration:
      description: How many seconds it lasts; null if it has no end.
      type: float
      sample: 3600.0
changes:
  description: >-
    The objects that differed and were changed, in check mode those that would be.
    They are machines, as host name and address.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: What differed.
      type: str
      sample: web-2.bj01/10.1.0.32
    action:
      description: V(create), V(update) or V(delete).
      type: str
      sample: create
    fields:
      description: The top-level fields that differ.
      type: list
      elements: str
      sample: [mode]
unchanged:
  description: The ids of the objects that were as wanted already.
  returned: success
  type: list
  elements: str
  sample: [web-2.bj01/10.1.0.32]
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
from ansible_collections.zeus.paas.plugins.module_utils._mesos_machines import ensure_machines

MACHINE = {"hostname": {"type": "str", "required": True}, "ip": {"type": "str", "required": True}}
ARGUMENTS = {
    "agents": {"type": "list", "elements": "str", "default": []},
    "machines": {"type": "list", "elements": "dict", "default": [], "options": MACHINE},
    "state": {"type": "str", "required": True, "choices": ["scheduled", "down", "up", "unscheduled"]},
    "start": {"type": "str"},
    "duration": {"type": "float"},
    **MESOS_ARGS,
    **PATIENCE_ARGS,
}
RULES = {"required_together": [("mesos_user", "mesos_password")]}


def ensure(module):
    params = module.params
    if not params["agents"] and not params["machines"]:
        module.fail_json(msg="agents: none is named; expected registered agents, or machines by hostname and ip")
    return ensure_machines(
        operator_from(params),
        params["agents"],
        params["machines"],
        params["state"],
        start=params["start"],
        duration=params["duration"],
        wait=params["wait"],
        wait_timeout=params["wait_timeout"],
        check_mode=module.check_mode,
    )


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), ensure)


if __name__ == "__main__":
    main()
