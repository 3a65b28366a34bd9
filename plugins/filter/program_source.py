# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See program_source.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._program_source import as_mapping, read_source


def program_source(source: Any, program: str, variable: str) -> dict[str, Any]:
    """The source with everything that follows from it. Raises AnsibleFilterError naming the variable and the key."""
    try:
        return as_mapping(read_source(source, program, variable))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"program_source": program_source}
