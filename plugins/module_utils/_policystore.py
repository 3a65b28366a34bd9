# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The datacenter's policy store: a Redis that modules write and router agents follow. Nothing asks it while it serves a request."""

from __future__ import annotations

import json
import random
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import (
    CHANNEL,
    LEASES,
    MAX_BYTES,
    PREFIX,
    SCHEMA,
    STORE_KEY,
    BrokenValueError,
    Entry,
    checked_key,
    parse_entry,
)

REDIS_IMPORT_ERROR: str | None
try:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    REDIS_IMPORT_ERROR = None
except ImportError:  # told when a store is made, with the name of the library
    REDIS_IMPORT_ERROR = traceback.format_exc()

WRITE_ATTEMPTS = 20
#: How long a writer waits at most before it tries again, in seconds.
LONGEST_STEP = 0.02
# The highest counter that routers have seen, or better their highest (epoch, counter).
Floor: TypeAlias = "int | tuple[int, int]"


class PolicyStore:
    """``user`` is ``zeus-writer`` for modules and ``zeus-reader`` for agents (which may do no more than read).

    Every method raises :class:`AwayError` if the store cannot be reached, and :class:`ApiError` if it refuses.
    """

    def __init__(
        self,
        host: str,
        port: int = 6379,
        user: str | None = None,
        password: str | None = None,
        *,
        timeout: float = 5.0,
        now_ms: Callable[[], int] = lambda: int(time.time() * 1000),
    ) -> None:
        if REDIS_IMPORT_ERROR is not None:
            raise ZeusError("The Python library redis is needed to talk to the policy store.", exception=REDIS_IMPORT_ERROR)
        self._place = f"redis://{host}:{port}"
        self._now_ms = now_ms
        #: Asked before every write of a value; raises if this run may not write any more.
        self.guard: Callable[[], Any] = lambda: None
        self._redis: Any = redis.Redis(
            host=host,
            port=int(port),
            username=user,
            password=password,
            socket_timeout=timeout,
            socket_connect_timeout=min(timeout, 3.0),
            health_check_interval=0,
            # Newer libraries would wait for many seconds by themselves; whoever asks here has a deadline of his own.
            retry=Retry(NoBackoff(), 1),
        )

    # -- reading ------------------------------------------------------------------------------------------------------------------

    def get(self, key: str) -> Entry | None:
        """One value; ``None`` if there is none (a tombstone is an entry). :raises ApiError: it is broken."""
        raw = self._call("GET", lambda: self._redis.get(checked_key(key)))
        return None if raw is None else self._parsed(key, raw)

    def scan(self, prefix: str) -> dict[str, Entry]:
        """All values whose key begins with ``prefix``. :raises ApiError: one is broken."""
        return {key: self._parsed(key, raw) for key, raw in self.scan_raw(prefix).items()}

    def scan_raw(self, prefix: str = PREFIX) -> dict[str, bytes]:
        """The values as they are stored, without :data:`STORE_KEY`, for a reader that judges each on its own."""

        def read() -> dict[str, bytes]:
            keys = sorted({_text(key) for key in self._redis.scan_iter(match=_glob(prefix) + "*", count=500)} - {STORE_KEY})
            found: dict[str, bytes] = {}
            for start in range(0, len(keys), 200):
                part = keys[start : start + 200]
                pipe = self._redis.pipeline(transaction=False)
                for key in part:
                    pipe.get(key)
                # A key of another type answers with an error in its place: that key is broken, the others are not.
                answers = pipe.execute(raise_on_error=False)
                found.update(
                    {key: raw if isinstance(raw, bytes) else b"" for key, raw in zip(part, answers, strict=True) if raw is not None}
                )
            return found

        return self._call("SCAN", read)  # type: ignore[no-any-return]

    def get_raw(self, key: str) -> bytes | None:
        """One value as it is stored; ``b""`` if the key holds something that is no string."""

        def read() -> bytes | None:
            try:
                raw: bytes | None = self._redis.get(key)
            except redis.ResponseError as exc:
                if "WRONGTYPE" in str(exc):
                    return b""
                raise
            return raw

        return self._call("GET", read)  # type: ignore[no-any-return]

    def stamp(self) -> tuple[int, int] | None:
        """(epoch, highest counter) of the store, cheap enough to ask every second; ``None``: it is empty or cannot be read."""
        raw = self.get_raw(STORE_KEY)
        return _store_stamp(raw) if raw else None

    def epoch(self) -> int | None:
        stamp = self.stamp()
        return stamp[0] if stamp else None

    def listen(self, *, on_open: Callable[[], None] | None = None, silence: float = 30.0) -> Iterator[str]:
        """The keys that change, from now on; ``""`` every second in which nothing did, so that the caller can look around.

        ``on_open`` is called when the subscription stands. A connection that gives no sign of life for ``silence`` seconds is given up.
        """
        pubsub = self._call("SUBSCRIBE", self._subscribed)
        try:
            if on_open is not None:
                on_open()
            heard = time.monotonic()
            while True:
                message = self._call("SUBSCRIBE", lambda: pubsub.get_message(timeout=1.0))
                now = time.monotonic()
                if message is None:
                    if now - heard > silence:
                        self._call("PING", pubsub.ping)
                        answer = self._call("PING", lambda: pubsub.get_message(timeout=3.0))
                        if answer is None:
                            raise AwayError("policy store", {self._place: "the subscription is silent"})
                        heard = now
                    yield ""
                    continue
                heard = now
                if message.get("type") == "message":
                    yield _text(message["data"])
        finally:
            pubsub.close()

    def ping(self) -> bool:
        return bool(self._call("PING", self._redis.ping))

    def close(self) -> None:
        self._redis.close()

    # -- writing ------------------------------------------------------------------------------------------------------------------

    def put(self, key: str, body: Mapping[str, Any] | None, *, floor: Floor = 0) -> Entry:
        """Store ``body`` (``None``: a tombstone) and tell the readers.

        ``floor``: the highest stamp that any reachable router has seen. A store that was restored from an old copy, or rebuilt, would
        otherwise count below what the routers have, and they would not believe it.
        """
        return self.put_many({key: body}, floor=floor)[key]

    def put_many(self, bodies: Mapping[str, Mapping[str, Any] | None], *, floor: Floor = 0) -> dict[str, Entry]:
        """Several values in one transaction, in the given order (assets before what refers to them)."""
        for key, body in bodies.items():
            checked_key(key)
            size = len(canonical(body).encode())
            if size > MAX_BYTES - 1024:
                raise RefusedError(f"policy store: {key} would be {size} bytes long; readers take at most {MAX_BYTES}")
        self.guard()
        return self._call("MULTI", lambda: self._put(bodies, floor))  # type: ignore[no-any-return]

    def claim(self, name: str, text: str, seconds: float, ours: Callable[[str], bool]) -> str | None:
        """Take the lease ``name`` for so long if it is free or ``ours``; else what its holder wrote. No router reads these keys."""
        key = f"{LEASES}{name}"

        def claimed() -> str | None:
            pipe = self._redis.pipeline(transaction=True)
            try:
                for _attempt in range(WRITE_ATTEMPTS):
                    try:
                        pipe.watch(key)
                        raw = pipe.get(key)
                        if raw and not ours(_text(raw)):
                            return _text(raw)
                        pipe.multi()
                        pipe.set(key, text, px=max(1, round(seconds * 1000)))
                        pipe.execute()
                        return None
                    except redis.WatchError:
                        _step_aside()
                raise ApiError("policy store", "EXEC", self._place, None, f"another writer of {key} was faster {WRITE_ATTEMPTS} times")
            finally:
                pipe.reset()

        return self._call("SET", claimed)  # type: ignore[no-any-return]

    def release(self, name: str, ours: Callable[[str], bool]) -> None:
        """The lease ``name`` is free at once if it is ``ours``.

        No user of the store may delete. So the key is emptied, which is as good as none, and Redis removes it a millisecond later.
        """
        self.claim(name, "", 0.001, ours)

    def _put(self, bodies: Mapping[str, Mapping[str, Any] | None], floor: Floor) -> dict[str, Entry]:
        pipe = self._redis.pipeline(transaction=True)
        try:
            for _attempt in range(WRITE_ATTEMPTS):
                try:
                    pipe.watch(STORE_KEY)
                    raw = pipe.get(STORE_KEY)
                    stamp = _store_stamp(raw) if raw else None
                    if raw and stamp is None:
                        raise RefusedError(
                            f"policy store: {STORE_KEY} at {self._place} cannot be read ({raw[:80]!r}): it was written by another version, "
                            "or is broken. Rebuild the store from git: delete that key and run the gray policies again"
                        )
                    epoch, counter = self._start(stamp, floor)
                    entries: dict[str, Entry] = {}
                    for key, body in bodies.items():
                        counter += 1
                        entries[key] = Entry(key, epoch, counter, digest_of(body), body)
                    pipe.multi()
                    for key, entry in entries.items():
                        pipe.set(key, entry.to_text())
                    pipe.set(STORE_KEY, canonical({"schema": SCHEMA, "epoch": epoch, "counter": counter}))
                    for key in entries:
                        pipe.publish(CHANNEL, key)
                    pipe.execute()
                    return entries
                except redis.WatchError:
                    _step_aside()
            raise ApiError("policy store", "EXEC", self._place, None, f"another writer was faster {WRITE_ATTEMPTS} times")
        finally:
            pipe.reset()

    def _start(self, stamp: tuple[int, int] | None, floor: Floor) -> tuple[int, int]:
        """Epoch and counter to go on from. Without a stamp the store is new, or was emptied; below the routers' epoch it was restored
        from an old copy: both times a new epoch makes readers believe it again."""
        seen_epoch, seen_counter = floor if isinstance(floor, tuple) else (0, floor)
        have_epoch, have_counter = stamp or (0, 0)
        epoch = have_epoch if stamp and have_epoch >= seen_epoch else max(self._now_ms(), seen_epoch + 1)
        return epoch, max(have_counter, seen_counter)

    # -- ground -------------------------------------------------------------------------------------------------------------------

    def _subscribed(self) -> Any:
        pubsub = self._redis.pubsub(ignore_subscribe_messages=False)
        pubsub.subscribe(CHANNEL)
        if pubsub.get_message(timeout=5.0) is None:
            raise redis.TimeoutError("the subscription was not confirmed")
        return pubsub

    def _parsed(self, key: str, raw: bytes) -> Entry:
        try:
            return parse_entry(key, raw)
        except BrokenValueError as exc:
            raise ApiError("policy store", "GET", f"{self._place} {key}", None, f"the value {exc}") from exc

    def _call(self, verb: str, function: Callable[[], Any]) -> Any:
        try:
            return function()
        except redis.exceptions.AuthenticationError as exc:
            raise ApiError("policy store", verb, self._place, None, f"login refused: {exc}") from exc
        except (redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError) as exc:
            raise AwayError("policy store", {self._place: str(exc) or type(exc).__name__}) from exc
        except redis.RedisError as exc:
            raise ApiError("policy store", verb, self._place, None, str(exc)) from exc


def _step_aside() -> None:
    """Writers that try again in step with each other would go on to meet.

    A pause of random length, since there is nothing to wait for: Redis tells who lost that somebody else has written, and of no next turn.
    """
    time.sleep(random.uniform(0.0, LONGEST_STEP))


def _store_stamp(raw: bytes) -> tuple[int, int] | None:
    try:
        data = json.loads(raw)
        if data["schema"] != SCHEMA:
            return None
        return int(data["epoch"]), int(data["counter"])
    except (ValueError, TypeError, KeyError):
        return None


def _glob(prefix: str) -> str:
    return "".join(f"\\{c}" if c in "*?[]\\" else c for c in prefix)


def _text(value: bytes | str) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
