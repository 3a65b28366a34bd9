# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""See zookeeper_members.yml, zookeeper_configured.yml, zookeeper_conflict.yml and zookeeper_steps.yml."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.module_utils import _zookeeper_members as ensemble
from ansible_collections.zeus.paas.plugins.module_utils._errors import ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where


def zookeeper_members(hosts: Any, ids: Any = None, *, even: bool = False) -> list[dict[str, Any]]:
    """The members with their numbers. Raises AnsibleFilterError for what cannot be an ensemble."""
    return [member.told() for member in _members(hosts, ids, even=even)]


def zookeeper_conflict(
    hosts: Any, address: str, *, ids: Any = None, configuration: str = "", number: str = "", data: bool = False, changing: bool = False
) -> str:
    """Why the host must not be made this member; empty if it may."""
    members = _members(hosts, ids, even=changing)
    found = ensemble.conflict(members, address, configuration=configuration, number=number, data=data and not changing)
    return str(found)


def zookeeper_steps(hosts: Any, configurations: Sequence[str], alive: Sequence[str], ids: Any = None) -> list[list[dict[str, Any]]]:
    """The sets of members on the way from what is configured to ``hosts``. Raises AnsibleFilterError where there is no safe way."""
    wanted = _members(hosts, ids)
    current = ensemble.agreed(configurations)
    if not current:
        raise AnsibleFilterError("ZooKeeper: no host has a member's configuration; the ordinary run zeus.paas.site sets up a new ensemble")
    try:
        found = list(ensemble.steps(current, wanted, alive))
    except ZeusError as error:
        raise AnsibleFilterError(f"ZooKeeper: {error.message}") from error
    # A run that was cut off is brought to its end first, so that no two members are ever two steps apart.
    if any(ensemble.agreed([text]) not in ((), current) for text in configurations):
        found.insert(0, current)
    return [[member.told() for member in step] for step in found]


def zookeeper_configured(configurations: Sequence[str]) -> list[dict[str, Any]]:
    """The members that most of these texts name."""
    return [member.told() for member in ensemble.agreed(configurations)]


def _members(hosts: Any, ids: Any, *, even: bool = False) -> tuple[ensemble.Member, ...]:
    given: Mapping[str, Any] = ids or {}
    try:
        return ensemble.read_members(hosts, given, Where("zeus_zookeeper_hosts"), Where("zeus_zookeeper_ids"), even=even)
    except ZeusError as error:
        raise AnsibleFilterError(error.message) from error


class FilterModule:
    """The filters of this file."""

    def filters(self) -> dict[str, Callable[..., Any]]:
        return {
            "zookeeper_configured": zookeeper_configured,
            "zookeeper_conflict": zookeeper_conflict,
            "zookeeper_members": zookeeper_members,
            "zookeeper_steps": zookeeper_steps,
        }
