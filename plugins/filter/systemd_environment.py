# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See systemd_environment.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._systemd import environment_file


def systemd_environment(values: Any, source: str) -> str:
    """The lines of an environment file. Raises AnsibleFilterError naming ``source`` and what cannot be written."""
    try:
        return environment_file(values, source)
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"systemd_environment": systemd_environment}
