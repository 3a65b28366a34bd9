# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the router agents."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  router_urls:
    description:
      - The addresses of the router agents, as lists of V(http://host:port), by virtual cluster.
      - Usually the inventory's C(zeus_router_urls). Without it nothing is confirmed by routers.
    type: dict
    default: {}
  router_token:
    description: The token of the router agents' API.
    type: str
"""
