# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach Marathon."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  marathon_urls:
    description:
      - The addresses of all Marathon instances of the datacenter, each as V(http://host:port) or V(https://host:port).
      - The next one is tried if one does not answer. A redirect to the leader is followed only to an address of this list, or to a name
        that resolves to one of them, so credentials reach nobody else.
      - If this is not given, the environment variable E(ZEUS_MARATHON_URLS) counts, with commas between the addresses.
    type: list
    elements: str
    required: true
  marathon_user:
    description:
      - User for basic authentication. Needs O(marathon_password); not together with O(marathon_token).
      - If this is not given, the environment variable E(ZEUS_MARATHON_USER) counts.
    type: str
  marathon_password:
    description:
      - Password for basic authentication.
      - If this is not given, the environment variable E(ZEUS_MARATHON_PASSWORD) counts.
    type: str
  marathon_token:
    description:
      - Bearer token, instead of O(marathon_user) and O(marathon_password).
      - If this is not given, the environment variable E(ZEUS_MARATHON_TOKEN) counts.
    type: str
"""

    # For lookups, which take their options from variables and the environment, too.
    PLUGIN = r"""
options:
  marathon_urls:
    env: [{name: ZEUS_MARATHON_URLS}]
    vars: [{name: zeus_marathon_urls}]
  marathon_user:
    env: [{name: ZEUS_MARATHON_USER}]
    vars: [{name: zeus_marathon_user}]
  marathon_password:
    env: [{name: ZEUS_MARATHON_PASSWORD}]
    vars: [{name: zeus_marathon_password}]
  marathon_token:
    env: [{name: ZEUS_MARATHON_TOKEN}]
    vars: [{name: zeus_marathon_token}]
"""
