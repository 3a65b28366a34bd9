# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""One process per datacenter: which there are, how each is called, and what its end means. Pure; the action plugin runs them.

A process of its own is the only isolation that holds: in one ansible-playbook a datacenter that is away, or a play that fails, keeps
the plays of the next datacenter from running.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError

State = Literal["done", "failed", "away"]
EXIT_UNREACHABLE = 4
#: The environment variable that tells the callback plugin where events go: the number of an inherited file descriptor.
EVENTS_FD = "ZEUS_FLEET_EVENTS_FD"
CALLBACK = "zeus.paas.fleet_events"


@dataclass(frozen=True)
class Options:
    """What of the call of the fleet goes on to each datacenter's call."""

    check: bool = False
    diff: bool = False
    verbosity: int = 0
    tags: tuple[str, ...] = ()
    skip_tags: tuple[str, ...] = ()
    vault_ids: tuple[str, ...] = ()
    vault_password_files: tuple[str, ...] = ()
    extra_vars: tuple[str, ...] = ()
    forks: int | None = None

    def arguments(self) -> list[str]:
        found = [*(["--check"] if self.check else []), *(["--diff"] if self.diff else [])]
        if self.verbosity:
            found.append("-" + "v" * self.verbosity)
        for option, values in (
            ("--tags", self.tags),
            ("--skip-tags", self.skip_tags),
            ("--vault-id", self.vault_ids),
            ("--vault-password-file", self.vault_password_files),
            ("--extra-vars", self.extra_vars),
        ):
            for value in values:
                found += [option, value]
        if self.forks is not None:
            found += ["--forks", str(self.forks)]
        return found


@dataclass
class Progress:
    """One datacenter's events, as they come. What is missing at the end was never reached."""

    plays: dict[str, str] = field(default_factory=dict)
    failures: list[dict[str, str]] = field(default_factory=list)
    unreachable: list[dict[str, str]] = field(default_factory=list)
    stats: dict[str, dict[str, int]] | None = None
    _current: str | None = None

    def take(self, event: Mapping[str, Any]) -> str | None:
        """Note an event of the callback plugin; the line to show for it, if any."""
        kind = event.get("event")
        if kind == "plays":
            self.plays = {str(name): "not reached" for name in event.get("names", ())}
        elif kind == "play":
            self._end_play("done")
            self._current = str(event.get("name"))
            self.plays[self._current] = "running"
            return self._current
        elif kind in ("failed", "unreachable"):
            told = {key: str(event.get(key, "")) for key in ("host", "task", "message")}
            (self.failures if kind == "failed" else self.unreachable).append(told)
            if self._current is not None and (kind == "failed" or self.plays[self._current] != "failed"):
                self.plays[self._current] = str(kind)
            return f"{kind}: {told['host']}: {told['task']}: {told['message']}"
        elif kind == "stats":
            self._end_play("done")
            self.stats = {str(host): dict(counts) for host, counts in event.get("hosts", {}).items()}
        return None

    def _end_play(self, state: str) -> None:
        if self._current is not None and self.plays[self._current] == "running":
            self.plays[self._current] = state


def choose(found: Sequence[str], only: str | Sequence[str] | None, site: str) -> list[str]:
    """The datacenters to run, of those in the site's folder. Raises InputError and RefusedError."""
    if not found:
        raise InputError(site, "", "there is no datacenter in this folder", "a folder per datacenter with a topology.zeus.yml in it")
    names = [name.strip() for name in (only.split(",") if isinstance(only, str) else only or ())]
    if "behind" in names:
        raise RefusedError("only=behind: this version cannot tell yet which datacenters are behind; name them: only=" + ",".join(found))
    for name in names:
        if name not in found:
            raise InputError("fleet", "only", f"there is no datacenter of this name in {site}", "one of " + ", ".join(found), name)
    return [name for name in found if not names or name in names]


def playbook_name(play: str) -> str:
    """``deploy`` is ``zeus.paas.deploy``; a path or another collection's playbook stays as it is."""
    if not play or play.startswith("-"):
        raise InputError("fleet", "play", "this is no playbook", "preflight, site, deploy, gray, or the path of a playbook", play)
    if play in ("fleet", "zeus.paas.fleet"):
        raise RefusedError("play=fleet: the fleet does not start itself; expected preflight, site, deploy, gray, or the path of a playbook")
    return play if "." in play or "/" in play else f"zeus.paas.{play}"


def judge(code: int, stats: Mapping[str, Mapping[str, int]] | None) -> State:
    """What the end of a process means. Exit 4 alone is not enough: a playbook that cannot be parsed ends with it, too."""
    if code == 0:
        return "done"
    if code == EXIT_UNREACHABLE and stats is not None:
        failed = any(counts.get("failures") for counts in stats.values())
        unreachable = any(counts.get("unreachable") for counts in stats.values())
        if unreachable and not failed:
            return "away"
    return "failed"


def last_error(log: str) -> str:
    """What ansible-playbook said when it ended without telling any task: its first error, else its last line."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith(("[ERROR]", "ERROR!"))]
    return (errors[0] if errors else lines[-1] if lines else "it ended without a word")[:400]


def verdict(states: Collection[State]) -> State:
    """The whole: failed (exit 2) if any failed, else away (exit 4) if any was, else done (exit 0)."""
    return "failed" if "failed" in states else "away" if "away" in states else "done"


def summary(states: Mapping[str, State]) -> str:
    """One line that says what which datacenter has got."""
    words = {"done": "done", "failed": "failed", "away": "away (nothing that could not be reached was done)"}
    parts = [f"{words[state]}: {', '.join(n for n, s in states.items() if s == state)}" for state in words if state in states.values()]
    return "; ".join(parts)
