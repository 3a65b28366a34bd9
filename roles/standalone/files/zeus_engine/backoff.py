# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Launch delays of failing apps: backoffSeconds, times backoffFactor per failure, at most maxLaunchDelaySeconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

#: Seconds that pass in any case, so that an app that fails at once and has no delay of its own does not keep the machine busy.
LEAST = 0.1


@dataclass(frozen=True)
class Delay:
    """`seconds` is the present delay, `until` when the next launch is allowed (seconds of the engine's clock)."""

    config: str
    seconds: float
    until: float


class Backoff:
    """Delays per app. They end with a new configuration, :meth:`reset`, or a quiet period of maxLaunchDelaySeconds."""

    def __init__(self) -> None:
        self._delays: dict[str, Delay] = {}

    def failed(self, definition: Mapping[str, Any], now: float) -> Delay:
        """An instance ended by itself, with whatever exit code."""
        limit = float(definition["maxLaunchDelaySeconds"])
        before = self._current(definition, now)
        seconds = float(definition["backoffSeconds"]) if before is None else before.seconds * float(definition["backoffFactor"])
        delay = Delay(_config(definition), min(seconds, limit), now + max(LEAST, min(seconds, limit)))
        self._delays[definition["id"]] = delay
        return delay

    def left(self, definition: Mapping[str, Any], now: float) -> float:
        """Seconds until the next launch is allowed; 0 if it is allowed now."""
        delay = self._current(definition, now)
        return max(0.0, delay.until - now) if delay else 0.0

    def reset(self, app_id: str) -> None:
        self._delays.pop(app_id, None)

    def _current(self, definition: Mapping[str, Any], now: float) -> Delay | None:
        delay = self._delays.get(definition["id"])
        if delay is None or delay.config != _config(definition) or now > delay.until + float(definition["maxLaunchDelaySeconds"]):
            return None
        return delay


def _config(definition: Mapping[str, Any]) -> str:
    return str(definition["versionInfo"]["lastConfigChangeAt"])
