# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/conformance.md, written from operations.yml and differences.yml.

python -m conformance.document            write it
python -m conformance.document --check    exit 1 if it is not what would be written
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import differences, operations
from .markdown import code, table
from .recordings import SITUATIONS

CHECKOUT = Path(__file__).resolve().parents[2]
FILE = CHECKOUT / "docs" / "conformance.md"
_THEIRS = {"marathon": "Marathon's sources say", "mesos": "Mesos 1.11.0 was recorded to do", "modules": "On another server"}
_PAGE = Path(__file__).resolve().parent / "page.template"


def write() -> str:
    groups, listed = operations.load(), differences.load()
    named = ", ".join(f"*{name}* ({text})" for name, text in SITUATIONS.items() if name != "operated")
    return _PAGE.read_text(encoding="utf-8").format(
        figures=_figures(groups, listed),
        operations="".join(_operations(group) for group in groups),
        behaviour=table(("Subject", "The engine"), [(one.subject, one.here) for one in differences.behaviour()]),
        situations=named,
        shapes=table(("Answers", "Where", "What", "Situation", "Why"), [_shape(one) for one in listed]),
    )


def _operations(group: operations.Group) -> str:
    rows = [
        (code(one.name), one.engine, one.theirs, one.difference or "", "; ".join(_test(test) for test in one.tests[:3]))
        for one in group.operations
    ]
    return f"\n## {group.title}\n\n{table(('Operation', 'The engine', _THEIRS[group.api], 'Difference', 'Shown by'), rows)}\n"


def _shape(one: differences.Entry) -> tuple[str, str, str, str, str]:
    where = " ".join(code(path or "/") for path in one.paths)
    return ", ".join(one.requests), where, one.kind, ", ".join(one.situations), one.reason


def _figures(groups: list[operations.Group], listed: list[differences.Entry]) -> str:
    every = [one for group in groups for one in group.operations]
    number = {api: sum(one.api == api for one in every) for api in operations.APIS}
    checked = sum(one.unchecked is None for one in every)
    differing = sum(one.difference is not None for one in every)
    return (
        f"**{len(every)} entries** ({number['marathon']} of Marathon, {number['mesos']} of Mesos, {number['modules']} modules): "
        f"{checked} with a check that runs against any cluster, {differing} that differ; {len(listed)} listed differences of shape."
    )


def _test(name: str) -> str:
    """A link to the file, and the test's name."""
    path, _colons, function = name.partition("::")
    return f"[{function}](../{path})"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m conformance.document", description="Write docs/conformance.md.")
    parser.add_argument("--check", action="store_true", help="only say whether it is up to date")
    if not parser.parse_args().check:
        FILE.write_text(write(), encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != write():
        print("docs/conformance.md is not up to date; run: make conformance-doc", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
