# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See mesos_attributes.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._agent_attributes import agent_attributes, read_attributes, read_value
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where


def mesos_attributes(own: Any, datacenter: Any, vcluster: Any, rack: Any, variable: str) -> dict[str, str]:
    """All attributes of one agent. Raises AnsibleFilterError for what Mesos would misread."""
    where = Where(variable)
    try:
        dc, cluster = read_value(datacenter, where.at("datacenter")), read_value(vcluster, where.at("vcluster"))
        given_rack = None if rack in (None, "") else read_value(rack, where.at("rack"))
        return agent_attributes(dc, cluster, given_rack, read_attributes(own or {}, where.at("attributes")))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"mesos_attributes": mesos_attributes}
