# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See mesos_agent_drift.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._agent_drift import drift, find, held, refusal, running_agents


def mesos_agent_drift(
    answer: Any, address: str, port: int, hostname: str, attributes: Any, host: str, last: str = "", now: str = ""
) -> dict[str, Any]:
    """How the host's registered agent differs from what is wanted."""
    try:
        running = find(running_agents(answer), address, int(port), hostname)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise AnsibleFilterError(f"the answer of a Mesos master cannot be read: it lacks {error}; is this address a master's?") from error
    others = held(last, now)
    if running is None:
        no = dict.fromkeys(("registered", "active", "deactivated", "differs", "additive", "moves"), False)
        return {**no, "id": "", "held": list(others), "refusal": ""}
    found = drift(running, attributes, hostname, int(port), others)
    return {
        "registered": True,
        "id": running.id,
        "active": running.active,
        "deactivated": running.deactivated,
        "differs": bool(found),
        "additive": found.additive,
        "moves": found.moves,
        "held": list(others),
        "refusal": refusal(found, host, running.id) if found else "",
    }


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mesos_agent_drift": mesos_agent_drift}
