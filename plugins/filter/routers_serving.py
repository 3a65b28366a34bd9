# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See routers_serving.yml."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._router_reports import serving


class FilterModule:
    """The filter of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"routers_serving": serving}
