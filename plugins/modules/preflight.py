#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight
short_description: Everything that is wrong with the hosts of a datacenter
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Compares what the hosts said of themselves (M(zeus.paas.preflight_info)) with what the datacenter's layout demands of them, asks the
    same of the controller, and shows one list with everything that is wrong, by host, each with what would be right.
  - An error stops an installation, a warning does not. The module itself does not fail for either; the playbook
    C(zeus.paas.preflight) does for errors.
options:
  answers:
    description:
      - What every host said, RV(zeus.paas.preflight_info#module:answer), by the host's name.
      - >-
        An example of the shape is C({bj01-control-1: {uid: 0, memory_mib: 7953, ...}, bj01-web-router-1: {silent: no route to host}}).
    type: dict
    required: true
  timeout:
    description: How many seconds a connection of the controller may take. All are tried at the same time.
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
  - module: zeus.paas.preflight_info
"""

EXAMPLES = r"""
- name: The hosts say what they are
  hosts: all
  gather_facts: false
  tasks:
    - name: The host has said what it is
      zeus.paas.preflight_info:
      register: preflight_answer

- name: The hosts are as they must be
  hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - name: What is wrong is known
      zeus.paas.preflight:
        answers: "{{ dict(groups['all'] | zip(groups['all'] | map('extract', hostvars, ['preflight_answer', 'answer']))) }}"
      register: preflight_result

    - name: It is told
      ansible.builtin.debug:
        msg: "{{ preflight_result.summary }}: {{ preflight_result.stops | join('; ') }}"
"""

RETURN = r"""
findings:
  description: Everything that is wrong.
  returned: success
  type: list
  elements: dict
  contains:
    host:
      description: The host's name, or V(controller).
      type: str
      sample: bj01-web-router-1
    level:
      description: V(error) or V(warning).
      type: str
      sample: error
    subject:
      description: What it is about.
      type: str
      sample: port
    problem:
      description: What is so.
      type: str
      sample: 80 (HTTP) is taken by apache2 (apache2.service)
    expected:
      description: What would be right.
      type: str
      sample: "it free: stop that program, or move it"
stops:
  description: The errors in one text each.
  returned: success
  type: list
  elements: str
  sample: ["bj01-web-router-1: port: 80 (HTTP) is taken by apache2 (apache2.service)"]
errors:
  description: How many errors there are.
  returned: success
  type: int
  sample: 1
warned:
  description: How many warnings there are.
  returned: success
  type: int
  sample: 0
summary:
  description: The counts in words.
  returned: success
  type: str
  sample: "bj01: 1 error"
"""
