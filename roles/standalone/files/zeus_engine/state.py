# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the engine knows, in memory and on disk at once."""

from __future__ import annotations

import json
import time
import uuid
from collections import deque
from collections.abc import Mapping
from typing import Any

from . import timestamps
from .agents import Agent, Used
from .config import Config
from .model import Task
from .store import Store
from .tree import App, Group, Tree, of_apps


class State:
    """Apps (the wanted definitions) and their groups, tasks, agents and last failures.

    Reading is attribute access; writing goes through the methods.
    """

    def __init__(self, config: Config, store: Store) -> None:
        self.config = config
        self.store = store
        self.framework_id = self._lasting("framework", f"{uuid.uuid4()}-0000")
        self.master_id = self._lasting("master", str(uuid.uuid4()))
        whole = of_apps(store.apps(), store.groups().values())
        self.apps: dict[str, App] = dict(whole.apps)
        self.groups: dict[str, Group] = dict(whole.groups)
        self.tasks: dict[str, Task] = {}
        self.finished: deque[Task] = deque(maxlen=config.finished_tasks_kept)
        self.failures: dict[str, dict[str, Any]] = store.failures()
        self.agents: tuple[Agent, ...] = tuple(self._agent(index) for index in range(len(config.agents)))
        #: Agents that are away -> since when.
        away = json.loads(store.meta("away") or "{}")
        self.away: dict[str, float] = {agent.id: away[agent.id] for agent in self.agents if agent.id in away}
        #: Agents that came back in this life of the engine -> when.
        self.returned: dict[str, float] = {}
        #: Tasks that were given up while their agents were away. They hold their resources until they have ended.
        self.orphans: dict[str, Task] = {}
        self._of_app: dict[str, dict[str, Task]] = {}
        #: Apps about which something changed since the scheduler looked last.
        self.touched: set[str] = set()
        #: What the active tasks of each agent hold.
        self.used: dict[str, Used] = {}
        shared: dict[tuple[str, str], Mapping[str, Any]] = {}
        for task in sorted(store.tasks(), key=lambda one: one.staged_at):
            # One copy of a definition for all its tasks, as it was before the engine ended.
            task.definition = shared.setdefault((task.app_id, task.version), task.definition)
            if task.active and task.expunged:
                self.orphans[task.task_id] = task
                self.used.setdefault(task.agent_id, Used()).add(task)
            elif task.active:
                self._add(task)
            else:
                self._keep(task)

    def _lasting(self, key: str, fresh: str) -> str:
        found = self.store.meta(key)
        if found is None:
            self.store.set_meta(key, fresh)
        return found or fresh

    def _agent(self, index: int) -> Agent:
        """An agent keeps its id as long as its host name stays."""
        given = self.config.agents[index]
        key = f"agent:{given.hostname}"
        found = self.store.meta(key)
        if found is None:
            number = int(self.store.meta("agents") or 0)
            found = f"{self.master_id}-S{number}"
            with self.store.transaction():
                self.store.set_meta("agents", str(number + 1))
                self.store.set_meta(key, found)
        return Agent(found, given.hostname, given.attributes, given.cpus, given.mem, given.disk, given.ports, 5051 + index)

    @property
    def tree(self) -> Tree:
        """All apps and groups as they are now."""
        return Tree(self.apps.copy(), self.groups.copy())

    def put_tree(self, version: str, tree: Tree) -> None:
        """Make `tree` what is wanted, as a new version of the whole. Failures of apps that are gone are forgotten."""
        self.store.put_root(version, Tree(self.apps, self.groups), tree)
        for gone in self.apps.keys() - tree.apps.keys():
            self.failures.pop(gone, None)
        self.apps, self.groups = dict(tree.apps), dict(tree.groups)

    @property
    def version(self) -> str:
        """The version of the whole, newer than that of every app."""
        return self.store.meta("version") or timestamps.iso(0)

    def next_version(self) -> str:
        return timestamps.after(self.version)

    def tasks_of(self, app_id: str) -> list[Task]:
        """The active tasks of an app, oldest first."""
        return list(self._of_app.get(app_id, {}).values())

    def apps_with_tasks(self) -> set[str]:
        """The ids of all apps that have active tasks, of deleted ones too."""
        return set(self._of_app)

    def put_task(self, task: Task) -> None:
        if task.task_id not in self.tasks:
            self._add(task)
        self.touched.add(task.app_id)
        self.store.put_task(task)

    def _add(self, task: Task) -> None:
        self.tasks[task.task_id] = task
        self._of_app.setdefault(task.app_id, {})[task.task_id] = task
        self.used.setdefault(task.agent_id, Used()).add(task)

    def _remove(self, task: Task) -> None:
        if self.orphans.pop(task.task_id, None) is not None or self._forget(task):
            self.used[task.agent_id].remove(task)

    def _forget(self, task: Task) -> bool:
        if self.tasks.pop(task.task_id, None) is None:
            return False
        siblings = self._of_app[task.app_id]
        del siblings[task.task_id]
        if not siblings:
            del self._of_app[task.app_id]
        return True

    @property
    def present(self) -> list[Agent]:
        """The agents that are not away."""
        return [agent for agent in self.agents if agent.id not in self.away]

    def set_away(self, agent: Agent, since: float | None) -> None:
        """An agent goes away, or comes back (None)."""
        if since is None:
            self.away.pop(agent.id, None)
            self.returned[agent.id] = time.time()
        else:
            self.away[agent.id] = since
        self.store.set_meta("away", json.dumps(self.away))

    def expunge(self, task: Task) -> None:
        """Give a task up: it is no task of its app any more, but still holds what it holds."""
        task.expunged = True
        self._forget(task)
        self.orphans[task.task_id] = task
        self.touched.add(task.app_id)
        self.store.put_task(task)

    def end_task(self, task: Task) -> Task | None:
        """Move a terminal task to the finished ones; returns the one that is forgotten for it."""
        self._remove(task)
        self.touched.add(task.app_id)
        self.store.put_task(task)
        return self._keep(task)

    def _keep(self, task: Task) -> Task | None:
        oldest = self.finished[0] if len(self.finished) == self.finished.maxlen else None
        self.finished.append(task)
        if oldest is not None:
            self.store.delete_task(oldest.task_id)
        return oldest

    def put_failure(self, app_id: str, failure: Mapping[str, Any]) -> None:
        if app_id in self.apps:
            self.failures[app_id] = dict(failure)
            self.store.put_failure(app_id, failure)
