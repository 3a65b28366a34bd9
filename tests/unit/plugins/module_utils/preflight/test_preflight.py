# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the machines of a datacenter must be able to do, and everything that is wrong with them at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._preflight import CONTROLLER, Finding, judge, report
from ansible_collections.zeus.paas.plugins.module_utils._preflight_layout import Layout, apis, listens, names, reaches, read_layout

VCLUSTERS = {
    "web": {"router": "both", "standalone": {"agents": 2, "cpus": 1, "mem": 64}},
    "batch": {"router": "none", "standalone": {"mem": 64}},
}
SHARED: dict[str, Any] = {
    "zeus_datacenter": "bj01",
    "zeus_vclusters": VCLUSTERS,
    "zeus_marathon_urls": ["http://10.1.0.10:8080"],
    "zeus_mesos_urls": ["http://10.1.0.10:5050"],
    "zeus_router_urls": {"web": ["http://10.1.0.20:8700"]},
    "zeus_artifact_url": "https://artifacts.example.com",
    "zeus_policy_store_host": "10.1.0.10",
}


def standalone() -> Layout:
    return read_layout(
        {
            "control": {**SHARED, "zeus_engine": "standalone", "zeus_node_role": "control", "ansible_host": "10.1.0.10"},
            "router": {
                **SHARED,
                "zeus_engine": "standalone",
                "zeus_node_role": "router",
                "zeus_vcluster": "web",
                "ansible_host": "10.1.0.20",
            },
        }
    )


def mesos() -> Layout:
    shared = {**SHARED, "zeus_engine": "mesos", "zeus_zookeeper_hosts": ["10.1.0.10", "zk2:2182"]}
    return read_layout(
        {
            "control": {**shared, "zeus_node_role": "control", "ansible_host": "10.1.0.10"},
            "router": {**shared, "zeus_node_role": "router", "zeus_vcluster": "web", "ansible_host": "10.1.0.20"},
            "web": {**shared, "zeus_node_role": "compute", "zeus_vcluster": "web", "ansible_host": "10.1.0.30"},
            "batch": {**shared, "zeus_node_role": "compute", "zeus_vcluster": "batch", "ansible_host": "10.1.0.31"},
        }
    )


WELL: dict[str, Any] = {
    "time": 1000.5,
    "asked": [1000.0, 1001.0],
    "uid": 0,
    "user": "root",
    "system": {"id": "debian", "version": "12", "name": "Debian GNU/Linux 12 (bookworm)"},
    "python": "3.11.2",
    "systemd": True,
    "timezone": "UTC +0000",
    "memory_mib": 8192,
    "cpus": 2,
    "free_mib": {"/": 20000, "/var/lib": 20000, "/opt": 20000},
    "cgroups": {"version": 1, "controllers": ["cpu", "cpuacct", "memory"], "writable": True},
    "listening": [],
    "units": ["ssh.service"],
}


def told(layout: Layout, **changes: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers of machines that are well and have nothing installed, but for ``changes`` (host → keys)."""
    known = {name: ["10.9.9.9"] for name in names(layout)}
    answers = {
        host.name: {**copy.deepcopy(WELL), "names": known, "reached": {endpoint.key: "refused" for endpoint in reaches(layout, host)}}
        for host in layout.hosts
    }
    controller: dict[str, Any] = {"names": known, "reached": {endpoint.key: "refused" for endpoint in apis(layout)}}
    for name, keys in changes.items():
        if name == CONTROLLER:
            controller |= keys
        else:
            answers[name] |= keys
    return answers, controller


def findings(layout: Layout, **changes: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    return [(f.host, f.level, f.subject, f.problem) for f in judge(layout, *told(layout, **changes))]


def keys(layout: Layout, name: str) -> list[str]:
    return [endpoint.key for endpoint in reaches(layout, next(host for host in layout.hosts if host.name == name))]


def test_whom_a_standalone_datacenters_hosts_reach() -> None:
    layout = standalone()
    assert keys(layout, "control") == ["artifacts.example.com:443"]
    # Three virtual agents with 100 ports each.
    assert keys(layout, "router") == ["10.1.0.10:8080", "10.1.0.10:6379", "10.1.0.10:31000", "10.1.0.10:31299"]
    assert [endpoint.key for endpoint in apis(layout)] == [
        "10.1.0.10:8080", "10.1.0.10:5050", "10.1.0.10:6379", "artifacts.example.com:443", "10.1.0.20:8700",
    ]  # fmt: skip


def test_whom_a_mesos_datacenters_hosts_reach() -> None:
    layout = mesos()
    assert keys(layout, "web") == ["artifacts.example.com:443", "10.1.0.10:5050", "10.1.0.10:2181", "zk2:2182"]
    assert "10.1.0.30:31000" in keys(layout, "router")
    assert not [key for key in keys(layout, "router") if key.startswith("10.1.0.31")]  # another cluster's
    assert names(layout) == ("artifacts.example.com", "zk2")


def test_an_ipv6_address_stands_in_brackets() -> None:
    layout = read_layout(
        {"c": {**SHARED, "zeus_engine": "mesos", "zeus_node_role": "control", "zeus_marathon_urls": ["http://[2001:db8::1]:8080"]}}
    )
    assert apis(layout)[0].key == "[2001:db8::1]:8080"


def test_which_ports_are_ours() -> None:
    control, router = standalone().hosts
    assert [port.number for port in listens(standalone(), control)] == [8080, 5050, 6379, 8600]
    assert [port.number for port in listens(standalone(), router)] == [80, 8405, 8700]
    assert [port.number for port in listens(mesos(), mesos().hosts[1])] == [6379, 8600]


@pytest.mark.parametrize("layout", [standalone(), mesos()], ids=["standalone", "mesos"])
def test_nothing_is_wrong_before_anything_is_installed(layout: Layout) -> None:
    assert findings(layout) == []


def test_nothing_is_wrong_when_everything_runs() -> None:
    layout = standalone()
    units = {"control": ["zeus-standalone.service", "redis-server.service", "zeus-artifacts.service"], "router": ["nginx.service"]}
    units["router"] += ["haproxy.service", "zeus-router-agent.service"]
    running = {
        host.name: {
            "units": units[host.name],
            "listening": [{"address": "0.0.0.0", "port": p.number, "program": "it", "unit": p.unit} for p in listens(layout, host)],
            "reached": {
                endpoint.key: "refused" if endpoint.what == "tasks" else "open" for endpoint in reaches(layout, host)
            },
        }
        for host in layout.hosts
    }  # fmt: skip
    assert findings(layout, **running, controller={"reached": {endpoint.key: "open" for endpoint in apis(layout)}}) == []


WRONG = [
    ({"silent": "Missing sudo password"}, "error", "rights", "Missing sudo password"),
    ({"silent": "Failed to connect: Connection timed out"}, "error", "ssh", "Failed to connect: Connection timed out"),
    ({"silent": "Host key verification failed."}, "error", "ssh", "Host key verification failed."),
    ({"silent": "/bin/sh: 1: /usr/bin/python3: not found"}, "error", "Python", "/bin/sh: 1: /usr/bin/python3: not found"),
    ({"system": {"id": "ubuntu", "version": "24.04", "name": "Ubuntu 24.04"}}, "error", "system", "this is Ubuntu 24.04"),
    ({"python": "3.9.2"}, "error", "Python", "this is 3.9.2"),
    ({"systemd": False}, "error", "systemd", "it does not run here"),
    ({"uid": 1000, "user": "deploy"}, "error", "rights", "tasks run here as deploy"),
    ({"time": 1010.0}, "error", "clock", "at least 9.0 s ahead of the controller"),
    ({"time": 997.0}, "warning", "clock", "at least 3.0 s behind the controller"),
    ({"memory_mib": 300}, "error", "memory", "300 MiB"),
    ({"memory_mib": 1500}, "warning", "memory", "1500 MiB"),
    ({"free_mib": {"/": 9, "/opt": 9000, "/var/lib": 900}}, "error", "disk", "900 MiB free in /var/lib"),
    ({"free_mib": {"/var/lib": 3000}}, "warning", "disk", "3000 MiB free in /var/lib"),
    ({"cgroups": {"version": 0, "controllers": [], "writable": False}}, "error", "cgroups", "there are none"),
    ({"cgroups": {"version": 2, "controllers": ["cpu"], "writable": True}}, "error", "cgroups", "no controllers memory"),
    ({"cgroups": {**WELL["cgroups"], "writable": False}}, "error", "cgroups", "/sys/fs/cgroup can only be read"),
    ({"listening": [{"address": "::", "port": 8600, "program": "java", "unit": None}]}, "error", "port",
     "8600 (the artifact store) is taken by java"),
    ({"names": {}}, "error", "DNS", "cannot resolve artifacts.example.com"),
    ({"reached": {"artifacts.example.com:443": "no answer within 3 s"}}, "error", "network",
     "the artifact store at artifacts.example.com:443 cannot be reached: no answer within 3 s"),
    ({"timezone": "CST +0800"}, "warning", "time zone", "CST +0800"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "level", "subject", "problem"), WRONG, ids=[case[3] for case in WRONG])
def test_what_is_wrong_is_found_and_named(change: dict[str, Any], level: str, subject: str, problem: str) -> None:
    layout = standalone()
    answers, controller = told(layout, control=change)
    if "silent" in change:
        answers["control"] = change
    if "timezone" in change:  # of three hosts, the one that differs
        answers["third"] = answers["router"]
    found = judge(layout, answers, controller)
    assert [(f.host, f.level, f.subject, f.problem) for f in found] == [("control", level, subject, problem)]
    assert found[0].expected


def test_a_clock_is_not_blamed_for_a_slow_answer() -> None:
    """Read 20 s after the question and 20 s before the answer: it may be right to the second."""
    assert findings(standalone(), control={"asked": [980.0, 1020.0]}) == []


def test_two_clocks_that_the_controller_lies_between() -> None:
    early, late = {"time": 999.2, "asked": [1000.0, 1000.01]}, {"time": 1000.8, "asked": [1000.0, 1000.01]}
    assert findings(standalone(), control=early, router=late) == [("router", "warning", "clock", "at least 1.6 s ahead of control")]


def test_mesos_cannot_use_cgroups_version_2() -> None:
    two = {"cgroups": {"version": 2, "controllers": ["cpu", "memory"], "writable": True}}
    assert findings(mesos(), web=two, router=two, control=two) == [("web", "error", "cgroups", "this machine has version 2")]
    assert findings(standalone(), control=two) == [("control", "warning", "cgroups", "this machine has version 2")]


def test_refused_where_somebody_listens_is_a_firewall() -> None:
    listens_there = {"listening": [{"address": "0.0.0.0", "port": 8080, "program": "python3", "unit": "zeus-standalone.service"}]}
    found = findings(standalone(), control=listens_there)
    assert found == [
        ("router", "error", "network", "Marathon at 10.1.0.10:8080 refuses, though it listens there"),
        ("controller", "error", "network", "Marathon at 10.1.0.10:8080 refuses, though it listens there"),
    ]


def test_a_unit_of_ours_may_hold_its_port_where_owners_cannot_be_seen() -> None:
    hidden = {"listening": [{"address": "10.1.0.10", "port": 6379, "program": None, "unit": None}]}
    answers, controller = told(standalone(), control={**hidden, "units": ["redis-server.service"]})
    answers["router"]["reached"]["10.1.0.10:6379"] = controller["reached"]["10.1.0.10:6379"] = "open"
    assert judge(standalone(), answers, controller) == ()
    answers["control"]["units"] = []
    assert [f.problem for f in judge(standalone(), answers, controller)] == ["6379 (the policy store) is taken by another program"]


def test_agents_that_offer_more_than_there_is() -> None:
    greedy = {**SHARED, "zeus_vclusters": {"web": {"router": "both", "standalone": {"agents": 2}}}, "zeus_engine": "standalone"}
    layout = read_layout({"control": {**greedy, "zeus_node_role": "control", "ansible_host": "10.1.0.10"}})
    assert findings(layout, control={"memory_mib": 1600}) == [
        ("control", "warning", "memory", "the virtual agents offer 2048 MiB, and the machine has 1600")
    ]


def test_a_name_means_the_same_everywhere() -> None:
    layout = mesos()
    other = {"names": {"artifacts.example.com": ["10.9.9.8"], "zk2": ["127.0.1.1"]}}
    assert findings(layout, web=other) == [("web", "warning", "DNS", "artifacts.example.com is 10.9.9.8 here")]


def test_an_engine_is_reached_by_address() -> None:
    layout = read_layout(
        {"control": {**SHARED, "zeus_engine": "standalone", "zeus_node_role": "control", "ansible_host": "paas.example.com"}}
    )
    assert ("control", "error", "address", "ansible_host is the name paas.example.com") in findings(layout)


def test_everything_is_said_at_once() -> None:
    layout = standalone()
    found = judge(layout, *told(layout, control={"systemd": False, "memory_mib": 1500, "python": "3.9.2"}, router={"uid": 7, "user": "x"}))
    assert report("bj01", found, 2) == [
        "bj01: 3 errors, 1 warning (2 hosts)",
        "  control",
        "    error:   systemd: it does not run here; expected a machine, or container, that systemd has started",
        "    error:   Python: this is 3.9.2; expected 3.11 or newer, as Debian 12 has it",
        "    warning: memory: 1500 MiB; expected 1536 MiB or more for a control host",
        "  router",
        "    error:   rights: tasks run here as x; expected ansible_user: root, or ansible_become: true and a user with sudo",
    ]
    assert report("bj01", (), 2) == ["bj01: nothing is wrong (2 hosts)"]
    assert all(isinstance(finding, Finding) for finding in found)
