# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A thread that does one thing again and again and outlives every error of it."""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable

log = logging.getLogger(__name__)

SHORTEST, LONGEST = 0.1, 2.0


class Loop(threading.Thread):
    """Calls ``turn`` until ``stopping`` is set. After an error ``failed`` is told, and a pause follows: 0.1 to 2 s, longer each time.

    ``nudge`` ends a pause: there is a new reason to try.
    """

    def __init__(self, name: str, turn: Callable[[], None], stopping: threading.Event, failed: Callable[[str], None] | None = None) -> None:
        super().__init__(name=name, daemon=True)
        self._turn = turn
        self._stopping = stopping
        self._failed = failed
        self._nudged = threading.Event()

    def nudge(self) -> None:
        self._nudged.set()

    def run(self) -> None:
        pause, last = SHORTEST, ""
        while not self._stopping.is_set():
            try:
                self._turn()
                pause, last = SHORTEST, ""
            except Exception as exc:  # whatever it is: a router must go on with what it has, and say so
                text = f"{type(exc).__name__}: {exc}"
                if text != last:
                    log.warning("%s: %s", self.name, text, exc_info=not _expected(exc))
                    last = text
                if self._failed is not None:
                    self._failed(str(exc) or text)
                self._nudged.wait(pause * random.uniform(0.7, 1.3))
                pause = SHORTEST if self._nudged.is_set() else min(pause * 2, LONGEST)
                self._nudged.clear()


def _expected(exc: Exception) -> bool:
    from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError

    return isinstance(exc, (ZeusError, OSError))
