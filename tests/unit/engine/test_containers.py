# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an app with an image may say, and what Docker is told of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zeus_engine import cgroups, container_spec, definitions, docker_parameters, environment, rules
from zeus_engine.agents import Agent, choose_ports
from zeus_engine.container_logs import Position
from zeus_engine.errors import ApiError
from zeus_engine.executor import Launch

AGENT = Agent("S0", "web-1.bj01", {}, 4, 1024, 1024, ((31000, 31003),))
BRIDGE = [{"mode": "container/bridge"}]


def app(*, docker: dict[str, Any] | None = None, container: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    given = {"docker": {"image": "registry.example/web:1", **(docker or {})}, **(container or {})}
    return definitions.with_defaults(definitions.read({"id": "/a/web", "container": given, **fields}))


def spec(definition: dict[str, Any], ports: tuple[int, ...] = (), cpu_limit: str = "quota") -> dict[str, Any]:
    env = environment.build({**definition, "version": "v"}, "task-1", "web-1.bj01", ports)
    launch = Launch("task-1", "uuid", definition, env, ports)
    return container_spec.build(launch, "engine-1", Path("/sandboxes/task-1"), cgroups.limits_of(definition, cpu_limit), 1000)


def refused(**fields: Any) -> dict[str, list[str]]:
    with pytest.raises(ApiError) as caught:
        rules.check(app(**fields))
    return {one["path"]: one["errors"] for one in caught.value.body["details"]}


def test_the_smallest_container_gets_marathons_defaults() -> None:
    definition = app()
    rules.check(definition)
    assert definition["container"] == {
        "type": "DOCKER",
        "volumes": [],
        "docker": {"image": "registry.example/web:1", "forcePullImage": False, "privileged": False, "parameters": []},
    }
    assert definition["networks"] == [{"mode": "host"}]


def test_a_bridge_gets_its_default_mapping() -> None:
    definition = app(networks=BRIDGE)
    rules.check(definition)
    assert definition["container"]["portMappings"] == [
        {"containerPort": 0, "hostPort": 0, "servicePort": 0, "protocol": "tcp", "labels": {}, "name": "default"}
    ]


def test_old_style_networks_and_mappings_are_translated() -> None:
    definition = app(docker={"network": "BRIDGE", "portMappings": [{"containerPort": 80}]})
    assert definition["networks"] == [{"mode": "container/bridge"}]
    assert definition["container"]["portMappings"][0]["containerPort"] == 80
    assert not {"network", "portMappings"} & set(definition["container"]["docker"])


@pytest.mark.parametrize(
    ("fields", "path", "text"),
    [
        (
            {"container": {"volumes": [{"containerPath": "d", "mode": "RW", "persistent": {"size": 1}}]}},
            "/container/volumes(0)",
            "persistent",
        ),
        ({"container": {"volumes": [{"containerPath": "/d", "external": {}, "mode": "RW"}]}}, "/container/volumes(0)", "external"),
        ({"container": {"volumes": [{"containerPath": "/d", "secret": "s"}]}}, "/container/volumes(0)", "secret"),
        ({"container": {"volumes": [{"containerPath": "/d", "hostPath": "/h"}]}}, "/container/volumes(0)/mode", "not defined"),
        ({"container": {"volumes": [{"containerPath": "d", "hostPath": "h", "mode": "RO"}]}}, "/container/volumes(0)", "both be relative"),
        ({"container": {"volumes": [{"containerPath": "/d:rw", "hostPath": "/h", "mode": "RO"}]}}, "/container/volumes(0)", "colon"),
        ({"docker": {"parameters": [{"key": "restart", "value": "always"}]}}, "/container/docker/parameters(0)", "does not know"),
        ({"docker": {"parameters": [{"key": "init", "value": "1"}]}}, "/container/docker/parameters(0)", "it must be true or false"),
        ({"gpus": 1}, "/gpus", "Mesos containerizer"),
        ({"container": {"type": "MESOS"}}, "/container/type", "needs the container type DOCKER"),
        ({"networks": [{"mode": "container", "name": "x"}]}, "/networks", "container/bridge with an image"),
        ({"cmd": "true", "args": ["x"]}, "/", "must either contain one of"),
    ],
)
def test_what_is_refused(fields: dict[str, Any], path: str, text: str) -> None:
    found = refused(**fields)
    assert any(text in one for one in found.get(path, [])), found


def test_a_machine_without_docker_says_so() -> None:
    with pytest.raises(ApiError) as caught:
        rules.check_runnable(app(), "python3-docker is missing")
    assert "python3-docker is missing" in str(caught.value.body)
    rules.check_runnable(definitions.with_defaults({"id": "/p", "cmd": "sleep 1"}), "python3-docker is missing")


def test_ports_of_mappings() -> None:
    mapped = app(networks=BRIDGE, container={"portMappings": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 31002}]})
    assert choose_ports(mapped, AGENT, set(), lambda _: True) == (31000, 31002)
    assert choose_ports(mapped, AGENT, set(), lambda _: True, start=31001) == (31003, 31002), "the fixed one is not given twice"
    assert choose_ports(mapped, AGENT, {31002}, lambda _: True) is None
    outside = app(networks=BRIDGE, container={"portMappings": [{"containerPort": 80, "hostPort": 8080}]})
    assert choose_ports(outside, AGENT, set(), lambda _: True) is None, "a fixed port outside the agent's ranges is never offered"


def test_environment_of_mapped_ports() -> None:
    mappings = [{"containerPort": 80, "name": "http-api"}, {"containerPort": 0}]
    definition = {**app(networks=BRIDGE, container={"portMappings": mappings}), "version": "v"}
    env = environment.build(definition, "t", "h", (31000, 31001))
    expected = {"PORT": "31000", "PORT0": "31000", "PORT1": "31001", "PORTS": "31000,31001", "PORT_80": "31000", "PORT_31001": "31001"}
    assert {key: env.get(key) for key in expected} == expected
    assert env["PORT_HTTP_API"] == "31000"
    assert env["MARATHON_APP_DOCKER_IMAGE"] == "registry.example/web:1"


def test_the_body_for_docker() -> None:
    volumes = [{"containerPath": "in", "hostPath": "/srv", "mode": "RO"}, {"containerPath": "/out", "hostPath": "made", "mode": "RW"}]
    definition = app(
        cmd="run",
        user="www-data",
        networks=BRIDGE,
        cpus=0.5,
        mem=128,
        resourceLimits={"mem": 256, "cpus": 2},
        env={"A": "1", "MESOS_SANDBOX": "/mine"},
        container={"portMappings": [{"containerPort": 53, "protocol": "udp,tcp"}, {"containerPort": 0}], "volumes": volumes},
        docker={"privileged": True},
    )
    rules.check(definition)
    body = spec(definition, (31000, 31001))
    host = body["HostConfig"]
    assert (body["Image"], body["User"], body["Entrypoint"], body["Cmd"]) == (
        "registry.example/web:1",
        "www-data",
        ["/bin/sh"],
        ["-c", "run"],
    )
    assert host["PortBindings"] == {
        "53/udp": [{"HostPort": "31000"}],
        "53/tcp": [{"HostPort": "31000"}],
        "31001/tcp": [{"HostPort": "31001"}],
    }
    assert set(body["ExposedPorts"]) == set(host["PortBindings"])
    assert host["Binds"] == ["/srv:/mnt/mesos/sandbox/in:ro", "/sandboxes/task-1/made:/out:rw", "/sandboxes/task-1:/mnt/mesos/sandbox"]
    assert host["Privileged"] is True
    limits = {key: host[key] for key in ("Memory", "MemorySwap", "MemoryReservation", "CpuShares", "CpuQuota", "CpuPeriod")}
    assert limits == {
        "Memory": 256 << 20,
        "MemorySwap": 256 << 20,
        "MemoryReservation": 128 << 20,
        "CpuShares": 512,
        "CpuQuota": 200_000,
        "CpuPeriod": 100_000,
    }
    assert {"A=1", "MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=mesos-uuid", "MESOS_ALLOCATION_ROLE=*"} <= set(body["Env"])
    assert body["Labels"]["zeus.paas.engine"] == "engine-1"


def test_unlimited_memory_shares_and_the_images_own_command() -> None:
    body = spec(app(resourceLimits={"mem": "unlimited"}), cpu_limit="shares")
    assert not {"Memory", "MemorySwap", "CpuQuota"} & set(body["HostConfig"])
    assert body["HostConfig"]["MemoryReservation"] == 128 << 20
    assert not {"Cmd", "Entrypoint", "User", "ExposedPorts"} & set(body)
    assert body["HostConfig"]["NetworkMode"] == "host"
    assert spec(app(args=["-v"]))["Cmd"] == ["-v"]


@pytest.mark.parametrize(
    ("key", "value", "expected"),
    [
        ("cap-add", "NET_ADMIN", {"HostConfig": {"CapAdd": ["NET_ADMIN"]}}),
        (
            "device",
            "/dev/fuse",
            {"HostConfig": {"Devices": [{"PathOnHost": "/dev/fuse", "PathInContainer": "/dev/fuse", "CgroupPermissions": "rwm"}]}},
        ),
        ("entrypoint", "/run", {"Entrypoint": ["/run"]}),
        ("env", "A=b=c", {"Env": ["A=b=c"]}),
        ("hostname", "h", {"Hostname": "h"}),
        ("init", "true", {"HostConfig": {"Init": True}}),
        ("label", "a=b", {"Labels": {"a": "b"}}),
        ("pids-limit", "100", {"HostConfig": {"PidsLimit": 100}}),
        ("shm-size", "64m", {"HostConfig": {"ShmSize": 64 << 20}}),
        ("sysctl", "net.core.somaxconn=9", {"HostConfig": {"Sysctls": {"net.core.somaxconn": "9"}}}),
        ("tmpfs", "/run:size=1m", {"HostConfig": {"Tmpfs": {"/run": "size=1m"}}}),
        ("ulimit", "nofile=1:2", {"HostConfig": {"Ulimits": [{"Name": "nofile", "Soft": 1, "Hard": 2}]}}),
    ],
)
def test_options_of_docker_run(key: str, value: str, expected: dict[str, Any]) -> None:
    body: dict[str, Any] = {}
    docker_parameters.apply(body, key, value)
    assert body == expected


def test_a_parameter_cannot_hide_a_container_from_its_engine() -> None:
    body = spec(app(docker={"parameters": [{"key": "label", "value": "zeus.paas.engine=other"}]}))
    assert body["Labels"]["zeus.paas.engine"] == "engine-1"


def test_the_position_in_a_log_outlives_the_engine(tmp_path: Path) -> None:
    first = Position(tmp_path / "stdout.position")
    for stamp in ("2026-01-01T00:00:00.000000001Z", "2026-01-01T00:00:00.000000002Z", "2026-01-01T00:00:00.000000002Z"):
        first.passed(stamp)
    again = Position(tmp_path / "stdout.position")
    assert (again.stamp, again.count) == ("2026-01-01T00:00:00.000000002Z", 2)
    first.close()
    again.close()
