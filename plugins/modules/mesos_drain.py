#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mesos_drain
short_description: What runs on agents of Mesos runs elsewhere
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Takes agents out of service in the way that their version of Mesos knows, and ends when no task is left there and every app of Marathon
    has as many healthy instances elsewhere as it had before.
  - It refuses what the rest of a virtual cluster could not carry, what would leave a cluster none of its agents, apps with persistent
    volumes there, and to begin while instances wait for an offer.
  - M(zeus.paas.mesos_agent) is the plain tool below it. It knows Mesos's draining only, and asks nobody whether there is room.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.state_module
  - zeus.paas.connection
  - zeus.paas.marathon
  - zeus.paas.mesos
  - zeus.paas.routers
attributes:
  action_group:
    support: full
    membership:
      - zeus.paas.marathon
      - zeus.paas.mesos
      - zeus.paas.routers
options:
  agents:
    description:
      - The agents, each by its id, its host name or its address. They are drained at the same time.
      - One that is not registered is told in RV(unregistered) and left alone.
    type: list
    elements: str
    required: true
  leaving:
    description:
      - With O(state=drained), all agents that will be out of service before these come back, such as those of later batches. The rest must
        be able to carry what runs on all of them.
    type: list
    elements: str
    default: []
  state:
    description:
      - With V(drained) nothing runs there any more, and nothing new comes.
      - With V(reactivated) they get tasks again. What keeps them away is taken back, whichever O(method) it was.
    type: str
    required: true
    choices: [drained, reactivated]
  method:
    description:
      - V(auto) takes the first of these that the agent's version of Mesos has; to come back, the one that was used.
      - With V(draining) (Mesos 1.9 and later) the agent is deactivated, which keeps new tasks away, the apps move, and then Mesos ends what
        is left.
      - With V(maintenance) (0.25 and later) a window beginning now keeps new tasks away, if Marathon heeds it, and the apps move.
      - An app with nothing healthy elsewhere moves by being restarted, as its upgrade strategy says. Of other apps a few tasks are killed
        at a time, as many as the upgrade strategy allows, but one at least; Marathon starts others. Before that the routers
        (O(router_urls)) let go of them, and their open requests get up to 30 seconds.
      - With V(constraint) every app with tasks there is deployed anew with one more constraint, which keeps it off the agents. So new tasks
        are healthy before old ones end. It lasts until V(reactivated), or until the app is deployed without it.
      - With the latter two, tasks of no app of Marathon have to end by themselves.
    type: str
    choices: [auto, draining, maintenance, constraint]
    default: auto
  max_grace_period:
    description: >-
      With O(method=draining), how many seconds the tasks that Mesos ends get at most between being asked to end and being killed. Those are
      the tasks of no app, and with O(force) all of them. Plain commands have their own time always, unless the agent runs with
      C(--http_command_executor).
    type: float
  force:
    description: >-
      Whether it is done although the rest cannot carry it. Then nothing is waited for but the end of the tasks. With V(draining) Mesos
      ends all of them at once, with V(maintenance) Marathon those of its apps.
    type: bool
    default: false
  wait_timeout:
    description: How many seconds all of it may take.
    type: float
    default: 1800.0
seealso:
  - module: zeus.paas.mesos_agent
  - module: zeus.paas.mesos_maintenance
  - module: zeus.paas.vcluster_info
"""

EXAMPLES = r"""
- name: What a host's tasks can move to is known, before somebody works on it
  zeus.paas.mesos_drain:
    mesos_urls: "{{ zeus_mesos_urls }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    router_urls: "{{ zeus_router_urls }}"
    router_token: "{{ zeus_router_token }}"
    agents: [web-1.bj01]
    state: drained
  check_mode: true

- name: They move, and no app has an instance less meanwhile
  zeus.paas.mesos_drain:
    mesos_urls: "{{ zeus_mesos_urls }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    agents: [web-1.bj01]
    state: drained
    method: constraint
    wait_timeout: 120

- name: It is back in service
  zeus.paas.mesos_drain:
    mesos_urls: "{{ zeus_mesos_urls }}"
    marathon_urls: "{{ zeus_marathon_urls }}"
    agents: [web-1.bj01]
    state: reactivated
"""

RETURN = r"""
agents:
  description: The agents afterwards, in check mode as they would be, ordered by their ids.
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
    method:
      description: V(draining), V(maintenance) or V(constraint).
      type: str
      sample: draining
    state:
      description: >-
        V(drained), V(active), or V(disconnected), which is nobody's wish. With O(method=constraint) an agent without tasks of apps stays
        V(active), since there is nothing that a constraint could keep off.
      type: str
      sample: drained
unregistered:
  description: Names of O(agents) that no registered agent has.
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
        V(input) (what was given cannot be used), V(refused) (it would do harm, or this Mesos cannot), V(locked) (a deployment holds an
        app), V(api) (a service refused or failed), V(away) (a service does not answer, so the host counts as unreachable) or V(deadline).
      returned: always
      type: str
      sample: refused
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._connection import (
    MARATHON_ARGS,
    MARATHON_RULES,
    MESOS_ARGS,
    ROUTER_ARGS,
    marathon_from,
    operator_from,
    routers_from,
    run_module,
)
from ansible_collections.zeus.paas.plugins.module_utils._mesos_drain import ensure_drained

ARGUMENTS = {
    "agents": {"type": "list", "elements": "str", "required": True},
    "leaving": {"type": "list", "elements": "str", "default": []},
    "state": {"type": "str", "required": True, "choices": ["drained", "reactivated"]},
    "method": {"type": "str", "choices": ["auto", "draining", "maintenance", "constraint"], "default": "auto"},
    "max_grace_period": {"type": "float"},
    "force": {"type": "bool", "default": False},
    "wait_timeout": {"type": "float", "default": 1800.0},
    **MARATHON_ARGS,
    **MESOS_ARGS,
    **ROUTER_ARGS,
}
RULES = {
    "required_together": [*MARATHON_RULES["required_together"], ("mesos_user", "mesos_password")],
    "mutually_exclusive": MARATHON_RULES["mutually_exclusive"],
}


def ensure(module):
    params = module.params
    progress = []
    result = ensure_drained(
        operator_from(params),
        marathon_from(params),
        params["agents"],
        params["state"],
        check_mode=module.check_mode,
        wait_timeout=params["wait_timeout"],
        leaving=params["leaving"],
        method=params["method"],
        grace=params["max_grace_period"],
        force=params["force"],
        routers=routers_from(params),
        progress=progress.append,
    )
    if result["unregistered"]:
        module.warn(f"Not registered, so nothing of it was changed: {', '.join(result['unregistered'])}.")
    return {**result, "progress": progress}


def main():
    run_module(AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True, **RULES), ensure)


if __name__ == "__main__":
    main()
