# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The recorded answers of tests/fixtures/mesos."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "mesos"
SITUATIONS = {
    "attributes": "an agent with every type of attribute",
    "idle": "agents, but no task",
    "loaded": "tasks that run (one in a Docker container) and one that has ended",
    "away": "an agent with a task cannot be reached",
    "operated": "agents reserved and draining, quotas, weights, maintenance windows",
}
#: What the recorded v1 calls carried besides their type.
PAYLOADS = {"GET_METRICS": {"get_metrics": {"timeout": {"nanoseconds": 5_000_000_000}}}}


@dataclass(frozen=True)
class Recording:
    """`request` is a path with its method (``GET /state``) or the name of a v1 call; `body` is JSON where `type` says so, else text."""

    situation: str
    request: str
    status: int
    type: str | None
    body: Any
    location: str | None = None


@dataclass(frozen=True)
class Refusal:
    """A request, all of it, and the answer, all of it. `headers` is everything the client sends besides its length."""

    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: str | None
    status: int
    type: str | None
    answer: str
    allow: str | None = None
    authenticate: str | None = None


def recordings(situation: str) -> list[Recording]:
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted((FOLDER / situation).glob("*.json"))]
    return [Recording(situation, **one) for one in found]


def refusals(name: str = "refused") -> list[Refusal]:
    """``refused``: of a master without authentication. ``unauthorized``: without credentials, of one with it."""
    return [Refusal(**one) for one in json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))]
