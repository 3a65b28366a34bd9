# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Blocking calls beside the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_thread(function: Callable[..., T], *arguments: Any) -> T:
    """The result of a call made in a thread of its own.

    A thread per call, not a pool: one that hangs takes no place from others, being a daemon it cannot hold the engine's end, and what it
    changes of itself, such as its network namespace, ends with it.
    """
    loop = asyncio.get_running_loop()
    result: asyncio.Future[T] = loop.create_future()

    def settle(outcome: Callable[[], None]) -> None:
        if not result.cancelled():
            outcome()

    def run() -> None:
        try:
            outcome = functools.partial(result.set_result, function(*arguments))
        except BaseException as error:
            outcome = functools.partial(result.set_exception, error)
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(settle, outcome)

    threading.Thread(target=run, name=getattr(function, "__name__", "call"), daemon=True).start()
    return await result
