#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: fleet
short_description: One playbook in many datacenters side by side
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Starts one C(ansible-playbook) per datacenter of a site, all at the same time, and waits for all of them. None can hold up another.
  - The options C(--check), C(--diff), C(--tags), C(--skip-tags), C(-v), C(--forks), C(--vault-id), C(--vault-password-file) and C(-e)
    of the call go on to each of them.
  - Shows one line per datacenter for what happens there; the full output is in a log per datacenter.
  - Run it through the playbook C(zeus.paas.fleet), without an inventory.
options:
  site:
    description: The folder of the site. Each of its folders with a C(topology.zeus.yml) is a datacenter.
    type: path
    required: true
  play:
    description: The playbook, V(preflight), V(site), V(deploy) or V(gray) for those of this collection, else its name or path.
    type: str
    required: true
  only:
    description: The names of the datacenters to run, if not all. V(behind) is refused by this version.
    type: list
    elements: str
  report_dir:
    description: The folder for C(report.json) and the logs. It is made if it is not there.
    type: path
    default: .fleet
attributes:
  check_mode:
    description: Can run without changing anything and say what would change.
    support: full
    details: The playbooks are run in check mode.
  diff_mode:
    description: Shows what changed, or would change.
    support: partial
    details: In the logs of the datacenters.
  idempotent:
    description: A second run changes nothing.
    support: partial
    details: As far as the playbook is.
notes:
  - Exit codes of ansible-playbook - V(0) all datacenters are done; V(2) one failed, or the call was refused; V(4) all others are done, and
    one or more were away (its process ended with hosts that could not be reached, and nothing else wrong).
"""

EXAMPLES = r"""
# ansible-playbook zeus.paas.fleet -e site=inventories/example -e play=deploy -e project=projects/shop.yml -e environment_name=production
- name: All datacenters have the release
  zeus.paas.fleet:
    site: inventories/example
    play: deploy
"""

RETURN = r"""
datacenters:
  description: What happened in each datacenter, by name. The same is in C(report.json).
  returned: always
  type: dict
  contains:
    state:
      description: V(done), V(failed) or V(away).
      type: str
    exit_code:
      description: Of its ansible-playbook.
      type: int
    seconds:
      description: How long it took.
      type: float
    changed:
      description: How many tasks changed something.
      type: int
    plays:
      description: Every play of the playbook, with V(done), V(failed), V(unreachable) or V(not reached).
      type: dict
    failures:
      description: Host, task and message of every failure.
      type: list
      elements: dict
    unreachable:
      description: Host, task and message of every host that could not be reached.
      type: list
      elements: dict
    log:
      description: The file with the full output.
      type: str
report:
  description: The path of the JSON report.
  returned: always
  type: str
"""
