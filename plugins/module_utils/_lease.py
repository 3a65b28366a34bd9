# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One run at a time: a lease in the policy store, which a run holds while it changes a project or a policy.

Controllers differ (Jenkins, a laptop), so what they agree on lies in the datacenter. Who holds a lease renews it; who is killed does not,
and so blocks nobody for longer than ``SECONDS``. Nothing is written by a run whose lease is lost: ``check`` is asked before every write.
"""

from __future__ import annotations

import getpass
import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress, unheard

#: How long a lease is valid that is not renewed; it is renewed three times as often.
SECONDS = 15.0
#: How often a waiting run looks whether the holder is alive.
LOOK = 0.2


class Guarded(Protocol):
    """A client that asks ``guard`` before every write."""

    guard: Callable[[], Any]


class Lease:
    """``with Lease(store, "project:production:shop", "project shop in production", "deploy 1.1"):`` — held, and renewed, inside.

    ``subject`` is what is leased and ``doing`` what for, both for the message that others get.

    :raises RefusedError: on entering, somebody else holds it and is alive.
    """

    def __init__(
        self, store: PolicyStore, name: str, subject: str, doing: str, *, seconds: float = SECONDS, progress: Progress = unheard
    ) -> None:
        self._store = store
        self._name = name
        self._subject = subject
        self._seconds = seconds
        self._progress = progress
        self._said = {
            "owner": uuid.uuid4().hex,
            "who": f"{_user()}@{socket.gethostname()}",
            "pid": os.getpid(),
            "doing": doing,
            "since": datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S UTC"),
        }
        self._beat = 0
        self._until = 0.0
        self._holder: str | None = None
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._renew, name=f"lease {name}", daemon=True)

    def __enter__(self) -> Lease:
        self._take()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._until = 0.0
        if self._holder is None:
            # If the store is away now, the lease ends by itself.
            with _away_is_no_matter():
                self._store.release(self._name, self._is_ours)

    def check(self) -> None:
        """Before a write. Raises RefusedError if the lease is lost, AwayError if nobody can tell."""
        if self._holder is None and time.monotonic() >= self._until:
            self._claim(self._seconds)
        if self._holder is not None:
            raise RefusedError(
                f"{self._subject}: this run was away for more than {self._seconds:.0f} seconds and has lost its lease to "
                f"{_told(self._holder)}. It has stopped where it was, and leaves the rest to the other one"
            )

    def _take(self) -> None:
        """A holder that renews is alive; one that does not is dead, and its lease ends."""
        end = time.monotonic() + self._seconds + 2 * LOOK
        seen: str | None = None
        while True:
            # By when it was asked: an answer that was long on its way says nothing of a holder that has died meanwhile.
            asked = time.monotonic()
            holder = self._claim(self._seconds)
            if holder is None:
                return
            if seen is None:
                self._progress(f"{self._subject} is held by {_told(holder)}; if that run is dead, its lease ends soon")
            if asked > end or (seen is not None and seen != holder):
                raise RefusedError(
                    f"{self._subject} is being changed by {_told(holder)}; that run is alive, since it renews its lease. "
                    "Nothing was changed. Wait until it has ended. If it must not go on, end that process: "
                    f"{self._seconds:.0f} seconds later its lease is free"
                )
            seen = holder
            self._holder = None
            time.sleep(LOOK)

    def _renew(self) -> None:
        while self._holder is None and not self._over.wait(self._seconds / 3):
            # If the store is away, the next turn tries again; until then `check` knows how long the last renewal counts.
            with _away_is_no_matter():
                self._claim(self._seconds)

    def _claim(self, seconds: float) -> str | None:
        """Take or renew; what the holder says if somebody else has it."""
        with self._lock:
            begin = time.monotonic()
            self._beat += 1
            text = json.dumps({**self._said, "beat": self._beat})
            self._holder = self._store.claim(self._name, text, seconds, self._is_ours)
            if self._holder is None:
                self._until = begin + seconds
            return self._holder

    def _is_ours(self, text: str) -> bool:
        return _read(text).get("owner") == self._said["owner"]


@contextmanager
def leased(
    store: PolicyStore | None,
    leases: Sequence[tuple[str, str]],
    doing: str,
    *,
    guarded: Sequence[Guarded],
    check_mode: bool,
    progress: Progress,
) -> Iterator[None]:
    """Hold these leases (name, subject) inside, and let the clients write only as long as they are held.

    Nothing is leased in check mode, which writes nothing, and without a store, where Marathon's own lock of each app is all there is.
    """
    if store is None or check_mode:
        yield
        return
    with ExitStack() as stack:
        # In one order for everybody, so that two runs never wait for each other.
        held = [stack.enter_context(Lease(store, name, subject, doing, progress=progress)) for name, subject in sorted(leases)]

        def check() -> None:
            for lease in held:
                lease.check()

        for client in guarded:
            client.guard = check
        yield


def project_lease(environment: str, project: str) -> tuple[str, str]:
    return f"project:{environment}:{project}", f"project {project} in {environment}"


def policy_lease(policy: str) -> tuple[str, str]:
    return f"policy:{policy}", f"policy {policy}"


@contextmanager
def _away_is_no_matter() -> Iterator[None]:
    try:
        yield
    except ZeusError:
        return


def _told(text: str) -> str:
    said = _read(text)
    if not said:
        return f"somebody who says {text[:80]!r}"
    return f"{said.get('who')} (process {said.get('pid')}: {said.get('doing')}) since {said.get('since')}"


def _read(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return str(os.getuid())
