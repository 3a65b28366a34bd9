# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""App ids, instance ids and task ids."""

from __future__ import annotations

import re
import uuid
from collections.abc import Sequence

SEGMENT = r"^(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])|(\.|\.\.)$"
_SEGMENT = re.compile(r"(([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9\-]*[a-z0-9])|(\.|\.\.)")
RESERVED = ("restart", "tasks", "versions", ".", "..")
_INSTANCE = re.compile(r"^(.+)\.(instance-|marathon-)([^.]+)$")
_TASK = re.compile(r"^(.+)\.(instance-|marathon-)([^.]+)(?:\._app(?:\.(\d+))?)?$")


def absolute(raw: str, base: str = "/") -> str:
    """`raw` as an absolute id without a trailing slash; relative ids, ``.`` and ``..`` resolve against the group `base`."""
    start = [] if raw.startswith("/") else segments(base)
    for part in (part for part in raw.split("/") if part):
        if part == "..":
            start = start[:-1]
        elif part != ".":
            start.append(part)
    return "/" + "/".join(start)


def segments(app_id: str) -> list[str]:
    return [part for part in app_id.split("/") if part]


def join(parts: Sequence[str]) -> str:
    """Segments as an absolute id; ``.`` and ``..`` are resolved."""
    return absolute("/" + "/".join(parts))


def groups_of(app_id: str) -> list[str]:
    """The groups an app lies in, from the top, without the root: ``/a/b/c`` -> ``["/a", "/a/b"]``."""
    parts = segments(app_id)
    return ["/" + "/".join(parts[:end]) for end in range(1, len(parts))]


def parent(some_id: str) -> str:
    """The group that an app or a group lies in: ``/a/b`` -> ``/a``, ``/a`` -> ``/``."""
    return some_id.rpartition("/")[0] or "/"


def is_below(some_id: str, group_id: str) -> bool:
    """Does this app or group lie in the group, however deep?"""
    return some_id != "/" and some_id.startswith(group_id.rstrip("/") + "/")


def path_problems(path: str) -> list[str]:
    """What Marathon would say against the characters of an id that only names something else, as a dependency does."""
    wrong = any(not _SEGMENT.fullmatch(part) for part in segments(path))
    return [f"must fully match regular expression '{SEGMENT}'"] if wrong else []


def problems(app_id: str) -> list[str]:
    """What Marathon would say against this id."""
    parts = segments(app_id)
    if not parts:
        return ["must not be root"]
    found = path_problems(app_id)
    if parts[-1] in RESERVED:
        found.append(f"must not end with any of the following reserved keywords: {', '.join(RESERVED)}")
    return found[:1]


def new_instance_id(app_id: str) -> str:
    return f"{'_'.join(segments(app_id))}.instance-{uuid.uuid1()}"


def task_id_of(instance_id: str, incarnation: int = 1) -> str:
    return f"{instance_id}._app.{incarnation}"


def is_task_id(text: str) -> bool:
    return _TASK.match(text) is not None


def instance_id_of(task_id: str) -> str:
    match = _TASK.match(task_id)
    return f"{match[1]}.{match[2]}{match[3]}" if match else task_id
