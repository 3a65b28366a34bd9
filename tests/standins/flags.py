# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The flags of a program, read as the real one reads them: fixtures/<program>.json holds name -> [type, default]."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from . import HOME

_UNITS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "secs": 1.0, "mins": 60.0, "hrs": 3600.0, "days": 86400.0, "weeks": 604800.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)(" + "|".join(_UNITS) + ")")
#: What both frameworks' HTTP library reads of the environment.
_CHAOS = {
    "http_credentials": "MESOSPHERE_HTTP_CREDENTIALS",
    "ssl_keystore_path": "MESOSPHERE_KEYSTORE_PATH",
    "ssl_keystore_password": "MESOSPHERE_KEYSTORE_PASS",
}


class FlagError(Exception):
    """The text is the program's own."""


def table(program: str) -> dict[str, tuple[str, str | None]]:
    """``mesos-master``, ``mesos-agent``, ``marathon`` or ``chronos``: each flag's type and default."""
    found = json.loads((HOME / "fixtures" / f"{program}.json").read_text(encoding="utf-8"))
    return {name: (kind, default) for name, (kind, default) in found.items()}


def duration(value: float) -> str:
    """As stout shows it: in the largest unit that it has one of (``operator<<`` of Duration)."""
    unit = max((one for one in _UNITS if _UNITS[one] <= value), key=_UNITS.__getitem__, default="secs")
    return f"{value / _UNITS[unit]:g}{unit}"


def seconds(text: str) -> float:
    """A duration of Mesos: a number and its unit."""
    found = _DURATION.fullmatch(text)
    if not found:
        raise FlagError(f"Invalid duration '{text}'; expecting a number followed by one of {', '.join(_UNITS)}")
    return float(found[1]) * _UNITS[found[2]]


def mesos(program: str, arguments: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """Values by name, None where nothing is set. MESOS_* below the command line; unknown variables are ignored, unknown flags are not."""
    known = table(program)
    given = {name: environ[f"MESOS_{name.upper()}"] for name in known if f"MESOS_{name.upper()}" in environ}
    loaded: dict[str, str] = {}
    for argument in arguments:
        if not argument.startswith("--"):
            raise FlagError(f"Failed to load unknown flag '{argument}'")
        written, has_value, value = argument[2:].partition("=")
        name = written.removeprefix("no-") if written not in known else written
        if name not in known:
            raise FlagError(f"Failed to load unknown flag '{written}'")
        if name in loaded:
            raise FlagError(f"Flag '{name}' is already loaded via name '{loaded[name]}'")
        loaded[name] = written
        boolean = known[name][0] == "boolean"
        if boolean and written != name:
            if has_value:
                raise FlagError(f"Failed to load boolean flag '{name}' via '{written}' with value '{value}'")
            value = "false"
        elif boolean and not has_value:
            value = "true"
        elif not boolean and written != name:
            raise FlagError(f"Failed to load non-boolean flag '{name}' via '{written}'")
        elif not boolean and not has_value:
            raise FlagError(f"Failed to load non-boolean flag '{name}': Missing value")
        given[name] = value
    values: dict[str, Any] = {}
    for name, (kind, default) in known.items():
        if name in given:
            values[name] = _loaded(name, kind, given[name])
        else:
            values[name] = None if default is None else _converted(kind, default)
    if program == "mesos-agent" and not values["work_dir"] and not values["help"] and not values["version"]:
        raise FlagError("Flag 'work_dir' is required, but it was not provided")
    return values


def _loaded(name: str, kind: str, text: str) -> Any:
    before = f"Failed to load flag '{name}': Failed to load value '{text}': "
    try:
        if kind == "path":
            return text.removeprefix("file://")
        if text.startswith("file://") or (kind == "json" and text.startswith("/")):
            path = text.removeprefix("file://")
            try:
                with open(path, encoding="utf-8") as file:
                    text = file.read().strip()
            except OSError as error:
                raise FlagError(f"Error reading file '{path}': {error.strerror}") from None
        return _converted(kind, text)
    except FlagError as error:
        raise FlagError(f"{before}{error}") from None


def _converted(kind: str, text: str) -> Any:
    if kind == "boolean":
        if text in ("true", "1", "false", "0"):
            return text in ("true", "1")
        raise FlagError("Expecting a boolean (e.g., true or false)")
    try:
        if kind == "integer":
            return int(text)
        if kind == "number":
            return float(text)
    except ValueError:
        raise FlagError("Failed to convert into required type") from None
    if kind == "duration":
        return seconds(text)
    if kind == "json":
        try:
            return json.loads(text)
        except ValueError:
            raise FlagError("syntax error at line 1 near: ") from None
    return text


def shown(program: str, values: Mapping[str, Any], environ_or_arguments: Mapping[str, str] | None = None) -> dict[str, str]:
    """As /flags has them: text, and only those that have a value."""
    found = {}
    for name, (kind, default) in table(program).items():
        value = values[name]
        if value is None:
            continue
        if kind == "boolean":
            found[name] = "true" if value else "false"
        elif kind == "duration":
            found[name] = default if default is not None and seconds(default) == value else duration(value)
        else:
            found[name] = json.dumps(value) if kind == "json" else str(value)
    return found


def scallop(program: str, prefix: str, arguments: Sequence[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """Marathon's and Chronos' options (not verified against the programs): ``--name value`` or ``--name=value``, ``--disable_name``.

    Marathon turns each ``MARATHON_*`` variable into an option before anything else, so that an unknown one is refused; Chronos has no
    such thing (`prefix` is empty).
    """
    known = table(program)
    given: dict[str, str] = {}
    rest = list(arguments)
    while rest:
        argument = rest.pop(0)
        if not argument.startswith("--"):
            raise FlagError(f"Excess arguments provided: '{argument}'")
        written, has_value, value = argument[2:].partition("=")
        name = written if written in known else written.removeprefix("disable_")
        if name not in known:
            raise FlagError(f"Unknown option '{written}'")
        if name in given:
            raise FlagError(f"Option '{written}' can't be given twice")
        if known[name][0] == "boolean":
            if has_value:
                raise FlagError(f"Option '{written}' takes no argument")
            value = "true" if written == name else "false"
        elif not has_value:
            if not rest:
                raise FlagError(f"Bad arguments for option '{written}': '' - you should provide exactly one argument")
            value = rest.pop(0)
        given[name] = value
    for variable, value in environ.items():
        written = variable.removeprefix(prefix).lower()
        if not prefix or not variable.startswith(prefix):
            continue
        name = written if written in known else written.removeprefix("disable_")
        if name not in known:
            raise FlagError(f"Unknown option '{written}'")
        if name not in given:
            switch = "true" if written == name else "false"
            given[name] = switch if known[name][0] == "boolean" and value in ("", "true") else value
    for name, variable in _CHAOS.items():
        if name not in given and variable in environ:
            given[name] = environ[variable]
    values: dict[str, Any] = {}
    for name, (kind, default) in known.items():
        text = given.get(name, default)
        try:
            values[name] = None if text is None else _converted(kind, text)
        except FlagError:
            raise FlagError(f"Bad arguments for option '{name}': '{text}' - wrong arguments format") from None
    if values["master"] is None:
        raise FlagError("Required option 'master' not found")
    return values
