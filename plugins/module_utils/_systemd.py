# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Text for systemd: values of an environment file and words of a command, quoted so that they arrive as they are.

Rules: systemd.exec(5) ``EnvironmentFile=`` (shell-like double quotes), systemd.service(5) "Command lines", systemd.unit(5) "Specifiers".
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_PLAIN = re.compile(r"[A-Za-z0-9_./:=@,+-]+")


def environment_file(values: Mapping[str, Any], source: str) -> str:
    """Lines ``NAME="value"``, sorted; None leaves a name out, booleans become ``true`` and ``false``.

    Raises InputError (source and name) for what no environment file can hold.
    """
    lines = []
    for name, value in sorted(values.items()):
        where = Where(source, str(name))
        if not _NAME.fullmatch(str(name)):
            where.refuse("this is not the name of an environment variable", "letters, digits and _")
        if value is not None:
            lines.append(f'{name}="{_escaped(_text(value, where))}"\n')
    return "".join(lines)


def command_line(words: Sequence[Any], source: str) -> str:
    """One command for ``ExecStart=``: no word is split, expanded or taken for a specifier. Raises InputError."""
    shown = [_text(word, Where(source).item(index)) for index, word in enumerate(words)]
    if not shown or not shown[0].startswith("/"):
        Where(source).refuse("systemd starts programs by their absolute path", "a path as the first word", shown[:1])
    return " ".join(_word(word) for word in shown)


def _word(word: str) -> str:
    if _PLAIN.fullmatch(word):
        return word
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{quoted}"'


def _escaped(value: str) -> str:
    return re.sub(r'(["\\`$])', r"\\\1", value)


def _text(value: Any, where: Where) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        where.refuse("this is neither text nor number", "one value", value)
    found = str(value)
    if _CONTROL.search(found):
        where.refuse("this holds a line break or another control character", "one line of text")
    return found
