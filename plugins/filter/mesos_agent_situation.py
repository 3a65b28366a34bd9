# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See mesos_agent_situation.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._attribute_change import situation


def mesos_agent_situation(
    found: Mapping[str, Any], host: str, *, wanted: str, before: str = "", latest: str = "", mark: str = "", force: bool = False
) -> dict[str, Any]:
    """Where a host is on its agent's way to other attributes."""
    return asdict(situation(found, host, wanted=wanted, before=before, latest=latest, mark=mark, force=bool(force)))


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mesos_agent_situation": mesos_agent_situation}
