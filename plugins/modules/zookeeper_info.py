#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: zookeeper_info
short_description: Show whether a ZooKeeper ensemble is well
version_added: 0.2.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks every member of an ensemble by the four letter words C(mntr) and C(srvr) and says who leads, who follows, and what is wrong. An
    ensemble is well when one member leads and all others follow and have what the leader has.
  - It needs nothing but Python on the host that it runs on, and a way from there to the members' ports for clients.
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
attributes:
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
options:
  members:
    description: The members, as C(address:port). C(zeus_zookeeper_hosts) of an inventory holds them.
    type: list
    elements: str
    required: true
  ids:
    description: >-
      The numbers of members whose number is not the last one of their IPv4 address, such as C({10.1.0.11: 1}).
    type: dict
    default: {}
  pending:
    description:
      - Addresses of members that have other settings than the rest, until they are restarted.
      - It is no problem if one of them serves nobody, as long as the others have a leader.
    type: list
    elements: str
    default: []
  strict:
    description: Whether the task fails unless the ensemble is well.
    type: bool
    default: false
  wait:
    description: For how many seconds to wait until the ensemble is well.
    type: float
    default: 0
  answer_timeout:
    description: For how many seconds one member may keep silent.
    type: float
    default: 3
seealso:
  - module: zeus.paas.vcluster_info
"""

EXAMPLES = r"""
- name: The ensemble is well
  zeus.paas.zookeeper_info:
    members: "{{ zeus_zookeeper_hosts }}"
    strict: true
    wait: 30
  register: ensemble

- name: Who leads?
  ansible.builtin.debug:
    msg: "{{ ensemble.leader }} leads {{ ensemble.members | length }} members, of which {{ ensemble.quorum }} have to agree"
"""

RETURN = r"""
members:
  description: Every member, in the order of their numbers.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Its number, C(myid).
      type: int
      sample: 11
    address:
      description: Its address.
      type: str
      sample: 10.1.0.11
    port:
      description: Its port for clients.
      type: int
      sample: 2181
    endpoint:
      description: Both in one text.
      type: str
      sample: "10.1.0.11:2181"
    role:
      description: V(leader), V(follower) or V(standalone); empty if it does not serve.
      type: str
      sample: follower
    version:
      description: ZooKeeper's version; empty if it does not serve.
      type: str
      sample: 3.8.0
    connections:
      description: How many clients it has.
      type: int
      sample: 4
    nodes:
      description: How many nodes it holds.
      type: int
      sample: 118
    zxid:
      description: The number of the last change that it has; empty if it does not tell. C(srvr) has to be among its four letter words.
      type: str
      sample: "0x10000002f"
    problem:
      description: Why it does not serve; empty if it does.
      type: str
      sample: ""
leader:
  description: The member that leads; empty if there is none.
  returned: success
  type: str
  sample: "10.1.0.13:2181"
quorum:
  description: How many members have to agree.
  returned: success
  type: int
  sample: 2
serving:
  description: How many members serve.
  returned: success
  type: int
  sample: 3
problems:
  description: What is wrong; empty if the ensemble is well.
  returned: success
  type: list
  elements: str
  sample: []
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_members import read_members
from ansible_collections.zeus.paas.plugins.module_utils._zookeeper_report import wait_well

ARGUMENTS = {
    "members": {"type": "list", "elements": "str", "required": True},
    "ids": {"type": "dict", "default": {}},
    "pending": {"type": "list", "elements": "str", "default": []},
    "strict": {"type": "bool", "default": False},
    "wait": {"type": "float", "default": 0.0},
    "answer_timeout": {"type": "float", "default": 3.0},
}


def main():
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    params = module.params
    try:
        # Members on their way to another number may be even in number; what is right is the role's business.
        members = read_members(params["members"], params["ids"], Where("members"), Where("ids"), even=True)
    except ZeusError as error:
        module.fail_json(msg=error.message)
    found = wait_well(members, deadline=Deadline(params["wait"]), timeout=params["answer_timeout"], pending=params["pending"])
    if params["strict"] and found["problems"]:
        after = f" after {params['wait']:g} s" if params["wait"] else ""
        module.fail_json(msg=f"the ZooKeeper ensemble is not well{after}: {'; '.join(found['problems'])}", **found)
    module.exit_json(changed=False, **found)


if __name__ == "__main__":
    main()
