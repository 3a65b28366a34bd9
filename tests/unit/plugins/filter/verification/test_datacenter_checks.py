# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The filter over the report of a datacenter: its errors are Ansible's."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.datacenter_checks import datacenter_checks


def test_what_cannot_be_used_is_named() -> None:
    with pytest.raises(AnsibleFilterError, match=r"engine.*k8s"):
        datacenter_checks({}, {"engine": "k8s"})
