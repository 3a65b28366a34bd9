# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter over the rule of whose turn it is."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.next_node import next_node


def test_the_filter_says_which_service() -> None:
    told = [{"name": "c1", "healthy": True, "leads": True}, {"name": "c2", "healthy": True}]
    assert next_node(told, service="Chronos") == "c2"
    with pytest.raises(AnsibleFilterError, match=r"Chronos: .*nobody leads"):
        next_node([{**node, "leads": False} for node in told], service="Chronos")
