# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time that passes only when somebody waits, so that deadlines of minutes take no time."""

from __future__ import annotations

from collections.abc import Callable

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        #: Called after every pause: the world goes on.
        self.watchers: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        for watcher in self.watchers:
            watcher()

    def deadline(self, seconds: float) -> Deadline:
        return Deadline(seconds, clock=lambda: self.now, sleep=self.sleep)
