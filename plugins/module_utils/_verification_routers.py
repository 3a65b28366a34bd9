# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What stands between clients and apps: routers that have the newest plan, and certificates that are valid for some time."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._verification_check import Check, Wanted, by_host, each, why


def routers(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    expected = sum(cluster.routers for cluster in wanted.clusters.values())
    answer = answers.get("routers", {})
    if "routers" not in answer:
        return Check("Routers", "there are none", unknown=(why(answer),) if expected else ())
    wrong = [f"{url} is away: {reason}" for url, reason in answer["away"].items()]
    wrong += [f"{url} does not serve its newest plan" for url in answer["not_running"]]
    wrong += [f"{url}: {one.get('subject')}: {one.get('message')}" for url, problems in answer["problems"].items() for one in problems]
    for name, cluster in sorted(wanted.clusters.items()):
        told = answer["routers"].get(name, {})
        if len(told) != cluster.routers:
            wrong.append(f"virtual cluster {name}: {len(told)} routers were asked, the inventory has {cluster.routers}")
        statuses = {url: one["status"] for url, one in told.items() if "status" in one}
        plans = {str(status.get("plan")) for status in statuses.values()}
        if len(plans) > 1:
            told_plans = ", ".join(f"{url} {status.get('plan')}" for url, status in sorted(statuses.items()))
            wrong.append(f"the routers of {name} serve different plans: {told_plans}")
        for url, status in sorted(statuses.items()):
            for part, key in (("Marathon", "marathon"), ("the policy store", "store")):
                if status.get(key, {}).get("connected") is False:
                    wrong.append(f"{url} is not connected to {part}: it goes on with what it knows")
            if status.get("marathon", {}).get("holding"):
                wrong.append(f"{url} holds what it last believed, since Marathon's answers are not plausible")
    count = sum(len(told) for told in answer["routers"].values())
    return Check("Routers", f"all {count} serve their newest plan", tuple(wrong))


def certificates(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """Those that are served, as they are served, whatever lies on disk."""
    wrong, unknown, soonest, count = [], [], None, 0
    for host, answer in sorted(by_host(answers, "certificates").items()):
        if answer.get("skipped"):
            continue
        if "served" not in answer and "results" not in answer:
            unknown.append(f"{host}: {why(answer)}")
            continue
        for result in [answer, *(one for _item, one in each(answer))]:
            for served in result.get("served", []):
                count += 1
                if served["problem"]:
                    wrong.append(f"{served['endpoint']}: {served['problem']}")
                    continue
                days = (served["not_after"] - wanted.now) / 86400
                soonest = days if soonest is None else min(soonest, days)
                if days < wanted.certificate_days:
                    told = "has ended" if days < 0 else f"ends in {days:.0f} days"
                    wrong.append(
                        f"{served['endpoint']}: the certificate of {served['subject']} {told}; renew it with zeus.paas.certificates"
                    )
    fine = "none is in use" if soonest is None else f"{count} are served; the next one ends in {soonest:.0f} days"
    return Check("Certificates", fine, tuple(wrong), tuple(unknown))
