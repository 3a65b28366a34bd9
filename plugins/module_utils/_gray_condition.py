# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The conditions of a policy's rules, from a user's data."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, matching, sequence, text
from ansible_collections.zeus.paas.plugins.module_utils._gray_model import (
    Address,
    All,
    Any_,
    Attribute,
    Condition,
    Device,
    Not,
    Percent,
    Region,
    Source,
    SourceKind,
)
from ansible_collections.zeus.paas.plugins.module_utils._gray_ranges import canonical_network

MAX_DEPTH = 8
LONGEST = 512

_HEADER = re.compile(r"[A-Za-z0-9-]{1,64}")
_COOKIE = re.compile(r"[A-Za-z0-9_-]{1,64}")
_REGION = re.compile(r"[A-Za-z0-9_-]{1,64}")
_COOKIE_VALUE = re.compile(r"[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]+")
_NAMES: Mapping[SourceKind, tuple[re.Pattern[str], str]] = {
    "header": (_HEADER, "a header's name: letters, digits and -"),
    "cookie": (_COOKIE, "a cookie's name: letters, digits, - and _"),
    "argument": (_COOKIE, "a query argument's name: letters, digits, - and _"),
}
_OURS = "x-zeus-"
_DEVICE_SOURCES = (Source("header", "x-device-model"), Source("argument", "device"), Source("user_agent"))
_EXPECTED = "one condition: device, address, region, percent, cookie, header, all, any or not"


def parse_condition(raw: Any, where: Where, depth: int = 1) -> Condition:
    """One condition, nested at most 8 deep."""
    if depth > MAX_DEPTH:
        where.refuse("conditions are nested too deeply", f"at most {MAX_DEPTH} levels")
    found = mapping(raw, where, _EXPECTED)
    kinds = [key for key in found if key != "by"]
    known_keys(found, (*_READERS, "by"), where, what="condition")
    if len(kinds) != 1:
        problem = "several conditions side by side" if kinds else "there is no condition here"
        where.refuse(problem, f"{_EXPECTED}; several go below all or any", kinds or None)
    kind = kinds[0]
    if "by" in found and kind != "percent":
        where.at("by").refuse(f"{kind} has no such key", "by only beside percent")
    return _READERS[kind](found, where, depth)


def printable(raw: Any, where: Where) -> str:
    """A text that a request's attribute can have: printable, at most 512 bytes."""
    value = text(raw, where)
    if not value.isprintable() or value != value.strip() or len(value.encode()) > LONGEST:
        where.refuse("this cannot be used here", f"printable text without spaces around it, at most {LONGEST} bytes", value)
    return value


def _pattern(raw: Any, where: Where) -> str:
    value = printable(raw, where)
    if "*" in value[:-1]:
        where.refuse("a * stands at the end or nowhere", "an exact value, or a prefix with * at its end", value)
    return value


def _cookie_pattern(raw: Any, where: Where) -> str:
    value = _pattern(raw, where)
    if not _COOKIE_VALUE.fullmatch(value):
        where.refuse("no cookie can have this value", 'text without spaces, " , ; and \\', value)
    return value


def _list(raw: Any, where: Where, read: Callable[[Any, Where], str], expected: str) -> tuple[str, ...]:
    """A list with at least one item, each once; fast also for 10 000 networks."""
    values: dict[str, None] = {}
    for index, item in enumerate(sequence(raw, where, expected)):
        value = read(item, where.item(index))
        if value in values:
            where.item(index).refuse("this is in the list twice", "every value once", item)
        values[value] = None
    if not values:
        where.refuse("this list is empty", expected)
    return tuple(values)


def _only_in(found: Mapping[str, Any], kind: str, where: Where, read: Callable[[Any, Where], str], expected: str) -> tuple[str, ...]:
    at = where.at(kind)
    inner = mapping(found[kind], at, f"{{in: [{expected}]}}")
    known_keys(inner, ("in",), at)
    if "in" not in inner:
        at.at("in").refuse("this key is missing", f"a list of {expected}")
    return _list(inner["in"], at.at("in"), read, f"a list of {expected}")


def _name(kind: SourceKind, raw: Any, where: Where) -> str:
    pattern, expected = _NAMES[kind]
    name = matching(raw, pattern, where, expected).lower()
    if kind == "header" and name.startswith(_OURS):
        where.refuse("the routers set the X-Zeus- headers; what a client sends never counts", "another header", raw)
    return name


def _source(raw: Any, where: Where, allowed: tuple[SourceKind, ...]) -> Source:
    plain = tuple(kind for kind in allowed if kind not in _NAMES)
    expected = ", ".join([f"{{{kind}: name}}" for kind in allowed if kind in _NAMES] + list(plain))
    if isinstance(raw, str):
        for kind in plain:
            if raw == kind:
                return Source(kind)
        where.refuse("unknown source", f"one of {expected}", raw)
    found = mapping(raw, where, f"one of {expected}")
    known_keys(found, [kind for kind in allowed if kind in _NAMES], where, what="source")
    if len(found) != 1:
        where.refuse("a source is exactly one attribute", f"one of {expected}", dict(found))
    for kind in allowed:
        if kind in found:
            return Source(kind, _name(kind, found[kind], where.at(kind)))
    raise AssertionError("known_keys let an unknown source through")


def _sources(raw: Any, where: Where, allowed: tuple[SourceKind, ...]) -> tuple[Source, ...]:
    items = sequence(raw, where, "a list of sources")
    sources = tuple(_source(item, where.item(index), allowed) for index, item in enumerate(items))
    if not sources:
        where.refuse("this list is empty", "at least one source")
    if len(set(sources)) != len(sources):
        where.refuse("a source is in the list twice", "every source once")
    if len(sources) > 8:
        where.refuse(f"{len(sources)} sources are too many", "at most 8")
    return sources


def _device(found: Mapping[str, Any], where: Where, _depth: int) -> Device:
    at = where.at("device")
    inner = mapping(found["device"], at, '{model: [X60, "Max*"]}')
    known_keys(inner, ("model", "from"), at)
    if "model" not in inner:
        at.at("model").refuse("this key is missing", "a list of models")
    models = _list(inner["model"], at.at("model"), _pattern, "a list of models")
    if "from" not in inner:
        return Device(models, _DEVICE_SOURCES)
    return Device(models, _sources(inner["from"], at.at("from"), ("header", "argument", "cookie", "user_agent")))


def _network(raw: Any, where: Where) -> str:
    value = text(raw, where, "a network such as 10.0.0.0/8 or 2001:db8::/32")
    try:
        return canonical_network(value)
    except ValueError as error:
        where.refuse(f"this is no network: {error}", "a network such as 10.0.0.0/8 or 2001:db8::/32", value)


def _address(found: Mapping[str, Any], where: Where, _depth: int) -> Address:
    return Address(_only_in(found, "address", where, _network, "networks"))


def _region(found: Mapping[str, Any], where: Where, _depth: int) -> Region:
    def read(raw: Any, at: Where) -> str:
        return matching(raw, _REGION, at, "the name of a region in zeus_regions: letters, digits, - and _")

    return Region(_only_in(found, "region", where, read, "regions"))


def _percent(found: Mapping[str, Any], where: Where, _depth: int) -> Percent:
    at, raw = where.at("percent"), found["percent"]
    expected = "a number from 0 to 100, in steps of 0.01"
    if raw is None or raw == "":
        at.refuse("this is empty", expected)
    # A text is taken as well: -e percent=5 on the command line arrives as one.
    if isinstance(raw, bool) or not isinstance(raw, int | float | str):
        at.refuse("this is not a number", expected, raw)
    try:
        share = Decimal(str(raw))
        hundredths = share * 100
        if not 0 <= hundredths <= 10000 or hundredths != int(hundredths):
            at.refuse("this is no such percentage", expected, raw)
    except (ArithmeticError, ValueError):
        at.refuse("this is not a number", expected, raw)
    by = _sources(found["by"], where.at("by"), ("cookie", "header", "argument", "address")) if "by" in found else (Source("address"),)
    return Percent(int(hundredths), by)


def _attribute(kind: SourceKind, read: Callable[[Any, Where], str]) -> Callable[[Mapping[str, Any], Where, int], Attribute]:
    def parse(found: Mapping[str, Any], where: Where, _depth: int) -> Attribute:
        at = where.at(kind)
        inner = mapping(found[kind], at, f"{{name: …, in: […]}}, the {kind}'s name and values")
        known_keys(inner, ("name", "in", "exists"), at)
        if "name" not in inner:
            at.at("name").refuse("this key is missing", _NAMES[kind][1])
        source = Source(kind, _name(kind, inner["name"], at.at("name")))
        if ("in" in inner) == ("exists" in inner):
            at.refuse("there must be one of in and exists", "in: [values], or exists: true")
        if "exists" in inner:
            if inner["exists"] is not True:
                at.at("exists").refuse("this can only be true", "true; for its absence put the condition below not", inner["exists"])
            return Attribute(source, None)
        return Attribute(source, _list(inner["in"], at.at("in"), read, "a list of values"))

    return parse


def _several(kind: type[All] | type[Any_], key: str) -> Callable[[Mapping[str, Any], Where, int], Condition]:
    def parse(found: Mapping[str, Any], where: Where, depth: int) -> Condition:
        at = where.at(key)
        items = sequence(found[key], at, "a list of conditions")
        if not items:
            at.refuse("this list is empty", "at least one condition")
        return kind(tuple(parse_condition(item, at.item(index), depth + 1) for index, item in enumerate(items)))

    return parse


def _not(found: Mapping[str, Any], where: Where, depth: int) -> Not:
    return Not(parse_condition(found["not"], where.at("not"), depth + 1))


_READERS: Mapping[str, Callable[[Mapping[str, Any], Where, int], Condition]] = {
    "device": _device,
    "address": _address,
    "region": _region,
    "percent": _percent,
    "cookie": _attribute("cookie", _cookie_pattern),
    "header": _attribute("header", _pattern),
    "all": _several(All, "all"),
    "any": _several(Any_, "any"),
    "not": _not,
}
