# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What differs between versions of Mesos, in one table, and whether a version fits a host.

``basis`` says how each entry is known: *observed* on a running 1.11.0 (that it is so there; since when, is from the documentation), or
*documented only*. Versions before 0.23 are refused.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where

OBSERVED, DOCUMENTED = "observed", "documented only"
OLDEST = (0, 23)
_VERSION = re.compile(r"([0-9]+)\.([0-9]+)(?:\.[0-9]+)?")
_FORK = re.compile(r"1\.11\.0-0\.([0-9]+)(?![0-9])")
#: Of 1.11.0-0.6.0, documented only (clusterd's README).
FORK_CGROUPS2 = 6


@dataclass(frozen=True)
class Feature:
    name: str
    since: tuple[int, int]
    basis: str
    what: str


FEATURES = (
    Feature("maintenance", (0, 25), OBSERVED, "maintenance windows: /maintenance/schedule, /machine/down, /machine/up"),
    Feature("quota", (0, 27), OBSERVED, "quota of roles"),
    Feature("agent_names", (1, 0), OBSERVED, "programs and flags say agent; before, mesos-slave and authenticate_slaves"),
    Feature(
        "http_authentication", (1, 0), OBSERVED, "authenticate_http_readonly, _readwrite; before, authenticate_http of the master alone"
    ),
    Feature("operator_api", (1, 1), OBSERVED, "POST /api/v1 with GET_AGENTS; before, /slaves, which folds a repeated attribute"),
    Feature("reconfiguration_policy", (1, 5), OBSERVED, "additive takes added attributes; before, every change needs a new agent"),
    Feature("draining", (1, 9), OBSERVED, "DRAIN_AGENT, DEACTIVATE_AGENT, REACTIVATE_AGENT"),
    Feature("quota_limits", (1, 9), OBSERVED, "UPDATE_QUOTA: guarantees and limits apart; before, one amount that was both"),
    Feature("cgroups2", (1, 12), DOCUMENTED, "cgroup v2 (and it is wanted); 1.11 knows v1 only"),
)


def parse_version(text: str, where: Where) -> tuple[int, int]:
    """Major and minor number. Raises InputError for what is no version, or too old."""
    found = _VERSION.match(text)
    if not found:
        where.refuse("this is no version of Mesos", "such as 1.11.0", text)
    version = (int(found[1]), int(found[2]))
    if version < OLDEST:
        where.refuse("this version is too old", "0.23 or newer", text)
    return version


def features(text: str, variable: str) -> dict[str, bool]:
    """Name of each feature → whether this version has it."""
    version = parse_version(text, Where(variable).at("version"))
    return {feature.name: version >= feature.since for feature in FEATURES}


def check_cgroups(
    text: str,
    variable: str,
    unified: bool,
    launcher: str,
    isolation: Sequence[str],
    host: str,
    *,
    containerizers: Sequence[str] = (),
    systemd_slice: bool = False,
) -> str:
    """What an agent of this version would do on the host all the same, as a sentence to warn with; empty if it runs well.

    ``text``: the version with what its package adds to it. ``unified``: the host has cgroup v2 only. Raises InputError where the agent
    cannot use the host's cgroups. Without cgroups (posix launcher and isolators, no slice of systemd's) every version runs everywhere,
    with no limits on tasks.
    """
    where = Where(variable).at("version")
    upstream = text.rpartition(":")[2]
    wants_v2 = features(upstream, variable)["cgroups2"] or _fork_wants_v2(upstream)
    if wants_v2 == unified:
        return ""
    without = "mesos_agent_cgroups: false (tasks then have no limits)"
    does_without = launcher == "posix" and not any(name.startswith("cgroups/") for name in isolation)
    if not unified:
        if does_without:
            return ""
        where.refuse(f"this version wants cgroup v2, and {host} has v1", f"1.11 or older, a host with cgroup v2, or {without}", text)
    booted = "the host booted with systemd.unified_cgroup_hierarchy=0"
    if not does_without:
        where.refuse(f"Mesos before 1.12 knows cgroup v1 only, and {host} has v2", f"{booted}, or {without}", text)
    if systemd_slice:
        # src/linux/systemd.cpp looks for the slice below /sys/fs/cgroup/systemd, which only v1 has.
        where.refuse(
            f"Mesos before 1.12 finds its executors' slice of systemd's by cgroup v1 only, and {host} has v2: its agent would end at once",
            f"{booted}, or mesos_agent_systemd_slice: false",
            text,
        )
    if "docker" in containerizers:
        # src/docker/docker.cpp, before it asks for the Docker daemon.
        return (
            f"{host}: unless a cgroup v1 hierarchy of the subsystem cpu is mounted, the agent of Mesos before 1.12 ends at once with the "
            f"containerizer docker, and this host has cgroup v2; expected {booted}, or mesos_agent_containerizers: [mesos]"
        )
    return ""


def _fork_wants_v2(text: str) -> bool:
    """The living fork (clusterd) counts behind Apache's last version: v2 since 1.11.0-0.6.0. Mesosphere's packages were 1.11.0-2.0.1."""
    found = _FORK.match(text)
    return found is not None and int(found[1]) >= FORK_CGROUPS2
