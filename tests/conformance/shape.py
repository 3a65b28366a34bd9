# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a JSON answer, learnt from recorded ones, and where another answer departs from it.

A shape knows of every value: its JSON type (Mesos writes 3.0 where it means a floating point number, and 5051 where it does not), of
texts their form (CONSTANT, uuid, port ranges, ...), of objects which keys are always there and which only sometimes, of lists the shape of
what is in them. Elements of one list are one kind of thing, so their shapes are learnt together; typed resources and attributes are told
apart by ``type``.

    shape = learn([recorded])
    differences(shape, ours)  ->  [Difference(path="/slaves/[]/pid", kind="missing", ...)]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

#: Forms of text, in the order in which they are tried. What fits none is "free".
_FORMS = tuple(
    (name, re.compile(pattern))
    for name, pattern in (
        ("empty", r""),
        ("CONSTANT", r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+|SCALAR|RANGES|TEXT|DOCKER|MESOS|HOST|BRIDGE|USER"),
        ("true or false", r"true|false"),
        ("digits", r"[0-9]+"),
        ("uuid", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
        ("agent id", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-S[0-9]+"),
        ("framework id", r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-[0-9]{4}"),
        ("port ranges", r"\[[0-9]+-[0-9]+(, [0-9]+-[0-9]+)*\]"),
        ("process id", r"\w+(\([0-9]+\))?@.+:[0-9]+"),
        ("uuid in base64", r"[A-Za-z0-9+/]{22}=="),
        ("version", r"[0-9]+\.[0-9]+\.[0-9]+"),
    )
)
#: Objects whose keys users choose: what their values may be counts, not their names.
OPEN_KEYS = frozenset(("attributes", "reserved_resources", "reserved_resources_full"))
#: Parts of metric names that name a framework or a role of this cluster.
_NAMED = ((re.compile(r"/frameworks/[^/]+/[^/]+/"), "/frameworks/<name>/<id>/"), (re.compile(r"/roles/[^/]*/"), "/roles/<role>/"))


def form(text: str) -> str:
    return next((name for name, pattern in _FORMS if pattern.fullmatch(text)), "free")


def kind_of(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "boolean", int: "whole number", float: "floating point number"}
    return "null" if value is None else names[type(value)]


@dataclass(frozen=True)
class Difference:
    """`kind`: missing (a key that was always recorded), unknown (a key never recorded), type, form, empty or filled (a list)."""

    path: str
    kind: str
    seen: str
    recorded: str

    def __str__(self) -> str:
        return f"{self.path or '/'}: {self.kind}: {self.seen}; recorded: {self.recorded}"


@dataclass
class Shape:
    kinds: set[str] = field(default_factory=set)
    forms: set[str] = field(default_factory=set)
    #: Of objects: how many were seen, and of each key its shape and in how many it was.
    objects: int = 0
    keys: dict[str, tuple[Shape, list[None]]] = field(default_factory=dict)
    #: Of lists: whether one was empty, one was not, and the shapes of elements by what tells them apart.
    lengths: set[str] = field(default_factory=set)
    elements: dict[str, Shape] = field(default_factory=dict)
    open: bool = False

    def add(self, value: Any, name: str = "") -> None:
        value = as_object(value)
        self.kinds.add(kind_of(value))
        if isinstance(value, str):
            self.forms.add(form(value))
        elif isinstance(value, dict):
            self.open = name in OPEN_KEYS
            self.objects += 1
            for key, one in value.items():
                shape, seen = self.keys.setdefault("*" if self.open else _unnamed(key), (Shape(), []))
                shape.add(one, key)
                seen.append(None)
        elif isinstance(value, list):
            self.lengths.add("filled" if value else "empty")
            for one in value:
                self.elements.setdefault(_element(one), Shape()).add(one)

    def required(self) -> set[str]:
        return set() if self.open else {key for key, (_shape, seen) in self.keys.items() if len(seen) >= self.objects}


def learn(answers: Iterable[Any]) -> Shape:
    shape = Shape()
    for answer in answers:
        shape.add(answer)
    return shape


def differences(shape: Shape, value: Any, path: str = "") -> Iterator[Difference]:
    """Where `value` is not as recorded; once per path, however many elements of a list show it."""
    seen = set()
    for one in _compare(shape, value, path):
        if (one.path, one.kind) not in seen:
            seen.add((one.path, one.kind))
            yield one


def _compare(shape: Shape, value: Any, path: str) -> Iterator[Difference]:
    value = as_object(value)
    kind = kind_of(value)
    if kind not in shape.kinds:
        yield Difference(path, "type", kind, " or ".join(sorted(shape.kinds)))
        return
    if isinstance(value, str):
        ours = form(value)
        if "free" not in shape.forms and ours not in shape.forms:
            yield Difference(path, "form", f"{ours} ({value!r})", " or ".join(sorted(shape.forms)))
    elif isinstance(value, dict):
        yield from _compare_object(shape, value, path)
    elif isinstance(value, list):
        yield from _compare_list(shape, value, path)


def _compare_object(shape: Shape, value: Mapping[str, Any], path: str) -> Iterator[Difference]:
    if shape.open:
        for key, one in value.items():
            if "*" in shape.keys:
                yield from _compare(shape.keys["*"][0], one, f"{path}/{key}")
        return
    ours = {_unnamed(key): one for key, one in value.items()}
    for key in sorted(shape.required() - set(ours)):
        yield Difference(f"{path}/{key}", "missing", "not there", " or ".join(sorted(shape.keys[key][0].kinds)))
    for key, one in ours.items():
        if key in shape.keys:
            yield from _compare(shape.keys[key][0], one, f"{path}/{key}")
        else:
            yield Difference(f"{path}/{key}", "unknown", kind_of(one), "not there")


def _compare_list(shape: Shape, value: Sequence[Any], path: str) -> Iterator[Difference]:
    length = "filled" if value else "empty"
    if length not in shape.lengths:
        yield Difference(path, length, f"{len(value)} elements", " or ".join(sorted(shape.lengths)))
    for one in value:
        key = _element(one)
        if key in shape.elements:
            yield from _compare(shape.elements[key], one, f"{path}/{key}")


def as_object(value: Any) -> Any:
    """A list of nothing but names and values (flags, metrics of the v1 API) is an object in other clothes."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and set(one) == {"name", "value"} for one in value):
        return {one["name"]: one["value"] for one in value}
    return value


def _element(value: Any) -> str:
    if isinstance(value, dict) and isinstance(value.get("name"), str) and isinstance(value.get("type"), str):
        return f"[{value['type']}]"
    return "[]"


def _unnamed(key: str) -> str:
    for pattern, replacement in _NAMED:
        key = pattern.sub(replacement, key)
    return key
