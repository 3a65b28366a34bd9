# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What lies in the policy store, and which of it a reader believes (docs/design.md, 4). Pure: no connection here."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

SCHEMA = 1
PREFIX = "zeus:"
CHANNEL = "zeus:changes"
STORE_KEY = "zeus:store"
# Not below PREFIX: routers read everything there.
LEASES = "zeus-lease:"
MAX_BYTES = 4 * 1024 * 1024

_KEY = re.compile(r"zeus:(?:policy:[a-z0-9][a-z0-9._-]{0,127}|(?:binding|assets):[a-z0-9-]+:[a-z0-9-]+:[a-z0-9-]+|asset:[0-9a-f]{64})")


@dataclass(frozen=True)
class Entry:
    """One value of the store. ``body`` is ``None`` for a tombstone: the thing was deleted, which is something else than not being there."""

    key: str
    epoch: int
    counter: int
    digest: str
    body: Mapping[str, Any] | None

    @property
    def stamp(self) -> tuple[int, int]:
        return (self.epoch, self.counter)

    def to_text(self) -> str:
        return canonical({"schema": SCHEMA, "epoch": self.epoch, "counter": self.counter, "digest": self.digest, "body": self.body})


class BrokenValueError(Exception):
    """A value that no reader may use; the text says why."""


def policy_key(name: str) -> str:
    return checked_key(f"zeus:policy:{name}")


def binding_key(environment: str, project: str, app: str) -> str:
    return checked_key(f"zeus:binding:{environment}:{project}:{app}")


def assets_key(environment: str, project: str, app: str) -> str:
    return checked_key(f"zeus:assets:{environment}:{project}:{app}")


def asset_key(digest: str) -> str:
    return checked_key(f"zeus:asset:{digest}")


def app_of(key: str) -> str | None:
    """The app key of a binding's or assets' key: ``zeus:binding:production:shop:web`` → ``/production/shop/web``."""
    parts = key.split(":")
    return "/" + "/".join(parts[2:]) if len(parts) == 5 and parts[1] in ("binding", "assets") else None


def checked_key(key: str) -> str:
    if not _KEY.fullmatch(key):
        raise InputError("policy store", key, "is no key of the store", "zeus:policy:<name>, zeus:binding:<environment>:<project>:<app>, …")
    return key


def parse_entry(key: str, raw: bytes | str) -> Entry:
    """Raises :class:`BrokenValueError`: not JSON, another schema, a wrong shape, or a digest that does not fit the body."""
    if len(raw) > MAX_BYTES:
        raise BrokenValueError(f"is {len(raw)} bytes long; at most {MAX_BYTES} are taken")
    try:
        data = json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise BrokenValueError("is no JSON") from exc
    if not isinstance(data, dict):
        raise BrokenValueError("is no JSON object")
    if data.get("schema") != SCHEMA:
        raise BrokenValueError(f"has schema {data.get('schema')!r}; this version reads {SCHEMA}")
    epoch, counter, digest, body = _natural(data.get("epoch")), _natural(data.get("counter")), data.get("digest"), data.get("body")
    if epoch is None or counter is None or not isinstance(digest, str):
        raise BrokenValueError("has no usable epoch, counter and digest")
    if not (body is None or isinstance(body, dict)):
        raise BrokenValueError("has a body that is neither an object nor null")
    if digest_of(body) != digest:
        raise BrokenValueError("has a digest that does not fit its body")
    return Entry(key, epoch, counter, digest, body)


def accept(have: Entry | None, offered: Entry) -> tuple[Entry, str]:
    """The reader's rule: the entry to go on with, and why the offered one was not taken (empty if it was, or is the same).

    A restarted empty store begins to count again, and a restored one may hold what was long replaced: so only what is *higher* in
    (epoch, counter) counts, and equal stamps with different digests are broken.
    """
    if have is None or offered.stamp > have.stamp:
        return offered, ""
    if offered.stamp == have.stamp:
        if offered.digest == have.digest:
            return have, ""
        return have, f"has the stamp {_stamp(have)} of what is in use, but another content: broken"
    return have, f"is older ({_stamp(offered)}) than what is in use ({_stamp(have)})"


def _stamp(entry: Entry) -> str:
    return f"epoch {entry.epoch}, counter {entry.counter}"


def _natural(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None
