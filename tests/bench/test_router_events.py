# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From an event of Marathon to every worker of nginx, beside a plan that is given to nginx directly: what the agent adds to it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

from integration.agent.fake_marathon import FakeMarathon, app_of
from integration.agent.running import RunningAgent
from integration.nginx.backend import entry, plan_of
from integration.nginx.running import RunningNginx, until

APP = "/test/shop/web/stable"
ROUNDS = 21
#: An event may take so many times what nginx takes for a plan that it is given, about 18 ms: its workers look for a new one every 20 ms.
TIMES = 2
#: And so long on a machine that has nothing else to do (docs/routers.md); about 12 here, 17 beside two programs that take all they get.
MILLISECONDS = 50


def milliseconds(nginx: RunningNginx, do: Callable[[], None]) -> float:
    """Until every worker has a plan that is newer than the one before."""
    generation = nginx.admin("GET", "/status")["generation"]
    began = time.perf_counter()
    do()
    nginx.settle(generation + 1)
    return (time.perf_counter() - began) * 1000


def test_what_the_agent_adds_to_a_change() -> None:
    with FakeMarathon() as marathon, RunningNginx() as nginx:
        by_event = []
        with RunningAgent(marathon.url, nginx=nginx) as agent:
            marathon.run(app_of("web", ("127.0.0.1", 10001), ("127.0.0.1", 10002)))
            until(lambda: len(agent.peers("web")) == 2, what="two peers")
            for _unused in range(ROUNDS):
                victim = str(marathon.apps[APP]["tasks"][0]["id"])
                by_event.append(milliseconds(nginx, lambda victim=victim: marathon.status(APP, victim, "TASK_KILLING")))  # type: ignore[misc]
                marathon.apps[APP]["tasks"].pop(0)
                new = marathon.start_task(APP, "127.0.0.1", 10001)
                until(lambda new=new, victim=victim: new in agent.peers("web") and victim not in agent.peers("web"), what="a peer")  # type: ignore[misc]
        directly = []
        for number in range(ROUNDS):
            peers = [{"task": f"t{number}", "address": "127.0.0.1", "port": 10001}]
            plan = plan_of(entry("web", ["web.test"], {"stable": peers}))
            directly.append(milliseconds(nginx, lambda plan=plan: nginx.push(plan)))  # type: ignore[misc]
    event, direct = statistics.median(by_event), statistics.median(directly)
    print(
        f"\nto every worker: by an event {event:.1f} ms, a plan alone {direct:.1f} ms, {event / direct:.1f} times (wanted: at most {TIMES})"
    )
    assert event <= TIMES * direct
    assert event <= MILLISECONDS
