# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One table per module that changes something: from one situation to the next, and what only a real run can say.

A situation begins where the one before it has ended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from ansible_collections.zeus.paas.plugins.module_utils._gray import parse_policy, policy_body
from integration.gray.site import CATALOGUE, EVERYONE, POLICY, REGIONS, TESTERS, Site, policy

HERE = Path(__file__).parent
#: It imports libraries of the collection.
AGENT = HERE.parents[2] / "roles" / "router_agent" / "files" / "zeus_router_agent" / "agent.py"
Outcome = Literal["changed", "unchanged", "refused"]
Arguments = Mapping[str, Any]


@dataclass(frozen=True)
class Situation:
    """``edit`` is what the user does to his files before; ``arguments`` are the task's, without the connection's."""

    name: str
    outcome: Outcome
    arguments: Callable[[Site], Arguments]
    edit: Callable[[Site], Any] = lambda site: None


def connection(site: Site, module: str) -> dict[str, Any]:
    """What ``module_defaults`` would give."""
    given = site.connection()
    mesos = {"mesos_urls": [site.engine.mesos_url], "mesos_user": "zeus", "mesos_password": "engine-password-0"}
    prefixes = {
        "marathon_app": ("marathon", "router"),
        "marathon_apps": ("marathon", "router"),
        "project": ("marathon", "router", "artifact", "policy_store"),
        "gray_policy": ("router", "policy_store"),
        "policy_store": ("router", "policy_store"),
        "gray_release": ("marathon", "router", "artifact", "policy_store", "mesos"),
        "mesos_drain": ("marathon", "router", "mesos"),
        **dict.fromkeys(("mesos_agent", "mesos_maintenance", "mesos_quota"), ("mesos",)),
        "repository": ("-",),
        "program_files": ("-",),
    }[module]
    if module.startswith("mesos_"):
        mesos["mesos_urls"] = [site.operated_url]
    return {key: value for key, value in {**given, **mesos}.items() if key.startswith(prefixes)}


def app(name: str = "one", **fields: Any) -> dict[str, Any]:
    labels = {"ZEUS_PROJECT": "plain", "ZEUS_APP": name, "ZEUS_ENVIRONMENT": "test", "ZEUS_OWNER": "project", "ZEUS_TYPE": "worker"}
    return {
        "id": f"/test/plain/{name}/stable",
        "cmd": "exec sleep 10000",
        "cpus": 0.05,
        "mem": 32,
        "labels": labels,
        "portDefinitions": [],
        "healthChecks": [],
        **fields,
    }


def one(**fields: Any) -> Callable[[Site], Arguments]:
    more = {key: fields.pop(key) for key in ("instances", "state", "hidden_fields", "vcluster") if key in fields}
    definition = app(**fields)
    given = {"id": definition.pop("id"), "definition": definition, "vcluster": "batch", "wait_timeout": 60, **more}
    return lambda site: given


def bare(**fields: Any) -> Callable[[Site], Arguments]:
    return lambda site: {"id": "/test/plain/one/stable", "wait_timeout": 60, **fields}


def many(*apps: Mapping[str, Any], prune: bool = False, **fields: Any) -> Callable[[Site], Arguments]:
    pruned = {"prune": True, "prune_selector": "ZEUS_PROJECT==plain,ZEUS_OWNER==project"} if prune else {}
    return lambda site: {"apps": list(apps), "vcluster": "batch", "wait_timeout": 60, **pruned, **fields}


def project(**fields: Any) -> Callable[[Site], Arguments]:
    def arguments(site: Site) -> Arguments:
        site.write()
        where = {"src": str(site.file), "environment_name": "production", "datacenter": "bj01", "vclusters": CATALOGUE}
        return {**where, "wait_timeout": 60, **fields}

    return arguments


def release(state: str, **fields: Any) -> Callable[[Site], Arguments]:
    return lambda site: {**project(**fields)(site), "state": state, "app": "web", "regions": REGIONS}


def wrote(data: Mapping[str, Any], **fields: Any) -> Callable[[Site], Arguments]:
    return lambda site: {"policy": dict(data), "regions": REGIONS, "wait_timeout": 20, **fields}


def holds(*, prune: bool = False, **shares: int) -> Callable[[Site], Arguments]:
    """A copy of a store: policies by name, each with its share."""
    bodies = {
        f"zeus:policy:{name}": policy_body(parse_policy({"policy": name, "rules": [{"variant": "2.0", "when": {"percent": share}}]}, name))
        for name, share in shares.items()
    }
    return lambda site: {"entries": bodies, "prune": prune, "wait_timeout": 20}


def repository(**fields: Any) -> Callable[[Site], Arguments]:
    return lambda site: {"dest": str(site.folder / "team"), **fields}


def edited(site: Site) -> None:
    path = site.folder / "team" / "README.md"
    path.write_text(path.read_text(encoding="utf-8") + "Ours.\n", encoding="utf-8")


def program(**fields: Any) -> Callable[[Site], Arguments]:
    sources = {"lib": str(HERE), "all.yml": str(HERE / "conftest.py")}
    return lambda site: {"dest": str(site.folder / "program"), "sources": sources, **fields}


def in_program(edit: Callable[[Path], Any]) -> Callable[[Site], Any]:
    return lambda site: edit(site.folder / "program")


def add(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("older\n", encoding="utf-8")


def sets(**keys: Any) -> Callable[[Site], Any]:
    """Edit the app in the project file; None takes a key away."""

    def edit(site: Site) -> None:
        site.app.update(keys)
        for key in [key for key, value in site.app.items() if value is None]:
            del site.app[key]

    return edit


def writes(name: str, text: str) -> Callable[[Site], Any]:
    return lambda site: (site.folder / name).write_text(text)


def snippet(text: str) -> Callable[[Site], Any]:
    def edit(site: Site) -> None:
        writes("web.conf", text)(site)
        sets(nginx={"snippet": "web.conf"})(site)

    return edit


def begin(*steps: str) -> Callable[[Site], Any]:
    """The steps of a release, as they were seen to do what they should."""

    def edit(site: Site) -> None:
        for step in steps:
            told = site.policy(EVERYONE) if step == "policy" else site.release(step)
            assert not told.get("failed"), told

    return edit


#: The site's routers take no part where a snippet is only stored: the small datacenter has nobody who reloads nginx.
ALONE: dict[str, Any] = {"router_urls": {}, "router_token": None}
MAILER = {"type": "worker", "vcluster": "batch", "version": "1.0", "cmd": "exec sleep 10000", "resources": {"cpus": 0.1, "mem": 32}}
TWO = {"dc1": {"address": "192.0.2.1"}, "dc2": {"address": "192.0.2.2"}}
COUNTED = {"rules": [{"variant": "2.0", "when": {"percent": 30}}], "policy": POLICY}

COMMAND = {"protocol": "COMMAND", "command": {"value": "true"}, "intervalSeconds": 1}


def new_version(site: Site) -> None:
    sets(version="1.1")(site)
    writes("web/new", "x")(site)


WEB_1, WEB_2 = "web-1.bj01", "web-2.bj01"
SATURDAY = {"start": "2026-11-28T02:00:00+00:00", "duration": 3600}


def agents(state: str, *names: str, **fields: Any) -> Callable[[Site], Arguments]:
    return lambda site: {"agents": list(names), "state": state, "wait_timeout": 60, **fields}


def machine(state: str, name: str, **fields: Any) -> Callable[[Site], Arguments]:
    """A machine that is perhaps down, so that no agent is registered."""
    return lambda site: {"machines": [{"hostname": name, "ip": site.engine.address}], "state": state, "wait_timeout": 60, **fields}


def quotas(*absent: str, **given: Any) -> Callable[[Site], Arguments]:
    force = bool(given.pop("force", False))
    return lambda site: {"quotas": given, "absent": list(absent), "force": force}


SITUATIONS: dict[str, tuple[Situation, ...]] = {
    "marathon_app": (
        Situation("no app and no definition", "refused", bare(instances=2)),
        Situation("created", "changed", one()),
        Situation("as it is", "unchanged", one()),
        Situation("another command", "changed", one(cmd="exec sleep 20000")),
        Situation("more memory and a variable", "changed", one(mem=48, env={"COLOUR": "red"})),
        Situation("a variable that nobody may see", "changed", one(env={"SECRET": "geheim-4711"}, hidden_fields=["env.SECRET"])),
        Situation("everything back to defaults", "changed", one()),
        Situation("a health check", "changed", one(healthChecks=[COMMAND])),
        Situation("a constraint", "changed", one(constraints=[["hostname", "LIKE", "batch.*"]])),
        Situation("an upgrade strategy", "changed", one(upgradeStrategy={"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0.5})),
        Situation("plain again", "changed", one()),
        Situation("scaled up alone", "changed", bare(instances=3)),
        Situation("scaled down alone", "changed", bare(instances=1)),
        Situation("scaled by its definition", "changed", one(instances=2)),
        Situation("to nothing", "changed", bare(instances=0)),
        Situation("another command and one instance", "changed", one(cmd="exec sleep 30000", instances=1)),
        Situation("an unknown field", "refused", one(cpu=1)),
        Situation("no virtual cluster", "refused", one(vcluster=None)),
        Situation("below another app", "refused", lambda site: {**one()(site), "id": "/test/plain/one/stable/x"}),
        Situation("gone", "changed", bare(state="absent")),
        Situation("gone already", "unchanged", bare(state="absent")),
    ),
    "marathon_apps": (
        Situation("three created", "changed", many(app("a"), app("b", instances=2), app("c"))),
        Situation("as they are", "unchanged", many(app("a"), app("b", instances=2), app("c"))),
        Situation("one changed, one scaled", "changed", many(app("a", mem=48), app("b", instances=1), app("c"))),
        Situation("one listed as absent", "changed", many(app("a", mem=48), absent=["/test/plain/c/stable"])),
        Situation("an absent one that never was", "unchanged", many(app("a", mem=48), absent=["/test/plain/z/stable"])),
        Situation("one created after what it depends on", "changed", many(app("d", dependencies=["/test/plain/e/stable"]), app("e"))),
        Situation("an id twice", "refused", many(app("a"), app("a"))),
        Situation("pruned", "changed", many(app("a", mem=48), app("b", instances=2), prune=True)),
        Situation("pruning everything, unasked", "refused", many(prune=True)),
        Situation("pruning everything", "changed", many(prune=True, prune_everything=True)),
    ),
    "project": (
        Situation("as it is", "unchanged", project()),
        Situation("another version and other files", "changed", project(), new_version),
        Situation("more instances", "changed", project(), sets(instances=3)),
        Situation("fewer instances", "changed", project(), sets(instances=2)),
        Situation("a variable", "changed", project(), sets(env={"COLOUR": "red"})),
        Situation("a longer path", "changed", project(), sets(path="/shop")),
        Situation("other resources and health", "changed", project(), sets(resources={"cpus": 0.15, "mem": 80}, path=None)),
        Situation("a first snippet", "changed", project(**ALONE), snippet("client_max_body_size 10m;\n")),
        Situation("another snippet", "changed", project(**ALONE), snippet("client_max_body_size 20m;\n")),
        Situation("no snippet", "changed", project(**ALONE), sets(nginx=None)),
        Situation("a forbidden directive", "refused", project(**ALONE), snippet("lua_code_cache off;\n")),
        Situation("an unknown key", "refused", project(), sets(nginx=None, colour="red")),
        Situation("a host that is none", "refused", project(), sets(colour=None, hosts=["shop example"])),
        Situation("its host again", "unchanged", project(), sets(hosts=["shop.example.com"])),
        Situation("a second app", "changed", project(), lambda site: site.others.update(mailer=MAILER)),
        Situation("an app that left the file, not pruned", "unchanged", project(), lambda site: site.others.clear()),
        Situation("an app that left the file", "changed", project(prune=True)),
    ),
    "gray_policy": (
        Situation("created", "changed", wrote(TESTERS)),
        Situation("as it is", "unchanged", wrote(TESTERS)),
        Situation("other rules", "changed", wrote(EVERYONE)),
        Situation("one rule less", "changed", wrote(COUNTED)),
        Situation("a region that is unknown", "refused", wrote(policy({"when": {"region": {"in": ["CN-XX"]}}}))),
        Situation("bound, and written for another version", "refused",
                  wrote(policy({"variant": "3.0", "when": {"percent": 1}})), begin("deployed", "bound")),
        Situation("bound, and widened", "changed", wrote(EVERYONE)),
        Situation("bound, and to be deleted", "refused", lambda site: {"name": POLICY, "state": "absent"}),
        Situation("deleted", "changed", lambda site: {"name": POLICY, "state": "absent"}, begin("aborted")),
        Situation("gone already", "unchanged", lambda site: {"name": POLICY, "state": "absent"}),
        Situation("written again over its tombstone", "changed", wrote(TESTERS)),
    ),
    "gray_release": (
        Situation("finished before it began", "refused", release("finished")),
        Situation("deployed", "changed", release("deployed")),
        Situation("deployed already", "unchanged", release("deployed")),
        Situation("bound without a policy", "refused", release("bound")),
        Situation("bound", "changed", release("bound"), begin("policy")),
        Situation("bound already", "unchanged", release("bound")),
        Situation("more gray instances", "changed", release("deployed"), sets(gray={"version": "2.0", "instances": 2, "policy": POLICY})),
        Situation("aborted", "changed", release("aborted")),
        Situation("aborted already", "unchanged", release("aborted")),
        Situation("finished", "changed", release("finished"), begin("deployed", "bound")),
        Situation("deployed again after that", "refused", release("deployed")),
    ),
    "policy_store": (
        Situation("two values", "changed", holds(**{POLICY: 10, "other": 20})),
        Situation("as they are", "unchanged", holds(**{POLICY: 10, "other": 20})),
        Situation("one changed, one left alone", "changed", holds(**{POLICY: 30})),
        Situation("a key that is none", "refused", lambda site: {"entries": {"zeus:store": {}}}),
        Situation("a value that is none", "refused", lambda site: {"entries": {"zeus:policy:other": "all"}}),
        Situation("no others", "changed", holds(prune=True, **{POLICY: 30})),
        Situation("no others already", "unchanged", holds(prune=True, **{POLICY: 30})),
    ),
    # Before mesos_agent, after which one agent is gone for good.
    "mesos_drain": (
        Situation("in service already", "unchanged", agents("reactivated", WEB_1)),
        Situation("all of a cluster", "refused", agents("drained", WEB_1, WEB_2)),
        Situation("all of a cluster, in batches", "refused", agents("drained", WEB_1, leaving=[WEB_2])),
        # Of these the engine's tasks really move: it knows constraints, while draining is the stand-in's.
        Situation("kept off", "changed", agents("drained", WEB_1, method="constraint")),
        Situation("kept off already", "unchanged", agents("drained", WEB_1, "web-9.bj01", method="constraint")),
        Situation("back in service", "changed", agents("reactivated", WEB_1)),
        Situation("the only one of a cluster", "refused", agents("drained", "batch-1.bj01")),
        Situation("the only one of a cluster, by force", "changed", agents("drained", "batch-1.bj01", force=True)),
        Situation("drained already", "unchanged", agents("drained", "batch-1.bj01", force=True)),
        Situation("that one back, too", "changed", agents("reactivated", "batch-1.bj01")),
    ),
    "mesos_agent": (
        Situation("in service already", "unchanged", agents("reactivated", WEB_1)),
        Situation("one that is unknown", "refused", agents("drained", WEB_1, "web-9.bj01")),
        Situation("deactivated", "changed", agents("deactivated", WEB_1)),
        Situation("drained, with another one", "changed", agents("drained", WEB_1, WEB_2, max_grace_period=5)),
        Situation("drained already", "unchanged", agents("deactivated", WEB_1, WEB_2)),
        Situation("both back in service", "changed", lambda site: {"attributes": {"vcluster": "web"}, "state": "reactivated"}),
        Situation("gone", "changed", agents("gone", WEB_2)),
        Situation("gone already", "unchanged", agents("gone", WEB_2)),
    ),
    "mesos_maintenance": (
        Situation("planned at no time", "unchanged", agents("unscheduled", WEB_1)),
        Situation("planned", "changed", agents("scheduled", WEB_1, **SATURDAY)),
        Situation("another one", "changed", agents("scheduled", WEB_1, "batch-1.bj01", **SATURDAY)),
        Situation("longer", "changed", agents("scheduled", WEB_1, duration=7200)),
        Situation("down", "changed", agents("down", WEB_1)),
        Situation("down already", "unchanged", machine("down", WEB_1)),
        Situation("out of the schedule, though down", "refused", machine("unscheduled", WEB_1)),
        Situation("up", "changed", machine("up", WEB_1)),
        Situation("a time without a zone", "refused", agents("scheduled", WEB_1, start="2026-11-28T02:00:00")),
    ),
    "mesos_quota": (
        Situation("none", "unchanged", quotas("reports")),
        Situation("set", "changed", quotas(reports={"guarantees": {"cpus": 1}, "limits": {"cpus": 2}})),
        Situation("as it is", "unchanged", quotas(reports={"guarantees": {"cpus": 1}, "limits": {"cpus": 2}})),
        Situation("another limit, and another role", "changed", quotas(reports={"limits": {"cpus": 3}}, other={"limits": {"mem": 64}})),
        Situation("more than there is", "refused", quotas(reports={"guarantees": {"cpus": 1000}})),
        Situation("more than there is, by force", "changed", quotas(reports={"guarantees": {"cpus": 1000}}, force=True)),
        Situation("one taken back", "changed", quotas("reports")),
    ),
    "repository": (
        Situation("created", "changed", repository()),
        Situation("as it is", "unchanged", repository()),
        Situation("another address", "changed", repository(address="198.51.100.7")),
        Situation("another user", "changed", repository(user="deploy")),
        Situation("a file that is the team's by now, which is remembered", "changed", repository(), edited),
        Situation("that file written again", "changed", repository(force=True)),
        Situation("a second datacenter", "changed", repository(datacenters=TWO)),
        Situation("an engine that is none", "refused", repository(engine="kubernetes")),
    ),
    "program_files": (
        Situation("the first time", "changed", program()),
        Situation("as it is", "unchanged", program()),
        Situation("a file that somebody edited", "changed", program(), in_program(lambda folder: add(folder / "all.yml"))),
        Situation("files of an older release", "changed", program(), in_program(lambda folder: add(folder / "old" / "old.py"))),
        Situation("a source that is none", "refused", program(sources={"lib": "nowhere"})),
        Situation("with the libraries", "changed", program(sources={"all.yml": str(AGENT)}, libraries=True)),
        Situation("another program's folder", "refused", program(sources={"a.py": str(AGENT)})),
    ),
}  # fmt: skip

#: Keys of a result that only a real run has, each with its reason.
AT_WORK = "what happened on the way, which a check run has not gone"
REAL_ONLY: dict[str, dict[str, str]] = {
    "marathon_app": {
        "progress": AT_WORK,
        "deployments": "ids that Marathon gives",
        "routers": "who has confirmed, and nobody was asked to",
    },
    "marathon_apps": {},
    "project": {},
    "gray_policy": {
        "progress": AT_WORK,
        "stored.epoch": "given by the store when it is written",
        "stored.counter": "given by the store when it is written",
    },
    "gray_release": {},
    "policy_store": {"progress": AT_WORK},
    "mesos_agent": {"progress": AT_WORK},
    "mesos_drain": {"progress": AT_WORK},
    "mesos_maintenance": {},
    "mesos_quota": {},
    "repository": {},
    "program_files": {},
}
for _module in ("marathon_apps", "project", "gray_release"):
    REAL_ONLY[_module] = {**REAL_ONLY["marathon_app"], **REAL_ONLY[_module]}
