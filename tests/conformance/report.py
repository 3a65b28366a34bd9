# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The report of a run, in the form of docs/conformance.md: operation, expected, seen, verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from . import operations
from .checking import AS_EXPECTED, DIFFERS, NOT_CHECKED
from .markdown import code, table
from .suite import Suite


def write(suite: Suite, *, about: Mapping[str, str], secrets: Sequence[str] = ()) -> str:
    """Markdown. `about` says what was asked, and when; `secrets` are texts that must not appear, whoever sent them back to us."""
    groups = operations.load()
    outcomes = {one.name: suite.outcome(one.name, one.unchecked) for group in groups for one in group.operations}
    parts = ["# Conformance of a cluster\n\n", table(("", ""), about.items()), f"\n\n**{summary(suite)}**\n"]
    differing = [one for one in outcomes.values() if one.verdict == DIFFERS]
    if differing:
        parts.append("\n## What differs\n\n" + "".join(f"* {code(one.operation)}: {one.seen}\n" for one in differing))
    for group in groups:
        rows = [
            (code(one.name), one.theirs, outcomes[one.name].seen, _verdict(outcomes[one.name].verdict, outcomes[one.name].why))
            for one in group.operations
        ]
        parts.append(f"\n## {group.title}\n\n" + table(("Operation", "Expected", "Seen", "Verdict"), rows) + "\n")
    text = "".join(parts)
    for secret in secrets:
        text = text.replace(secret, "***")
    return text


def summary(suite: Suite) -> str:
    every = [suite.outcome(one.name, one.unchecked) for group in operations.load() for one in group.operations]
    counts = Counter(one.verdict for one in every)
    return ", ".join(f"{counts[verdict]} {verdict}" for verdict in (AS_EXPECTED, DIFFERS, NOT_CHECKED))


def _verdict(verdict: str, why: str) -> str:
    marked = f"**{verdict}**" if verdict == DIFFERS else verdict
    return f"{marked}: {why}" if why else marked
