# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Shapes of JSON values: one description per field serves the check of what users write and the comparison with what servers say.

``clean`` takes what a user wrote: it refuses what is wrong (InputError with the full key), reports unknown keys, drops nulls and turns
numeric texts into numbers (templates produce them). ``fill`` takes a clean value or a server's one and never refuses: it adds defaults,
folds spellings, orders what has no order and drops what the description does not know, so that equal things become equal.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NoReturn

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError


@dataclass(frozen=True)
class Place:
    """Where a value stands: a source (a file, a task's option) and a dotted key."""

    source: str
    key: str = ""

    def at(self, name: str) -> Place:
        return Place(self.source, f"{self.key}.{name}" if self.key else name)

    def item(self, index: int) -> Place:
        return Place(self.source, f"{self.key}[{index}]")

    def refuse(self, problem: str, expected: str = "", value: Any = None) -> NoReturn:
        raise InputError(self.source, self.key, problem, expected, value)


def suggestion(name: str, known: Sequence[str]) -> str:
    """What was probably meant; else what there is."""
    import difflib  # only mistakes need it, and modules are compiled anew at every run

    folded = {k.lower().replace("_", ""): k for k in known}
    close = difflib.get_close_matches(name.lower().replace("_", ""), list(folded), n=1, cutoff=0.6)
    return f"did you mean {folded[close[0]]}?" if close else f"one of {', '.join(sorted(known))}"


class Shape(ABC):
    @abstractmethod
    def clean(self, value: Any, place: Place) -> Any:
        """What a user wrote, in its right type; raises InputError."""

    @abstractmethod
    def fill(self, value: Any) -> Any:
        """What a server said, with its defaults filled in."""


@dataclass(frozen=True)
class Anything(Shape):
    """Passed on and compared as it is, without nulls."""

    def clean(self, value: Any, place: Place) -> Any:
        return without_nulls(value)

    def fill(self, value: Any) -> Any:
        return without_nulls(value)


@dataclass(frozen=True)
class Text(Shape):
    """A text; numbers are taken as their spelling, since templates produce both; booleans are not, since YAML's ``yes`` is one."""

    pattern: str | None = None
    expected: str = "a text"
    shortest: int = 0

    def clean(self, value: Any, place: Place) -> Any:
        if isinstance(value, bool):
            place.refuse("true and false are not texts here", f"{self.expected}; put it in quotes", value)
        if isinstance(value, int | float):
            value = str(value)
        if not isinstance(value, str):
            place.refuse("not a text", self.expected, value)
        if len(value) < self.shortest or (self.pattern is not None and not re.fullmatch(self.pattern, value)):
            place.refuse("not valid", self.expected, value)
        return str(value)

    def fill(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Number(Shape):
    """A number within bounds; whole ones stay whole."""

    least: float | None = None
    most: float | None = None
    whole: bool = False

    def clean(self, value: Any, place: Place) -> Any:
        kind = "a whole number" if self.whole else "a number"
        if isinstance(value, str):
            try:
                value = float(value)
            except ValueError:
                place.refuse(f"not {kind}", kind, value)
        if isinstance(value, bool) or not isinstance(value, int | float) or (isinstance(value, float) and math.isnan(value)):
            place.refuse(f"not {kind}", kind, value)
        if self.whole and value != int(value):
            place.refuse("not a whole number", kind, value)
        if self.least is not None and value < self.least:
            place.refuse("too small", f"{self.least:g} or more", value)
        if self.most is not None and value > self.most:
            place.refuse("too large", f"{self.most:g} or less", value)
        return _tidy(value)

    def fill(self, value: Any) -> Any:
        return _tidy(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


@dataclass(frozen=True)
class Flag(Shape):
    """True or false; the texts that templates make of them are taken too."""

    def clean(self, value: Any, place: Place) -> Any:
        if isinstance(value, str) and value.lower() in {"true", "false"}:
            return value.lower() == "true"
        if not isinstance(value, bool):
            place.refuse("neither true nor false", "true or false", value)
        return value

    def fill(self, value: Any) -> Any:
        return value


@dataclass(frozen=True)
class Choice(Shape):
    """One of some words, in any case."""

    names: tuple[str, ...]

    def clean(self, value: Any, place: Place) -> Any:
        if not isinstance(value, str) or self.fill(value) not in self.names:
            place.refuse("unknown value", f"one of {', '.join(self.names)}", value)
        return self.fill(value)

    def fill(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return next((name for name in self.names if name.lower() == value.lower()), value)


@dataclass(frozen=True)
class Items(Shape):
    """A list; ``ordered=False`` where the order means nothing."""

    item: Shape
    ordered: bool = True
    most: int | None = None

    def clean(self, value: Any, place: Place) -> Any:
        if not isinstance(value, list | tuple):
            place.refuse("not a list", "a list", value)
        if self.most is not None and len(value) > self.most:
            place.refuse(f"{len(value)} entries", f"at most {self.most}")
        return [self.item.clean(item, place.item(index)) for index, item in enumerate(value)]

    def fill(self, value: Any) -> Any:
        if not isinstance(value, list | tuple):
            return value
        filled = [self.item.fill(item) for item in value]
        return filled if self.ordered else sorted(filled, key=_order)


@dataclass(frozen=True)
class Table(Shape):
    """A mapping from any name to values of one shape."""

    item: Shape

    def clean(self, value: Any, place: Place) -> Any:
        if not isinstance(value, Mapping):
            place.refuse("not a mapping", "a mapping of names to values", value)
        return {str(name): self.item.clean(item, place.at(str(name))) for name, item in value.items() if item is not None}

    def fill(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        return {name: self.item.fill(item) for name, item in value.items() if item is not None}


@dataclass(frozen=True)
class Field:
    """A key of a record. ``default`` is what the server makes of its absence (None: it stays absent)."""

    shape: Shape
    default: Any = None
    required: bool = False


@dataclass(frozen=True)
class Record(Shape):
    """A mapping with known keys. ``hints`` answer keys that exist elsewhere; ``ignored`` keys are dropped without a word."""

    fields: Mapping[str, Field]
    hints: Mapping[str, str] = field(default_factory=dict)
    ignored: frozenset[str] = frozenset()

    def clean(self, value: Any, place: Place) -> Any:
        if not isinstance(value, Mapping):
            place.refuse("not a mapping", f"a mapping with {', '.join(sorted(self.fields))}", value)
        cleaned = {}
        for name, item in value.items():
            if name in self.ignored or (item is None and name in self.fields):
                continue
            known = self.fields.get(name)
            if known is None:
                place.at(str(name)).refuse("unknown field", self.hints.get(name) or suggestion(str(name), list(self.fields)))
            cleaned[name] = known.shape.clean(item, place.at(name))
        for name, known in self.fields.items():
            if known.required and name not in cleaned:
                place.at(name).refuse("is missing")
        return cleaned

    def fill(self, value: Any) -> Any:
        if not isinstance(value, Mapping):
            return value
        filled = dict(self._defaults)
        for name, item in value.items():
            known = self.fields.get(name)
            if known is None or item is None:
                continue
            item = known.shape.fill(item)
            # An empty list or mapping says the same as none, unless the server's default is another.
            if known.default is not None or item or not isinstance(item, list | dict):
                filled[name] = item
        return filled

    @cached_property
    def _defaults(self) -> dict[str, Any]:
        return {name: known.default for name, known in self.fields.items() if known.default is not None}


@dataclass(frozen=True)
class OneOf(Shape):
    """A record, or instead of it something simple (``"disabled"``, ``"unlimited"``, a text)."""

    simple: Shape
    other: Shape
    #: Python types that choose ``simple``.
    types: tuple[type, ...] = (str,)

    def clean(self, value: Any, place: Place) -> Any:
        return (self.simple if isinstance(value, self.types) else self.other).clean(value, place)

    def fill(self, value: Any) -> Any:
        return (self.simple if isinstance(value, self.types) else self.other).fill(value)


def without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(name): without_nulls(item) for name, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [without_nulls(item) for item in value]
    return value


def _tidy(value: float) -> float | int:
    """1.0 and 1 are one number: shown as 1."""
    return int(value) if isinstance(value, int) or (value == int(value) and abs(value) < 2**53) else value


def _order(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
