# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's label selectors: ``key``, ``key==v``, ``key!=v``, ``key in (a,b)``, ``key notin (a,b)``, joined by commas.

Note that ``!=`` and ``notin`` still require the label to exist.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from .errors import ApiError, failed

_TERM = r"(?:[-A-Za-z0-9_.]|\\.)+"
_SET = re.compile(rf"\s*({_TERM})\s+(in|notin)\s*\(\s*({_TERM}(?:\s*,\s*{_TERM})*)\s*\)\s*")
_EQUAL = re.compile(rf"\s*({_TERM})\s*(==|!=)\s*({_TERM})\s*")
_EXISTS = re.compile(rf"\s*({_TERM})\s*")


@dataclass(frozen=True)
class Requirement:
    """One part of a selector. `values` is None when the label only has to exist."""

    key: str
    values: frozenset[str] | None = None
    negated: bool = False

    def holds(self, labels: Mapping[str, str]) -> bool:
        if self.key not in labels:
            return False
        return self.values is None or (labels[self.key] in self.values) != self.negated


def _plain(term: str) -> str:
    return re.sub(r"\\(.)", r"\1", term)


def parse(text: str) -> tuple[Requirement, ...]:
    """A selector's requirements, all of which must hold. Raises the API's 422 for anything else."""
    found: list[Requirement] = []
    position = 0
    while True:
        if match := _SET.match(text, position):
            values = frozenset(_plain(value) for value in re.findall(_TERM, match[3]))
            found.append(Requirement(_plain(match[1]), values, match[2] == "notin"))
        elif match := _EQUAL.match(text, position):
            found.append(Requirement(_plain(match[1]), frozenset([_plain(match[3])]), match[2] == "!="))
        elif match := _EXISTS.match(text, position):
            found.append(Requirement(_plain(match[1])))
        else:
            raise _unreadable(text, position)
        position = match.end()
        if position == len(text):
            return tuple(found)
        if text[position] != ",":
            raise _unreadable(text, position)
        position += 1


def matches(requirements: tuple[Requirement, ...], labels: Mapping[str, str]) -> bool:
    return all(requirement.holds(labels) for requirement in requirements)


def _unreadable(text: str, position: int) -> ApiError:
    return failed(422, f"Can not parse label selector '{text}'. Reason: unexpected text at column {position + 1}")
