# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Policies and bindings as objects of the policy store, which are true only when the running routers have them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError, RolloutError
from ansible_collections.zeus.paas.plugins.module_utils._gray import Policy, compile_gray, parse_policy, policy_body
from ansible_collections.zeus.paas.plugins.module_utils._policystore import PolicyStore
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, app_of, policy_key
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, Definition, Resource, reconcile
from ansible_collections.zeus.paas.plugins.module_utils._router import Confirmation, Routers
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import Regions, bound_apps, parse_binding


class StoreValues(Resource):
    """Values by key; ``None`` as wanted writes a tombstone, which is what readers take as "deleted"."""

    def __init__(self, store: PolicyStore, routers: Routers | None) -> None:
        self.store = store
        self.routers = routers

    def read(self, ids: Sequence[str]) -> Mapping[str, Definition]:
        entries = {id_: self.store.get(id_) for id_ in ids}
        return {id_: entry.body for id_, entry in entries.items() if entry is not None and entry.body is not None}

    def normalise(self, definition: Definition, current: Definition | None) -> Definition:
        return definition

    def apply(self, changes: Sequence[Change]) -> Mapping[str, Any]:
        floor = self.routers.highest_stamp() if self.routers is not None else 0
        self.store.put_many({change.id: change.wanted for change in changes}, floor=floor)
        return {}


class AnyRegions(Mapping[str, Sequence[str]]):
    """A region table that has every name: for sites whose table the caller did not give. Routers check against the real one."""

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str)

    def __getitem__(self, name: str) -> Sequence[str]:
        return ()

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def read_policy(policy: Any, src: str | None) -> Policy:
    """From the module's option or from a YAML file. Raises :class:`InputError`, which names the file and the key."""
    if src is None:
        return parse_policy(policy, "policy")
    try:
        data = yaml.safe_load(Path(src).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(src, "", f"cannot be read: {error.strerror}", "the path of a policy file") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InputError(src, "", f"is no YAML: {error}", "a policy: a mapping with the keys policy and rules") from error
    return parse_policy(data, src)


def check_bindings(policy: Policy, source: str, entries: Mapping[str, Entry], regions: Regions | None) -> None:
    """Refuse a policy that an app bound to it could not be routed by: routers would go on with the rules before."""
    table = AnyRegions() if regions is None else regions
    bound = bound_apps(entries, policy.name)
    for key, entry in bound.items():
        binding = parse_binding(entry.body or {}, entry.key)
        try:
            compile_gray(policy, variant=binding.variant, version=binding.version, regions=table)
        except InputError as error:
            raise InputError(source, error.key, f"does not fit {key}, which is bound to this policy: {error.message}") from error
    if not bound:
        # Nobody is bound yet, so whatever version it names is right; but it must be one, for a binding has one.
        versions = sorted({rule.variant for rule in policy.rules} - {"stable"}) or ["stable"]
        if len(versions) > 1:
            raise InputError(
                source, "rules", f"the rules send to several versions ({', '.join(versions)})", "one version besides stable: an app has one"
            )
        compile_gray(policy, variant=versions[0], version=versions[0], regions=table)


def ensure_policy(
    values: StoreValues,
    name: str | None,
    policy: Policy | None,
    source: str,
    regions: Regions | None,
    deadline: Deadline,
    *,
    check_mode: bool,
) -> dict[str, Any]:
    """The policy is in the store (``None``: it is not), and every router of the datacenter has heard of it."""
    entries = values.store.scan("zeus:binding:")
    if policy is None:
        if not name:
            raise InputError("gray_policy", "name", "is missing", "the name of the policy that must not exist")
        users = sorted(bound_apps(entries, name))
        if users:
            raise RefusedError(
                f"policy {name} is bound to {', '.join(users)}; finish or abort these releases first (playbook zeus.paas.gray)"
            )
        key, wanted = policy_key(name), None
    else:
        if name and name != policy.name:
            raise InputError(source, "policy", f"is another policy than the task's name {name}", name, policy.name)
        check_bindings(policy, source, entries, regions)
        key, wanted = policy_key(policy.name), policy_body(policy)
    outcome = reconcile(values, {key: wanted}, check_mode=check_mode)
    result = {**outcome.result(), "policy": wanted, "bound": sorted(bound_apps(entries, key.rpartition(":")[2])), "routers": []}
    entry = None if check_mode else values.store.get(key)
    if entry is not None and values.routers is not None:
        result["routers"] = _confirm_policy(values.routers, entry, entries, deadline)
        result["epoch"], result["counter"] = entry.stamp
    return result


def _confirm_policy(routers: Routers, entry: Entry, entries: Mapping[str, Entry], deadline: Deadline) -> list[str]:
    name = entry.key.rpartition(":")[2]
    bound = sorted(bound_apps(entries, name))

    def taken(status: Mapping[str, Any]) -> str:
        stamps = (status.get("store") or {}).get("entries") or {}
        if tuple(stamps.get(entry.key) or (0, 0)) >= entry.stamp:
            return ""
        return problems_of(status, {entry.key, *bound}) or f"has not taken {entry.key} from the policy store"

    confirmed: list[str] = []
    for vcluster in routers.urls:
        confirmed += require(routers.confirm_status(vcluster, taken, deadline), f"policy {name}")

        def runs(apps: Mapping[str, Any]) -> str:
            # An app that is bound but not routed here has no entry, and nothing to confirm.
            old = [key for key in bound if apps.get(key) and not gray_runs(apps[key], entry.stamp, name)]
            return f"still has other rules for {', '.join(old)}" if old else ""

        if bound:
            require(routers.confirm_entries(vcluster, runs, bound, deadline), f"policy {name}")
    return confirmed


def confirm_binding(routers: Routers | None, vcluster: str, entry: Entry, deadline: Deadline) -> list[str]:
    """Every router of the virtual cluster decides by this binding; for a tombstone: sends everybody to stable."""
    key = app_of(entry.key) or ""
    if routers is None:
        return []

    def check(apps: Mapping[str, Any]) -> str:
        gray = (apps.get(key) or {}).get("gray")
        if entry.body is None:
            return f"still has gray rules for {key}" if gray else ""
        wanted = (entry.body["policy"], entry.body["variant"])
        if gray and (gray["policy"], gray["variant"]) == wanted and (gray["epoch"], gray["counter"]) >= entry.stamp:
            return ""
        return f"does not have the binding of {key} yet"

    return require(routers.confirm_entries(vcluster, check, [key], deadline), f"the binding of {key}", routers, vcluster, {key, entry.key})


def gray_runs(entry: Mapping[str, Any], stamp: tuple[int, int], policy: str) -> bool:
    gray = entry.get("gray") or {}
    # While a release is finished, everybody goes to the gray version and the policy rests.
    finishing = [rule.get("name") for rule in gray.get("rules") or ()] == ["finish"]
    return gray.get("policy") == policy and (finishing or (gray.get("epoch", 0), gray.get("counter", 0)) >= stamp)


def require(
    answer: Confirmation, what: str, routers: Routers | None = None, vcluster: str = "", subjects: Collection[str] = ()
) -> list[str]:
    """The routers that confirmed. Raises :class:`RolloutError` unless all did."""
    if answer.complete:
        return list(answer.confirmed)
    told = answer.describe()
    if routers is not None:
        for url, status in routers.statuses(vcluster).items():
            problem = problems_of(status, subjects) if isinstance(status, Mapping) else ""
            told += f"; {url}: {problem}" if problem else ""
    unknown = bool(answer.behind) and not answer.confirmed and not answer.refused
    state = "left" if answer.refused else "unknown" if unknown else "done"
    raise RolloutError(
        f"{what} is in the policy store, but not confirmed by every router: {told}",
        state,
        behind=list(answer.behind),
        refused=list(answer.refused),
    )


def problems_of(status: Mapping[str, Any], subjects: Collection[str]) -> str:
    """What a router says about these subjects."""
    return "; ".join(f"{p['subject']}: {p['message']}" for p in status.get("problems") or () if p.get("subject") in subjects)
