# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare what was predicted with what came, field by field."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def differences(told: Any, real: Any, real_only: Mapping[str, str], path: str = "") -> Iterator[str]:
    """What was predicted otherwise, or not at all. ``real_only``: dotted paths that only a real run can know, each with its reason."""
    if path in real_only:
        return
    if isinstance(told, Mapping) and isinstance(real, Mapping):
        for key in sorted({*told, *real}, key=str):
            below = f"{path}.{key}" if path else str(key)
            if below in real_only:
                continue
            if key not in told or key not in real:
                came = "not predicted" if key not in told else "predicted, but it did not come"
                yield f"{below}: {came}: {told.get(key, real.get(key))!r}"
                continue
            yield from differences(told[key], real[key], real_only, below)
    elif told != real:
        yield f"{path}: predicted {told!r}, came {real!r}"
