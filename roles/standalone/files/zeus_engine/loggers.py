# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Log levels as ``/logging`` shows and changes them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from .errors import Problems
from .schema import enum, integer, record, string

#: Python knows no level below DEBUG.
_LEVELS = {"trace": logging.DEBUG, "debug": logging.DEBUG, "info": logging.INFO, "warn": logging.WARNING, "error": logging.ERROR}
_NAMES = {logging.DEBUG: "DEBUG", logging.INFO: "INFO", logging.WARNING: "WARN", logging.ERROR: "ERROR", logging.CRITICAL: "ERROR"}
ROOT = "ROOT"
_CHANGE = record({"level": enum(*_LEVELS), "logger": string(min_length=1), "durationSeconds": integer(minimum=0)}, ["level", "logger"])


def levels() -> dict[str, str]:
    """Logger -> level, with "(inherited)" where it has none of its own."""
    names = sorted(name for name, logger in logging.root.manager.loggerDict.items() if isinstance(logger, logging.Logger))
    return {ROOT: _name(logging.root.level)} | {name: _shown(logging.getLogger(name)) for name in names}


def _shown(logger: logging.Logger) -> str:
    return _name(logger.level) if logger.level else f"{_name(logger.getEffectiveLevel())} (inherited)"


def _name(level: int) -> str:
    return _NAMES.get(level, logging.getLevelName(level))


def read(body: Any) -> dict[str, Any]:
    """A change of one level. Raises the API's 422."""
    problems = Problems()
    change = _CHANGE(body, "", problems)
    problems.raise_wrong_types()
    return dict(change)


def apply(change: Mapping[str, Any]) -> None:
    """Set the level; with `durationSeconds` it is set back afterwards."""
    name = change["logger"]
    logger = logging.getLogger(None if name == ROOT else name)
    before = logger.level
    logger.setLevel(_LEVELS[change["level"]])
    if "durationSeconds" in change:
        asyncio.get_running_loop().call_later(change["durationSeconds"], logger.setLevel, before)
