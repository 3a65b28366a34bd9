#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: What a host is, and whom it reaches
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Asks a host for everything that the roles of this collection depend on - clock, system, Python, systemd, rights, memory, disk, cgroups
    and who listens on its ports - and whether it resolves the names of the inventory and reaches the hosts that it must reach.
  - In a task, the names and targets follow from the inventory and are not given; only O(timeout) is.
  - It reads only, and leaves nothing behind. In a task it never fails, because one host that says nothing should not hide what others
    say; RV(answer) then has only C(silent).
  - It is used by the playbook C(zeus.paas.preflight), and M(zeus.paas.preflight) judges the answers.
options:
  names:
    description: Names to resolve. They follow from the inventory.
    type: list
    elements: str
    default: []
  targets:
    description: TCP endpoints to connect to, as C(address:port). They follow from the inventory.
    type: list
    elements: str
    default: []
  timeout:
    description: How many seconds a connection may take. All are tried at the same time.
    type: float
    default: 3.0
extends_documentation_fragment:
  - zeus.paas.attributes
  - zeus.paas.attributes.info_module
attributes:
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
seealso:
  - module: zeus.paas.preflight
"""

EXAMPLES = r"""
- name: The hosts of a datacenter
  hosts: all
  gather_facts: false
  tasks:
    - name: The host has said what it is
      zeus.paas.preflight_info:
        timeout: 2
      register: preflight_answer

    - name: So much memory it has
      ansible.builtin.debug:
        msg: "{{ preflight_answer.answer.memory_mib | default(preflight_answer.answer.silent) }}"
"""

RETURN = r"""
answer:
  description: What the host said, or why it said nothing.
  returned: always
  type: dict
  contains:
    silent:
      description: Why the host said nothing. All other keys are missing then.
      type: str
      returned: when the host said nothing
      sample: "Failed to connect to the host via ssh: Connection refused"
    time:
      description: The host's clock, in seconds since 1970.
      type: float
      returned: when the host said something
      sample: 1790000000.5
    asked:
      description: The controller's clock before and after the question, in seconds since 1970.
      type: list
      elements: float
      returned: when the host said something
      sample: [1790000000.1, 1790000000.9]
    uid:
      description: The number of the user that tasks run as.
      type: int
      returned: when the host said something
      sample: 0
    user:
      description: The name of that user.
      type: str
      returned: when the host said something
      sample: root
    system:
      description: C(id), C(version) and C(name) of the operating system, from its C(os-release).
      type: dict
      returned: when the host said something
      sample: {id: debian, version: "12", name: Debian GNU/Linux 12 (bookworm)}
    python:
      description: Python's version.
      type: str
      returned: when the host said something
      sample: "3.11.2"
    systemd:
      description: Whether systemd is the host's service manager.
      type: bool
      returned: when the host said something
      sample: true
    timezone:
      description: Name and offset of the time zone.
      type: str
      returned: when the host said something
      sample: UTC +0000
    memory_mib:
      description: The memory, in MiB.
      type: int
      returned: when the host said something
      sample: 7953
    cpus:
      description: The number of CPUs.
      type: int
      returned: when the host said something
      sample: 4
    free_mib:
      description: Free space by place, in MiB.
      type: dict
      returned: when the host said something
      sample: {/: 40960}
    cgroups:
      description: C(version) (0 for none), C(controllers), and whether they are C(writable).
      type: dict
      returned: when the host said something
      sample: {version: 2, controllers: [cpu, memory, pids], writable: true}
    listening:
      description: The listening TCP sockets, each with C(address), C(port), C(program) and systemd's C(unit), as far as they may be seen.
      type: list
      elements: dict
      returned: when the host said something
      sample: [{address: 0.0.0.0, port: 22, program: sshd, unit: ssh.service}]
    units:
      description: The services of systemd that have processes.
      type: list
      elements: str
      returned: when the host said something
      sample: [ssh.service]
    names:
      description: For each name its addresses; none if it cannot be resolved.
      type: dict
      returned: when the host said something
      sample: {bj01-web-router-1: [10.1.0.21]}
    reached:
      description: For each target V(open), V(refused), or why it cannot be reached.
      type: dict
      returned: when the host said something
      sample: {"10.1.0.21:8700": open}
"""

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.zeus.paas.plugins.module_utils._machine import describe, reach, resolve


def main() -> None:
    module = AnsibleModule(
        argument_spec={
            "names": {"type": "list", "elements": "str", "default": []},
            "targets": {"type": "list", "elements": "str", "default": []},
            "timeout": {"type": "float", "default": 3.0},
        },
        supports_check_mode=True,
    )
    answer = {
        **describe(),
        "names": resolve(module.params["names"]),
        "reached": reach(module.params["targets"], module.params["timeout"]),
    }
    module.exit_json(changed=False, answer=answer)


if __name__ == "__main__":
    main()
