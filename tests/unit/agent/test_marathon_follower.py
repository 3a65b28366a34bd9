# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the agent takes from Marathon's answers while events come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

from zeus_router_agent.marathon import MarathonFollower
from zeus_router_agent.world import World

from ansible_collections.zeus.paas.plugins.module_utils._http import Event
from ansible_collections.zeus.paas.plugins.module_utils._marathon import Marathon

ID = "/production/shop/web/stable"
APP: dict[str, Any] = {"id": ID, "tasks": [{"id": "a", "host": "10.0.0.1", "ports": [31000], "state": "TASK_RUNNING"}]}


class StandInReader:
    """A Marathon that has this app until it is gone. What happens ``meanwhile``, does so between its answer and whoever waits for it."""

    def __init__(self) -> None:
        self.gone = False
        self.asked: list[str] = []
        self.meanwhile: Callable[[], None] = lambda: None

    def leader(self) -> str:
        return "10.0.0.9:8080"

    def apps(self, embed: Sequence[str] = ()) -> list[dict[str, Any]]:
        self.asked.append("all")
        answer = [] if self.gone else [APP]
        meanwhile, self.meanwhile = self.meanwhile, lambda: None
        meanwhile()
        return answer

    def app(self, app_id: str) -> dict[str, Any] | None:
        self.asked.append(app_id)
        return None if self.gone else APP


def test_an_app_that_ends_while_an_older_answer_is_under_way_does_not_stay() -> None:
    world, reader = World(), StandInReader()
    follower = MarathonFollower(world, cast(Marathon, None), cast(Marathon, reader), resync=30.0)
    follower.read()
    assert set(world.state.fleet.apps) == {ID}

    def ends() -> None:
        reader.gone = True
        follower.handle(Event("app_terminated_event", {"appId": ID}))
        assert world.state.fleet.apps == {}

    reader.meanwhile = ends
    follower.ask(full=True)
    follower.read()
    assert [task.state for task in world.state.fleet.apps[ID].tasks.values()] == ["TASK_KILLING"]
    follower.read()
    follower.read()
    assert world.state.fleet.apps == {}
    # At once, and again after a moment: not only when everything is read anew, which is half a minute away.
    assert reader.asked == ["all", "all", ID, "all"]


def test_what_marathon_does_not_know_and_was_not_known_is_no_change() -> None:
    world, reader = World(), StandInReader()
    reader.gone = True
    follower = MarathonFollower(world, cast(Marathon, None), cast(Marathon, reader), resync=30.0)
    follower.read()
    before = world.state
    follower.handle(Event("app_terminated_event", {"appId": ID}))
    follower.read()
    assert reader.asked == ["all", ID]
    assert world.state is before
