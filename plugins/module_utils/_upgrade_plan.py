# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""May a cluster go from the versions that run to those that are wanted, and what is done for it?

The rules are from the programs' public documentation: Mesos's docs/versioning.md and docs/upgrades.md, Marathon's docs on upgrades and on
its compatibility with Mesos, and its release notes. None was observed, since no second version of any of them could be had.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._fields import Where, known_keys, mapping, one_of, text
from ansible_collections.zeus.paas.plugins.module_utils._mesos_health import AGENTS_AWAY, majority

Version = tuple[int, ...]
#: What a run may be limited to, and the parts that are then done.
PARTS = {"masters": ("masters",), "agents": ("agents",), "frameworks": ("marathon", "chronos")}
#: In the order in which they are done: a master may be newer than its agents, and never older.
ORDER = ("masters", "agents", "marathon", "chronos")
PROGRAM = {"masters": "Mesos", "agents": "Mesos", "marathon": "Marathon", "chronos": "Chronos"}
#: Marathon, from this version on, and the oldest Mesos that it works with.
MARATHON_NEEDS: tuple[tuple[Version, Version], ...] = (((1, 3), (1, 0)), ((1, 4), (1, 1)), ((1, 7), (1, 5)))
#: Marathons before and after it elect their leaders in different ways, so both would lead.
MARATHON_ELECTION: Version = (1, 2)
_VERSION = re.compile(r"([0-9]+(?:\.[0-9]+)*)")


@dataclass(frozen=True)
class Part:
    """``running``: by node; empty for one that is away or new. ``wanted``: the version of the source."""

    name: str
    running: Mapping[str, str]
    wanted: str

    @property
    def pending(self) -> tuple[str, ...]:
        return tuple(sorted(node for node, version in self.running.items() if not same(version, self.wanted)))

    @property
    def known(self) -> dict[str, Version]:
        return {node: number(version) for node, version in self.running.items() if version}


def number(version: str) -> Version:
    """The numbers at its beginning: ``(1, 11, 0)`` of ``1.11.0-rc1``. Empty for what begins with none."""
    found = _VERSION.match(version)
    return tuple(int(part) for part in found[1].split(".")) if found else ()


def same(running: str, wanted: str) -> bool:
    """Whether this is the wanted version; what comes after the numbers of it (``1.11.0-rc1``) is no other one."""
    return bool(running) and _level(number(running)) == _level(number(wanted))


def refusals(parts: Sequence[Part], chosen: Sequence[str]) -> list[str]:
    """Why this upgrade may not be begun, each with what to do instead; empty if it may."""
    by_name = {part.name: part for part in parts}
    found: list[str] = []
    for name in chosen:
        part = by_name[name]
        found += _down(part)
        if name in ("masters", "agents"):
            found += _mesos_step(part)
    if "marathon" in chosen:
        found += _marathon(by_name["marathon"], _mesos_afterwards(by_name, chosen))
    if "agents" in chosen and "masters" not in chosen:
        found += _masters_first(by_name["masters"], by_name["agents"])
    return found


def not_ready(report: Mapping[str, Any], chosen: Sequence[str]) -> list[str]:
    """What of the answer of mesos_cluster_info stops an upgrade.

    Nodes that are away are no reason as long as the others are enough: they go first, and the change may be what they are away for want of
    (an upgrade that was cut off, say). Everything else is.
    """
    masters = report["masters"]
    away = [one["url"] for one in masters if not (one["answers"] and one["recovered"])]
    enough = report["leader"] is not None and len(masters) - len(away) >= majority(len(masters))
    return [problem for problem in report["problems"] if not (enough and _mended(problem, away, chosen))]


def read_parts(value: Any, where: Where) -> tuple[Part, ...]:
    """``{masters: {wanted: "1.11.0", running: {name: version}}, agents: …, marathon: …, chronos: …}``. Raises InputError."""
    given = mapping(value, where, "{masters: {wanted: …, running: {…}}, …}")
    known_keys(given, ORDER, where)
    parts = []
    for name in ORDER:
        at = where.at(name)
        entry = mapping(given.get(name), at, '{wanted: "1.11.0", running: {name: version}}')
        wanted = text(entry.get("wanted"), at.at("wanted"), "the version of the source")
        if not number(wanted):
            at.at("wanted").refuse("this does not begin with a number", "a version such as 1.11.0", wanted)
        running = mapping(entry.get("running"), at.at("running"), "{name: version}")
        parts.append(Part(name, {str(node): str(version or "") for node, version in running.items()}, wanted))
    return tuple(parts)


def read_only(value: Any, where: Where) -> tuple[str, ...]:
    """The parts that ``only`` names, in their order; all of them if it is empty."""
    if value in (None, ""):
        return ORDER
    return PARTS[one_of(value, tuple(PARTS), where)]


def told(parts: Sequence[Part], chosen: Sequence[str]) -> list[str]:
    """For people, a line for each part that is done."""
    lines = []
    for part in parts:
        if part.name not in chosen:
            continue
        before = sorted({part.running[node] for node in part.pending}, key=number)
        if not part.pending:
            lines.append(f"{part.name}: {PROGRAM[part.name]} {part.wanted} runs already on all {len(part.running)}")
        else:
            now = ", ".join(version or "none that answers" for version in before)
            lines.append(f"{part.name}: {len(part.pending)} of {len(part.running)} from {now} to {PROGRAM[part.name]} {part.wanted}")
    return lines


def _level(version: Version) -> Version:
    """Without zeros at the end: 1.11 is 1.11.0."""
    return version if not version or version[-1] else _level(version[:-1])


def _down(part: Part) -> Iterator[str]:
    newer = sorted(node for node, version in part.known.items() if _level(version) > _level(number(part.wanted)))
    if newer:
        yield (
            f"{part.name}: {', '.join(f'{node} runs {part.running[node]}' for node in newer)}, which is newer than {part.wanted} of the "
            f"source. {PROGRAM[part.name]} may not read what a newer one wrote, so this does not go back; set the source to what runs, "
            "or to a newer one"
        )


def _mesos_step(part: Part) -> Iterator[str]:
    wanted = number(part.wanted)[:2]
    for version in sorted({version[:2] for version in part.known.values()}):
        if version[0] >= 1 and wanted[0] > version[0]:
            yield f"{part.name}: from Mesos {_dots(version)} to {part.wanted} is another major version, for which nobody documented a way"
        elif version[0] == 0 and (
            wanted > (1, 0) or (wanted == (1, 0) and version != (0, 28)) or (wanted[0] == 0 and wanted[1] > version[1] + 1)
        ):
            step = f"0.{version[1] + 1}" if version < (0, 28) else "1.0"
            yield (
                f"{part.name}: from Mesos {_dots(version)} to {part.wanted} leaves versions out, which is documented to work from 1.0 on "
                f"only; go to {step} first"
            )


def _mesos_afterwards(parts: Mapping[str, Part], chosen: Sequence[str]) -> Version:
    """The oldest Mesos that will be there when Marathon's turn comes; empty if no version is known."""
    versions = [
        number(parts[name].wanted) if name in chosen else min(parts[name].known.values(), default=()) for name in ("masters", "agents")
    ]
    return min((version for version in versions if version), default=())


def _marathon(part: Part, mesos: Version) -> Iterator[str]:
    wanted = number(part.wanted)
    needed = max((least for since, least in MARATHON_NEEDS if wanted >= since), default=())
    if mesos and mesos < needed:
        yield (
            f"marathon: Marathon {part.wanted} needs Mesos {_dots(needed)} or newer, and there would be {_dots(mesos)}; "
            "upgrade Mesos too, or set zeus_marathon_source to an older Marathon"
        )
    if any(version < MARATHON_ELECTION <= wanted for version in part.known.values()):
        yield (
            f"marathon: Marathon {part.wanted} elects its leader in another way than Marathons before {_dots(MARATHON_ELECTION)}, so both "
            "would lead at once; stop all of them (systemctl stop marathon; tasks go on), and run zeus.paas.site"
        )


def _masters_first(masters: Part, agents: Part) -> Iterator[str]:
    older = sorted(node for node, version in masters.known.items() if _level(version) < _level(number(agents.wanted)))
    if older:
        yield (
            f"agents: {', '.join(older)} would be older than its agents, which nobody supports; upgrade the masters first (-e only=masters)"
        )


def _mended(problem: str, away: Sequence[str], chosen: Sequence[str]) -> bool:
    if problem.startswith(AGENTS_AWAY):
        return "agents" in chosen
    return "masters" in chosen and any(problem.startswith((f"master {url} ", f"master {url}:")) for url in away)


def _dots(version: Version) -> str:
    return ".".join(map(str, version))
