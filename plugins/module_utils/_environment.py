# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Options from the environment: what neither the task nor module_defaults gives, ``ZEUS_<OPTION>`` may.

Ansible's own ``env_fallback`` hands on raw text: it would keep the spaces of ``a, b``, and its error for a wrong number names an option
that the user has not written. So each type is read here, and the error names the variable.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

try:
    from ansible.module_utils.errors import AnsibleFallbackNotFound
except ImportError:  # this file is importable without ansible-core; then nobody asks for a fallback

    class AnsibleFallbackNotFound(Exception):  # type: ignore[no-redef]
        """What Ansible takes for "there is none"."""


Spec = dict[str, dict[str, Any]]

TRUE, FALSE = ("true", "yes", "on", "1"), ("false", "no", "off", "0")
#: Why a variable cannot be used. Ansible catches nothing that a fallback raises, so errors wait here until ``refuse_unusable``.
_unusable: dict[str, InputError] = {}


def variable_of(option: str) -> str:
    """``marathon_urls`` → ``ZEUS_MARATHON_URLS``."""
    return f"ZEUS_{option.upper()}"


def with_environment(spec: Spec) -> Spec:
    """The same options for AnsibleModule, each with the variable of its name behind it."""
    return {name: {**option, "fallback": (partial(_fallback, option["type"]), [variable_of(name)])} for name, option in spec.items()}


def refuse_unusable() -> None:
    """To be called before options are used. Raises the InputError of a variable that is needed and cannot be used."""
    errors = [*_unusable.values()]
    _unusable.clear()
    for error in errors:
        raise error


def _fallback(kind: str, variable: str) -> Any:
    """An empty variable counts as none, so that ``ZEUS_TIMEOUT= ansible-playbook …`` takes one away."""
    text = os.environ.get(variable, "")
    if not text.strip():
        raise AnsibleFallbackNotFound
    read, stand_in = _KINDS[kind]
    try:
        return read(variable, text)
    except InputError as error:
        _unusable[variable] = error
        return stand_in


def _text(_variable: str, text: str) -> str:
    return text


def _list(variable: str, text: str) -> list[str]:
    items = [item.strip() for item in text.split(",")]
    if text.lstrip().startswith("[") or not all(items):
        expected = "addresses with commas between them, such as http://10.1.0.11:8080,http://10.1.0.12:8080"
        raise InputError(variable, "", "not a list of addresses", expected, text)
    return items


def _lists_by_name(variable: str, text: str) -> dict[str, list[str]]:
    expected = 'a JSON object of lists, such as {"web": ["http://10.1.0.21:8700"]}'
    try:
        found = json.loads(text)
    except ValueError as error:
        raise InputError(variable, "", f"not JSON: {error}", expected, text) from error
    if not isinstance(found, Mapping):
        raise InputError(variable, "", "not a JSON object", expected, text)
    for name, items in found.items():
        if not isinstance(items, list) or not all(isinstance(item, str) for item in items):
            raise InputError(variable, name, "not a list of texts", expected, items)
    return dict(found)


def _number(kind: Callable[[str], float], expected: str, variable: str, text: str) -> float:
    try:
        return kind(text)
    except ValueError as error:
        raise InputError(variable, "", "not a number", expected, text) from error


def _bool(variable: str, text: str) -> bool:
    said = text.strip().lower()
    if said not in (*TRUE, *FALSE):
        raise InputError(variable, "", "neither true nor false", f"one of {', '.join((*TRUE, *FALSE))}", text)
    return said in TRUE


#: By an option's type, how text becomes its value, and what stands for it until an error about it is told.
_KINDS: dict[str, tuple[Callable[[str, str], Any], Any]] = {
    "str": (_text, ""),
    "path": (_text, ""),
    "list": (_list, []),
    "dict": (_lists_by_name, {}),
    "int": (partial(_number, int, "a whole number"), 0),
    "float": (partial(_number, float, "a number, such as 10 or 0.5"), 0.0),
    "bool": (_bool, False),
}
