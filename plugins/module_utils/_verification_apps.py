# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What keeps apps and jobs running, and what they are made of: Marathon, Chronos, the policy store and the artifact store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._verification_check import Check, Wanted, answered, by_host, each, why


def marathon(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    found = _led("Marathon", answers.get("marathon"), wanted.marathons)
    nameless = tuple(
        f"{url}: Mesos does not know it: it has no frameworkId"
        for url, result in each(answers.get("marathon"))
        if isinstance(result.get("json"), Mapping) and not result["json"].get("frameworkId")
    )
    return Check(found.name, found.fine, (*found.wrong, *nameless), found.unknown)


def chronos(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    return _led("Chronos", answers.get("chronos"), wanted.chronoses)


def deployments(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    told = next((result["json"] for _url, result in each(answers.get("deployments")) if answered(result) and "json" in result), None)
    if not isinstance(told, list):
        reasons = tuple(f"{url}: {why(result)}" for url, result in each(answers.get("deployments")))
        return Check("Deployments", "", unknown=reasons or ("no Marathon was asked",))
    wrong, young = [], 0
    for deployment in told:
        minutes = (wanted.now - _time(str(deployment.get("version", "")))) / 60
        if minutes < wanted.deployment_minutes:
            young += 1
            continue
        step = f"step {deployment.get('currentStep', '?')} of {deployment.get('totalSteps', '?')}"
        apps_held = ", ".join(deployment.get("affectedApps", [])) or "no app"
        wrong.append(f"{deployment.get('id')} goes on for {minutes:.0f} minutes, {step}, and holds {apps_held}")
    return Check("Deployments", f"{young} under way, none for {wanted.deployment_minutes:g} minutes", tuple(wrong))


def apps(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """What a deployment holds is on its way; the check of deployments says when that takes too long."""
    answer = answers.get("apps", {})
    if "apps" not in answer:
        return Check("Apps", "", unknown=(why(answer),))
    wrong = tuple(
        f"{app['id']}: {len(app['serving'])} of {app['instances']} serve; {'; '.join(app['reasons'])}"
        for app in answer["apps"]
        if not app["settled"] and not app["deployments"]
    )
    return Check("Apps", f"all {len(answer['apps'])} run as they are defined", wrong)


def store(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    """Every user of it got an answer, on the store's own host."""
    wrong, unknown, count = [], [], 0
    for host, answer in sorted(by_host(answers, "policy_store").items()):
        results = list(each(answer))
        if not results:
            unknown.append(f"{host}: {why(answer)}")
        for _item, result in results:
            count += 1
            user = result.get("item", {}).get("user", "?") if isinstance(result.get("item"), Mapping) else "?"
            if result.get("stdout") != "PONG":
                wrong.append(f"{host}: the user {user} gets no answer: {why(result)}")
    return Check("Policy store", f"answers its {count} users", tuple(wrong), tuple(unknown) if count or unknown else ("nobody was asked",))


def artifact_store(answers: Mapping[str, Any], wanted: Wanted) -> Check:
    answer = answers.get("artifact_store", {})
    if answered(answer):
        return Check("Artifact store", "answers")
    return Check("Artifact store", "", (f"{answer.get('url', 'the store')}: {why(answer)}",) if "status" in answer else (), _not(answer))


def _not(answer: Mapping[str, Any]) -> tuple[str, ...]:
    return () if "status" in answer else (why(answer),)


def _led(name: str, answer: Any, urls: Sequence[str]) -> Check:
    """Every node answers and names the same leader, which is one of them."""
    wrong, leaders = [], set()
    results = dict(each(answer))
    for url, result in results.items():
        told = result.get("json")
        leader = str(told.get("leader") or "") if answered(result) and isinstance(told, Mapping) else ""
        if not answered(result):
            wrong.append(f"{url} does not answer as it should: {why(result)}")
        elif not leader:
            wrong.append(f"{url} knows no leader")
        else:
            leaders.add(leader)
    if len(leaders) > 1:
        wrong.append(f"the nodes name several leaders: {', '.join(sorted(leaders))}")
    nodes = {url.split("://", 1)[-1].rstrip("/") for url in urls}
    wrong += [f"{leader} leads, and is none of {', '.join(sorted(nodes))}" for leader in sorted(leaders - nodes)]
    fine = f"{', '.join(leaders)} leads {len(results)}"
    return Check(name, fine, tuple(wrong), () if results else (f"no node was asked: {why(answer)}",))


def _time(text: str) -> float:
    """Of Marathon's ``2026-11-22T10:00:00.000Z``; of what cannot be read, 0: long ago, so somebody looks at it."""
    try:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except ValueError:
        return 0.0
