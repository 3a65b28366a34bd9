# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Options of a program: what a role sets, and what a user adds, as variables of the environment or as words of a command.

A value of ``True`` is an option without a value. What the role sets as ``False`` is left out, so that a template can say so in every
version of Ansible; a user's ``False`` is the option's opposite, where the program has such (``--disable_…``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, mapping

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_VALUE = "a text or number in one line, true or false"


def merged(settings: Mapping[str, Any], extra: Any, variable: str, *, negation: str = "") -> dict[str, str | None]:
    """Option → value (None: it has none). ``variable`` is what the user wrote ``extra`` into.

    Raises InputError where an option of the user's is none, or is the role's own: variable, key, value, and what would be right.
    """
    where = Where(variable)
    own = {name.removeprefix(negation) for name in settings}
    found: dict[str, str | None] = {}
    for name, value in settings.items():
        if value is not False:
            found[name] = None if value is True else str(value)
    for name, value in mapping(extra, where, "{option: value}").items():
        place = where.at(name)
        if not _NAME.fullmatch(name):
            place.refuse("this is not an option's name", "its name without dashes in front, as in the program's --help")
        if name.removeprefix(negation) in own:
            place.refuse("the role sets this option itself", "the role's own variable for it (README)")
        if value is False and not negation:
            place.refuse("this program has no opposite of an option", "to leave it out", value)
        if value is False:
            found[f"{negation}{name}"] = None
        elif value is True:
            found[name] = None
        elif isinstance(value, str | int | float) and not re.search(r"[\n\r\0]", str(value)):
            found[name] = str(value)
        else:
            place.refuse("this is not a value for an option", _VALUE, value)
    return found


def environment(options: Mapping[str, str | None], prefix: str) -> dict[str, str]:
    """As Marathon reads them: an option without a value is an empty variable."""
    return {f"{prefix}{name.upper()}": value or "" for name, value in options.items()}


def words(options: Mapping[str, str | None]) -> list[str]:
    """As words of a command, in the options' order by name: two of the same settings are the same command."""
    found: list[str] = []
    for name in sorted(options):
        value = options[name]
        found += [f"--{name}"] if value is None else [f"--{name}", value]
    return found
