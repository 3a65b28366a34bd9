# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Return values beside what RETURN says of them, in both directions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

#: Ansible's own keys, which no module documents.
ANSIBLES = {
    *("ansible_loop_var", "changed", "deprecations", "diff", "exception", "failed", "failed_when_result", "invocation", "item"),
    *("unreachable", "warnings"),
}  # fmt: skip
TYPES: dict[str, tuple[type, ...]] = {
    "str": (str,), "path": (str,), "bool": (bool,), "int": (int,), "float": (int, float), "list": (list,), "dict": (dict,),
}  # fmt: skip
PROMISED = ("always", "success")


def untrue(returned: Mapping[str, Any], result: Mapping[str, Any], *, failed: bool = False) -> list[str]:
    """What of a module's result is not as documented; empty if all is."""
    found = {key: value for key, value in result.items() if key not in ANSIBLES and not key.startswith("_ansible")}
    promised = [key for key, said in returned.items() if said["returned"] == "always" or (said["returned"] == "success" and not failed)]
    return [
        *(f"{key}: Ansible has a meaning of its own for this key" for key in sorted(returned.keys() & ANSIBLES)),
        *(f"{key}: not returned" for key in promised if key not in found),
        *(f"{key}: not documented" for key in found if key not in returned and not (failed and key == "msg")),
        *(problem for key in found if key in returned for problem in problems(returned[key], found[key], key)),
    ]


def problems(said: Mapping[str, Any], value: Any, where: str) -> Iterator[str]:
    """Of one value: its type, that of its elements, and what it contains. A value that may be null says so in its description."""
    if value is None:
        if "null" not in text(said):
            yield f"{where}: null, which the description does not mention"
        return
    if not is_a(value, said["type"]):
        yield f"{where}: {type(value).__name__}, documented as {said['type']}"
        return
    for index, element in enumerate(value if said["type"] == "list" else ()):
        if not is_a(element, said["elements"]):
            yield f"{where}[{index}]: {type(element).__name__}, documented as {said['elements']}"
    contains = said.get("contains")
    if not contains or (value == {} and "empty" in text(said)):
        return
    for index, mapping in enumerate(value if said["type"] == "list" else [value]):
        place = f"{where}[{index}]" if said["type"] == "list" else where
        expected = {key for key, part in contains.items() if part.get("returned", "always") == "always" and "absent" not in text(part)}
        yield from (f"{place}.{key}: not returned" for key in sorted(expected - set(mapping)))
        # What an error holds besides its kind is that kind's own.
        if where != "error":
            yield from (f"{place}.{key}: not documented" for key in sorted(set(mapping) - set(contains)))
        for key in contains.keys() & mapping.keys():
            yield from problems(contains[key], mapping[key], f"{place}.{key}")


def is_a(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (isinstance(value, bool) and kind in ("int", "float"))


def text(said: Mapping[str, Any]) -> str:
    described = said["description"]
    return described if isinstance(described, str) else " ".join(described)
