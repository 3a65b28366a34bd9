# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What a person would look at in a datacenter, one check after the other: what is wrong, and what could not be looked at.

A check that could not be made counts as wrong: nobody knows. Pure; the answers are results of Ansible's tasks, as the playbook
``zeus.paas.verify`` registers them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._verification_apps import (
    apps,
    artifact_store,
    chronos,
    deployments,
    marathon,
    store,
)
from ansible_collections.zeus.paas.plugins.module_utils._verification_check import OK, Check, Wanted
from ansible_collections.zeus.paas.plugins.module_utils._verification_cluster import agents, masters, vclusters, zookeeper
from ansible_collections.zeus.paas.plugins.module_utils._verification_hosts import disks, hosts, services
from ansible_collections.zeus.paas.plugins.module_utils._verification_routers import certificates, routers

#: In the order in which somebody who repairs would go.
CHECKS = (
    *(hosts, services, disks, zookeeper, masters, agents, marathon, chronos),
    *(deployments, apps, vclusters, routers, store, artifact_store, certificates),
)
#: What the standalone engine has no use for.
MESOS_ONLY = (zookeeper, chronos)


def judge(answers: Mapping[str, Any], wanted: Wanted) -> tuple[Check, ...]:
    """All checks of a datacenter with this engine. ``answers``: what was asked → result, or host → result."""
    return tuple(check(answers, wanted) for check in CHECKS if wanted.engine == "mesos" or check not in MESOS_ONLY)


def report(wanted: Wanted, checks: Sequence[Check]) -> dict[str, Any]:
    """``well``; ``summary``, a sentence; ``lines``, for people: one per check and per thing that is wrong; ``checks``, for programs."""
    lines = []
    for check in checks:
        lines.append(f"{check.state:<8}{check.name}: {check.said}")
        lines += [f"          {text}" for text in check.details]
    bad = [check for check in checks if check.state != OK]
    told = ", ".join(f"{check.name} ({check.state})" for check in bad)
    summary = (
        f"{wanted.datacenter}: {len(bad)} of {len(checks)} checks are not well: {told}"
        if bad
        else f"{wanted.datacenter}: all {len(checks)} checks are well"
    )
    return {
        "datacenter": wanted.datacenter,
        "well": not bad,
        "summary": summary,
        "lines": lines,
        "checks": [{**asdict(check), "state": check.state, "said": check.said} for check in checks],
    }
