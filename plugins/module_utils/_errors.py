# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The errors that users see. Each one is a sentence a tired person can act on."""

from __future__ import annotations

from typing import Any


class ZeusError(Exception):
    """Base of all expected failures: a message, and details for machines."""

    def __init__(self, message: str, **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class InputError(ZeusError):
    """What the user wrote cannot be used.

    The message names the source (usually a file), the key as a dotted path, the value and what would be right.
    """

    def __init__(self, source: str, key: str, problem: str, expected: str = "", value: Any = None) -> None:
        shown = "" if value is None else f" (got {_shorten(value)})"
        hint = f"; expected {expected}" if expected else ""
        where = f"{source}: {key}" if key else source
        super().__init__(f"{where}: {problem}{shown}{hint}", source=source, key=key, expected=expected)
        self.source = source
        self.key = key


class ApiError(ZeusError):
    """A server answered, but not as it should: it refused, failed, or sent something else than its API says."""

    def __init__(self, service: str, method: str, url: str, status: int | None, problem: str, **details: Any) -> None:
        code = f"HTTP {status}, " if status is not None else ""
        super().__init__(f"{service}: {method} {url}: {code}{problem}", service=service, method=method, url=url, status=status, **details)
        self.status = status


class LockedError(ApiError):
    """409: a deployment holds the app. ``details['deployments']`` are its ids."""


class AwayError(ZeusError):
    """No endpoint of a service answered in time: nothing is known about its state.

    ``maybe_done``: a change was sent, so it may have been carried out although no answer came.
    """

    def __init__(self, service: str, causes: dict[str, str], *, maybe_done: bool = False) -> None:
        told = "; ".join(f"{url}: {cause}" for url, cause in causes.items())
        super().__init__(f"{service} is away: {told}", service=service, causes=causes)
        self.maybe_done = maybe_done


class DeadlineError(ZeusError):
    """Something was not reached in the time the user gave."""


class RolloutError(ZeusError):
    """A rollout did not end as it should.

    ``state`` says what runs now: ``rolled_back`` (the versions before), ``left`` (as far as it got), ``done`` (as wanted, but not every
    router could be asked), ``unknown``. Details: ``done``, ``failed``, ``not_started`` (app ids), ``behind``, ``refused`` (router
    addresses), ``reasons`` (app id → texts).
    """

    def __init__(self, message: str, state: str, **details: Any) -> None:
        super().__init__(message, state=state, **details)
        self.state = state


class RefusedError(ZeusError):
    """We do not do this, because it would do harm; the message says what to do instead."""


def _shorten(value: Any, limit: int = 120) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
