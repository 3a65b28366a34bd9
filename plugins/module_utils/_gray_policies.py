# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One gray policy made true: checked, stored, and taken by every router; or deleted, if no release needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._canonical import digest_of
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where
from ansible_collections.zeus.paas.plugins.module_utils._gray import Policy, parse_policy, policy_body
from ansible_collections.zeus.paas.plugins.module_utils._gray_check import Bound, Regions, check_bound, check_regions
from ansible_collections.zeus.paas.plugins.module_utils._gray_store import BINDINGS, Values
from ansible_collections.zeus.paas.plugins.module_utils._lease import leased, policy_lease
from ansible_collections.zeus.paas.plugins.module_utils._policystore_entry import Entry, policy_key
from ansible_collections.zeus.paas.plugins.module_utils._project import parse_project
from ansible_collections.zeus.paas.plugins.module_utils._project_compile import app_key
from ansible_collections.zeus.paas.plugins.module_utils._project_keys import slug
from ansible_collections.zeus.paas.plugins.module_utils._resource import Change, reconcile
from ansible_collections.zeus.paas.plugins.module_utils._routing_gray import bound_apps, parse_binding
from ansible_collections.zeus.paas.plugins.module_utils._yaml import parse_yaml

#: A policy's file may be longer than the policy, which is measured as canonical JSON; but not by much, since reading takes time.
MAX_FILE_BYTES = 2_000_000


class PolicyStep(Values):
    """A policy by its key, with what must hold of it before it is written. ``source`` is where it was written, for messages."""

    policy: Policy | None = None
    source: str = ""
    regions: Regions | None = None
    release: Bound | None = None
    must_be_bound: bool = False

    def check(self, changes: Sequence[Change]) -> None:
        for change in changes:
            self._check_releases(change)

    def check_policy(self, policy: Policy) -> None:
        """What must hold even if nothing changes. Raises InputError or RefusedError."""
        if self.release is not None:
            check_bound(policy, self.release, self.source)
        if self.regions is not None:
            check_regions(policy, self.regions, self.source)
        if self.must_be_bound and self.release is not None and self.release.app not in self.bound(policy.name):
            raise RefusedError(
                f"{self.source}: {self.release.app} is not bound to policy {policy.name}; expected that it is bound before it is widened "
                "(playbook zeus.paas.gray, step bind)"
            )

    def bound(self, name: str) -> dict[str, Entry]:
        """App key → binding entry of all that is bound to this policy."""
        return bound_apps(self.store.scan(BINDINGS), name)

    def _check_releases(self, change: Change) -> None:
        name = change.id.removeprefix("zeus:policy:")
        for app, entry in self.bound(name).items():
            bound = parse_binding(entry.body or {}, entry.key)
            if self.policy is None:
                raise RefusedError(
                    f"policy {name}: it is bound to {app}, version {bound.version}; expected that the release is finished or aborted first "
                    "(playbook zeus.paas.gray)"
                )
            check_bound(self.policy, Bound(app, bound.variant, bound.version), self.source)


def read_policy(data: Any, src: str | None) -> tuple[Policy, str]:
    """A policy from a file, or from what was given inline; and what messages call it. Raises InputError."""
    if src is None:
        name = data.get("policy") if isinstance(data, Mapping) else None
        source = f"policy {name}" if isinstance(name, str) and len(name) <= 64 and name.isprintable() else "policy"
        return parse_policy(data, source), source
    return parse_policy(parse_yaml(_text(src), src), src), src


def release_of(project: str, environment: str, datacenter: str, app_name: str) -> Bound:
    """The release that a project file speaks of. Raises InputError."""
    parsed = parse_project(_text(project), project)
    for app in parsed.expand(environment, datacenter):
        if app.name == app_name:
            if app.gray is None:
                raise InputError(project, f"{app.where}.gray", "this app has no gray version", 'gray: {version: "2.0", …}')
            return Bound(app_key(environment, parsed.name, app.name), slug(app.gray.version), app.gray.version)
    raise InputError(project, "apps", "this app is not in the file", "one of " + ", ".join(sorted(parsed.apps)), app_name)


def ensure_policy(step: PolicyStep, name: str, *, check_mode: bool) -> dict[str, Any]:
    """The module's result. ``step.policy`` None: there must be no such policy."""
    doing = f"write {step.source}" if step.policy is not None else "delete it"
    with leased(step.store, [policy_lease(name)], doing, guarded=[step.store], check_mode=check_mode, progress=step.progress):
        return _ensure(step, name, check_mode)


def _ensure(step: PolicyStep, name: str, check_mode: bool) -> dict[str, Any]:
    key = policy_key(name)
    if step.policy is not None:
        step.check_policy(step.policy)
    body = None if step.policy is None else policy_body(step.policy)
    outcome = reconcile(step, {key: body}, check_mode=check_mode)
    if not outcome.changed and not check_mode:
        # Written by an earlier run, perhaps by one that was cut off before the routers had it.
        step.confirm([key])
    # Epoch and counter are given by the store when it is written.
    stored = {"digest": digest_of(body)} if check_mode and outcome.changed else step.stamps([key]).get(key, {})
    return {
        **outcome.result(),
        "policy": body or {},
        "name": name,
        "stored": stored,
        "bound": sorted(step.bound(name)),
    }


def _text(src: str) -> str:
    where = Where(src)
    try:
        raw = Path(src).read_bytes()
    except FileNotFoundError:
        where.refuse("there is no such file", "the path of a YAML file")
    except OSError as error:
        where.refuse(f"this file cannot be read: {error.strerror}", "the path of a YAML file")
    if len(raw) > MAX_FILE_BYTES:
        where.refuse(f"this file has {len(raw)} bytes", f"at most {MAX_FILE_BYTES}")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        where.refuse("this file is not UTF-8", "a YAML file in UTF-8")
