# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Instances that wait to be launched, and why the agents refuse them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from . import timestamps
from .agents import REASONS, Agent, nobody_listens, place
from .backoff import Backoff
from .state import State
from .tasks import Tasks

OFFER_INTERVAL = 1.0


@dataclass
class Item:
    """`count` instances of `definition` are wanted. `last` is each agent's latest reason, `attempt` counts all since the item is there."""

    definition: Mapping[str, Any]
    count: int
    since: str
    processed: int = 0
    unused: int = 0
    last_used: str | None = None
    last_unused: str | None = None
    last: dict[str, str | None] = field(default_factory=dict)
    attempt: Counter[str | None] = field(default_factory=Counter)
    next_offer: float = 0.0

    def last_reasons(self) -> Counter[str | None]:
        """Only the last offer of each agent."""
        return Counter(self.last.values())


class LaunchQueue:
    def __init__(self, state: State, tasks: Tasks, backoff: Backoff, free_port: Callable[[int], bool] = nobody_listens) -> None:
        self._state = state
        self._tasks = tasks
        self._backoff = backoff
        self._free_port = free_port
        self._next_port: dict[str, int] = {}
        self.items: dict[str, Item] = {}

    def want(self, definition: Mapping[str, Any], count: int) -> None:
        """Say how many more instances of this app shall be launched; 0 takes the item away."""
        app_id = definition["id"]
        item = self.items.get(app_id)
        if count <= 0:
            self.items.pop(app_id, None)
        elif item is None or item.definition["versionInfo"] != definition["versionInfo"]:
            self.items[app_id] = Item(definition, count, timestamps.now())
        else:
            item.count, item.definition = count, definition

    def drop(self, app_id: str) -> None:
        self.items.pop(app_id, None)

    def delay_left(self, item: Item) -> float:
        return self._backoff.left(item.definition, time.monotonic())

    def launch(self) -> float:
        """Place what can be placed. Returns after how many seconds it is worth trying again."""
        now = time.monotonic()
        pause = 60.0
        for item in list(self.items.values()):
            left = self.delay_left(item)
            if left > 0:
                pause = min(pause, max(0.001, left))
                continue
            if item.next_offer <= now or not item.last:
                self._offer(item)
            if item.count:
                pause = min(pause, max(0.05, item.next_offer - now))
        for app_id in [app_id for app_id, item in self.items.items() if not item.count]:
            del self.items[app_id]
        return pause

    def resources_freed(self) -> None:
        """A task ended: what waits for resources may try at once."""
        for item in self.items.values():
            item.next_offer = 0.0

    def _offer(self, item: Item) -> None:
        while item.count:
            # As in Marathon, instances of an older configuration do not count: a new one may go where an old one still is.
            siblings = [
                task.agent_id for task in self._state.tasks_of(item.definition["id"]) if not task.inactive and task.is_of(item.definition)
            ]
            placement = place(
                item.definition, self._state.present, self._state.used, siblings, self._free_port, self._next_port, self._state.agents
            )
            self._note(item, placement.agent, placement.rejected)
            if placement.agent is None:
                item.next_offer = time.monotonic() + OFFER_INTERVAL
                return
            if placement.ports:
                self._next_port[placement.agent.id] = placement.ports[-1]
            item.count -= 1
            item.last_used = timestamps.now()
            self._tasks.launch(item.definition, placement.agent, placement.ports)

    @staticmethod
    def _note(item: Item, used: Agent | None, rejected: Mapping[str, str]) -> None:
        item.processed += len(rejected) + (used is not None)
        item.unused += len(rejected)
        item.last |= rejected
        item.attempt.update(rejected.values())
        if used is not None:
            item.last[used.id] = None
            item.attempt[None] += 1
        if rejected:
            item.last_unused = timestamps.now()


def summary(reasons: Counter[str | None]) -> list[dict[str, Any]]:
    """Marathon's funnel: each reason sees what the ones before let pass."""
    left = sum(reasons.values())
    steps = []
    for reason in REASONS:
        steps.append({"reason": reason, "declined": reasons[reason], "processed": left})
        left -= reasons[reason]
    return steps
