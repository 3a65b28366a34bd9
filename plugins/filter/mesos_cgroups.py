# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See mesos_cgroups.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError
from ansible.utils.display import Display

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._mesos_versions import check_cgroups


def mesos_cgroups(
    version: str,
    variable: str,
    unified: bool,
    launcher: str,
    isolation: list[str],
    host: str,
    containerizers: list[str] | None = None,
    systemd_slice: bool = False,
) -> str:
    """The host's cgroup version. Raises AnsibleFilterError where this version of Mesos cannot use it, and warns where it hardly can."""
    try:
        warning = check_cgroups(
            version, variable, unified, launcher, isolation, host, containerizers=containerizers or (), systemd_slice=systemd_slice
        )
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error
    if warning:
        Display().warning(warning)
    return "v2" if unified else "v1"


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mesos_cgroups": mesos_cgroups}
