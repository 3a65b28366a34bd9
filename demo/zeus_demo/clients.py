# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests as users of the shop make them: from the control center's container, through the routers of a datacenter."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from zeus_demo import docker
from zeus_demo.errors import DemoError
from zeus_demo.settings import Datacenter, Settings

SHOP = "shop.example.com"
PLACE = "/opt/zeus-probe.py"


@dataclass(frozen=True)
class Ask:
    """A request to the shop, and the variant that must answer it."""

    what: str
    variant: str
    path: str = "/"
    headers: Mapping[str, str] = field(default_factory=dict)


#: One request for each kind of condition, and for the edges between rules of ``policies/shop-web.yml``.
CONDITIONS = (
    Ask("nobody special", "stable", headers={"Cookie": "uid=u9", "X-Forwarded-For": "203.0.113.1"}),
    Ask("device: header", "2-0", headers={"X-Device-Model": "x60"}),
    Ask("device: argument", "2-0", path="/?device=Max70"),
    Ask("device: user agent", "2-0", headers={"User-Agent": "Mozilla/5.0 (LeTV X60 Build)"}),
    Ask("device: another model", "stable", headers={"X-Device-Model": "X50", "Cookie": "uid=u9"}),
    Ask("address: IPv4 network", "2-0", headers={"X-Forwarded-For": "198.51.100.77"}),
    Ask("address: IPv6 network", "2-0", headers={"X-Forwarded-For": "2001:db8:1::9"}),
    Ask("region: CN-BJ by the operator's table", "2-0", headers={"X-Forwarded-For": "10.201.3.4"}),
    Ask("cookie: exact", "2-0", headers={"Cookie": "beta=1"}),
    Ask("cookie: prefix", "2-0", headers={"Cookie": "a=b; beta=v7"}),
    Ask("header, by any within all", "2-0", headers={"X-Staff": "yes"}),
    Ask("cookie, by any within all", "2-0", headers={"Cookie": "staff=42"}),
    Ask("the same, but not: opted out", "stable", headers={"Cookie": "beta=0; uid=u9", "X-Staff": "yes"}),
)


def ask(settings: Settings, requests: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Send all requests one after the other and return their answers."""
    docker.docker("cp", str(Path(__file__).with_name("probe.py")), f"{settings.center}:{PLACE}")
    answers: list[dict[str, Any]] = json.loads(docker.run_in(settings.center, "python3", PLACE, stdin=json.dumps(requests)))
    return answers


def front(datacenter: Datacenter, path: str = "/", headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """A request for the shop's front through the datacenter's first router."""
    return {"address": f"{datacenter.routers[0].address}:80", "host": SHOP, "path": path, "headers": dict(headers or {})}


def prove_conditions(settings: Settings, datacenter: Datacenter, asks: Iterable[Ask] = CONDITIONS) -> list[tuple[Ask, str]]:
    """Send each request through the datacenter's router; returns each with the rule that decided. Raises DemoError on a wrong variant."""
    asks = list(asks)
    answers = ask(settings, [front(datacenter, each.path, each.headers) for each in asks])
    wrong, proven = [], []
    for each, answer in zip(asks, answers, strict=True):
        body = answer["body"] if isinstance(answer["body"], dict) else {}
        if answer["status"] != 200 or body.get("variant") != each.variant:
            wrong.append(f"  - {each.what}: expected {each.variant}, got {answer['status']} {body.get('variant', answer['body'])}")
        else:
            proven.append((each, str(body["decision"]["rule"])))
    if wrong:
        raise DemoError(f"{datacenter.name} answered otherwise than the policy says:\n" + "\n".join(wrong))
    return proven


def gray_users(settings: Settings, datacenter: Datacenter, users: int) -> frozenset[int]:
    """Which of ``users`` users (cookie uid) get the gray version."""
    answers = ask(settings, [front(datacenter, headers={"Cookie": f"uid=u{number}"}) for number in range(users)])
    failed = [answer for answer in answers if answer["status"] != 200]
    if failed:
        raise DemoError(f"{datacenter.name}: {len(failed)} of {users} requests failed, the first with {failed[0]['status']}")
    return frozenset(number for number, answer in enumerate(answers) if answer["body"]["variant"] != "stable")
