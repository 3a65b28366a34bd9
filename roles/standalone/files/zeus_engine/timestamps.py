# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Time as Marathon writes it: ISO 8601 in UTC with milliseconds. Such strings sort as time does."""

from __future__ import annotations

import datetime
import time


def iso(seconds: float) -> str:
    """Seconds since the epoch as ``2026-11-22T21:00:00.123Z``."""
    milliseconds = int(seconds * 1000 + 0.5)
    whole = datetime.datetime.fromtimestamp(milliseconds // 1000, datetime.UTC)
    return f"{whole:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def now() -> str:
    return iso(time.time())


def seconds(text: str) -> float:
    """The inverse of :func:`iso`. Raises ValueError for anything else."""
    moment = datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    return moment.replace(tzinfo=datetime.UTC).timestamp()


def readable(text: str) -> str | None:
    """Any ISO 8601 time as :func:`iso` writes it; None for other text. Without a zone it is UTC."""
    try:
        moment = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return iso((moment if moment.tzinfo else moment.replace(tzinfo=datetime.UTC)).timestamp())


def after(previous: str) -> str:
    """The time now, but always later than `previous`: versions are unique and ordered."""
    moment = now()
    return moment if moment > previous else iso(seconds(previous) + 0.001)
