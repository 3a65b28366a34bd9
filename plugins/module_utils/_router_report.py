# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What people are told about routers: their answers side by side, and those that gave none by name."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._router import Answers, Routers


def explain(routers: Routers | None, vcluster: str, request: Mapping[str, Any]) -> dict[str, Any]:
    """Every router's answer to "who gets this request". Raises the first error if no router answered at all."""
    known = _known(routers, [vcluster])
    answers = known.explain(vcluster, request)
    answered, silent = _apart(answers)
    if not answered:
        raise next(error for error in answers.values() if isinstance(error, ZeusError))
    different = {tuple(sorted((key, str(value)) for key, value in answer.items())) for answer in answered.values()}
    agree = len(different) == 1
    return {
        "explanation": next(iter(answered.values())) if agree else None,
        "agree": agree,
        "answers": answered,
        "unreachable": silent,
    }


def describe(routers: Routers | None, vclusters: Sequence[str] | None, gather: Collection[str]) -> dict[str, Any]:
    """Status of every router of these virtual clusters (``None``: all), and what else is asked for."""
    known = _known(routers, vclusters)
    found: list[dict[str, Any]] = []
    silent: dict[str, str] = {}
    for vcluster in vclusters if vclusters is not None else known.urls:
        answered, away = _apart(known.statuses(vcluster))
        silent.update(away)
        more = {name: _apart(ask(vcluster))[0] for name, ask in (("plan", known.plans), ("counters", known.counters)) if name in gather}
        for url, status in answered.items():
            extra = {name: answers.get(url) for name, answers in more.items()}
            found.append({"url": url, "vcluster": vcluster, "status": status, **extra})
    return {"routers": found, "unreachable": silent}


def _known(routers: Routers | None, vclusters: Sequence[str] | None) -> Routers:
    if routers is None:
        raise InputError("router_urls", "", "is empty", "{virtual cluster: [http://address:8700, …]}, usually zeus_router_urls")
    for vcluster in vclusters or ():
        if not routers.urls_of(vcluster):
            raise InputError("router_urls", vcluster, "this virtual cluster has no routers", "one of " + ", ".join(sorted(routers.urls)))
    return routers


def _apart(answers: Answers) -> tuple[dict[str, Mapping[str, Any]], dict[str, str]]:
    answered = {url: answer for url, answer in answers.items() if not isinstance(answer, ZeusError)}
    silent = {url: answer.message for url, answer in answers.items() if isinstance(answer, ZeusError)}
    return answered, silent
