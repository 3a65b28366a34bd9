# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Virtual agents that go away and come back, and what unreachableStrategy makes of their tasks meanwhile.

The processes of an agent that is away go on, as they would on a machine that only lost its network: nobody hears of them, and nobody can
tell them anything.
"""

from __future__ import annotations

import math
import time

from .agents import Agent
from .launchqueue import LaunchQueue
from .model import Task
from .state import State
from .tasks import Tasks


class Reachability:
    def __init__(self, state: State, tasks: Tasks, queue: LaunchQueue) -> None:
        self._state = state
        self._tasks = tasks
        self._queue = queue
        #: How often an agent left and came back in this life of the engine.
        self.departures = self.returns = 0

    def leave(self, agent: Agent) -> None:
        """The agent is away from now on. Twice is the same as once."""
        if agent.id in self._state.away:
            return
        self.departures += 1
        self._state.set_away(agent, time.time())
        for task in self._of(agent):
            self._tasks.unreachable(task)
        self.look()

    def come_back(self, agent: Agent) -> None:
        """The agent is there again, with its tasks as they are by now."""
        if agent.id not in self._state.away:
            return
        self.returns += 1
        self._state.set_away(agent, None)
        orphans = [task for task in self._state.orphans.values() if task.agent_id == agent.id]
        for task in [*self._of(agent), *orphans]:
            self._tasks.reachable(task)
        self._queue.resources_freed()

    def look(self) -> float:
        """Give up what has been unreachable for long enough. Returns after how many seconds it is worth looking again."""
        now, pause = time.time(), math.inf
        for agent in self._state.agents:
            if agent.id in self._state.away:
                pause = min([pause, *(self._follow(task, now) for task in self._of(agent))])
        return pause

    def _follow(self, task: Task, now: float) -> float:
        strategy = task.definition["unreachableStrategy"]
        if not task.unreachable or strategy == "disabled":
            return math.inf
        away = now - (task.unreachable_since or now)
        expunge, inactive = strategy["expungeAfterSeconds"] - away, strategy["inactiveAfterSeconds"] - away
        if expunge <= 0:
            self._tasks.expunge(task)
            return math.inf
        if inactive > 0:
            return float(min(inactive, expunge))
        if not task.inactive:
            self._tasks.inactive(task)
        return float(expunge)

    def _of(self, agent: Agent) -> list[Task]:
        return [task for task in self._state.tasks.values() if task.agent_id == agent.id]
