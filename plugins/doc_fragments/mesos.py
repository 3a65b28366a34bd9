# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the Mesos masters."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  mesos_urls:
    description:
      - The addresses of all Mesos masters of the datacenter, each as V(http://host:port) or V(https://host:port).
      - The next one is tried if one does not answer. A redirect to the leader is followed only to an address of this list, or to a name
        that resolves to one of them, so credentials reach nobody else.
      - If this is not given, the environment variable E(ZEUS_MESOS_URLS) counts, with commas between the addresses.
    type: list
    elements: str
    required: true
  mesos_user:
    description:
      - Principal for basic authentication. Needs O(mesos_password).
      - If this is not given, the environment variable E(ZEUS_MESOS_USER) counts.
    type: str
  mesos_password:
    description:
      - Secret for basic authentication.
      - If this is not given, the environment variable E(ZEUS_MESOS_PASSWORD) counts.
    type: str
"""

    # For inventory plugins, which take their options from a file and the environment.
    PLUGIN = r"""
options:
  mesos_urls:
    env: [{name: ZEUS_MESOS_URLS}]
  mesos_user:
    env: [{name: ZEUS_MESOS_USER}]
  mesos_password:
    env: [{name: ZEUS_MESOS_PASSWORD}]
"""
