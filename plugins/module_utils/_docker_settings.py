# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a change of Docker's settings asks for: nothing, a reload that no container notices, or a restart of the daemon.

Source: the reference of dockerd, "Configuration reload behavior", which lists what SIGHUP applies.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where

_RELOADED = frozenset(
    {
        *("authorization-plugins", "debug", "default-runtime", "features", "insecure-registries", "labels", "live-restore"),
        *(
            "max-concurrent-downloads",
            "max-concurrent-uploads",
            "max-download-attempts",
            "registry-mirrors",
            "runtimes",
            "shutdown-timeout",
        ),
    }
)


@dataclass(frozen=True)
class SettingsChange:
    """The keys of ``daemon.json`` that differ, by what puts them in use."""

    reload: tuple[str, ...]
    restart: tuple[str, ...]


def settings_change(before: str, wanted: Mapping[str, Any]) -> SettingsChange:
    """From the text of a ``daemon.json`` (empty: none) to these settings. Raises InputError where the text cannot be read."""
    where = Where("/etc/docker/daemon.json")
    try:
        had = json.loads(before) if before.strip() else {}
    except ValueError as error:
        where.refuse(f"this is no JSON: {error}", "a file that Docker can read; repair it, or remove it")
    if not isinstance(had, dict):
        where.refuse("this is no mapping", "{}")
    differ = sorted(key for key in {*had, *wanted} if had.get(key) != wanted.get(key))
    return SettingsChange(tuple(key for key in differ if key in _RELOADED), tuple(key for key in differ if key not in _RELOADED))
