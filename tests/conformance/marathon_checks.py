# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Marathon's API, exercised with a few apps of its own below one group; they need next to nothing and go away again.

The checks build on each other: what an earlier one could not make, a later one cannot look at and says so.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from typing import Any

from .checking import Checks, Differs, NotChecked, ensure, expect
from .cluster import Answer, Api, AwayError, wait

CHECKS = Checks()
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
#: What every app has when it is read back, given or not (facts of Marathon's serializer).
APP_KEYS = frozenset(
    (
        *("id", "cmd", "cpus", "mem", "disk", "instances", "backoffSeconds", "backoffFactor", "maxLaunchDelaySeconds", "labels"),
        *("requirePorts", "upgradeStrategy", "unreachableStrategy", "killSelection", "version", "versionInfo"),
        *("tasksStaged", "tasksRunning", "tasksHealthy", "tasksUnhealthy", "deployments"),
    )
)
TASK_KEYS = frozenset(("id", "appId", "host", "ports", "slaveId", "state", "stagedAt", "version"))
SOON = 30.0


class Marathon:
    """A Marathon under test, and what belongs to the checks in it: everything below ``/<prefix>``."""

    def __init__(self, api: Api, prefix: str, *, placing: float = 180.0) -> None:
        self.api = api
        self.group = "/" + prefix.strip("/")
        self.placing = placing
        self._made: set[str] = set()

    def id(self, name: str) -> str:
        return f"{self.group}/{name}"

    def path(self, name: str) -> str:
        return f"/v2/apps{self.id(name)}"

    def definition(self, name: str, **fields: Any) -> dict[str, Any]:
        """A small app: a hundredth of a CPU, 32 MiB (Mesos' least), no disk, no port, a process that sleeps."""
        small = {"cmd": "exec sleep 3600", "cpus": 0.01, "mem": 32, "disk": 0, "instances": 0, "portDefinitions": []}
        return {"id": self.id(name), **small, "upgradeStrategy": {"minimumHealthCapacity": 0, "maximumOverCapacity": 0}, **fields}

    def taken(self) -> bool:
        """Is there already something of this name?"""
        found = self.api.request("GET", "/v2/apps", query={"id": self.group})
        if found.status != 200:
            raise AwayError(f"GET /v2/apps: {found.short()}")
        if any(one["id"].startswith(self.group + "/") or one["id"] == self.group for one in found.json()["apps"]):
            return True
        return self.api.request("GET", f"/v2/groups{self.group}").status == 200

    def made(self, name: str) -> None:
        self._made.add(name)

    def need(self, name: str) -> None:
        if name not in self._made:
            raise NotChecked(f"it needs what an earlier check could not make ({name})")

    def app(self, name: str) -> dict[str, Any]:
        return dict(self.ok(self.api.request("GET", self.path(name)))["app"])

    def tasks(self, name: str) -> list[dict[str, Any]]:
        return list(self.ok(self.api.request("GET", f"{self.path(name)}/tasks"))["tasks"])

    def ok(self, answer: Answer, *statuses: int) -> Any:
        """The answer's JSON. 401 and 403 are the credentials' fault, not the server's."""
        if answer.status in (401, 403):
            raise NotChecked(f"the credentials are not enough: {answer.short()}")
        ensure(answer.status in (statuses or (200,)), answer.short())
        return answer.json() if answer.text else None

    def settled(self) -> None:
        """Wait until none of our apps is being deployed. Raises NotChecked where the cluster has no place for one."""

        def done() -> bool:
            running = self.ok(self.api.request("GET", "/v2/deployments"))
            return not any(one.startswith(self.group + "/") for deployment in running for one in deployment.get("affectedApps", []))

        if not wait(done, self.placing):
            raise NotChecked(f"no agent took a task of 0.01 CPUs and 32 MiB within {self.placing:g} s: {self.queue_says()}")

    def queue_says(self) -> str:
        items = [one for one in self.ok(self.api.request("GET", "/v2/queue"))["queue"] if self.group in json.dumps(one.get("app", {}))]
        summaries = [one.get("processedOffersSummary", {}).get("rejectSummaryLastOffers", []) for one in items]
        reasons = {one["reason"] for summary in summaries for one in summary if one.get("declined")}
        return ", ".join(sorted(reasons)) or "the queue gives no reason"

    def changed(self, answer: Answer, *statuses: int) -> dict[str, Any]:
        """An answer that started a deployment."""
        body = self.ok(answer, *(statuses or (200,)))
        ensure(_UUID.fullmatch(str(body.get("deploymentId"))), f"deploymentId is {body.get('deploymentId')!r}")
        ensure(_TIME.fullmatch(str(body.get("version"))), f"version is {body.get('version')!r}")
        return dict(body)

    def clean_up(self) -> list[str]:
        """Remove everything below the group, whatever happened before. Returns what is left."""

        def left() -> list[str]:
            found = self.api.request("GET", "/v2/apps", query={"id": self.group})
            return [one["id"] for one in found.json()["apps"] if one["id"].startswith(self.group + "/")] if found.status == 200 else []

        for app_id in left():
            self.api.request("DELETE", f"/v2/apps{app_id}", query={"force": "true"})
        wait(lambda: not left(), self.placing)
        self.api.request("DELETE", f"/v2/groups{self.group}", query={"force": "true"})
        return left()


def _keys(found: dict[str, Any], wanted: frozenset[str], what: str) -> None:
    missing = sorted(wanted - set(found))
    ensure(not missing, f"{what} lacks {', '.join(missing)}")


@CHECKS.of("GET /ping")
def _ping(marathon: Marathon) -> str:
    answer = marathon.api.request("GET", "/ping", headers={"Accept": "*/*"})
    expect((answer.status, answer.text.strip()), (200, "pong"), "answer")
    return "pong"


@CHECKS.of("GET /")
def _root(marathon: Marathon) -> str:
    answer = marathon.api.request("GET", "/", follow=False)
    expect(answer.status, 302, "status")
    return f"302 {answer.headers.get('Location')}"


@CHECKS.of("GET /v2/info")
def _info(marathon: Marathon) -> str:
    found = marathon.ok(marathon.api.request("GET", "/v2/info"))
    _keys(found, frozenset(("name", "version", "elected", "leader", "frameworkId", "marathon_config", "http_config")), "info")
    return f"{found['name']} {found['version']}"


@CHECKS.of("GET /v2/leader")
def _leader(marathon: Marathon) -> str:
    found = marathon.ok(marathon.api.request("GET", "/v2/leader"))
    ensure(re.fullmatch(r".+:\d+", str(found.get("leader"))), f"leader is {found.get('leader')!r}")
    return "host:port"


@CHECKS.of("GET /metrics")
def _metrics(marathon: Marathon) -> str:
    found = marathon.ok(marathon.api.request("GET", "/metrics"))
    _keys(found, frozenset(("gauges", "counters")), "metrics")
    return f"{len(found['gauges'])} gauges"


@CHECKS.of("GET /v2/plugins")
def _plugins(marathon: Marathon) -> str:
    ensure(isinstance(marathon.ok(marathon.api.request("GET", "/v2/plugins"))["plugins"], list), "plugins is no list")
    return "a list"


@CHECKS.of("POST /v2/apps")
def _create(marathon: Marathon) -> str:
    answer = marathon.api.request("POST", "/v2/apps", body=marathon.definition("one", labels={"zeus_conformance": "one"}))
    found = marathon.ok(answer, 201)
    marathon.made("one")
    _keys(found, APP_KEYS, "the app")
    ensure(marathon.id("one") in answer.headers.get("Location", ""), f"Location is {answer.headers.get('Location')!r}")
    expect(answer.headers.get("Marathon-Deployment-Id"), found["deployments"][0]["id"], "header Marathon-Deployment-Id")
    expect((found["backoffSeconds"], found["instances"], found["killSelection"]), (1, 0, "YOUNGEST_FIRST"), "defaults")
    marathon.settled()
    return "201, the app with its defaults"


@CHECKS.of("POST /v2/apps, an id that exists")
def _create_again(marathon: Marathon) -> str:
    marathon.need("one")
    answer = marathon.api.request("POST", "/v2/apps", body=marathon.definition("one"))
    expect((answer.status, answer.json()["message"]), (409, f"An app with id [{marathon.id('one')}] already exists."), "answer")
    return "409"


@CHECKS.of("errors: broken and senseless bodies")
def _errors(marathon: Marathon) -> str:
    send, json_type = marathon.api.request, {"Content-Type": "application/json"}
    broken = send("POST", "/v2/apps", data='{"id": ', headers=json_type)
    expect((broken.status, broken.json()["message"]), (400, "Invalid JSON"), "broken JSON")
    wrong_type = send("POST", "/v2/apps", body=marathon.definition("wrong", instances="many"))
    expect((wrong_type.status, wrong_type.json()["message"]), (422, "Invalid JSON"), "a wrong type")
    expect(wrong_type.json()["details"][0]["path"], "/instances", "path of a wrong type")
    senseless = send(
        "POST", "/v2/apps", body=marathon.definition("wrong", upgradeStrategy={"minimumHealthCapacity": 2, "maximumOverCapacity": 1})
    )
    expect(senseless.status, 422, "a senseless value")
    return "400, 422, 422 with details"


@CHECKS.of("errors: what is not there")
def _not_there(marathon: Marathon) -> str:
    app = marathon.api.request("GET", marathon.path("nobody"))
    expect((app.status, "does not exist" in app.json()["message"]), (404, True), "an unknown app")
    deployment = marathon.api.request("DELETE", "/v2/deployments/nobody")
    expect((deployment.status, "does not exist" in deployment.json()["message"]), (404, True), "an unknown deployment")
    return "404, 404"


@CHECKS.of("errors: an unknown route")
def _unknown_route(marathon: Marathon) -> str:
    answer = marathon.api.request("GET", "/v2/nosuch")
    expect((answer.status, answer.json().get("message")), (500, "URI not found"), "answer")
    return "500 URI not found"


@CHECKS.of("GET /v2/apps/{id}")
def _get(marathon: Marathon) -> str:
    marathon.need("one")
    found = marathon.app("one")
    _keys(found, APP_KEYS | {"tasks"}, "the app")
    ensure(_TIME.fullmatch(found["version"]), f"version is {found['version']!r}")
    return "the app with counts, tasks and deployments"


@CHECKS.of("GET /v2/apps")
def _list(marathon: Marathon) -> str:
    marathon.need("one")
    for key, value in (("id", marathon.group), ("label", "zeus_conformance==one"), ("label", "zeus_conformance in (one, two)")):
        found = marathon.ok(marathon.api.request("GET", "/v2/apps", query={key: value}))["apps"]
        ensure(marathon.id("one") in [one["id"] for one in found], f"{key}={value} does not find the app")
    none = marathon.ok(marathon.api.request("GET", "/v2/apps", query={"label": "zeus_conformance!=one", "id": marathon.group}))
    expect(none["apps"], [], "label!=")
    expect(marathon.api.request("GET", "/v2/apps", query={"label": "a=b"}).status, 422, "a bad selector")
    return "found by id and by label"


@CHECKS.of("PUT /v2/apps/{id}")
def _put(marathon: Marathon) -> str:
    marathon.need("one")
    marathon.changed(marathon.api.request("PUT", marathon.path("one"), body={"instances": 1}))
    expect(marathon.app("one")["labels"], {"zeus_conformance": "one"}, "labels after a partial update")
    marathon.settled()
    marathon.made("running")
    app = marathon.app("one")
    expect((app["instances"], app["tasksRunning"]), (1, 1), "instances and running tasks")
    return "scaled to 1; it runs"


@CHECKS.of("PUT /v2/apps/{id}, a new id")
def _put_new(marathon: Marathon) -> str:
    answer = marathon.api.request("PUT", marathon.path("two"), body=marathon.definition("two"))
    marathon.changed(answer, 201)
    ensure(marathon.id("two") in answer.headers.get("Location", ""), f"Location is {answer.headers.get('Location')!r}")
    marathon.made("two")
    marathon.settled()
    return "201"


@CHECKS.of("GET /v2/apps/{id}/tasks")
def _app_tasks(marathon: Marathon) -> str:
    marathon.need("running")
    (task,) = marathon.tasks("one")
    _keys(task, TASK_KEYS, "the task")
    expect((task["appId"], task["state"]), (marathon.id("one"), "TASK_RUNNING"), "app and state")
    return "one task that runs"


@CHECKS.of("GET /v2/tasks")
def _all_tasks(marathon: Marathon) -> str:
    marathon.need("running")
    running = marathon.ok(marathon.api.request("GET", "/v2/tasks", query={"status": "running"}))["tasks"]
    staging = marathon.ok(marathon.api.request("GET", "/v2/tasks", query={"status": "staging"}))["tasks"]
    own = [[one["appId"] for one in found if one["appId"] == marathon.id("one")] for found in (running, staging)]
    expect(own, [[marathon.id("one")], []], "our task among running and staging ones")
    return "found among those that run"


@CHECKS.of("GET /v2/apps/{group}/*")
def _below(marathon: Marathon) -> str:
    marathon.need("two")
    found = marathon.ok(marathon.api.request("GET", f"/v2/apps{marathon.group}/*"))["*"]
    expect(sorted(one["id"] for one in found), [marathon.id("one"), marathon.id("two")], "apps")
    expect(marathon.api.request("GET", f"/v2/apps{marathon.id('nobody')}/*").status, 404, "a group that is not there")
    return "the group's apps"


@CHECKS.of("PATCH /v2/apps/{id}")
def _patch(marathon: Marathon) -> str:
    marathon.need("two")
    marathon.changed(marathon.api.request("PATCH", marathon.path("two"), body={"labels": {"zeus_conformance": "two"}}))
    marathon.settled()
    expect(marathon.app("two")["labels"], {"zeus_conformance": "two"}, "labels")
    expect(marathon.api.request("PATCH", marathon.path("nobody"), body={"instances": 0}).status, 404, "an unknown app")
    return "changed; 404 for an unknown app"


@CHECKS.of("PUT /v2/apps")
def _put_many(marathon: Marathon) -> str:
    marathon.need("two")
    both = [marathon.definition("two", labels={"step": "a"}), marathon.definition("three")]
    marathon.changed(marathon.api.request("PUT", "/v2/apps", body=both))
    marathon.settled()
    expect(marathon.app("two")["labels"], {"step": "a"}, "labels")
    marathon.app("three")
    marathon.made("three")
    return "one deployment for a change and a new app"


@CHECKS.of("PATCH /v2/apps")
def _patch_many(marathon: Marathon) -> str:
    marathon.need("three")
    both = [{"id": marathon.id(name), "labels": {"step": "b"}} for name in ("two", "three")]
    marathon.changed(marathon.api.request("PATCH", "/v2/apps", body=both))
    marathon.settled()
    expect([marathon.app(name)["labels"] for name in ("two", "three")], [{"step": "b"}] * 2, "labels")
    expect(marathon.api.request("PATCH", "/v2/apps", body=[{"id": marathon.id("nobody"), "instances": 0}]).status, 404, "an unknown app")
    return "both changed; 404 for an unknown app"


@CHECKS.of("GET /v2/apps/{id}/versions")
def _versions(marathon: Marathon) -> str:
    marathon.need("three")
    found = marathon.ok(marathon.api.request("GET", f"{marathon.path('two')}/versions"))["versions"]
    ensure(len(found) >= 3 and all(_TIME.fullmatch(one) for one in found), f"versions are {found}")
    expect(found, sorted(found, reverse=True), "newest first")
    return f"{len(found)} timestamps, newest first"


@CHECKS.of("GET /v2/apps/{id}/versions/{version}")
def _version(marathon: Marathon) -> str:
    marathon.need("three")
    oldest = marathon.ok(marathon.api.request("GET", f"{marathon.path('two')}/versions"))["versions"][-1]
    found = marathon.ok(marathon.api.request("GET", f"{marathon.path('two')}/versions/{oldest}"))
    expect((found["id"], found["labels"]), (marathon.id("two"), {}), "id and labels of the first version")
    missing = marathon.api.request("GET", f"{marathon.path('two')}/versions/2001-01-01T00:00:00.000Z")
    expect(missing.status, 404, "a version that is not there")
    return "the definition of that time"


@CHECKS.of("PUT /v2/apps/{id}, a version")
def _rollback(marathon: Marathon) -> str:
    marathon.need("three")
    oldest = marathon.ok(marathon.api.request("GET", f"{marathon.path('two')}/versions"))["versions"][-1]
    marathon.changed(marathon.api.request("PUT", marathon.path("two"), body={"version": oldest}))
    marathon.settled()
    expect(marathon.app("two")["labels"], {}, "labels of the first version")
    return "back at the first version"


@CHECKS.of("POST /v2/apps/{id}/restart")
def _restart(marathon: Marathon) -> str:
    marathon.need("running")
    before = {one["id"] for one in marathon.tasks("one")}
    marathon.changed(marathon.api.request("POST", f"{marathon.path('one')}/restart"))
    marathon.settled()
    after = {one["id"] for one in marathon.tasks("one")}
    ensure(len(after) == 1 and not after & before, f"{len(after & before)} of the old tasks still run")
    return "another task runs"


def _replaced(marathon: Marathon, kill: Callable[[str], Any]) -> str:
    marathon.need("running")
    (task,) = marathon.tasks("one")
    kill(task["id"])

    def other() -> bool:
        return any(one["id"] != task["id"] and one["state"] == "TASK_RUNNING" for one in marathon.tasks("one"))

    ensure(wait(other, marathon.placing), f"no other task runs after {marathon.placing:g} s")
    ensure(wait(lambda: len(marathon.tasks("one")) == 1, SOON), "the killed task is still listed")
    return "killed and replaced"


@CHECKS.of("DELETE /v2/apps/{id}/tasks/{task}")
def _kill_one(marathon: Marathon) -> str:
    def kill(task_id: str) -> None:
        found = marathon.ok(marathon.api.request("DELETE", f"{marathon.path('one')}/tasks/{task_id}"))
        expect(found["task"]["id"], task_id, "the killed task")

    return _replaced(marathon, kill)


@CHECKS.of("DELETE /v2/apps/{id}/tasks")
def _kill_all(marathon: Marathon) -> str:
    def kill(task_id: str) -> None:
        found = marathon.ok(marathon.api.request("DELETE", f"{marathon.path('one')}/tasks"))
        expect([one["id"] for one in found["tasks"]], [task_id], "the killed tasks")

    return _replaced(marathon, kill)


@CHECKS.of("POST /v2/tasks/delete")
def _delete_tasks(marathon: Marathon) -> str:
    def kill(task_id: str) -> None:
        found = marathon.ok(marathon.api.request("POST", "/v2/tasks/delete", body={"ids": [task_id]}))
        expect([one["id"] for one in found["tasks"]], [task_id], "the killed tasks")

    expect(marathon.api.request("POST", "/v2/tasks/delete", body={"ids": ["no task"]}).status, 400, "an id that is none")
    return _replaced(marathon, kill)


@CHECKS.of("GET /v2/events")
def _events(marathon: Marathon) -> str:
    marathon.need("two")
    with marathon.api.stream("/v2/events?event_type=deployment_success&event_type=api_post_event") as lines:
        marathon.changed(marathon.api.request("PATCH", marathon.path("two"), body={"labels": {"step": "events"}}))
        for kind, data in _read(lines, time.monotonic() + marathon.placing):
            if kind == "deployment_success" and marathon.id("two") in json.dumps(data):
                expect(data.get("eventType"), kind, "eventType")
                ensure(_TIME.fullmatch(data.get("timestamp", "")), f"timestamp is {data.get('timestamp')!r}")
                return "our change is told"
    raise Differs("the stream did not tell of our deployment")


def _read(lines: Iterator[str], end: float) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = ""
    try:
        for line in lines:
            if line.startswith("event:"):
                kind = line.removeprefix("event:").strip()
            elif line.startswith("data:") and kind:
                yield kind, json.loads(line.removeprefix("data:"))
                kind = ""
            if time.monotonic() > end:
                return
    except OSError:
        return


@CHECKS.of("POST /v2/tasks/delete, scale=true")
def _scale_down(marathon: Marathon) -> str:
    marathon.need("running")
    task_ids = [one["id"] for one in marathon.tasks("one")]
    marathon.changed(marathon.api.request("POST", "/v2/tasks/delete", body={"ids": task_ids}, query={"scale": "true"}))
    marathon.settled()
    expect((marathon.app("one")["instances"], marathon.tasks("one")), (0, []), "instances and tasks")
    return "killed, and the app scaled to 0"


def _no_place(marathon: Marathon) -> str:
    """An app that no agent can take, and the id of its deployment, which therefore stays."""
    nowhere = [["hostname", "LIKE", "no-such-host-of-zeus-conformance"]]
    answer = marathon.api.request("PUT", marathon.path("nowhere"), body=marathon.definition("nowhere", instances=1, constraints=nowhere))
    return str(marathon.changed(answer, 200, 201)["deploymentId"])


@CHECKS.of("GET /v2/deployments")
def _deployments(marathon: Marathon) -> str:
    deployment = _no_place(marathon)
    marathon.made("nowhere")
    found = [one for one in marathon.ok(marathon.api.request("GET", "/v2/deployments")) if one["id"] == deployment]
    expect(len(found), 1, "our deployment is listed so many times")
    _keys(found[0], frozenset(("version", "affectedApps", "steps", "currentActions", "currentStep", "totalSteps")), "the deployment")
    expect(found[0]["affectedApps"], [marathon.id("nowhere")], "affectedApps")
    return f"step {found[0]['currentStep']} of {found[0]['totalSteps']}"


@CHECKS.of("GET /v2/queue")
def _queue(marathon: Marathon) -> str:
    marathon.need("nowhere")

    def refused() -> dict[str, Any] | None:
        items = marathon.ok(marathon.api.request("GET", "/v2/queue"))["queue"]
        own = [one for one in items if one.get("app", {}).get("id") == marathon.id("nowhere")]
        return own[0] if own and own[0].get("processedOffersSummary", {}).get("processedOffersCount") else None

    item = wait(refused, SOON)
    if item is None:
        raise NotChecked(f"no agent made an offer within {SOON:g} s")
    _keys(item, frozenset(("count", "delay", "since", "processedOffersSummary")), "the item")
    reasons = {one["reason"] for one in item["processedOffersSummary"]["rejectSummaryLastOffers"] if one["declined"]}
    ensure("UnfulfilledConstraint" in reasons or "UnfulfilledRole" in reasons, f"the reasons are {sorted(reasons)}")
    return ", ".join(sorted(reasons))


@CHECKS.of("DELETE /v2/queue/{id}/delay")
def _delay(marathon: Marathon) -> str:
    marathon.need("nowhere")
    expect(marathon.api.request("DELETE", f"/v2/queue{marathon.id('nowhere')}/delay").status, 204, "status")
    expect(marathon.api.request("DELETE", f"/v2/queue{marathon.id('nobody')}/delay").status, 404, "an app that does not wait")
    return "204; 404 for an app that does not wait"


@CHECKS.of("a locked app")
def _locked(marathon: Marathon) -> str:
    marathon.need("nowhere")
    answer = marathon.api.request("PATCH", marathon.path("nowhere"), body={"instances": 0})
    expect(answer.status, 409, "status")
    ensure("locked by one or more deployments" in answer.json()["message"], answer.short())
    ensure(answer.json().get("deployments"), "no deployments are named")
    return "409, with the deployment"


@CHECKS.of("DELETE /v2/deployments/{id}")
def _cancel(marathon: Marathon) -> str:
    marathon.need("nowhere")
    running = marathon.ok(marathon.api.request("GET", "/v2/deployments"))
    (own,) = [one["id"] for one in running if marathon.id("nowhere") in one["affectedApps"]]
    marathon.changed(marathon.api.request("DELETE", f"/v2/deployments/{own}"))
    marathon.settled()
    expect(marathon.api.request("GET", marathon.path("nowhere")).status, 404, "the app, after the way back")
    deployment = _no_place(marathon)
    cancelled = marathon.api.request("DELETE", f"/v2/deployments/{deployment}", query={"force": "true"})
    expect((cancelled.status, cancelled.text), (202, ""), "force=true")
    marathon.changed(marathon.api.request("DELETE", marathon.path("nowhere"), query={"force": "true"}))
    return "back to before; 202 with force"


@CHECKS.of("POST /v2/groups")
def _create_group(marathon: Marathon) -> str:
    group = {"id": marathon.id("team"), "apps": [{**marathon.definition("team/web"), "id": "web"}]}
    answer = marathon.api.request("POST", "/v2/groups", body=group)
    marathon.changed(answer, 201)
    marathon.made("team")
    ensure(marathon.id("team") in answer.headers.get("Location", ""), f"Location is {answer.headers.get('Location')!r}")
    marathon.settled()
    expect(marathon.api.request("POST", "/v2/groups", body=group).status, 409, "a group that exists")
    return "201; 409 the second time"


@CHECKS.of("GET /v2/groups")
def _root_group(marathon: Marathon) -> str:
    found = marathon.ok(marathon.api.request("GET", "/v2/groups", query={"embed": "group.groups"}))
    expect(found["id"], "/", "id")
    ensure(marathon.group in [one["id"] for one in found["groups"]], "our group is not below it")
    return "the root group"


@CHECKS.of("GET /v2/groups/{id}")
def _get_group(marathon: Marathon) -> str:
    marathon.need("team")
    found = marathon.ok(marathon.api.request("GET", f"/v2/groups{marathon.id('team')}"))
    _keys(found, frozenset(("id", "apps", "groups", "dependencies", "version")), "the group")
    expect([one["id"] for one in found["apps"]], [marathon.id("team/web")], "apps")
    expect(marathon.api.request("GET", f"/v2/groups{marathon.id('nobody')}").status, 404, "a group that is not there")
    return "the group with its app"


@CHECKS.of("PUT /v2/groups/{id}, dryRun=true")
def _dry_run(marathon: Marathon) -> str:
    marathon.need("team")
    body = {"apps": [{**marathon.definition("team/web", labels={"dry": "run"}), "id": "web"}]}
    found = marathon.ok(marathon.api.request("PUT", f"/v2/groups{marathon.id('team')}", body=body, query={"dryRun": "true"}))
    ensure(isinstance(found["steps"], list), "steps is no list")
    expect(marathon.app("team/web")["labels"], {}, "labels after a dry run")
    return f"{len(found['steps'])} steps, and nothing happened"


@CHECKS.of("PUT /v2/groups/{id}")
def _put_group(marathon: Marathon) -> str:
    marathon.need("team")
    body = {"apps": [{**marathon.definition("team/web", labels={"step": "group"}), "id": "web"}]}
    marathon.changed(marathon.api.request("PUT", f"/v2/groups{marathon.id('team')}", body=body))
    marathon.settled()
    expect(marathon.app("team/web")["labels"], {"step": "group"}, "labels")
    return "changed"


@CHECKS.of("POST /v2/groups/{id}")
def _create_below(marathon: Marathon) -> str:
    marathon.need("team")
    answer = marathon.api.request("POST", f"/v2/groups{marathon.id('team')}", body={"id": "inner", "apps": []})
    marathon.changed(answer, 201)
    marathon.settled()
    found = marathon.ok(marathon.api.request("GET", f"/v2/groups{marathon.id('team/inner')}"))
    expect(found["id"], marathon.id("team/inner"), "id")
    return "201"


@CHECKS.of("GET /v2/groups/{id}/versions")
def _group_versions(marathon: Marathon) -> str:
    marathon.need("team")
    found = marathon.ok(marathon.api.request("GET", f"/v2/groups{marathon.id('team')}/versions"))
    ensure(isinstance(found, list) and found and all(_TIME.fullmatch(one) for one in found), f"versions are {found!r}")
    return "timestamps"


@CHECKS.of("DELETE /v2/groups/{id}")
def _delete_group(marathon: Marathon) -> str:
    marathon.need("team")
    marathon.changed(marathon.api.request("DELETE", f"/v2/groups{marathon.id('team')}"))
    marathon.settled()
    expect(marathon.api.request("GET", marathon.path("team/web")).status, 404, "its app")
    return "gone with its app"


@CHECKS.of("DELETE /v2/apps/{id}")
def _delete(marathon: Marathon) -> str:
    marathon.need("two")
    marathon.changed(marathon.api.request("DELETE", marathon.path("two")))
    ensure(wait(lambda: marathon.api.request("GET", marathon.path("two")).status == 404, SOON), "it is still there")
    return "gone"
