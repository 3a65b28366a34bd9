# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See upgrade_plan.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils import _upgrade_plan
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where


def upgrade_plan(parts: Any, cluster: Mapping[str, Any], only: str = "") -> dict[str, Any]:
    """What is done, and why it may not be. Raises AnsibleFilterError for what cannot be read."""
    try:
        chosen = _upgrade_plan.read_only(only, Where("only"))
        read = _upgrade_plan.read_parts(parts, Where("upgrade"))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error
    return {
        "refusals": [*_upgrade_plan.refusals(read, chosen), *_upgrade_plan.not_ready(cluster, chosen)],
        "told": _upgrade_plan.told(read, chosen),
        "parts": list(chosen),
        "pending": {part.name: list(part.pending) for part in read if part.name in chosen},
    }


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"upgrade_plan": upgrade_plan}
