# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All checks against one cluster, in their order; and the clean-up that follows whatever happens."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from . import marathon_checks, mesos_checks, module_checks
from .checking import NOT_CHECKED, Checks, Outcome
from .cluster import AwayError
from .marathon_checks import Marathon
from .mesos_checks import Mesos
from .module_checks import Modules, Run

Progress = Callable[[Outcome], None]
CHECKED = frozenset(one.operation for checks in (mesos_checks.CHECKS, marathon_checks.CHECKS, module_checks.CHECKS) for one in checks)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Ctrl-C and its like do nothing until the clean-up is done; it ends by itself."""
    before = {one: signal.signal(one, signal.SIG_IGN) for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@dataclass
class Suite:
    """What to ask. Without `mesos` or `marathon` that half is not checked, and without `run` the modules are not."""

    mesos: Mesos | None = None
    marathon: Marathon | None = None
    run: Run | None = None
    #: Options of our modules that name a master.
    mesos_options: dict[str, Any] = field(default_factory=dict)
    outcomes: dict[str, Outcome] = field(default_factory=dict)

    def check(self, progress: Progress = lambda outcome: None) -> None:
        """Run every check. The cluster is clean again when this returns or raises; what could not be removed is told by an error."""
        if self.mesos is not None:
            self._all(mesos_checks.CHECKS, self.mesos, progress)
        if self.marathon is None:
            return
        try:
            self._all(marathon_checks.CHECKS, self.marathon, progress)
            if self.run is not None:
                modules = Modules(self.marathon, self.run, self.mesos_options, self._vcluster())
                self._all(module_checks.CHECKS, modules, progress)
        finally:
            self._clean_up(self.marathon)

    @staticmethod
    def _clean_up(marathon: Marathon) -> None:
        """Raises AwayError with what the user has to do if something is left."""
        with undisturbed():
            try:
                left = marathon.clean_up()
            except AwayError as error:
                left = [f"what is below {marathon.group} ({error})"]
        if left:
            todo = f"remove it with: curl -X DELETE '{marathon.api.url}/v2/groups{marathon.group}?force=true'"
            raise AwayError(f"could not be removed: {', '.join(left)}; {todo}")

    def _all(self, checks: Checks, subject: Any, progress: Progress) -> None:
        for check in checks:
            outcome = self.outcomes[check.operation] = check.outcome(subject)
            progress(outcome)

    def outcome(self, operation: str, unchecked: str | None) -> Outcome:
        """The verdict of an operation that was checked or, if not, why it was not."""
        if operation in self.outcomes:
            return self.outcomes[operation]
        return Outcome(operation, NOT_CHECKED, why=unchecked or "that half of the cluster was not named, or the run was broken off")

    def _vcluster(self) -> str | None:
        """A virtual cluster that has an active agent."""
        if self.mesos is None:
            return None
        try:
            answer = self.mesos.api.call("GET_AGENTS")
            agents = answer.json()["get_agents"]["agents"] if answer.status == 200 else []
        except (AwayError, ValueError, KeyError):
            return None
        for agent in agents:
            for one in agent.get("agent_info", {}).get("attributes", []):
                if one.get("name") == "vcluster" and one.get("type") == "TEXT" and agent.get("active", True):
                    return str(one["text"]["value"])
        return None
