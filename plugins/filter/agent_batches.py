# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See agent_batches.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._agent_batches import batches, chosen, members
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError


def agent_batches(
    names: Sequence[str], variables: Mapping[str, Mapping[str, Any]], host: Any = None, rack: Any = None, percent: int = 25
) -> list[list[str]]:
    """The hosts that are meant, in batches. Raises AnsibleFilterError for one that is not there."""
    try:
        known = members(names, variables)
        return batches(chosen(known, host, rack), known, int(percent))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"agent_batches": agent_batches}
