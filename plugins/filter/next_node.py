# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See next_node.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils import _rolling
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where


def next_node(nodes: Any, service: str = "the service") -> str:
    """The node whose turn it is. Raises AnsibleFilterError where nobody's turn it may be."""
    try:
        return _rolling.next_node(_rolling.read_nodes(nodes, Where("nodes")))
    except ZeusError as error:
        raise AnsibleFilterError(f"{service}: {error.message}") from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"next_node": next_node}
