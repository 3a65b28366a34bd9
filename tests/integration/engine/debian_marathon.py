# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's python3-marathon, unchanged, against the engine: every public method of its MarathonClient that Marathon 1.11 has an answer for.

Run inside the engine's container, with Debian's own Python: ``python3 debian_marathon.py URL``. Ends with 0 and ``all held``.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import marathon
from marathon.exceptions import ConflictError, InternalServerError, MarathonHttpError, NotFoundError
from marathon.models import MarathonApp, MarathonConstraint, MarathonGroup, MarathonHealthCheck
from marathon.models.events import MarathonDeploymentSuccess, MarathonEventStreamAttached, MarathonStatusUpdateEvent

ROOT = "/debian-client"


def wait(condition: Callable[[], Any], what: str, seconds: float = 90) -> Any:
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, f"waited in vain for {what}"
        time.sleep(0.05)


class Client:
    def __init__(self, url: str) -> None:
        self.api = marathon.MarathonClient(url)

    def settled(self) -> None:
        wait(lambda: not self.api.list_deployments(), "the deployments' end")

    def refused(self, kind: type[Exception], do: Callable[[], Any], text: str) -> None:
        said = None
        try:
            do()
        except kind as error:
            said = str(error)
        assert said is not None, f"{kind.__name__} {text!r} expected"
        assert text in said, f"{said} does not say {text!r}"

    # Apps.

    def apps(self) -> None:
        api, app_id = self.api, f"{ROOT}/apps/one"
        made = api.create_app(
            app_id,
            MarathonApp(
                cmd="exec sleep 1000",
                mem=32,
                cpus=0.1,
                instances=2,
                labels={"tier": "web"},
                env={"A": "1"},
                constraints=[MarathonConstraint(field="hostname", operator="MAX_PER", value="2")],
                health_checks=[MarathonHealthCheck(command={"value": "true"}, protocol="COMMAND", delay_seconds=0, interval_seconds=1)],
                port_definitions=[{"port": 0, "protocol": "tcp", "name": "http"}],
            ),
        )
        assert made.id == app_id, made
        assert made.deployments, made
        assert made.version, made
        assert made.constraints[0].operator == "MAX_PER", made.constraints
        assert made.health_checks[0].max_consecutive_failures == 3, made.health_checks
        assert made.upgrade_strategy.minimum_health_capacity == 1, made.upgrade_strategy
        assert 10000 <= made.port_definitions[0].port <= 20000, made.port_definitions
        self.refused(ConflictError, lambda: api.create_app(app_id, MarathonApp(cmd="sleep 1")), "already exists")
        self.settled()
        shown = api.get_app(app_id, embed_tasks=True, embed_task_stats=True, embed_readiness=True)
        assert (shown.tasks_running, shown.tasks_healthy, shown.tasks_staged, shown.tasks_unhealthy) == (2, 2, 0, 0), shown
        assert len(shown.tasks) == 2, shown.tasks
        task = shown.tasks[0]
        assert task.app_id == app_id, task
        assert task.health_check_results[0].alive, task
        assert task.started_at >= task.staged_at, task
        assert task.host, task
        assert task.slave_id, task
        assert len(task.ports) == len(task.service_ports) == 1, task
        assert task.ip_addresses[0].protocol == "IPv4", task
        assert shown.task_stats.total_summary.stats.counts.running == 2, shown.task_stats
        names = [one.id for one in api.list_apps(label="tier==web", embed_tasks=True, embed_counts=True, embed_deployments=True)]
        assert app_id in names, names
        assert not api.list_apps(label="tier==db"), "a selector that nothing fits"
        assert [one.id for one in api.list_apps(app_id="debian-client/apps", cmd="SLEEP")] == [app_id]
        assert [one.id for one in api.list_apps(id=app_id, embed_failures=True, embed_last_task_failure=True)] == [app_id]

        first = api.list_versions(app_id)
        assert set(api.update_app(app_id, MarathonApp(env={"A": "2"}))) == {"deploymentId", "version"}
        self.refused(MarathonHttpError, lambda: api.update_app(app_id, MarathonApp(cpus=0.2)), "App is locked by one or more deployments")
        self.settled()
        assert api.get_app(app_id).env == {"A": "2"}
        versions = api.list_versions(app_id)
        assert versions[1:] == first, versions
        assert api.get_version(app_id, first[0]).env == {"A": "1"}
        api.rollback_app(app_id, first[0])
        self.settled()
        assert api.get_app(app_id).env == {"A": "1"}

        api.scale_app(app_id, delta=1)
        self.settled()
        api.scale_app(app_id, instances=1, force=True)
        self.settled()
        before = api.list_tasks(app_id)
        assert len(before) == 1, before
        api.restart_app(app_id)
        self.settled()
        assert api.list_tasks(app_id)[0].id != before[0].id
        api.update_apps([MarathonApp(id=app_id, instances=2), MarathonApp(id=f"{ROOT}/apps/two", cmd="exec sleep 1000", mem=32, cpus=0.1)])
        self.settled()
        assert {one.app_id for one in api.list_endpoints()} >= {app_id, f"{ROOT}/apps/two"}
        self.refused(NotFoundError, lambda: api.get_app("/nowhere"), "App '/nowhere' does not exist")
        self.refused(MarathonHttpError, lambda: api.create_app("/a", MarathonApp(cmd="sleep 1", args=["x"])), "Object is not valid")
        api.delete_app(f"{ROOT}/apps/two")
        self.settled()

    # Tasks.

    def tasks(self) -> None:
        api, app_id = self.api, f"{ROOT}/apps/one"

        def two() -> Any:
            found = api.list_tasks(app_id)  # among them those that are ending
            return found if [one.state for one in found] == ["TASK_RUNNING"] * 2 else None

        def two_without(*gone: str) -> Any:
            found = two()
            return found if found and not {one.id for one in found} & set(gone) else None

        before = wait(two, "two tasks")
        killed = api.kill_task(app_id, before[0].id)
        assert killed.id == before[0].id, killed
        after = [one.id for one in wait(lambda: two_without(before[0].id), "a new task")]
        assert api.kill_given_tasks(after) is True
        wait(lambda: two_without(*after), "new tasks again")
        assert len(api.kill_tasks(app_id)) == 2
        tasks = wait(two, "two tasks")
        assert "deploymentId" in api.kill_tasks(app_id, scale=True, host=tasks[0].host)
        self.settled()
        assert api.get_app(app_id).instances == 2 - sum(one.host == tasks[0].host for one in tasks)
        self.refused(NotFoundError, lambda: api.kill_task(app_id, "x.instance-y._app.1"), "does not exist")
        api.scale_app(app_id, instances=1)
        self.settled()

    # Groups.

    def groups(self) -> None:
        api, group_id = self.api, f"{ROOT}/group"
        apps = [MarathonApp(id=name, cmd="exec sleep 1000", mem=32, cpus=0.1) for name in ("a", "b")]
        made = api.create_group(MarathonGroup(id=group_id, apps=apps))
        assert set(made) == {"deploymentId", "version"}, made
        self.settled()
        shown = api.get_group(group_id)
        assert sorted(one.id for one in shown.apps) == [f"{group_id}/a", f"{group_id}/b"], shown
        assert ROOT in [one.id for one in api.list_groups()]
        api.scale_group(group_id, 2)
        self.settled()
        assert [one.instances for one in api.get_group(group_id).apps] == [2, 2]
        api.update_group(group_id, MarathonGroup(id=group_id, apps=[MarathonApp(id="a", cmd="exec sleep 1000", mem=32, cpus=0.1)]))
        self.settled()
        assert [one.id for one in api.get_group(group_id).apps] == [f"{group_id}/a"]
        assert "deploymentId" in api.delete_group(group_id)
        self.settled()
        self.refused(NotFoundError, lambda: api.get_group(group_id), "does not exist")

    # Deployments and queue.

    def waiting(self) -> None:
        api, app_id = self.api, f"{ROOT}/waits"
        api.create_app(app_id, MarathonApp(cmd="exec sleep 1000", mem=32, cpus=100_000))

        def item() -> Any:
            return next((one for one in api.list_queue(embed_last_unused_offers=True) if one.app.id == app_id), None)

        refused = wait(lambda: item() if item() and item().last_unused_offers else None, "offers that are not used")
        assert (refused.count, refused.delay.overdue) == (1, True), refused
        reasons = {one["reason"]: one["declined"] for one in refused.processed_offers_summary["rejectSummaryLastOffers"]}
        assert reasons["InsufficientCpus"] == len(refused.last_unused_offers), reasons
        api.reset_delay(app_id)
        running = next(one for one in api.list_deployments() if app_id in one.affected_apps)
        assert running.current_actions[0].action == "ScaleApplication", running.current_actions
        assert (running.current_step, running.total_steps) == (2, 2), running
        assert api.delete_deployment(running.id, force=True) == {}
        assert "deploymentId" in api.delete_app(app_id)
        self.settled()
        self.refused(NotFoundError, lambda: api.reset_delay(app_id), "not found in tasks queue")

    # Events.

    def events(self) -> None:
        api, app_id = self.api, f"{ROOT}/events"
        stream = api.event_stream(event_types=[MarathonEventStreamAttached, MarathonStatusUpdateEvent, MarathonDeploymentSuccess])
        heard: list[Any] = []

        def read() -> None:
            for event in itertools.islice(stream, 4):
                heard.append(event)

        reading = threading.Thread(target=read, daemon=True)
        reading.start()
        wait(lambda: heard, "the stream")
        assert api.get_metrics()["gauges"]["marathon.http.event-streams.active.gauge"]["value"] >= 2
        api.create_app(app_id, MarathonApp(cmd="exec sleep 1000", mem=32, cpus=0.1))
        reading.join(30)
        found = heard[1:]
        assert [type(one) for one in found] == [MarathonStatusUpdateEvent] * 2 + [MarathonDeploymentSuccess], found
        assert [one.task_status for one in found[:2]] == ["TASK_STARTING", "TASK_RUNNING"], found
        assert found[0].app_id == app_id, found
        raw = next(self.api.event_stream(raw=True))
        assert "event_stream_attached" in raw, raw
        api.delete_app(app_id)
        self.settled()

    # The rest.

    def server(self) -> None:
        api = self.api
        info = api.get_info()
        assert info.name == "marathon", info
        assert info.version.startswith("1.11"), info
        assert info.marathon_config.master, info
        assert info.leader.endswith(f":{info.http_config.http_port}"), info
        assert api.get_leader()["leader"] == info.leader
        assert api.ping() == b'"pong"', api.ping()
        assert api.get_metrics()["gauges"]
        # Marathon 1.11 has no subscriptions any more, and answers so.
        self.refused(InternalServerError, api.list_event_subscriptions, "URI not found")


class Everything(threading.Thread):
    """Reads all events as the client's own objects, and remembers what it could not read."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self._api = marathon.MarathonClient(url)
        self.kinds: set[str] = set()
        self.problem: BaseException | None = None

    def run(self) -> None:
        try:
            for event in self._api.event_stream():
                self.kinds.add(type(event).__name__)
        except BaseException as error:  # whatever the client does not understand
            self.problem = error


def main() -> None:
    client = Client(sys.argv[1])
    everything = Everything(sys.argv[1])
    everything.start()
    wait(lambda: "MarathonEventStreamAttached" in everything.kinds, "the stream of all events")
    for part in (client.apps, client.tasks, client.groups, client.waiting, client.events, client.server):
        part()
    client.api.delete_group(ROOT, force=True)
    client.settled()
    assert everything.problem is None, repr(everything.problem)
    print(f"all held; events: {', '.join(sorted(everything.kinds))}")


if __name__ == "__main__":
    main()
