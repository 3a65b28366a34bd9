# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app looks like when it is read back, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from zeus_engine import definitions, oldfields, rules, serviceports
from zeus_engine.errors import ApiError


def complete(**fields: Any) -> dict[str, Any]:
    return rules.complete(definitions.read({"id": "/a/b", "cmd": "sleep 1", **fields}))


def refusal(**fields: Any) -> ApiError:
    with pytest.raises(ApiError) as caught:
        complete(**fields)
    return caught.value


def test_the_smallest_app_gets_marathons_defaults() -> None:
    assert complete() == {
        "id": "/a/b",
        "cmd": "sleep 1",
        "instances": 1,
        "cpus": 1.0,
        "mem": 128.0,
        "disk": 0.0,
        "gpus": 0,
        "executor": "",
        "requirePorts": False,
        "backoffSeconds": 1,
        "backoffFactor": 1.15,
        "maxLaunchDelaySeconds": 300,
        "killSelection": "YOUNGEST_FIRST",
        "labels": {},
        "networks": [{"mode": "host"}],
        "portDefinitions": [{"name": "default", "port": 0, "protocol": "tcp"}],
        "upgradeStrategy": {"minimumHealthCapacity": 1.0, "maximumOverCapacity": 1.0},
        "unreachableStrategy": {"inactiveAfterSeconds": 0, "expungeAfterSeconds": 0},
        "role": "*",
    }


def test_health_check_defaults() -> None:
    assert complete(healthChecks=[{"protocol": "http", "path": "/x"}])["healthChecks"] == [
        {
            "protocol": "HTTP",
            "path": "/x",
            "gracePeriodSeconds": 300,
            "intervalSeconds": 60,
            "timeoutSeconds": 20,
            "maxConsecutiveFailures": 3,
            "delaySeconds": 15,
            "ipProtocol": "IPv4",
            "ignoreHttp1xx": False,
            "portIndex": 0,
        }
    ]


def test_a_command_check_gets_no_port() -> None:
    check = complete(healthChecks=[{"protocol": "COMMAND", "command": {"value": "true"}}])["healthChecks"][0]
    assert "portIndex" not in check
    assert "ignoreHttp1xx" not in check


def test_readiness_defaults() -> None:
    app = complete(portDefinitions=[{"name": "http-api"}], readinessChecks=[{}])
    assert app["readinessChecks"] == [definitions.READINESS_DEFAULTS]


def test_empty_lists_and_nulls_count_as_absent() -> None:
    app = complete(constraints=[], healthChecks=[], env={}, fetch=[], dependencies=None, user=None)
    assert not {"constraints", "healthChecks", "env", "fetch", "dependencies", "user"} & set(app)


def test_no_ports_stays_no_ports() -> None:
    assert complete(portDefinitions=[])["portDefinitions"] == []
    assert complete(ports=[])["portDefinitions"] == []


def test_old_ports_become_port_definitions() -> None:
    assert complete(ports=[0, 8081])["portDefinitions"] == [{"port": 0, "protocol": "tcp"}, {"port": 8081, "protocol": "tcp"}]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (
            {"uris": ["http://x/a.tgz", "http://x/b"]},
            {"fetch": [{"uri": "http://x/a.tgz", "extract": True}, {"uri": "http://x/b", "extract": False}]},
        ),
        ({"ports": [0, 9]}, {"portDefinitions": [{"port": 0}, {"port": 9}]}),
        ({"ports": [8], "portDefinitions": [{"port": 8, "name": "a"}]}, {"portDefinitions": [{"port": 8, "name": "a"}]}),
        (
            {"container": {"docker": {"image": "i", "network": "BRIDGE", "portMappings": [{"containerPort": 80}]}}},
            {"container": {"docker": {"image": "i"}, "portMappings": [{"containerPort": 80}]}, "networks": [{"mode": "container/bridge"}]},
        ),
        (
            {"container": {"docker": {"image": "i", "network": "HOST"}}},
            {"container": {"docker": {"image": "i"}}, "networks": [{"mode": "host"}]},
        ),
        (
            {
                "ipAddress": {
                    "networkName": "n",
                    "labels": {"a": "b"},
                    "discovery": {"ports": [{"name": "http", "number": 80}]},
                }
            },
            {
                "container": {"type": "MESOS", "portMappings": [{"containerPort": 80, "name": "http"}]},
                "networks": [{"mode": "container", "name": "n", "labels": {"a": "b"}}],
            },
        ),
        ({"ipAddress": {"networkName": "mesos-bridge"}}, {"container": {"type": "MESOS"}, "networks": [{"mode": "container/bridge"}]}),
        (
            {"ipAddress": {"networkName": "n"}, "container": {"docker": {"image": "i", "network": "USER"}}},
            {"container": {"docker": {"image": "i"}}, "networks": [{"mode": "container", "name": "n"}]},
        ),
        ({"cmd": "x"}, {"cmd": "x"}),
    ],
)
def test_old_fields_become_those_of_today(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert oldfields.translate(given) == expected
    assert oldfields.translate(expected) == expected, "once is enough"


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        ({"ports": [8, 8]}, "/", "ports must be unique"),
        ({"ports": [8], "portDefinitions": [{"port": 9}]}, "/", "cannot specify both ports and port definitions"),
        ({"uris": ["a"], "fetch": [{"uri": "b"}]}, "/uris", "may not be set in conjunction with fetch"),
        ({"ipAddress": {}, "ports": [0]}, "/", "cannot specify both an IP address and port"),
        ({"ipAddress": {}, "networks": [{"name": "n"}]}, "/", "must not specify both networks and ipAddress"),
        (
            {"networks": [{"mode": "host"}], "container": {"docker": {"image": "i", "network": "HOST"}}},
            "/",
            "must not specify both container.docker.network and networks",
        ),
        (
            {"ipAddress": {"discovery": {}}, "container": {"docker": {"image": "i"}}},
            "/ipAddress",
            "ipAddress/discovery is not allowed for Docker containers",
        ),
        ({"version": "2026-01-01T00:00:00.000Z", "cmd": "x"}, "/", "The 'version' field may only be combined with the 'id' field."),
        (
            {"networks": [{"mode": "container/bridge"}], "portDefinitions": [{}]},
            "/",
            "portDefinitions are only allowed with host-networking",
        ),
    ],
)
def test_what_may_not_be_combined(fields: dict[str, Any], path: str, text: str) -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_request(definitions.read(fields), update=True)
    assert caught.value.body == {"message": "Object is not valid", "details": [{"path": path, "errors": [text]}]}


def test_as_many_mappings_as_ports() -> None:
    app = definitions.with_defaults({"ports": [0, 0], "networks": [{"mode": "container/bridge"}]})
    assert [one.get("name") for one in app["container"]["portMappings"]] == ["default", None]
    assert "portDefinitions" not in app


def test_a_switch_to_a_bridge_drops_the_ports_of_the_host() -> None:
    after = definitions.with_defaults(definitions.merge(complete(ports=[0, 0]), {"networks": [{"mode": "container/bridge"}]}))
    assert len(after["container"]["portMappings"]) == 1


def test_half_an_unreachable_strategy() -> None:
    assert complete(unreachableStrategy={"expungeAfterSeconds": 5})["unreachableStrategy"] == {
        "inactiveAfterSeconds": 0,
        "expungeAfterSeconds": 5,
    }


def test_empty_labels_of_ports_and_networks_are_not_written() -> None:
    app = complete(portDefinitions=[{"labels": {}}, {"labels": {"VIP_0": "x:80"}}], networks=[{"mode": "host", "labels": {}}])
    assert [one.get("labels") for one in app["portDefinitions"]] == [None, {"VIP_0": "x:80"}]
    assert app["networks"] == [{"mode": "host"}]


def test_ids_and_dependencies_become_absolute() -> None:
    app = definitions.with_defaults(definitions.read({"id": "shop/web", "cmd": "sleep 1", "dependencies": ["../db", "cache"]}))
    assert app["id"] == "/shop/web"
    assert app["dependencies"] == ["/db", "/shop/cache"]


@pytest.mark.parametrize(
    ("fields", "path", "error"),
    [
        ({"instances": "2"}, "/instances", "error.expected.jsnumber"),
        ({"instances": -1}, "/instances", "error.min"),
        ({"instances": True}, "/instances", "error.expected.jsnumber"),
        ({"instances": 1.5}, "/instances", "error.expected.int"),
        ({"ipAddress": "10.0.0.1"}, "/ipAddress", "error.expected.jsobject"),
        ({"cmd": ["x"]}, "/cmd", "error.expected.jsstring"),
        ({"labels": {"a": 1}}, "/labels/a", "error.expected.jsstring"),
        ({"env": {"A": 1}}, "/env/A", "error.expected.jsstring"),
        ({"healthChecks": [{"protocol": "FTP"}]}, "/healthChecks(0)/protocol", "error.unknown.enum.literal"),
        ({"upgradeStrategy": {"minimumHealthCapacity": 1}}, "/upgradeStrategy/maximumOverCapacity", "error.path.missing"),
        (
            {"upgradeStrategy": {"minimumHealthCapacity": 2, "maximumOverCapacity": 0}},
            "/upgradeStrategy/minimumHealthCapacity",
            "error.max",
        ),
        ({"portDefinitions": [{"name": "Bad_Name"}]}, "/portDefinitions(0)/name", "error.pattern"),
        ({"constraints": "x"}, "/constraints", "error.expected.jsarray"),
        ({"backoffFactor": 0.5}, "/backoffFactor", "error.min"),
        ({"cpus": float("inf")}, "/cpus", "error.expected.jsnumber"),
    ],
)
def test_wrong_types_are_422_invalid_json(fields: dict[str, Any], path: str, error: str) -> None:
    problem = refusal(**fields)
    assert problem.status == 422
    assert problem.body == {"message": "Invalid JSON", "details": [{"path": path, "errors": [error]}]}


@pytest.mark.parametrize(
    ("fields", "path", "error"),
    [
        ({"id": "/A"}, "/id", "must fully match regular expression"),
        ({"id": "/"}, "/id", "must not be root"),
        ({"id": "/a/tasks"}, "/id", "must not end with any of the following reserved keywords"),
        ({"dependencies": ["ok", "../No"]}, "/dependencies(1)", "must fully match regular expression"),
        ({"args": ["x"]}, "/", "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."),
        ({"cmd": "x"}, "/cmd", "must not be an empty string"),
        ({"constraints": [["hostname"]]}, "/constraints(0)", "2 or 3 fields"),
        ({"constraints": [["hostname", "NEAR"]]}, "/constraints(0)", "Operator must be one of"),
        ({"constraints": [["hostname", "UNIQUE", "x"]]}, "/constraints(0)", "UNIQUE does not accept a value"),
        ({"constraints": [["hostname", "MAX_PER"]]}, "/constraints(0)", "MAX_PER must have an integer value"),
        ({"constraints": [["hostname", "LIKE", "("]]}, "/constraints(0)", "not a valid regular expression"),
        ({"portDefinitions": [{"name": "a"}, {"name": "a"}]}, "/portDefinitions", "names must be unique"),
        ({"portDefinitions": [{"port": 8081}, {"port": 8081}]}, "/portDefinitions", "Ports must be unique"),
        ({"healthChecks": [{"protocol": "COMMAND"}]}, "/healthChecks(0)", "must specify a command"),
        ({"healthChecks": [{"portIndex": 3}]}, "/healthChecks(0)", "port indices must address an element"),
        ({"healthChecks": [{"protocol": "MESOS_TCP"}, {"protocol": "MESOS_HTTP"}]}, "/healthChecks", "at most one Mesos health check"),
        ({"readinessChecks": [{}]}, "/readinessChecks(0)/portName", "No port definition reference for portName http-api"),
        ({"labels": {"MARATHON_SINGLE_INSTANCE_APP": "true"}, "instances": 2}, "/", "Single instance"),
        ({"resourceLimits": {"mem": 1}}, "/resourceLimits/mem", "greater than or equal"),
        ({"unreachableStrategy": {"inactiveAfterSeconds": 2, "expungeAfterSeconds": 1}}, "/unreachableStrategy", "less or equal"),
        ({"env": {"A": {"secret": "s"}}}, "/secrets", "Feature secrets is not enabled"),
        ({"acceptedResourceRoles": ["x"]}, "/acceptedResourceRoles", "subset"),
        ({"fetch": [{"uri": "http://x/y"}]}, "/fetch", "fetch is not supported"),
        ({"networks": [{"mode": "container/bridge"}]}, "/networks", "only network mode host"),
        ({"networks": [{"mode": "host", "name": "n"}]}, "/networks", "Host networks may not have names or labels"),
        ({"networks": [{"mode": "container/bridge", "name": "n"}]}, "/networks", "Bridge networks may not have names"),
        ({"networks": [{"name": "n"}, {"name": "n"}]}, "/networks", "Duplicate networks are not allowed"),
        ({"networks": [{"mode": "host"}, {"name": "n"}]}, "/networks", "May specify a single host network"),
        ({"networks": [{"mode": "container"}]}, "/networks", "Network name must be specified when container network is selected."),
        ({"gpus": 1}, "/", "Feature gpu_resources is not enabled."),
        ({"healthChecks": [{"ipProtocol": "IPv6"}]}, "/healthChecks(0)", "IPv6"),
    ],
)
def test_what_makes_no_sense_is_422_not_valid(fields: dict[str, Any], path: str, error: str) -> None:
    problem = refusal(**fields)
    assert problem.status == 422
    assert problem.body["message"] == "Object is not valid"
    found = {one["path"]: one["errors"] for one in problem.body["details"]}
    assert path in found, found
    assert any(error in text for text in found[path]), found[path]


def test_every_problem_is_named_at_once() -> None:
    problem = refusal(instances="x", cpus="y")
    assert [one["path"] for one in problem.body["details"]] == ["/instances", "/cpus"]


def test_a_partial_update_merges_top_level_fields_and_drops_limits() -> None:
    before = complete(
        resourceLimits={"mem": 256}, labels={"a": "1"}, upgradeStrategy={"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0}
    )
    after = definitions.with_defaults(definitions.merge(before, {"instances": 3, "labels": {"b": "2"}}))
    assert after["labels"] == {"b": "2"}
    assert after["upgradeStrategy"] == {"minimumHealthCapacity": 0.5, "maximumOverCapacity": 0.0}
    assert "resourceLimits" not in after
    assert definitions.is_upgrade(before, after)


def test_only_instances_is_a_scaling() -> None:
    before = complete()
    assert definitions.is_scaling(before, complete(instances=5))
    assert not definitions.is_upgrade(before, complete(instances=5))
    assert definitions.is_upgrade(before, complete(labels={"a": "b"}))
    assert not definitions.is_upgrade(before, complete(executorResources={"cpus": 1}))


def test_service_ports_are_assigned_and_stick() -> None:
    taken: set[int] = set()
    assert serviceports.of(serviceports.assign(complete(id="/other"), None, taken)) == [10000]
    app = serviceports.assign(complete(ports=[0, 0]), None, taken)
    assert serviceports.of(app) == [10001, 10002]
    again = serviceports.assign(complete(ports=[0, 0, 0]), app, taken)
    assert serviceports.of(again) == [10001, 10002, 10003]
    named = serviceports.assign(complete(ports=[0, 10001]), app, taken)
    assert serviceports.of(named) == [10002, 10001]
    outside = serviceports.assign(complete(ports=[0]), complete(ports=[31000]), taken)
    assert serviceports.of(outside) == [10004], "only ports of the range are kept"


def test_no_service_port_left() -> None:
    with pytest.raises(ApiError) as caught:
        serviceports.assign(complete(), None, set(range(10000, 20000)))
    assert caught.value.body == {"message": "All ports in the range [10000-20000) are already in use"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from(sorted(definitions.FIELDS)), JSON, max_size=4))
def test_any_json_is_either_taken_or_refused_with_422(fields: dict[str, Any]) -> None:
    refused, app = None, None
    try:
        app = complete(**fields)
    except ApiError as error:
        refused = error
    if refused:
        assert refused.status == 422
        assert refused.body["details"]
    else:
        assert app is not None
        assert definitions.with_defaults(app) == app, "read-back form is stable"
