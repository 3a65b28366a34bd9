# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The Docker command line, as far as the demo needs it."""

from __future__ import annotations

import json
import re
from typing import Any

from zeus_demo.command import capture, succeeds
from zeus_demo.errors import DemoError

#: Docker's name for a bridge that it made.
BRIDGE = re.compile(r"docker0|br-[0-9a-f]{12}")


def docker(*arguments: str, stdin: str | None = None, timeout: float | None = 120) -> str:
    """``docker ARGUMENTS``; its standard output."""
    return capture(["docker", *arguments], stdin=stdin, timeout=timeout)


def answers() -> bool:
    """Whether a daemon answers this user."""
    return succeeds(["docker", "version", "--format", "{{.Server.Version}}"], timeout=20)


def why_not() -> str:
    """What the client says when no daemon answers; empty if there is no client."""
    try:
        capture(["docker", "version", "--format", "{{.Server.Version}}"], timeout=20)
    except DemoError as error:
        return "" if "is not installed" in str(error) else str(error)
    return ""


def has_image(tag: str) -> bool:
    return succeeds(["docker", "image", "inspect", tag], timeout=20)


def inspect(kind: str, names: list[str]) -> list[dict[str, Any]]:
    """``docker KIND inspect`` of all names at once."""
    found: list[dict[str, Any]] = json.loads(docker(kind, "inspect", *names)) if names else []
    return found


def names(kind: str, label: str) -> list[str]:
    """Containers (also stopped ones) or networks that carry a label."""
    if kind == "container":
        listed = docker("ps", "--all", "--filter", f"label={label}", "--format", "{{.Names}}")
    else:
        listed = docker(kind, "ls", "--filter", f"label={label}", "--format", "{{.Name}}")
    return listed.split()


def run_in(container: str, *command: str, stdin: str | None = None, timeout: float | None = 120) -> str:
    """Run a command in a running container; its standard output."""
    return docker("exec", *(["-i"] if stdin is not None else []), container, *command, stdin=stdin, timeout=timeout)
