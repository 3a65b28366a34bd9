# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a module promises, in the words of ansible-doc."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options: {}
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
  idempotent:
    description: When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
  action_group:
    description: >-
      Use C(group/zeus.paas.<name>) in C(module_defaults), with C(<name>) one of C(artifacts), C(marathon), C(mesos), C(policy_store) and
      C(routers), to give the connection options of that service once for all modules of the group.
"""

    # For modules that only read.
    INFO_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: This module changes nothing.
  diff_mode:
    support: N/A
    details: This module changes nothing.
  idempotent:
    support: full
    details: This module changes nothing.
"""

    # For modules that make something true, by the one resource base.
    STATE_MODULE = r"""
options: {}
attributes:
  check_mode:
    support: full
    details: Predicts the changes and the diff exactly, and refuses what the run would refuse.
  diff_mode:
    support: full
    details: Shows the objects that differ, and of these the keys that differ.
  idempotent:
    support: full
"""
