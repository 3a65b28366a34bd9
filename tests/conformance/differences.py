# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The written list (differences.yml): where the engine's Mesos answers depart from the recorded ones, and why.

The test of the shapes and the document both read it. A difference that no entry names is a failure, and so is an entry that nothing needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from .shape import Difference

FILE = Path(__file__).resolve().parent / "differences.yml"
BEHAVIOUR = Path(__file__).resolve().parent / "behaviour.yml"
KINDS = ("missing", "unknown", "type", "form", "empty", "filled")
_KEYS = {"situations", "requests", "paths", "kind", "reason"}


@dataclass(frozen=True)
class Entry:
    """Patterns: ``*`` is anything within one step of a path, ``**`` anything."""

    situations: tuple[str, ...]
    requests: tuple[str, ...]
    paths: tuple[str, ...]
    kind: str
    reason: str

    def covers(self, situation: str, request: str, difference: Difference) -> bool:
        return (
            self.kind == difference.kind
            and _fits(self.situations, situation)
            and _fits(self.requests, request)
            and _fits(self.paths, difference.path)
        )


def load(path: Path = FILE) -> list[Entry]:
    """Raises ValueError naming file, entry and key for anything that is not as it should be."""
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, list):
        raise ValueError(f"{path}: must be a list of differences")
    return [_entry(one, f"{path}: entry {number}") for number, one in enumerate(found, 1)]


def _entry(raw: Any, where: str) -> Entry:
    if not isinstance(raw, dict) or set(raw) != _KEYS:
        raise ValueError(f"{where}: must have the keys {', '.join(sorted(_KEYS))} and no others")
    if raw["kind"] not in KINDS:
        raise ValueError(f"{where}: kind: must be one of {', '.join(KINDS)}, not {raw['kind']!r}")
    lists = {}
    for key in ("situations", "requests", "paths"):
        if not isinstance(raw[key], list) or not raw[key] or not all(isinstance(one, str) for one in raw[key]):
            raise ValueError(f"{where}: {key}: must be a list of texts that is not empty")
        lists[key] = tuple(raw[key])
    if not isinstance(raw["reason"], str) or len(raw["reason"].split()) < 3:
        raise ValueError(f"{where}: reason: must say why, in a sentence")
    return Entry(kind=raw["kind"], reason=" ".join(raw["reason"].split()), **lists)


@dataclass(frozen=True)
class Behaviour:
    """A difference of no single operation, for the document."""

    subject: str
    here: str


def behaviour(path: Path = BEHAVIOUR) -> list[Behaviour]:
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(found, dict) or not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise ValueError(f"{path}: must be a mapping of subjects to texts")
    return [Behaviour(subject, " ".join(here.split())) for subject, here in found.items()]


def _fits(patterns: tuple[str, ...], text: str) -> bool:
    return any(_pattern(one).fullmatch(text) for one in patterns)


@cache
def _pattern(glob: str) -> re.Pattern[str]:
    parts = re.split(r"(\*\*|\*)", glob)
    return re.compile("".join({"**": ".*", "*": "[^/]*"}.get(part, re.escape(part)) for part in parts))
