# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The golden vectors of this folder, for both implementations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def vectors() -> dict[str, dict[str, Any]]:
    """Each vector by its name: policy, binding, regions and cases."""
    found: dict[str, dict[str, Any]] = {}
    for path in sorted(HERE.glob("*.json")):
        data = json.loads(path.read_text(encoding="utf-8"))
        if isinstance(data, list):
            found.update({f"{path.stem}-{number}": vector for number, vector in enumerate(data)})
        else:
            found[path.stem] = data
    return found
