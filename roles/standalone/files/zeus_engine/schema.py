# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Readers that check a JSON value's type and bounds and report as Marathon's JSON layer does.

A reader takes (value, path, problems) and returns the value as it will be stored. Unknown keys of an object are ignored, ``null`` counts as
absent, enumerations are read case-insensitively and stored in their canonical form.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from .errors import Problems

Reader = Callable[[Any, str, Problems], Any]


def string(*, pattern: str | None = None, min_length: int = 0) -> Reader:
    compiled = re.compile(pattern) if pattern else None

    def read(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            problems.add(path, "error.expected.jsstring")
        elif compiled and not compiled.fullmatch(value):
            problems.add(path, "error.pattern")
        elif len(value) < min_length:
            problems.add(path, "error.minLength")
        return value

    return read


def number(*, minimum: float = -math.inf, maximum: float = math.inf) -> Reader:
    def read(value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            problems.add(path, "error.expected.jsnumber")
            return value
        return _bounded(float(value), minimum, maximum, path, problems)

    return read


def integer(*, minimum: float = -math.inf, maximum: float = math.inf) -> Reader:
    def read(value: Any, path: str, problems: Problems) -> Any:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            problems.add(path, "error.expected.jsnumber")
            return value
        if not math.isfinite(value) or value != int(value):
            problems.add(path, "error.expected.int")
            return value
        return _bounded(int(value), minimum, maximum, path, problems)

    return read


def _bounded(value: Any, minimum: float, maximum: float, path: str, problems: Problems) -> Any:
    if value < minimum:
        problems.add(path, "error.min")
    elif value > maximum:
        problems.add(path, "error.max")
    return value


def boolean(value: Any, path: str, problems: Problems) -> Any:
    if not isinstance(value, bool):
        problems.add(path, "error.expected.jsboolean")
    return value


def enum(*canonical: str) -> Reader:
    by_folded = {name.lower(): name for name in canonical}

    def read(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, str):
            problems.add(path, "error.expected.jsstring")
            return value
        if value.lower() not in by_folded:
            problems.add(path, "error.unknown.enum.literal")
            return value
        return by_folded[value.lower()]

    return read


def array(item: Reader) -> Reader:
    def read(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, list):
            problems.add(path, "error.expected.jsarray")
            return value
        return [item(one, f"{path}({index})", problems) for index, one in enumerate(value)]

    return read


def mapping(item: Reader) -> Reader:
    def read(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            problems.add(path, "error.expected.jsobject")
            return value
        return {key: item(one, f"{path}/{key}", problems) for key, one in value.items()}

    return read


def record(fields: Mapping[str, Reader], required: Sequence[str] = ()) -> Reader:
    def read(value: Any, path: str, problems: Problems) -> Any:
        if not isinstance(value, dict):
            problems.add(path, "error.expected.jsobject")
            return value
        for name in required:
            if value.get(name) is None:
                problems.add(f"{path}/{name}", "error.path.missing")
        return {name: reader(value[name], f"{path}/{name}", problems) for name, reader in fields.items() if value.get(name) is not None}

    return read


def either(*choices: tuple[type, Reader], otherwise: str = "error.expected.jsobject") -> Reader:
    """By the JSON type of the value."""

    def read(value: Any, path: str, problems: Problems) -> Any:
        for kind, reader in choices:
            if isinstance(value, kind):
                return reader(value, path, problems)
        problems.add(path, otherwise)
        return value

    return read


def anything(value: Any, path: str, problems: Problems) -> Any:
    return value
