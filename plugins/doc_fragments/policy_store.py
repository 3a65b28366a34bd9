# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How to reach the policy store."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
requirements:
  - redis
options:
  policy_store_host:
    description:
      - Name or address of the host of the datacenter's policy store (Redis).
      - If this is not given, the environment variable E(ZEUS_POLICY_STORE_HOST) counts.
    type: str
    required: true
  policy_store_port:
    description:
      - The TCP port of the policy store.
      - If this is not given, the environment variable E(ZEUS_POLICY_STORE_PORT) counts.
    type: int
    default: 6379
  policy_store_user:
    description:
      - The user that may write there.
      - If this is not given, the environment variable E(ZEUS_POLICY_STORE_USER) counts.
    type: str
    default: zeus-writer
  policy_store_password:
    description:
      - The password of O(policy_store_user).
      - If this is not given, the environment variable E(ZEUS_POLICY_STORE_PASSWORD) counts.
    type: str
"""
