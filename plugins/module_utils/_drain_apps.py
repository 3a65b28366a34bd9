# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Apps of Marathon leave agents that get no new tasks: nobody's last healthy instance is killed, nor too many of one app at once.

Nothing of how far this has come is written down anywhere: what runs where says it, so a run that was cut off is simply run again.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import complaints
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._drain_plan import kills, on_agents, only_here
from ansible_collections.zeus.paas.plugins.module_utils._errors import DeadlineError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon
from ansible_collections.zeus.paas.plugins.module_utils._mesos import Agent
from ansible_collections.zeus.paas.plugins.module_utils._progress import Progress

App = dict[str, Any]
POLL = 1.0


def move_apps(marathon: Marathon, agents: Sequence[Agent], deadline: Deadline, progress: Progress) -> None:
    """Until no app has a task on these agents. ``DeadlineError`` names the apps that do, and why what replaces them is not healthy."""
    move = _Move(marathon, {agent.id for agent in agents}, progress)
    try:
        deadline.wait(move.step, every=POLL)
    except DeadlineError:
        hosts = ", ".join(sorted(agent.hostname for agent in agents))
        raise DeadlineError(
            f"{hosts}: apps still have tasks there after {deadline.seconds:g} s: {move.why()}. Nothing is taken back: run this again to "
            "go on, or with state: reactivated to undo it",
            apps=sorted(str(app["id"]) for app in move.left),
        ) from None


class _Move:
    def __init__(self, marathon: Marathon, agents: Collection[str], progress: Progress) -> None:
        self._marathon = marathon
        self._agents = agents
        self._progress = progress
        self._restarted: set[str] = set()
        self.left: list[App] = []

    def step(self) -> bool:
        """Do what may be done now; is it over?"""
        apps = self._marathon.apps()
        here = on_agents(apps, self._agents)
        self.left = [app for app in apps if str(app["id"]) in here]
        alone = self._restart()
        self._kill([app for app in self.left if str(app["id"]) not in alone])
        return not self.left

    def why(self) -> str:
        queue = self._marathon.queue()
        return "; ".join(f"{app['id']} ({', '.join(complaints(app, queue, '')) or 'no reason known'})" for app in self.left)

    def _restart(self) -> set[str]:
        # Once each: where new tasks are not kept away after all (a Marathon that heeds no windows), the next restart would end no better.
        alone = set(only_here(self.left, self._agents)) - self._restarted
        for app_id in sorted(alone):
            try:
                self._marathon.restart_app(app_id)
            except LockedError:
                continue  # somebody began to deploy it: it is looked at again
            self._restarted.add(app_id)
            self._progress(f"{app_id} has nothing healthy elsewhere, so it is restarted as its upgrade strategy says")
        return alone

    def _kill(self, apps: Sequence[App]) -> None:
        victims = kills(apps, self._agents)
        if victims:
            self._progress(f"{len(victims)} tasks are ended, so that Marathon starts others: {', '.join(victims[:5])}")
            self._marathon.kill_tasks(victims, scale=False)
