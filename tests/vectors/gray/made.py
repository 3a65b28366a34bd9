# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policies and requests by chance, made so that their attributes meet often. One seed gives one sequence.

``python made.py`` writes ``generated.json`` anew, with what the Python reference answers.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._gray import Request, compile_gray, decide, parse_policy

HERE = Path(__file__).resolve().parent
BINDING = {"variant": "2-0", "version": "2.0"}
NAMES = ("uid", "beta", "channel")
VALUES = ("1", "2", "v1", "v22", "beta", "Beta", "x", "max", "MAX70", "é")
MODELS = ("X60", "Max*", "max70", "S*", "écran", "*")
NETWORKS = (
    "10.0.0.0/8",
    "10.1.0.0/16",
    "192.0.2.0/24",
    "192.0.2.128/25",
    "0.0.0.0/1",
    "2001:db8::/32",
    "2001:db8:1::/48",
    "::/1",
    "203.0.113.7",
)
ADDRESSES = (
    *("10.0.0.1", "10.1.2.3", "192.0.2.5", "192.0.2.200", "203.0.113.7", "203.0.113.8", "127.255.255.255", "128.0.0.0", "2001:db8::1"),
    *("2001:db8:1::1", "2001:db9::", "::ffff:10.1.2.3", "fe80::1", "255.255.255.255", "0.0.0.0", "::"),
)
REGIONS = {"A": ["10.0.0.0/9"], "B": ["192.0.2.0/25", "2001:db8::/33"], "C": ["0.0.0.0/0"], "D": []}
AGENTS = ("LeTV X60 tv", "Mozilla max70 x", "curl/8", "letv")


def _some(rng: Random, pool: tuple[str, ...], most: int) -> list[str]:
    return rng.sample(pool, rng.randint(1, min(most, len(pool))))


def _sources(rng: Random, kinds: tuple[str, ...]) -> list[Any]:
    chosen: list[Any] = []
    for kind in rng.sample(kinds, rng.randint(1, len(kinds))):
        chosen.append(kind if kind in ("address", "user_agent") else {kind: rng.choice(NAMES)})
    return chosen


def condition(rng: Random, depth: int = 1) -> dict[str, Any]:
    """One condition, nested at most four deep."""
    kinds = ["device", "address", "region", "percent", "cookie", "header"] + (["all", "any", "not"] if depth < 4 else [])
    kind = rng.choice(kinds)
    if kind == "device":
        inner: dict[str, Any] = {"model": _some(rng, MODELS, 3)}
        if rng.random() < 0.5:
            inner["from"] = _sources(rng, ("header", "argument", "cookie", "user_agent"))
        return {"device": inner}
    if kind == "address":
        return {"address": {"in": _some(rng, NETWORKS, 4)}}
    if kind == "region":
        return {"region": {"in": _some(rng, tuple(REGIONS), 2)}}
    if kind == "percent":
        share = rng.choice([0, 100, 50, 33.33, 0.01, rng.randint(1, 9999) / 100])
        return {"percent": share, "by": _sources(rng, ("cookie", "header", "argument", "address"))}
    if kind in ("cookie", "header"):
        if rng.random() < 0.2:
            return {kind: {"name": rng.choice(NAMES), "exists": True}}
        pool = (*(value for value in VALUES if value != "é"), "v*", "b*", "*")
        return {kind: {"name": rng.choice(NAMES), "in": _some(rng, pool, 3)}}
    if kind == "not":
        return {"not": condition(rng, depth + 1)}
    return {kind: [condition(rng, depth + 1) for _unused in range(rng.randint(1, 3))]}


def policy(rng: Random, number: int) -> dict[str, Any]:
    rules = [{"variant": rng.choice(["2.0", "2.0", "stable"]), "when": condition(rng)} for _unused in range(rng.randint(1, 8))]
    agents = [{"contains": text, "model": rng.choice(("X60", "Max70", "écran"))} for text in ("LeTV X60", "max70", "LeTV")]
    return {"policy": f"made-{number}", "user_agents": agents[: rng.randint(0, 3)], "rules": rules}


def request(rng: Random) -> dict[str, Any]:
    """The described form of a request: headers, cookies, arguments, address."""

    def named(values: tuple[str, ...]) -> dict[str, str]:
        found = {name: rng.choice(values) for name in NAMES if rng.random() < 0.5}
        if found and rng.random() < 0.05:
            found[rng.choice(sorted(found))] = rng.choice(["", "y" * 513, "1" * 512])
        return {name.upper() if rng.random() < 0.2 else name: value for name, value in found.items()}

    asked: dict[str, Any] = {"headers": named(VALUES), "cookies": named(VALUES), "arguments": named(VALUES)}
    if rng.random() < 0.4:
        asked["headers"]["User-Agent"] = rng.choice(AGENTS)
    if rng.random() < 0.3:
        asked["headers"]["X-Device-Model"] = rng.choice(VALUES)
    if rng.random() < 0.9:
        asked["address"] = rng.choice(ADDRESSES) if rng.random() < 0.7 else str(_any_address(rng))
    return asked


def _any_address(rng: Random) -> str:
    return ".".join(str(rng.randint(0, 255)) for _unused in range(4))


def as_request(described: dict[str, Any]) -> Request:
    return Request(**described)


def vectors(seed: int, policies: int, requests: int) -> list[dict[str, Any]]:
    """Vectors in the form of the other files of this folder."""
    rng = Random(seed)
    found = []
    for number in range(policies):
        data = policy(rng, number)
        gray = compile_gray(parse_policy(data, "made"), **BINDING, regions=REGIONS)
        cases = []
        for _unused in range(requests):
            asked = request(rng)
            decision = decide(gray, as_request(asked))
            cases.append({"request": asked, "variant": decision.variant, "rule": decision.rule})
        found.append({"policy": data, "binding": BINDING, "regions": REGIONS, "cases": cases})
    return found


def generated() -> str:
    return "[\n" + ",\n".join(json.dumps(vector, ensure_ascii=False, sort_keys=True) for vector in vectors(1, 20, 10)) + "\n]\n"


if __name__ == "__main__":
    (HERE / "generated.json").write_text(generated(), encoding="utf-8")
