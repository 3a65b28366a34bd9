# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See docker_settings_change.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._docker_settings import settings_change
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError


def docker_settings_change(wanted: Mapping[str, Any], before: str = "") -> dict[str, list[str]]:
    """The keys that differ, by what puts them in use. Raises AnsibleFilterError for a file that cannot be read."""
    try:
        change = settings_change(before, wanted)
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error
    return {"reload": list(change.reload), "restart": list(change.restart)}


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"docker_settings_change": docker_settings_change}
