# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-in says what a real 1.11.0 was recorded to say, word by word."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from fakes.mesos_operated import OperatedMaster
from fakes.server import Server

DIALOGUES = json.loads((Path(__file__).parents[4] / "fixtures" / "mesos" / "dialogues.json").read_text(encoding="utf-8"))


def said(url: str, turn: dict[str, Any]) -> tuple[int, Any]:
    data = None if turn["body"] is None else json.dumps(turn["body"]).encode()
    request = urllib.request.Request(url + turn["path"], data, {"Content-Type": "application/json", "Accept": "application/json"})
    try:
        with urllib.request.urlopen(request) as answer:
            status, text = answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read().decode()
    return status, json.loads(text) if isinstance(turn["answer"], dict) else text


@pytest.mark.parametrize("name", ["drain", "nanoseconds", "maintenance", "quota", "zombie"])
def test_it_answers_as_the_real_one(name: str, leader: Server, operated: OperatedMaster) -> None:
    operated.zombie = name == "zombie"
    for turn in DIALOGUES[name]:
        status, answer = said(leader.url, turn)
        assert status == turn["status"], turn["name"]
        assert _comparable(answer) == _comparable(turn["answer"]), turn["name"]


def _comparable(answer: Any) -> Any:
    # The capacity is that of the recorded cluster, which had an agent more.
    return re.sub(r"capacity '[^']*'", "capacity", answer) if isinstance(answer, str) else answer
