# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Gray policies: which requests go to the gray version of an app (docs/gray.md; the exact meaning is docs/design.md, 8).

The face of the ``_gray_*`` files. A policy is parsed from the user's data, stored as :func:`policy_body`, and compiled for one binding
and one region table into plain JSON that both :func:`decide` (the reference) and the routers' Lua code evaluate.
"""

from __future__ import annotations

from ansible_collections.zeus.paas.plugins.module_utils._gray_compile import compile_gray
from ansible_collections.zeus.paas.plugins.module_utils._gray_decide import NO_RULE, STABLE, Decision, Request, decide
from ansible_collections.zeus.paas.plugins.module_utils._gray_hash import murmur2
from ansible_collections.zeus.paas.plugins.module_utils._gray_model import Policy, policy_body
from ansible_collections.zeus.paas.plugins.module_utils._gray_parse import parse_policy

__all__ = ["NO_RULE", "STABLE", "Decision", "Policy", "Request", "compile_gray", "decide", "murmur2", "parse_policy", "policy_body"]
