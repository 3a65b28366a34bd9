# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Values of a user's YAML, read one by one: each reader returns a typed value or raises an InputError with its full key.

The project file and the inventory's topology share these readers, so both speak alike.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

T = TypeVar("T")


@dataclass(frozen=True)
class Where:
    """A place in a file: what every message begins with."""

    source: str
    key: str = ""

    def at(self, name: object) -> Where:
        return Where(self.source, f"{self.key}.{name}" if self.key else str(name))

    def item(self, index: int) -> Where:
        return Where(self.source, f"{self.key}[{index}]")

    def refuse(self, problem: str, expected: str = "", value: Any = None) -> NoReturn:
        raise InputError(self.source, self.key, problem, expected, value)


def mapping(value: Any, where: Where, expected: str = "a mapping of keys and values") -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        where.refuse("this is not a mapping", expected, value)
    for key in value:
        if not isinstance(key, str):
            where.refuse("a key here is not text", "a text; put it in quotes", key)
    return value


def sequence(value: Any, where: Where, expected: str = "a list") -> Sequence[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        where.refuse("this is not a list", expected, value)
    return value


def known_keys(value: Mapping[str, Any], allowed: Collection[str], where: Where, *, what: str = "key") -> None:
    """Refuse a key that does not exist, and name the one that was probably meant."""
    for key in value:
        if key not in allowed:
            close = difflib.get_close_matches(key, list(allowed), n=1, cutoff=0.6)
            if close:
                where.at(key).refuse(f"unknown {what}; did you mean {close[0]}?")
            where.at(key).refuse(f"unknown {what}", "one of " + ", ".join(sorted(allowed)))


def text(value: Any, where: Where, expected: str = "a text") -> str:
    if isinstance(value, bool | int | float):
        where.refuse("this is not text", f"{expected}, in quotes: YAML reads it as {type(value).__name__} without them", value)
    if not isinstance(value, str):
        where.refuse("this is not text", expected, value)
    if not value.strip():
        where.refuse("this is empty", expected, value)
    if "\0" in value:
        where.refuse("this holds a NUL character", expected, value)
    return str(value)


def matching(value: Any, pattern: re.Pattern[str], where: Where, expected: str) -> str:
    """A text that fits a pattern as a whole."""
    found = text(value, where, expected)
    if not pattern.fullmatch(found):
        where.refuse("this cannot be used here", expected, found)
    return found


def integer(value: Any, where: Where, low: int, high: int) -> int:
    expected = f"a whole number from {low} to {high}"
    if isinstance(value, bool) or not isinstance(value, int):
        where.refuse("this is not a whole number", expected, value)
    if not low <= value <= high:
        where.refuse("this is out of range", expected, value)
    return int(value)


def number(value: Any, where: Where, low: float, high: float) -> float:
    expected = f"a number from {low:g} to {high:g}"
    if isinstance(value, bool) or not isinstance(value, int | float):
        where.refuse("this is not a number", expected, value)
    if not low <= value <= high:  # NaN is refused as well: no comparison with it is true
        where.refuse("this is out of range", expected, value)
    return float(value)


def one_of(value: Any, choices: Collection[str], where: Where) -> str:
    expected = "one of " + ", ".join(choices)
    found = text(value, where, expected)
    if found not in choices:
        close = difflib.get_close_matches(found, list(choices), n=1)
        where.refuse("unknown value", f"{expected}; did you mean {close[0]!r}?" if close else expected, found)
    return found


def each(value: Any, where: Where, read: Callable[[Any, Where], T], expected: str = "a list") -> tuple[T, ...]:
    """A list whose items are all read by ``read``, without doubles."""
    found: list[T] = []
    for index, raw in enumerate(sequence(value, where, expected)):
        item = read(raw, where.item(index))
        if item in found:
            where.item(index).refuse("this is in the list twice", "every value once", raw)
        found.append(item)
    return tuple(found)
