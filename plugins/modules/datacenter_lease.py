#!/usr/bin/python
# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: datacenter_lease
short_description: This run alone sets up the hosts of a datacenter
version_added: 0.1.0
author: The zeus.paas contributors (@zeus-paas)
description:
  - Takes a lease on the host of the task, and renews it until the whole run of C(ansible-playbook) has ended, however it ends. Another run
    that wants the lease meanwhile fails, and is told who has it.
  - A run that was killed gives it back within a second. If its controller itself is gone, the lease ends by itself after O(seconds).
  - It is the first task of C(zeus.paas.site), on the first control host. Deployments and gray releases have leases of their own,
    in the policy store.
  - In check mode nothing is leased, since nothing is written.
options:
  seconds:
    description: How long the lease is valid if it is not renewed, in seconds. It is renewed three times as often.
    type: int
    default: 30
extends_documentation_fragment:
  - zeus.paas.attributes
attributes:
  check_mode:
    support: full
    details: A check run needs no lease and takes none.
  diff_mode:
    support: none
    details: A lease is nothing that the run leaves behind.
  idempotent:
    support: full
    details: It never reports a change, since its lease ends with the run.
  action_group:
    support: none
    membership: []
    details: It takes no connection options.
notes:
  - The lease lies in C(/run/zeus-paas) of the host. It needs the right to write there, and C(flock) of util-linux.
  - To put an end to somebody else's run, end its C(ansible-playbook), whose host and process the message names.
seealso:
  - module: zeus.paas.project
  - module: zeus.paas.gray_release
"""

EXAMPLES = r"""
# In a play for control[0], before all others that set up hosts of the datacenter.
- name: Nobody else sets up this datacenter meanwhile
  zeus.paas.datacenter_lease:
    seconds: 30
"""

RETURN = r"""
holder:
  description: Who holds the lease, as others are told. Empty in check mode.
  returned: success
  type: str
  sample: "deploy@ci-3 (process 4711) since 2026-11-26 20:15:03 UTC"
"""
