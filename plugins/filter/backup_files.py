# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See backup_files.yml, backup_surplus.yml and restore_verdict.yml."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils import _backup
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where


def backup_files(names: Collection[str]) -> list[str]:
    """What of ZooKeeper's data makes a backup."""
    return list(_backup.zookeeper_files([str(name) for name in names]))


def backup_surplus(found: Mapping[str, bool], keep: Any) -> list[str]:
    """Backups that are too many. Raises AnsibleFilterError unless one is kept at least."""
    try:
        count = int(keep)
    except (TypeError, ValueError) as error:
        raise AnsibleFilterError(f"backup_keep is {keep!r}; expected how many backups stay, 1 or more") from error
    if count < 1:
        raise AnsibleFilterError(f"backup_keep is {count}; expected how many backups stay, 1 or more")
    return list(_backup.surplus({str(name): bool(whole) for name, whole in found.items()}, count))


def restore_verdict(
    manifest: Any,
    datacenter: str,
    digests: Mapping[str, str],
    now: Sequence[str] = (),
    silent: Sequence[str] = (),
    apps: Mapping[str, str] | None = None,
) -> dict[str, list[str]]:
    """Why a backup is not brought back, and what that would lose. Raises AnsibleFilterError for a manifest that cannot be read."""
    try:
        read = _backup.read_manifest(manifest, Where("manifest.json"))
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error
    told = _backup.refusals(read, datacenter, digests, [zxid for zxid in now if zxid], silent)
    # What a template makes of none is not None everywhere.
    running = apps if isinstance(apps, Mapping) else None
    return {**told, "losses": _backup.losses(read, running) if read.zxid else []}


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {"backup_files": backup_files, "backup_surplus": backup_surplus, "restore_verdict": restore_verdict}
