# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# This file is private to the collection zeus.paas: others must not rely on it.
"""Apps of Marathon leave agents that get no new tasks: nobody's last healthy instance is killed, nor too many of one app at once, and none
before the routers have let go of it.

Nothing of how far this has come is written down anywhere: what runs where says it, so a run that was cut off is simply run again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ansible_collections.zeus.paas.plugins.module_utils._app_state import complaints, vcluster_of
from ansible_collections.zeus.paas.plugins.module_utils._deadline import Deadline
from ansible_collections.zeus.paas.plugins.module_utils._drain_plan import kills, leaving, only_here
from ansible_collections.zeus.paas.plugins.module_utils._errors import ApiError, LockedError
from ansible_collections.zeus.paas.plugins.module_utils._rollout_remove import DRAIN_SECONDS
from ansible_collections.zeus.paas.plugins.module_utils._rollout_site import NotConfirmedError, Site


class Moving:
    """``before``: the apps' ids → how many healthy instances they had, anywhere, at the beginning."""

    def __init__(self, site: Site, agents: Collection[str], before: Mapping[str, int], deadline: Deadline) -> None:
        self._site = site
        self._marathon = site.marathon
        self._agents = agents
        self._before = before
        self._deadline = deadline
        self._progress = site.progress
        self._restarts: set[str] = set()
        self._left: Sequence[Mapping[str, Any]] = ()
        self._refused = ""

    def step(self) -> bool:
        """Do what may be done now. Is it over? Asked again it may be over no more, where new tasks are not kept away after all."""
        alone, victims = self._look()
        for app in self._left:
            if app["id"] in alone and not app.get("deployments"):
                self._restart(str(app["id"]))
        gone = self._let_go(victims)
        # Open requests may have taken a while: what may be killed is what may still be killed.
        _alone, still = self._look() if gone else (alone, {})
        self._kill(gone, {id_: [task for task in tasks if task in still.get(id_, ())] for id_, tasks in gone.items()})
        return not self._left

    def _look(self) -> tuple[Collection[str], dict[str, list[str]]]:
        """The apps that serve from these agents alone, and of the others the tasks that may be killed now: app id → task ids."""
        self._left = leaving(self._marathon.apps(), self._agents)
        alone = only_here(self._left, self._agents)
        others = [app for app in self._left if app["id"] not in alone]
        victims = set(kills(others, self._agents, self._before))
        found = {str(app["id"]): [str(task["id"]) for task in app["tasks"] if task["id"] in victims] for app in others}
        return alone, {id_: tasks for id_, tasks in found.items() if tasks}

    @property
    def left(self) -> list[str]:
        """The apps that have tasks there, as of the last step."""
        return sorted(str(app["id"]) for app in self._left)

    def why(self) -> str:
        """Of each app that is left, why what is to replace its tasks is not healthy."""
        queue = self._marathon.queue()
        apps = [f"{app['id']} ({', '.join(complaints(app, queue, '')) or _held(app)})" for app in self._left]
        return "; ".join([*apps, self._refused] if self._refused else apps)

    def take_back(self) -> None:
        """Restarts that have not come to their end are undone: an app that waits for room in one is locked for its owners."""
        for deployment in self._marathon.deployments():
            if deployment.get("id") in self._restarts:
                self._progress(f"the restart {deployment['id']} is taken back")
                self._marathon.cancel_deployment(str(deployment["id"]), force=False)

    def _restart(self, app_id: str) -> None:
        try:
            self._restarts.add(self._marathon.restart_app(app_id))
        except LockedError:
            return  # somebody began to deploy it: it is looked at again
        except ApiError as error:
            if error.status != 404:
                raise
            return  # its owner deleted it meanwhile
        self._progress(f"{app_id} has nothing healthy elsewhere, so it is restarted as its upgrade strategy says")

    def _let_go(self, victims: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Have the routers let go of these tasks. Those of a virtual cluster where one has not are left out, and looked at again."""
        apps = {str(app["id"]): app for app in self._left}
        clusters: dict[str, dict[str, list[str]]] = {}
        for id_, tasks in victims.items():
            carried = vcluster_of(apps[id_]) or "" if self._site.carries(apps[id_]) else ""
            clusters.setdefault(carried, {})[id_] = tasks
        gone: dict[str, list[str]] = {}
        self._refused = ""
        for _vcluster, some in sorted(clusters.items()):
            try:
                self._site.drain(apps, some, self._deadline.within(DRAIN_SECONDS))
            except NotConfirmedError as error:
                self._refused = error.message
                self._progress(error.message)
            else:
                gone |= some
        return gone

    def _kill(self, gone: Mapping[str, list[str]], victims: Mapping[str, list[str]]) -> None:
        """``gone``: what the routers have let go of; of that, what is not killed is theirs again."""
        ids = sorted(task for tasks in victims.values() for task in tasks)
        killed = False
        try:
            if ids:
                self._progress(f"{len(ids)} tasks are ended, so that Marathon starts others: {', '.join(ids[:5])}")
                self._marathon.kill_tasks(ids, scale=False)
                killed = True
        except ApiError as error:
            # One of their apps has been deleted meanwhile: what is left is looked at again.
            if error.status != 404:
                raise
        finally:
            self._back(gone, ids if killed else ())

    def _back(self, gone: Mapping[str, list[str]], killed: Collection[str]) -> None:
        apps = {str(app["id"]): app for app in self._left}
        for id_, tasks in gone.items():
            kept = [task for task in tasks if task not in killed]
            if kept and id_ in apps:
                self._site.undrain(apps[id_], kept)


def _held(app: Mapping[str, Any]) -> str:
    deployments = ", ".join(str(one.get("id")) for one in app.get("deployments") or [])
    return f"deployment {deployments} holds it" if deployments else "no reason known"
