# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Mesos' log lines, and how a Mesos process ends: exit 1 with its reason, or abort (134) as a failed CHECK does."""

from __future__ import annotations

import os
import sys
import time
from typing import NoReturn


def _line(level: str, where: str, text: str) -> None:
    now = time.time()
    stamp = time.strftime("%m%d %H:%M:%S", time.localtime(now)) + f".{int(now % 1 * 1e6):06d}"
    print(f"{level}{stamp} {os.getpid():5d} {where}] {text}", file=sys.stderr, flush=True)


def info(where: str, text: str) -> None:
    _line("I", where, text)


def warning(where: str, text: str) -> None:
    _line("W", where, text)


def end(where: str, text: str) -> NoReturn:
    """``EXIT with status 1``. Nothing of the process is worth a clean-up: what must last was written before."""
    _line("E", where, f"EXIT with status 1: {text}")
    os._exit(1)


def abort(where: str, text: str) -> NoReturn:
    """A failed check: SIGABRT, which a shell shows as 134."""
    _line("F", where, text)
    print("*** Check failure stack trace: ***", file=sys.stderr, flush=True)
    os.abort()


def leave(where: str, text: str) -> NoReturn:
    """Exit 0, as an agent does that was told to shut down."""
    _line("I", where, text)
    os._exit(0)
