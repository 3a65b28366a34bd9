# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which Mesos role an app may have: the default one, that of its top-level group, or the one it has already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from . import ids
from .tree import Group

#: Marathon's --mesos_role.
DEFAULT = "*"


@dataclass(frozen=True)
class Roles:
    """`default` is what an app gets that names none; `valid` what it may name."""

    default: str = DEFAULT
    valid: frozenset[str] = frozenset((DEFAULT,))


def of(groups: Mapping[str, Group], app_id: str, existing: str | None = None) -> Roles:
    """`existing` is the role that the app has now. A top-level group with enforceRole leaves no choice but its own name."""
    kept = frozenset((existing,)) if existing else frozenset()
    parts = ids.segments(app_id)
    if len(parts) < 2:
        return Roles(valid=kept | {DEFAULT})
    top = groups.get(f"/{parts[0]}")
    if top is not None and top.enforce_role:
        return Roles(parts[0], kept | {parts[0]})
    return Roles(DEFAULT, kept | {DEFAULT, parts[0]})
