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
      - The addresses of the router agents, each as V(http://host:port), by virtual cluster.
      - >-
        An example of the shape is C({web: [http://10.1.0.21:8700, http://10.1.0.22:8700], batch: []}). A virtual cluster without routers
        may be left out.
      - Usually the inventory's C(zeus_router_urls). Without it nothing is confirmed by routers.
      - If this is not given, the environment variable E(ZEUS_ROUTER_URLS) counts, as a JSON object of that shape.
    type: dict
    default: {}
  router_token:
    description:
      - The token of the router agents' API.
      - If this is not given, the environment variable E(ZEUS_ROUTER_TOKEN) counts.
    type: str
"""
