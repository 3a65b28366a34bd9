# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""A moment after which nobody waits any more: shared by all steps of one operation, so that they cannot add up."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError

T = TypeVar("T")


class Deadline:
    """``seconds`` from now; a clock that never jumps, so a changed system time ends nothing early."""

    def __init__(self, seconds: float, *, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep) -> None:
        self.seconds = float(seconds)
        self._clock = clock
        self._sleep = sleep
        self._start = clock()
        self._end = self._start + self.seconds

    def left(self) -> float:
        """Seconds that are left, never below 0."""
        return max(0.0, self._end - self._clock())

    def elapsed(self) -> float:
        """Seconds since it was set."""
        return self._clock() - self._start

    @property
    def passed(self) -> bool:
        return self.left() <= 0.0

    def within(self, seconds: float) -> Deadline:
        """A part of this deadline: ``seconds`` from now, but never later than this one."""
        return Deadline(min(float(seconds), self.left()), clock=self._clock, sleep=self._sleep)

    def at_least(self, seconds: float) -> Deadline:
        """This one, or ``seconds`` from now if less is left: for a short last step that must have its chance."""
        return self if self.left() >= seconds else self.fresh(seconds)

    def fresh(self, seconds: float) -> Deadline:
        """Another one by the same clock, ``seconds`` from now: for cleaning up after this one has passed."""
        return Deadline(seconds, clock=self._clock, sleep=self._sleep)

    def pause(self, seconds: float) -> None:
        """Let ``seconds`` pass, but not more than what is left."""
        self._sleep(min(seconds, self.left()))

    def wait(self, condition: Callable[[], T | None], *, every: float = 0.1, what: str = "the condition") -> T:
        """The first true value of ``condition``; asked at least once, and once more at the end.

        :raises DeadlineError: when it was not true in time.
        """
        while True:
            last = self.passed
            value = condition()
            if value:
                return value
            if last:
                raise DeadlineError(f"{what}: not reached within {self.seconds:g} s")
            self.pause(every)
