# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the Mesos masters."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  mesos_urls:
    description: The addresses of all Mesos masters, as V(http://host:port). Requests go on to the leader by the rules of O(marathon_urls).
    type: list
    elements: str
    required: true
  mesos_user:
    description: Principal for basic authentication. Needs O(mesos_password).
    type: str
  mesos_password:
    description: Secret for basic authentication.
    type: str
"""
