# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""What members of a ZooKeeper ensemble say of themselves (``mntr``), and whether that makes an ensemble which is well.

Source of the keys: the administrator's guide of ZooKeeper 3.8, "The four letter words", and answers of Debian's 3.8.0.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

#: ``zk_server_state`` of a member that serves.
SERVING = ("leader", "follower", "standalone")


@dataclass(frozen=True)
class State:
    """One member: what it is in the ensemble (empty: it does not serve) and, if it leads, how many followers have what it has.

    ``zxid``: the number of the last change that it has, 0 if it does not tell.
    """

    endpoint: str
    role: str = ""
    version: str = ""
    synced: int = 0
    connections: int = 0
    nodes: int = 0
    problem: str = ""
    zxid: int = 0

    def told(self) -> dict[str, Any]:
        return {
            "endpoint": self.endpoint,
            "role": self.role,
            "version": self.version,
            "connections": self.connections,
            "nodes": self.nodes,
            "zxid": f"{self.zxid:#x}" if self.zxid else "",
            "problem": self.problem,
        }


def read_state(endpoint: str, answer: str) -> State:
    """The state by the answer to ``mntr``, which is prose where the member cannot or may not tell."""
    values = dict(line.split("\t", 1) for line in answer.splitlines() if line.startswith("zk_") and "\t" in line)
    role = values.get("zk_server_state", "").strip()
    if role not in SERVING:
        said = answer.strip().splitlines()[0][:200] if answer.strip() else "an empty answer"
        return State(endpoint, problem=_meant(said) if not role else f"it is {role}")
    return State(
        endpoint,
        role,
        values.get("zk_version", "").split(",")[0].split("-")[0],
        _count(values, "zk_synced_followers") + _count(values, "zk_synced_non_voting_followers"),
        _count(values, "zk_num_alive_connections"),
        _count(values, "zk_znode_count"),
    )


def read_zxid(answer: str) -> int:
    """The number of the last change by the answer to ``srvr``; 0 if it is not told."""
    found = re.search(r"^Zxid: (0x[0-9a-f]{1,16})$", answer, re.MULTILINE)
    return int(found[1], 16) if found else 0


def problems(states: Sequence[State], pending: Collection[str] = ()) -> tuple[str, ...]:
    """What keeps these members from being one ensemble that is well; empty: one leads, all others follow and have what it has.

    ``pending``: endpoints of members that may be without a majority, since they have other settings than the rest until they are restarted.
    Where two members become three, the second one to be restarted is, whichever that is: its majority went with the first.
    """
    states = [state for state in states if state.role or state.endpoint not in pending]
    found = [f"{state.endpoint}: {state.problem}" for state in states if not state.role]
    leaders = [state for state in states if state.role == "leader"]
    alone = [state for state in states if state.role == "standalone"]
    if len(states) == 1 and alone:
        return tuple(found)
    found += [f"{state.endpoint}: it serves alone, without an ensemble" for state in alone]
    if not leaders:
        found.append("nobody leads")
    elif len(leaders) > 1:
        found.append(f"more than one leads: {', '.join(state.endpoint for state in leaders)}")
    elif not found and leaders[0].synced < len(states) - 1:
        found.append(f"{leaders[0].synced} of {len(states) - 1} followers have what the leader {leaders[0].endpoint} has")
    return tuple(found)


def leader_of(states: Sequence[State]) -> str:
    """The endpoint of the one that leads (or serves alone); empty if there is none, or more than one."""
    found = [state.endpoint for state in states if state.role in ("leader", "standalone")]
    return found[0] if len(found) == 1 else ""


def _meant(said: str) -> str:
    if "not in the whitelist" in said:
        return "it does not tell: mntr is not in its 4lw.commands.whitelist"
    if "not currently serving" in said:
        return "it does not serve: it has found no majority"
    return f"it answers {said}"


def _count(values: Mapping[str, str], key: str) -> int:
    try:
        return int(float(values.get(key, "0")))
    except ValueError:
        return 0
