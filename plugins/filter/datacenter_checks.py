# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See datacenter_checks.yml."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, mapping
from ansible_collections.zeus.paas.plugins.module_utils._verification import judge, report
from ansible_collections.zeus.paas.plugins.module_utils._verification_check import read_wanted


def datacenter_checks(answers: Any, wanted: Any) -> dict[str, Any]:
    """The report. Raises AnsibleFilterError for what cannot be used."""
    # Through JSON: what templates give is not plain everywhere.
    plain = json.loads(json.dumps({"answers": answers, "wanted": wanted}, default=str))
    try:
        given = mapping(plain["answers"], Where("answers"))
        read = read_wanted(plain["wanted"], Where("wanted"), time.time())
        return report(read, judge(given, read))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"datacenter_checks": datacenter_checks}
