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
extends_documentation_fragment:
  - zeus.paas.attributes
attributes:
  check_mode:
    support: full
    details: The playbooks are run in check mode.
  diff_mode:
    support: partial
    details: In the logs of the datacenters.
  idempotent:
    support: partial
    details: As far as the playbook is.
  action_group:
    support: none
    membership: []
    details: It takes no connection options. The playbooks that it runs find them in the datacenters' inventories.
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
    description: The names of the datacenters to run, such as V(bj01), if not all. V(behind) is refused by this version.
    type: list
    elements: str
  report_dir:
    description: The folder for C(report.json) and the logs. It is made if it is not there.
    type: path
    default: .fleet
notes:
  - Exit codes of ansible-playbook - V(0) all datacenters are done; V(2) one failed, or the call was refused; V(4) all others are done, and
    one or more were away (its process ended with hosts that could not be reached, and nothing else wrong).
seealso:
  - plugin: zeus.paas.topology
    plugin_type: inventory
"""

EXAMPLES = r"""
# ansible-playbook fleet.yml -e project=projects/shop.yml -e environment_name=production
- name: All datacenters have the release
  zeus.paas.fleet:
    site: inventories/example
    play: deploy

- name: One datacenter first, by a playbook of one's own
  zeus.paas.fleet:
    site: inventories/example
    play: playbooks/reachable.yml
    only: [bj01]
    report_dir: .fleet/canary
"""

RETURN = r"""
datacenters:
  description: What happened in each datacenter, by name. The same is in C(report.json).
  returned: always
  type: dict
  sample:
    bj01:
      state: done
      exit_code: 0
      seconds: 31.4
      changed: 2
      plays: {The projects run as their files say: done}
      hosts: {bj01-control-1: {ok: 3, changed: 1, failures: 0, unreachable: 0, skipped: 0, rescued: 0, ignored: 0}}
      failures: []
      unreachable: []
      log: /home/deployer/.fleet/bj01.log
report:
  description: The path of the JSON report.
  returned: always
  type: str
  sample: /home/deployer/.fleet/report.json
msg:
  description: How many datacenters are done, failed or away, in one line.
  returned: always
  type: str
  sample: "5 done"
"""
