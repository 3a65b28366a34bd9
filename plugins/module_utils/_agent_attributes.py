# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""The attributes of a Mesos agent, checked before anything is written.

Mesos 1.11.0 ends with SIGABRT on some texts (``vcluster``, ``vcluster:``, ``{a,b}``), and takes others silently for something else: a comma
instead of a semicolon, blanks and shell quotes become part of a name, a name may stand twice, and ``007`` becomes the number 7.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, mapping, matching

#: What every agent has; so a catalogue cannot name them, or they would stand twice.
OWN = ("dc", "vcluster", "rack")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,62}")
_VALUE = re.compile(r"[A-Za-z0-9._/-]{1,255}")
#: How Mesos itself writes a number: at most three decimals, and no zero that says nothing.
_NUMBER_AS_WRITTEN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]{0,2}[1-9])?")
_HEXADECIMAL = re.compile(r"-?0[xX][0-9a-fA-F.]+(?:[pP]-?[0-9]+)?")


def read_attributes(data: Any, where: Where) -> dict[str, str]:
    """The catalogue's own attributes of a virtual cluster. Raises InputError."""
    found = {}
    for name, value in mapping(data, where).items():
        at = where.at(name)
        matching(name, _NAME, at, "a name of letters, digits and . _ -, a letter first, at most 63 characters")
        if name in OWN:
            at.refuse("every agent has this attribute already", "another name than " + ", ".join(OWN), value)
        found[name] = read_value(value, at)
    return found


def read_value(value: Any, where: Where) -> str:
    """One value. Text stays text; a number must be spelled as Mesos would spell it, so that it is found again."""
    found = matching(value, _VALUE, where, "a text of letters, digits and . _ - /")
    if _is_number(found) and not _NUMBER_AS_WRITTEN.fullmatch(found):
        where.refuse(
            "Mesos reads this as a number and spells it otherwise", "a text that is no number, such as r007, or a number as 7", found
        )
    return found


def agent_attributes(datacenter: str, vcluster: str, rack: str | None, own: Mapping[str, str]) -> dict[str, str]:
    """All attributes of one agent, in the order in which they are written."""
    return {"dc": datacenter, "vcluster": vcluster, **({} if rack is None else {"rack": rack}), **dict(sorted(own.items()))}


def attributes_text(attributes: Mapping[str, str]) -> str:
    """As ``MESOS_ATTRIBUTES`` takes it: ``dc:bj01;vcluster:web;rack:r12``."""
    return ";".join(f"{name}:{value}" for name, value in attributes.items())


def _is_number(text: str) -> bool:
    if _HEXADECIMAL.fullmatch(text):
        return True
    try:
        float(text)
    except ValueError:
        return False
    return True
