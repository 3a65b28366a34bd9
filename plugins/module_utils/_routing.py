# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The plan: which apps a router serves, where their instances are, and who decides between variants (docs/design.md, 5).

:func:`build_plan` is a pure function of what Marathon runs, what the policy store says and the plan before; it never raises for bad
data: what is wrong with an app becomes a :class:`Problem` and touches that app only.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import canonical, digest_of_text
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

SCHEMA = 1


@dataclass(frozen=True, order=True)
class Peer:
    task: str
    address: str
    port: int


@dataclass(frozen=True)
class Variant:
    """``peers`` are sorted by task id."""

    version: str
    peers: tuple[Peer, ...] = ()


@dataclass(frozen=True)
class Entry:
    """One app of the plan. ``gray`` and ``snippet`` are of web apps."""

    kind: str
    environment: str
    project: str
    app: str
    variants: Mapping[str, Variant]
    hosts: tuple[str, ...] = ()
    path: str = "/"
    port: int = 0
    gray: Mapping[str, Any] | None = None
    snippet: str | None = None
    # Made once: the text goes to disk and to nginx, and its digest is asked for all the time.
    digest: str = field(init=False, compare=False)
    text: str = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        body = self._body()
        digest = digest_of_text(canonical(body))
        object.__setattr__(self, "digest", digest)
        object.__setattr__(self, "text", canonical({**body, "digest": digest}))

    @property
    def key(self) -> str:
        return f"/{self.environment}/{self.project}/{self.app}"

    @property
    def tasks(self) -> frozenset[str]:
        return frozenset(peer.task for variant in self.variants.values() for peer in variant.peers)

    def to_dict(self) -> dict[str, Any]:
        return {**self._body(), "digest": self.digest}

    def _body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "kind": self.kind,
            "environment": self.environment,
            "project": self.project,
            "app": self.app,
            "variants": {
                name: {
                    "version": variant.version,
                    "peers": [{"task": peer.task, "address": peer.address, "port": peer.port} for peer in variant.peers],
                }
                for name, variant in self.variants.items()
            },
        }
        if self.kind == "web":
            return {**body, "hosts": list(self.hosts), "path": self.path, "gray": self.gray, "snippet": self.snippet}
        return {**body, "port": self.port}


@dataclass(frozen=True)
class Plan:
    """``digest``: sha256 of the canonical JSON of ``apps``."""

    apps: Mapping[str, Entry] = field(default_factory=dict)
    digest: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of_text(self._apps_text()))

    def _apps_text(self) -> str:
        return "{" + ",".join(f"{canonical(key)}:{self.apps[key].text}" for key in sorted(self.apps)) + "}"

    def to_text(self) -> str:
        """Canonical JSON of the whole plan."""
        return f'{{"apps":{self._apps_text()},"digest":"{self.digest}","schema":{SCHEMA}}}'

    def to_dict(self, keys: Collection[str] | None = None) -> dict[str, Any]:
        """The plan, or only the entries of ``keys`` (the digest stays that of the whole)."""
        apps = {key: entry.to_dict() for key, entry in self.apps.items() if keys is None or key in keys}
        return {"schema": SCHEMA, "digest": self.digest, "apps": apps}

    @property
    def tasks(self) -> frozenset[str]:
        return frozenset().union(*(entry.tasks for entry in self.apps.values()))

    def of_kind(self, kind: str) -> dict[str, Entry]:
        return {key: entry for key, entry in self.apps.items() if entry.kind == kind}


@dataclass(frozen=True, order=True)
class Problem:
    """Something that is not as wanted and goes on so until somebody changes it. ``subject``: an app id, a policy, a file."""

    kind: str
    subject: str
    message: str

    def to_dict(self) -> dict[str, str]:
        return {"kind": self.kind, "subject": self.subject, "message": self.message}


@dataclass(frozen=True)
class PlanChange:
    """What differs between two plans, by app key."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.changed or self.removed)


def compare_plans(before: Plan, after: Plan) -> PlanChange:
    return PlanChange(
        added=tuple(sorted(after.apps.keys() - before.apps.keys())),
        changed=tuple(sorted(key for key in after.apps.keys() & before.apps.keys() if after.apps[key].digest != before.apps[key].digest)),
        removed=tuple(sorted(before.apps.keys() - after.apps.keys())),
    )


def parse_plan(data: Any, source: str) -> Plan:
    """The plan from its JSON. Raises :class:`InputError` for another schema, a wrong shape or a digest that does not fit."""
    if not isinstance(data, Mapping):
        raise InputError(source, "", "is no plan", "a JSON object with schema, digest and apps", data)
    if data.get("schema") != SCHEMA:
        raise InputError(source, "schema", "cannot be read by this version", str(SCHEMA), data.get("schema"))
    try:
        plan = Plan({str(key): _entry(item) for key, item in data["apps"].items()})
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise InputError(source, "apps", f"has not the shape of a plan's apps ({type(exc).__name__}: {exc})") from exc
    for key, entry in plan.apps.items():
        if key != entry.key:
            raise InputError(source, f"apps.{key}", "is not the app that the entry describes", entry.key)
    if data.get("digest") != plan.digest:
        raise InputError(source, "digest", "does not fit the apps", plan.digest, data.get("digest"))
    return plan


def _entry(item: Mapping[str, Any]) -> Entry:
    variants = {
        str(name): Variant(
            str(variant["version"]),
            tuple(sorted(Peer(str(peer["task"]), str(peer["address"]), int(peer["port"])) for peer in variant["peers"])),
        )
        for name, variant in item["variants"].items()
    }
    kind = item["kind"]
    if kind == "web":
        return Entry(
            "web", item["environment"], item["project"], item["app"], variants,
            hosts=tuple(item["hosts"]), path=item["path"], gray=item["gray"], snippet=item["snippet"],
        )  # fmt: skip
    if kind == "service":
        return Entry("service", item["environment"], item["project"], item["app"], variants, port=int(item["port"]))
    raise ValueError(f"kind is {kind!r}")
