# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How a rollout ends."""

from __future__ import annotations


class ModuleDocFragment:
    DOCUMENTATION = r"""
options:
  wait:
    description:
      - Whether to wait until the rollout has ended, which means that Marathon's deployment is over, every instance runs the new definition
        and passes its health checks, and every router of the virtual cluster has exactly the running tasks.
      - With V(false) changes are only sent. Nothing is drained before it is killed, and nothing is confirmed or rolled back.
    type: bool
    default: true
  wait_timeout:
    description:
      - How many seconds the whole rollout may take.
      - Going back, if it comes to that, gets as much time again, and not less than 60 seconds.
    type: float
    default: 300.0
  rollback:
    description:
      - Whether apps go back to the version before if they have not become healthy, or a router that answers has not taken them, by the
        deadline. Apps that did not exist before are removed again.
      - If no router can be reached nothing is rolled back, because nothing is known. The task fails.
    type: bool
    default: true
  force:
    description:
      - Whether a running deployment that holds one of the apps is cancelled. Its apps are left as far as it got.
      - Without it the task fails and names the deployment.
    type: bool
    default: false
"""
