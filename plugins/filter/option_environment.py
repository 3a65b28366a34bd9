# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See option_environment.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._program_options import environment, merged


def option_environment(settings: Mapping[str, Any], extra: Any, variable: str, prefix: str) -> dict[str, str]:
    """Options as variables of the environment. Raises AnsibleFilterError naming the variable and the option."""
    try:
        return environment(merged(settings, extra, variable, negation="disable_"), prefix)
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"option_environment": option_environment}
