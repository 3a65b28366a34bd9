# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the artifact store."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  artifact_url:
    description:
      - Address of the datacenter's artifact store, as V(http://host:port) or V(https://host:port).
      - It is needed if an app of the project has C(files).
      - If this is not given, the environment variable E(ZEUS_ARTIFACT_URL) counts.
    type: str
  artifact_token:
    description:
      - The token that is needed to store there. Reading needs none.
      - If this is not given, the environment variable E(ZEUS_ARTIFACT_TOKEN) counts.
    type: str
"""
