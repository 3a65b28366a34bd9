# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The life of tasks: launch, status changes, kill. Each change is stored first, then told."""

from __future__ import annotations

import asyncio
import functools
import logging
import signal
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import environment, ids, timestamps
from .agents import Agent
from .backoff import Backoff
from .events import Events
from .executor import Executor, Exit, Launch, LaunchError
from .health import HealthChecks
from .model import ACTIVE, CONDITIONS, FAILED, FINISHED, KILLED, KILLING, LOST, RUNNING, STAGING, STARTING, UNREACHABLE, Status, Task
from .state import State

_log = logging.getLogger(__name__)
DEFAULT_GRACE = 3.0


class Tasks:
    """Implements the executor's listener. `wake` makes the scheduler look again."""

    def __init__(self, state: State, events: Events, executor: Executor, backoff: Backoff, wake: Callable[[], None]) -> None:
        self._state = state
        self._events = events
        self._executor = executor
        self._backoff = backoff
        self._wake = wake
        self._launching: set[asyncio.Task[None]] = set()
        self._escalations: dict[str, asyncio.TimerHandle] = {}
        self.health = HealthChecks(self)
        self.ended_so_far = 0
        self._last_stage = ""
        self._news: dict[str, Callable[[], None]] = {}

    @property
    def state(self) -> State:
        return self._state

    @property
    def executor(self) -> Executor:
        return self._executor

    @property
    def events(self) -> Events:
        return self._events

    def launch(self, definition: Mapping[str, Any], agent: Agent, ports: Sequence[int]) -> Task:
        """Stores a new task and starts it in the background."""
        task = Task(
            task_id=ids.task_id_of(ids.new_instance_id(definition["id"])),
            app_id=definition["id"],
            definition=definition,
            agent_id=agent.id,
            hostname=agent.hostname,
            ports=list(ports),
            staged_at=self._next_stage(),
            container_id=str(uuid.uuid4()),
        )
        self._state.put_task(task)
        self._tell(task, "")
        background = asyncio.get_running_loop().create_task(self._start(task))
        self._launching.add(background)
        background.add_done_callback(self._launching.discard)
        return task

    def _next_stage(self) -> str:
        """The time now, but never the same twice: killSelection goes by it."""
        self._last_stage = timestamps.after(self._last_stage)
        return self._last_stage

    @staticmethod
    def launch_of(task: Task) -> Launch:
        env = environment.build(task.definition, task.task_id, task.hostname, task.ports)
        return Launch(task.task_id, task.container_id, task.definition, env, tuple(task.ports))

    async def _start(self, task: Task) -> None:
        if task.state == STAGING and not task.expunged:  # its agent may have gone and come back meanwhile
            self._change(task, STARTING)
        try:
            await self._executor.launch(self.launch_of(task), self)
        except LaunchError as error:
            self._not_started(task, str(error))
        except OSError as error:
            _log.exception("cannot start %s", task.task_id)
            self._not_started(task, f"Failed to start the task: {error}")

    def _not_started(self, task: Task, message: str) -> None:
        if not self._waits(task, functools.partial(self._not_started, task, message)):
            self._end(task, KILLED if task.killing else FAILED, message)

    def recover(self) -> None:
        """Find the tasks of an earlier engine again; kills under way go on."""
        known = [*self._state.tasks.values(), *self._state.orphans.values()]
        self._executor.recover([self.launch_of(task) for task in known], self)
        for task in known:
            if task.active and task.killing and task.agent_id not in self._state.away:
                self._signal(task)
            elif task.unreachable and task.agent_id not in self._state.away:
                self.reachable(task)  # its agent is gone from the configuration

    # What the executor tells.

    def started(self, task_id: str, pid: int, address: str = "") -> None:
        task = self._find(task_id)
        if task is None:
            return
        task.pid, task.address = pid, address
        if task.killing or task.expunged:  # asked to end before it ran
            task.started_at = task.started_at or timestamps.now()
            self._state.store.put_task(task)
            if task.agent_id not in self._state.away:
                self._signal(task)
            return
        if task.state in (STAGING, STARTING):
            task.started_at = timestamps.now()
            self._change(task, RUNNING)
        self.health.start(task)

    def ended(self, task_id: str, result: Exit) -> None:
        task = self._find(task_id)
        if task is not None and not self._waits(task, functools.partial(self.ended, task_id, result)):
            state, message = _outcome(task, result)
            self._end(task, state, message)

    def lost(self, task_id: str, message: str) -> None:
        task = self._find(task_id)
        if task is not None and not self._waits(task, functools.partial(self.lost, task_id, message)):
            self._end(task, KILLED if task.killing else LOST, message)

    def _find(self, task_id: str) -> Task | None:
        return self._state.tasks.get(task_id) or self._state.orphans.get(task_id)

    def _waits(self, task: Task, news: Callable[[], None]) -> bool:
        """News of a task whose agent is away come with the agent."""
        if task.agent_id not in self._state.away:
            return False
        self._news[task.task_id] = news
        return True

    # Agents that go away and come back.

    def unreachable(self, task: Task) -> None:
        """Its agent is away. One that was to end anyway is given up at once: it could not be told."""
        self.health.stop(task)
        task.unreachable_since = time.time()
        self._change(task, UNREACHABLE, "health check timed out")
        if task.killing:
            self.expunge(task)

    def inactive(self, task: Task) -> None:
        """Unreachable for so long that another one shall run in its place."""
        task.inactive = True
        self._state.put_task(task)
        self._tell_instance(task, "UnreachableInactive")

    def expunge(self, task: Task) -> None:
        """Give it up: it is killed when its agent comes back."""
        self._state.expunge(task)
        self._tell_instance(task, CONDITIONS[KILLED])
        self._wake()

    def reachable(self, task: Task) -> None:
        """Its agent is back: it is what it was before, or what became of it meanwhile; given up ones are killed."""
        task.statuses = [one for one in task.statuses if one.state != UNREACHABLE]
        task.state = task.statuses[-1].state if task.statuses else STAGING
        task.unreachable_since, task.inactive = None, False
        if news := self._news.pop(task.task_id, None):
            news()
        elif task.expunged:
            task.kill_at = time.time()
            self._state.store.put_task(task)
            self._signal(task)
        elif task.pid is not None and task.state in (STAGING, STARTING):
            task.started_at = timestamps.now()
            self._change(task, RUNNING)
            self.health.start(task)
        else:
            self._state.put_task(task)
            self._tell(task, "")
            self._wake()
            self.health.start(task)

    # Killing.

    def kill(self, task: Task, reason: str) -> None:
        """TASK_KILLING is told, SIGTERM goes to the whole tree, SIGKILL after the grace period. A second call changes nothing."""
        if task.killing or not task.active:
            return
        if task.unreachable:
            self.expunge(task)
            return
        task.kill_at = time.time()
        task.kill_reason = reason
        self.health.stop(task)
        if task.state == RUNNING:
            self._change(task, KILLING, reason)
        else:
            self._state.put_task(task)
        # One turn of the loop later, so that the event is on its way first; nothing else is waited for.
        asyncio.get_running_loop().call_soon(self._signal, task)

    def _signal(self, task: Task) -> None:
        if not task.active or task.kill_at is None:
            return
        self._executor.terminate(task.task_id)
        grace = float(task.definition.get("taskKillGracePeriodSeconds", DEFAULT_GRACE))
        left = max(0.0, task.kill_at + grace - time.time())
        self._escalate_in(task, left)

    def _escalate_in(self, task: Task, seconds: float) -> None:
        if earlier := self._escalations.get(task.task_id):
            earlier.cancel()
        self._escalations[task.task_id] = asyncio.get_running_loop().call_later(seconds, self._escalate, task)

    def _escalate(self, task: Task) -> None:
        if task.active:
            self._executor.kill(task.task_id)
            self._escalate_in(task, 1.0)  # a tree that forks while it is killed

    def kill_unhealthy(self, task: Task, reason: str) -> None:
        self._events.emit(
            "unhealthy_instance_kill_event",
            appId=task.app_id,
            taskId=task.task_id,
            instanceId=task.instance_id,
            version=task.version,
            reason=reason,
            host=task.hostname,
            slaveId=task.agent_id,
        )
        self.kill(task, reason)

    # Changes.

    def _change(self, task: Task, state: str, message: str = "") -> None:
        task.state = state
        task.statuses.append(Status(state, time.time(), str(uuid.uuid4()), message))
        self._state.put_task(task)
        self._tell(task, message)
        self._wake()

    def _end(self, task: Task, state: str, message: str) -> None:
        if not task.active:
            return
        self.ended_so_far += 1
        self.health.stop(task)
        if timer := self._escalations.pop(task.task_id, None):
            timer.cancel()
        task.state = state
        task.statuses.append(Status(state, time.time(), str(uuid.uuid4()), message))
        with self._state.store.transaction():
            forgotten = self._state.end_task(task)
            if not task.killing and not task.expunged:
                self._backoff.failed(task.definition, time.monotonic())
                if state != FINISHED:
                    self._state.put_failure(task.app_id, _failure(task, message))
        self._executor.forget(task.task_id, sandbox=False)
        if forgotten is not None:
            self._executor.forget(forgotten.task_id, sandbox=True)
        if task.expunged:
            condition = CONDITIONS[state]
            self._events.emit("unknown_instance_terminated_event", instanceId=task.instance_id, runSpecId=task.app_id, condition=condition)
        else:
            self._tell(task, message)
        self._wake()

    def _tell(self, task: Task, message: str) -> None:
        if task.state != STAGING:
            self._events.emit(
                "status_update_event",
                slaveId=task.agent_id,
                taskId=task.task_id,
                taskStatus=task.state,
                message=message,
                appId=task.app_id,
                host=task.hostname,
                ipAddresses=self.addresses(task),
                ports=task.ports,
                version=task.version,
            )
        self._tell_instance(task, CONDITIONS[task.state])

    def _tell_instance(self, task: Task, condition: str) -> None:
        self._events.emit(
            "instance_changed_event",
            instanceId=task.instance_id,
            condition=condition,
            runSpecId=task.app_id,
            agentId=task.agent_id,
            host=task.hostname,
            runSpecVersion=task.version,
        )

    def addresses(self, task: Task) -> list[dict[str, str]]:
        """Where the task itself is: on a network of its own that is not the host's address."""
        if task.address:
            return [{"ipAddress": task.address, "protocol": "IPv4"}]
        return [{"ipAddress": self._state.config.address, "protocol": self._state.config.protocol}]

    def save(self, task: Task) -> None:
        """Store a task whose health or readiness changed, and look whether something waits for that."""
        if task.state in ACTIVE:
            self._state.put_task(task)
        self._wake()

    def close(self) -> None:
        """Stop all work of the engine; the tasks go on."""
        self.health.close()
        for timer in self._escalations.values():
            timer.cancel()
        self._executor.close()


def _outcome(task: Task, result: Exit) -> tuple[str, str]:
    if result.error:
        return FAILED, result.error
    if result.oom:
        used = f" Maximum Used: {(result.memory or 0) / 1048576:.0f}MB" if result.memory else ""
        return FAILED, f"Memory limit exceeded: Requested: {task.definition['mem']:.0f}MB{used}"
    how = (
        f"{result.what} exited with status {result.code}"
        if result.signal is None
        else f"{result.what} terminated with signal {_signal_name(result.signal)}"
    )
    if task.killing:
        return KILLED, how
    return (FINISHED if result.code == 0 else FAILED), how


def _signal_name(number: int) -> str:
    return signal.strsignal(number) or str(number)


def _failure(task: Task, message: str) -> dict[str, Any]:
    return {
        "appId": task.app_id,
        "host": task.hostname,
        "message": message,
        "state": task.state,
        "taskId": task.task_id,
        "timestamp": timestamps.now(),
        "version": task.version,
        "slaveId": task.agent_id,
    }
