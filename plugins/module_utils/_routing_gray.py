# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""From what the policy store says to the ``gray`` and the wanted snippet of each app. Pure, but for a memory of what was compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray import Policy, compile_gray, parse_policy
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, app_of
from ansible_collections.zeus.paas.plugins.module_utils._routing import Plan, Problem

Gray = Mapping[str, Any]
Regions = Mapping[str, Sequence[str]]


@dataclass(frozen=True)
class Binding:
    """Body of a binding. ``share`` is ``policy``, or ``all`` while a release is being finished: then every request goes to the variant."""

    policy: str
    variant: str
    version: str
    share: str = "policy"

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {"policy": self.policy, "variant": self.variant, "version": self.version}
        return body if self.share == "policy" else {**body, "share": self.share}


def parse_binding(body: Mapping[str, Any], source: str) -> Binding:
    """Raises :class:`InputError`."""
    for name in ("policy", "variant", "version"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise InputError(source, name, "is missing", "a text", body.get(name))
    share = body.get("share", "policy")
    if share not in ("policy", "all"):
        raise InputError(source, "share", "is unknown", "policy or all", share)
    return Binding(body["policy"], body["variant"], body["version"], share)


class GrayBook:
    """Compiles policies for bindings, each pair once: ten thousand ranges are not worked out again for every task that starts."""

    def __init__(self, regions: Regions) -> None:
        self._regions = regions
        self._compiled: dict[tuple[str, str], Gray | InputError] = {}

    def resolve(self, entries: Mapping[str, Entry], previous: Plan) -> tuple[dict[str, Gray], list[Problem]]:
        """App key → gray. An app keeps what it had while its binding is absent, or binding or policy are not usable."""
        gray = {key: entry.gray for key, entry in previous.apps.items() if entry.gray is not None}
        problems: list[Problem] = []
        used: set[tuple[str, str]] = set()
        for name, entry in entries.items():
            key = app_of(name) if name.startswith("zeus:binding:") else None
            if key is None:
                continue
            if entry.body is None:
                gray.pop(key, None)
                continue
            try:
                gray[key] = self._one(entry, entries, gray.get(key), used)
            except InputError as exc:
                problems.append(Problem("policy", key, exc.message))
        self._compiled = {pair: result for pair, result in self._compiled.items() if pair in used}
        return gray, problems

    def _one(self, binding: Entry, entries: Mapping[str, Entry], before: Gray | None, used: set[tuple[str, str]]) -> Gray:
        bound = parse_binding(binding.body or {}, binding.key)
        # While everybody is sent to the variant no policy is asked, so none has to be there.
        policy = binding if bound.share == "all" else entries.get(f"zeus:policy:{bound.policy}")
        if policy is None or policy.body is None:
            raise InputError(binding.key, "policy", "there is no such policy in the policy store", "the name of one", bound.policy)
        pair = (f"{binding.key}@{binding.stamp}:{binding.digest}", f"{policy.key}@{policy.stamp}:{policy.digest}")
        used.add(pair)
        result = self._compiled.get(pair)
        if result is None:
            epoch, counter = max(binding.stamp, policy.stamp)
            try:
                result = {**self._compile(bound, policy), "epoch": epoch, "counter": counter}
            except InputError as exc:
                result = exc
            else:
                # The same object again if it came out as before (after a restart, say), so that comparing plans stays cheap.
                result = before if before == result and before is not None else result
            self._compiled[pair] = result
        if isinstance(result, InputError):
            raise result
        return result

    def _compile(self, bound: Binding, policy: Entry) -> dict[str, Any]:
        if bound.share == "all":
            everyone = everyone_policy(bound)
            return compile_gray(everyone, variant=bound.variant, version=bound.version, regions={})
        parsed = parse_policy(policy.body, policy.key)
        return compile_gray(parsed, variant=bound.variant, version=bound.version, regions=self._regions)


def everyone_policy(bound: Binding) -> Policy:
    """What counts instead of the bound policy while a release is being finished."""
    rule = {"name": "finish", "variant": bound.version, "when": {"percent": 100}}
    return parse_policy({"policy": bound.policy, "owner": "zeus.paas", "reason": "finish", "rules": [rule]}, "finish")


def wanted_snippets(entries: Mapping[str, Entry]) -> dict[str, str | None]:
    """App key → digest of its snippet, ``None`` for "none" (a tombstone says the same); an app that is absent has said nothing."""
    wanted: dict[str, str | None] = {}
    for name, entry in entries.items():
        key = app_of(name) if name.startswith("zeus:assets:") else None
        if key is not None:
            digest = (entry.body or {}).get("snippet")
            wanted[key] = digest if isinstance(digest, str) else None
    return wanted


def bound_apps(entries: Mapping[str, Entry], policy: str) -> dict[str, Entry]:
    """App key → binding entry, for all apps that are bound to ``policy``."""
    found: dict[str, Entry] = {}
    for name, entry in entries.items():
        key = app_of(name) if name.startswith("zeus:binding:") else None
        if key is not None and entry.body is not None and entry.body.get("policy") == policy:
            found[key] = entry
    return found
