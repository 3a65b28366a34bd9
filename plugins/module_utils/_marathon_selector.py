# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Marathon's label selectors, as far as needed to know what pruning by one would touch.

Grammar: terms joined by commas, all of which must hold; ``key``, ``key==v``, ``key!=v``, ``key in (a,b)``, ``key notin (a,b)``. A negated
term needs the label to exist all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError

_WORD = r"(?:[-A-Za-z0-9_.]|\\.)+"
_TERM = re.compile(rf"\s*({_WORD})\s*(?:(==|!=)\s*({_WORD})|(in|notin)\s*\(\s*({_WORD}(?:\s*,\s*{_WORD})*)\s*\))?\s*(?:,|$)")


@dataclass(frozen=True)
class Term:
    """``values`` None: the label must exist; else it must (not, if ``negated``) have one of them."""

    key: str
    values: frozenset[str] | None
    negated: bool = False

    def holds(self, labels: Mapping[str, Any]) -> bool:
        if self.key not in labels:
            return False
        return self.values is None or (str(labels[self.key]) in self.values) != self.negated


def parse_selector(text: str, key: str = "selector") -> tuple[Term, ...]:
    """:raises InputError: it is no selector."""
    terms: list[Term] = []
    position = 0
    while position < len(text) or not terms:
        match = _TERM.match(text, position)
        if match is None:
            raise InputError("label selector", key, "cannot be read", "key==value, key!=value, key in (a,b), key; joined by commas", text)
        name, sign, value, word, values = match.groups()
        if sign:
            terms.append(Term(_plain(name), frozenset({_plain(value)}), sign == "!="))
        elif word:
            terms.append(Term(_plain(name), frozenset(_plain(v) for v in re.findall(_WORD, values)), word == "notin"))
        else:
            terms.append(Term(_plain(name), None))
        position = match.end()
    return tuple(terms)


def prune_selector(text: str, apps: Sequence[Mapping[str, Any]], everything: bool) -> str:
    """The selector, if pruning by it is safe.

    :raises RefusedError: the list of apps is empty and that is not said to be meant.
    :raises InputError: the selector names no value, so it would reach apps of all owners; or an app of the list is not selected by it.
    """
    terms = parse_selector(text, "prune_selector")
    if not any(term.values is not None and not term.negated for term in terms):
        raise InputError(
            "marathon_apps", "prune_selector", "names no value, so it may choose the apps of others", "ZEUS_PROJECT==shop", text
        )
    if not apps and not everything:
        raise RefusedError(
            f"marathon_apps: apps is empty, so pruning would delete everything that {text} chooses; "
            "if that is meant, give prune_everything: true"
        )
    for index, app in enumerate(apps):
        labels = app.get("labels") or {}
        if isinstance(labels, Mapping):
            for term in terms:
                if not term.holds(labels):
                    raise InputError(
                        "marathon_apps",
                        f"apps[{index}].labels.{term.key}",
                        f"is not what prune_selector chooses ({text}), so {app.get('id')} would never be pruned",
                        value=labels.get(term.key),
                    )
    return text


def _plain(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word)
