# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What routers say, put side by side: their state, and what each would do with a request. One that is silent hides none of the others."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, AwayError, InputError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._router import Answers, Routers

#: What routers must agree about. Their plans may differ for a moment: each hears of a new instance in its own time.
DECISION = ("app", "variant", "version", "policy", "rule")


def explain(routers: Routers, request: Mapping[str, Any], vcluster: str | None) -> dict[str, Any]:
    """Every router's decision about a request.

    ``answers`` by router URL; ``not_routed`` are those that have no app at that host and path; ``away`` gives the reason for each that did
    not answer. ``agree``: all that answered said the same. The parts of the decision stand at the top too, null if they disagree.

    :raises InputError: the routers cannot understand the request, or there is no such virtual cluster.
    :raises AwayError: no router answered.
    """
    answers: dict[str, Mapping[str, Any]] = {}
    away: dict[str, str] = {}
    not_routed: list[str] = []
    for name in chosen(routers, [vcluster] if vcluster else []):
        for url, answer in routers.explain(name, request).items():
            if not isinstance(answer, ZeusError):
                answers[url] = answer
            elif isinstance(answer, ApiError) and answer.status == 404:
                not_routed.append(url)
            elif isinstance(answer, ApiError) and answer.status == 400:
                body = answer.details.get("body")
                raise InputError("request", "", str(body.get("message")) if isinstance(body, Mapping) else answer.message)
            else:
                away[url] = answer.message
    if away and not answers and not not_routed:
        raise AwayError("every router", away)
    said = {tuple(answer.get(part) for part in DECISION) for answer in answers.values()}
    agree = len(said) <= 1 and not _lacking(answers, not_routed, routers)
    one: tuple[Any, ...] = next(iter(said)) if agree and said else (None,) * len(DECISION)
    return {
        **dict(zip(DECISION, one, strict=True)),
        **{part: _common(part, answers) for part in ("plan", "reason")},
        "answers": {url: dict(answer) for url, answer in answers.items()},
        "agree": agree,
        "not_routed": sorted(not_routed),
        "away": away,
    }


def _lacking(answers: Mapping[str, Any], not_routed: Collection[str], routers: Routers) -> list[str]:
    """Routers that do not know an app which another router of their own virtual cluster serves."""
    serving = [set(urls) for urls in routers.urls.values() if set(urls) & set(answers)]
    return [url for url in not_routed if any(url in urls for urls in serving)]


def _common(part: str, answers: Mapping[str, Mapping[str, Any]]) -> Any:
    """What all answers say in this part; null if they differ."""
    found = {answer.get(part) for answer in answers.values()}
    return found.pop() if len(found) == 1 else None


def disagreement(report: Mapping[str, Any]) -> str:
    """One line for people; empty if all agree and all answered."""
    parts: list[str] = []
    if not report["agree"]:
        parts += [
            f"{url} says {answer.get('variant')} by {answer.get('rule')} (plan {answer.get('plan')})"
            for url, answer in report["answers"].items()
        ]
        parts += [f"{url} has no app there" for url in report["not_routed"]]
    parts += [f"{url} did not answer: {reason}" for url, reason in report["away"].items()]
    return "; ".join(parts)


def router_report(routers: Routers, vclusters: Collection[str], *, plans: bool, counters: bool) -> dict[str, Any]:
    """``routers``: virtual cluster → URL → ``{"status": …, "plan": …, "counters": …}``, or ``{"away": reason}``."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name in chosen(routers, vclusters):
        told: dict[str, dict[str, Any]] = {url: _part("status", answer) for url, answer in routers.statuses(name).items()}
        for wanted, part, ask in ((plans, "plan", routers.plans), (counters, "counters", routers.counters)):
            if wanted:
                _join(told, part, ask(name))
        found[name] = told
    each = [(url, told) for routers_of in found.values() for url, told in routers_of.items()]
    return {
        "routers": found,
        "away": {url: told["away"] for url, told in each if "away" in told},
        "not_running": sorted(url for url, told in each if "status" in told and not told["status"].get("running")),
        "problems": {url: told["status"]["problems"] for url, told in each if told.get("status", {}).get("problems")},
    }


def complaints_of(report: Mapping[str, Any]) -> str:
    """Why not all is well, in one line; empty if it is."""
    parts = [f"{url} is away: {reason}" for url, reason in report["away"].items()]
    parts += [f"{url} does not serve its newest plan yet" for url in report["not_running"]]
    for url, problems in report["problems"].items():
        parts += [f"{url}: {problem.get('subject')}: {problem.get('message')}" for problem in problems]
    return "; ".join(parts)


def chosen(routers: Routers, vclusters: Collection[str]) -> list[str]:
    """These virtual clusters, or all that have routers. Raises InputError for one that has none."""
    for name in vclusters:
        if not routers.urls_of(name):
            raise InputError("router_urls", name, "this virtual cluster has no router here", "one of " + ", ".join(sorted(routers.urls)))
    return list(vclusters) or sorted(routers.urls)


def _join(told: dict[str, dict[str, Any]], part: str, answers: Answers) -> None:
    for url, answer in answers.items():
        if "away" not in told[url]:
            told[url] = {**told[url], **_part(part, answer)}


def _part(name: str, answer: Mapping[str, Any] | ZeusError) -> dict[str, Any]:
    return {"away": answer.message} if isinstance(answer, ZeusError) else {name: dict(answer)}


def serving(routers: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """The names of those routers of one virtual cluster, as `router_report` has them, that carry its traffic.

    What an app or a snippet is to blame for (``problems``) is no reason: the others are served.
    """
    found = []
    for said in routers.values():
        status = said.get("status") or {}
        troubles = [driver["problem"] for driver in (status.get("nginx"), status.get("haproxy")) if driver]
        if status.get("running") and not any(troubles):
            found.append(str(status["router"]))
    return sorted(found)
