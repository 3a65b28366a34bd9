# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Is a definition valid, do two mean the same, and would the difference restart the tasks?"""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._marathon_spec import clean_app, comparable, definition_of, scale_only

APP: dict[str, Any] = {"id": "/production/shop/web/stable", "cmd": "sleep 100"}

#: What Marathon 1.11 answers for APP (values of a fresh app with nothing given).
READ_BACK: dict[str, Any] = {
    "id": "/production/shop/web/stable",
    "backoffFactor": 1.15,
    "backoffSeconds": 1,
    "cmd": "sleep 100",
    "cpus": 1.0,
    "disk": 0.0,
    "executor": "",
    "gpus": 0,
    "instances": 1,
    "killSelection": "YOUNGEST_FIRST",
    "labels": {},
    "maxLaunchDelaySeconds": 300,
    "mem": 128.0,
    "networks": [{"mode": "host"}],
    "portDefinitions": [{"labels": {}, "name": "default", "port": 10000, "protocol": "tcp"}],
    "requirePorts": False,
    "role": "*",
    "unreachableStrategy": {"expungeAfterSeconds": 0, "inactiveAfterSeconds": 0},
    "upgradeStrategy": {"maximumOverCapacity": 1, "minimumHealthCapacity": 1},
    "version": "2026-11-22T10:00:00.000Z",
    "versionInfo": {"lastConfigChangeAt": "2026-11-22T10:00:00.000Z", "lastScalingAt": "2026-11-22T10:00:00.000Z"},
    "tasksHealthy": 0,
    "tasksRunning": 1,
    "tasksStaged": 0,
    "tasksUnhealthy": 0,
    "deployments": [],
    "tasks": [{"id": "x"}],
}


def equal(wanted: dict[str, Any], server: dict[str, Any]) -> bool:
    return comparable(clean_app(wanted, "test"), server) == comparable(server, server)


def with_(base: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(base), **changes}


def test_what_was_not_given_is_the_servers_default() -> None:
    assert equal(APP, READ_BACK)


@pytest.mark.parametrize(
    ("wanted", "server"),
    [
        ({"cpus": 1, "mem": 128}, {}),
        ({"cpus": "1", "instances": "1", "requirePorts": "false"}, {}),
        ({"env": None, "labels": None, "constraints": None, "healthChecks": []}, {}),
        ({"portDefinitions": [{"port": 0, "name": "default"}]}, {}),
        ({}, {"maxLaunchDelaySeconds": 3600}),
        ({}, {"unreachableStrategy": {"inactiveAfterSeconds": 300, "expungeAfterSeconds": 600}}),
        ({}, {"role": "web-team"}),
        ({"killSelection": "oldest_first"}, {"killSelection": "OLDEST_FIRST"}),
        ({"networks": [{"name": "dcos"}]}, None),
        ({"env": {"PORT": 8080}}, {"env": {"PORT": "8080"}}),
        ({"id": "production/shop/web/stable"}, {}),
        ({"dependencies": ["b", "/a"]}, {"dependencies": ["/a", "/b"]}),
        (
            {"constraints": [["rack", "max_per", 2], ["vcluster", "CLUSTER", "web"]]},
            {"constraints": [["vcluster", "CLUSTER", "web"], ["rack", "MAX_PER", "2"]]},
        ),
        (
            {"healthChecks": [{"protocol": "mesos_http", "path": "/"}]},
            {
                "healthChecks": [
                    {
                        "protocol": "MESOS_HTTP",
                        "path": "/",
                        "portIndex": 0,
                        "gracePeriodSeconds": 300,
                        "intervalSeconds": 60,
                        "timeoutSeconds": 20,
                        "maxConsecutiveFailures": 3,
                        "delaySeconds": 15,
                        "ipProtocol": "IPv4",
                    }
                ]
            },
        ),
        (
            {"healthChecks": [{"path": "/"}]},
            {
                "healthChecks": [
                    {
                        "protocol": "HTTP",
                        "path": "/",
                        "portIndex": 0,
                        "gracePeriodSeconds": 300,
                        "intervalSeconds": 60,
                        "timeoutSeconds": 20,
                        "maxConsecutiveFailures": 3,
                        "delaySeconds": 15,
                        "ipProtocol": "IPv4",
                        "ignoreHttp1xx": False,
                    }
                ]
            },
        ),
        (
            {"fetch": [{"uri": "http://a/b.tgz"}]},
            {"fetch": [{"uri": "http://a/b.tgz", "extract": True, "executable": False, "cache": False}]},
        ),
        (
            {"readinessChecks": [{"portName": "default"}], "portDefinitions": [{"name": "default"}]},
            {
                "readinessChecks": [
                    {
                        "name": "readinessCheck",
                        "protocol": "HTTP",
                        "path": "/",
                        "portName": "default",
                        "intervalSeconds": 30,
                        "timeoutSeconds": 10,
                        "httpStatusCodesForReady": [200],
                        "preserveLastResponse": False,
                    }
                ]
            },
        ),
        (
            {"container": {"docker": {"image": "nginx"}}, "networks": [{"mode": "container/bridge"}]},
            {
                "portDefinitions": None,
                "networks": [{"mode": "container/bridge"}],
                "container": {
                    "type": "DOCKER",
                    "docker": {"image": "nginx", "forcePullImage": False, "privileged": False, "parameters": []},
                    "volumes": [],
                    "portMappings": [
                        {"containerPort": 0, "hostPort": 0, "labels": {}, "name": "default", "protocol": "tcp", "servicePort": 10001}
                    ],
                },
            },
        ),
        (
            {"container": {"type": "MESOS", "volumes": [{"containerPath": "d", "mode": "rw", "persistent": {"size": 10}}]}},
            {
                "container": {"type": "MESOS", "volumes": [{"containerPath": "d", "mode": "RW", "persistent": {"size": 10}}]},
                "upgradeStrategy": {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0},
                "residency": {"relaunchEscalationTimeoutSeconds": 3600},
            },
        ),
    ],
)
def test_equal_ones(wanted: dict[str, Any], server: dict[str, Any] | None) -> None:
    if server is None:
        server = {
            "networks": [{"mode": "container", "name": "dcos"}],
            "portDefinitions": None,
            "container": {
                "type": "MESOS",
                "portMappings": [{"containerPort": 0, "servicePort": 10001, "name": "default", "protocol": "tcp", "labels": {}}],
            },
        }
    assert equal(with_(APP, **wanted), {k: v for k, v in with_(READ_BACK, **server).items() if v is not None})


@pytest.mark.parametrize(
    ("wanted", "server", "field"),
    [
        ({"cpus": 0.5}, {}, "cpus"),
        ({}, {"env": {"A": "1"}}, "env"),
        ({}, {"instances": 3}, "instances"),
        ({}, {"killSelection": "OLDEST_FIRST"}, "killSelection"),
        ({}, {"maxLaunchDelaySeconds": 60}, "maxLaunchDelaySeconds"),
        ({}, {"resourceLimits": {"mem": 256}}, "resourceLimits"),
        ({"portDefinitions": []}, {}, "portDefinitions"),
        ({}, {"portDefinitions": []}, "portDefinitions"),
        ({"portDefinitions": [{"port": 9090, "name": "default"}]}, {}, "portDefinitions"),
        ({"portDefinitions": [{"name": "a"}, {"name": "b"}]}, {}, "portDefinitions"),
        ({"role": "x"}, {}, "role"),
        ({"args": ["b", "a"], "cmd": None, "container": {"docker": {"image": "i"}}}, {"args": ["a", "b"]}, "args"),
        ({"labels": {"A": "b"}}, {}, "labels"),
        ({"taskKillGracePeriodSeconds": 0}, {}, "taskKillGracePeriodSeconds"),
    ],
)
def test_different_ones(wanted: dict[str, Any], server: dict[str, Any], field: str) -> None:
    current = with_(READ_BACK, **server)
    clean = clean_app({k: v for k, v in with_(APP, **wanted).items() if v is not None}, "test")
    before, after = comparable(current, current), comparable(clean, current)
    assert field in {key for key in {*before, *after} if before.get(key) != after.get(key)}


def test_what_was_read_may_be_given_again() -> None:
    assert clean_app(READ_BACK, "test") == definition_of(READ_BACK)
    assert equal(READ_BACK, READ_BACK)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"instances": 5}, True),
        ({"executorResources": {"cpus": 1}}, True),
        ({"instances": 5, "labels": {"A": "b"}}, False),
        ({"backoffSeconds": 2}, False),
        ({}, False),
    ],
)
def test_only_the_number_of_instances_scales_without_a_restart(changes: dict[str, Any], expected: bool) -> None:
    before = comparable(READ_BACK, READ_BACK)
    assert scale_only(before, comparable(clean_app(with_(APP, **changes), "test"), READ_BACK)) is expected


CONTAINER = {"docker": {"image": "nginx"}}


@pytest.mark.parametrize(
    ("changes", "key", "text"),
    [
        ({"instnaces": 2}, "instnaces", "unknown field; expected did you mean instances?"),
        ({"health_checks": []}, "health_checks", "did you mean healthChecks?"),
        ({"uris": []}, "uris", "fetch: [{uri: …}]"),
        ({"healthChecks": [{"graceperiod": 3}]}, "healthChecks[0].graceperiod", "did you mean gracePeriodSeconds?"),
        (
            {"container": {"docker": {"image": "x", "network": "BRIDGE"}}},
            "container.docker.network",
            "networks: [{mode: container/bridge}]",
        ),
        ({"id": "/Shop"}, "id", "not valid (got '/Shop')"),
        ({"id": "/a/restart"}, "id", "keeps for itself"),
        ({"id": "/a/" + "x" * 64}, "id", "longer than a DNS label"),
        ({"id": None}, "id", "is missing"),
        ({"cmd": "x"}, "cmd", "at least two characters"),
        ({"cmd": None}, "cmd", "there is nothing to run"),
        ({"args": ["a"]}, "args", "exclude each other"),
        ({"container": {"type": "DOCKER"}}, "container.docker", "is missing"),
        ({"gpus": 1, "container": CONTAINER}, "gpus", "not available to type DOCKER"),
        ({"cpus": "many"}, "cpus", "not a number (got 'many')"),
        ({"cpus": -1}, "cpus", "too small"),
        ({"cpus": True}, "cpus", "not a number"),
        ({"cpus": float("nan")}, "cpus", "not a number"),
        ({"instances": 1.5}, "instances", "not a whole number"),
        ({"env": {"A": True}}, "env.A", "put it in quotes"),
        ({"env": ["A=1"]}, "env", "not a mapping"),
        ({"labels": {"A": {"b": 1}}}, "labels.A", "not a text"),
        ({"killSelection": "RANDOM"}, "killSelection", "one of YOUNGEST_FIRST, OLDEST_FIRST"),
        ({"constraints": [["rack", "NEAR"]]}, "constraints[0]", "unknown operator"),
        ({"constraints": ["rack"]}, "constraints[0]", "not a list"),
        ({"portDefinitions": [{"port": 1}, {"port": 1}]}, "portDefinitions[1].port", "the same as of entry 0"),
        ({"portDefinitions": [{"name": "a"}, {"name": "a"}]}, "portDefinitions[1].name", "the same as of entry 0"),
        ({"portDefinitions": [{"port": 70000}]}, "portDefinitions[0].port", "too large"),
        ({"networks": [{"mode": "host", "name": "x"}]}, "networks[0].name", "has no name"),
        ({"networks": [{"mode": "host"}, {"name": "x"}]}, "networks[0]", "stands alone"),
        ({"networks": [{"name": "x"}], "portDefinitions": [{}]}, "portDefinitions", "belong to the host network"),
        ({"container": {**CONTAINER, "portMappings": [{}]}}, "container.portMappings", "the host network has none"),
        ({"healthChecks": [{"portIndex": 1}]}, "healthChecks[0].portIndex", "there is no such port: the app has 1"),
        ({"healthChecks": [{}], "portDefinitions": []}, "healthChecks[0].portIndex", "the app has 0 ports"),
        ({"healthChecks": [{"port": 1, "portIndex": 0}]}, "healthChecks[0].port", "exclude each other"),
        ({"healthChecks": [{"protocol": "COMMAND"}]}, "healthChecks[0].command", "is missing"),
        ({"healthChecks": [{"protocol": "MESOS_TCP"}, {"protocol": "MESOS_HTTP"}]}, "healthChecks", "more than one"),
        ({"readinessChecks": [{}, {}]}, "readinessChecks", "at most 1"),
        ({"readinessChecks": [{"portName": "x"}]}, "readinessChecks[0].portName", "names no port"),
        (
            {"readinessChecks": [{"portName": "a", "timeoutSeconds": 30}], "portDefinitions": [{"name": "a"}]},
            "readinessChecks[0].timeoutSeconds",
            "is not shorter",
        ),
        ({"upgradeStrategy": {"minimumHealthCapacity": 1}}, "upgradeStrategy.maximumOverCapacity", "is missing"),
        (
            {"upgradeStrategy": {"minimumHealthCapacity": 2, "maximumOverCapacity": 0}},
            "upgradeStrategy.minimumHealthCapacity",
            "too large",
        ),
        ({"labels": {"MARATHON_SINGLE_INSTANCE_APP": "true"}}, "upgradeStrategy", "both values 0"),
        ({"labels": {"MARATHON_SINGLE_INSTANCE_APP": "true"}, "instances": 2}, "instances", "allows one"),
        (
            {"unreachableStrategy": {"inactiveAfterSeconds": 5, "expungeAfterSeconds": 1}},
            "unreachableStrategy.inactiveAfterSeconds",
            "is longer",
        ),
        ({"unreachableStrategy": "off"}, "unreachableStrategy", "one of disabled"),
        ({"resourceLimits": {"mem": 64}}, "resourceLimits.mem", "is less than mem"),
        ({"taskKillGracePeriodSeconds": -1}, "taskKillGracePeriodSeconds", "too small"),
    ],
)
def test_what_marathon_would_refuse_or_ignore(changes: dict[str, Any], key: str, text: str) -> None:
    with pytest.raises(InputError) as caught:
        clean_app(with_(APP, **changes), "shop.yml")
    assert caught.value.key == key
    assert caught.value.message.startswith(f"shop.yml: {key}: ")
    assert text in caught.value.message


def test_something_that_is_no_definition() -> None:
    with pytest.raises(InputError, match=r"shop\.yml: not a mapping"):
        clean_app([], "shop.yml")  # type: ignore[arg-type]


names = st.sampled_from(["a", "b-c", "d1"])
ports = st.lists(st.fixed_dictionaries({}, optional={"port": st.integers(0, 3), "protocol": st.sampled_from(["tcp", "UDP"])}), max_size=3)
definitions = st.fixed_dictionaries(
    {"id": st.sampled_from(["/a/b", "a/b"]), "cmd": st.just("run it")},
    optional={
        "cpus": st.floats(0, 8) | st.integers(0, 8),
        "mem": st.integers(0, 512),
        "instances": st.integers(0, 5),
        "env": st.dictionaries(names, st.text(max_size=5) | st.integers() | st.none()),
        "labels": st.dictionaries(names, st.text(max_size=5)),
        "constraints": st.lists(st.sampled_from([["rack", "unique"], ["vcluster", "CLUSTER", "web"], ["n", "MAX_PER", 2]]), max_size=3),
        "killSelection": st.sampled_from(["youngest_first", "OLDEST_FIRST"]),
        "healthChecks": st.lists(st.sampled_from([{"port": 1}, {"protocol": "tcp", "port": 2}]), max_size=2),
        "portDefinitions": ports.filter(
            lambda p: len({x.get("port", 0) for x in p if x.get("port")}) == len([x for x in p if x.get("port")])
        ),
        "dependencies": st.lists(names, unique=True, max_size=2),
        "unreachableStrategy": st.sampled_from(["disabled", {"inactiveAfterSeconds": 1, "expungeAfterSeconds": 2}, None]),
        "user": st.none() | names,
    },
)


@given(definitions)
def test_the_comparable_form_is_its_own_comparable_form(definition: dict[str, Any]) -> None:
    once = comparable(clean_app(definition, "t"), None)
    assert comparable(once, once) == once
    assert comparable(once, None) == once


@given(definitions, st.randoms())
def test_order_and_spelling_make_no_difference(definition: dict[str, Any], random: Any) -> None:
    clean = clean_app(definition, "t")
    other = copy.deepcopy(clean)
    for key in ("constraints", "healthChecks", "dependencies"):
        random.shuffle(other.get(key, []))
    other = dict(random.sample(sorted(other.items()), len(other)))
    other = json.loads(json.dumps(other))
    assert comparable(clean, None) == comparable(other, None)


@given(definitions)
def test_a_server_that_stores_what_it_was_sent_needs_no_second_write(definition: dict[str, Any]) -> None:
    """With defaults filled in and ports assigned, as a server does it."""
    clean = clean_app(definition, "t")
    server = json.loads(json.dumps(comparable(clean, None)))
    for index, port in enumerate(server.get("portDefinitions", [])):
        port["port"] = port["port"] or 10000 + index
    server["version"] = "now"
    assert comparable(clean, server) == comparable(server, server)
    assert clean_app(clean, "t") == clean


@given(definitions, definitions)
def test_a_difference_shows_on_both_sides_or_on_none(one: dict[str, Any], two: dict[str, Any]) -> None:
    server = comparable(clean_app(two, "t"), None)
    after = comparable(clean_app(one, "t"), server)
    assert comparable(after, server) == after
