# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``python -m gates [name …]``: the gates of ``make lint``, all or those named. ``--list`` says what there is."""

from __future__ import annotations

import argparse
import os
import sys
import time

from gates.catalogue import Gate, gates, places
from gates.run import Outcome, run_all
from zeus_demo.screen import Screen


def main() -> int:
    at = places()
    known = {gate.name: gate for gate in gates(at)}
    parser = argparse.ArgumentParser(prog="python -m gates", description="The gates of make lint.")
    parser.add_argument("names", nargs="*", metavar="name", help="a gate; all of them if none is named")
    parser.add_argument("--list", action="store_true", help="say which gates there are")
    arguments = parser.parse_args()
    screen = Screen()
    if arguments.list:
        screen.table(("gate", "what it looks at"), [(gate.name, gate.about) for gate in known.values()])
        return 0
    for name in arguments.names:
        if name not in known:
            parser.error(f"there is no gate {name}; there are {', '.join(known)}")
    begin, logs = time.monotonic(), at.state / "log" / "gates"
    verbose = bool(os.environ.get("V"))
    outcomes = run_all(chosen(arguments.names, known), logs, lambda outcome: tell(screen, outcome, verbose))
    failed = [outcome.gate.name for outcome in outcomes if not outcome.passed]
    total = f"({time.monotonic() - begin:.0f} s)"
    if failed:
        screen.line(f"failed: {', '.join(failed)} {total}. One alone, with all it says: V=1 make lint GATES={failed[0]}")
    else:
        screen.line(f"all gates passed {total}")
    return bool(failed)


def chosen(names: list[str], known: dict[str, Gate]) -> list[Gate]:
    """The named gates and what they need, in the catalogue's order."""
    wanted = set(names) | {known[name].needs for name in names}
    return [gate for gate in known.values() if not names or gate.name in wanted]


def tell(screen: Screen, outcome: Outcome, verbose: bool) -> None:
    """One line, and the whole output if something is wrong (or if the user wants to see everything)."""
    word = screen.paint("ok", "32") if outcome.passed else screen.paint("failed", "31")
    if verbose or not outcome.passed:
        screen.line(outcome.log.read_text(encoding="utf-8", errors="replace").rstrip())
    screen.line(f"{outcome.gate.name:<14}{outcome.gate.about:<56} {word} {outcome.seconds:6.1f} s")


if __name__ == "__main__":
    sys.exit(main())
