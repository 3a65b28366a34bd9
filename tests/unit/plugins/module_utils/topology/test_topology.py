# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter's layout: groups, derived variables, and what is refused."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._topology import Topology, build_topology, check_group_vars

COMMON: dict[str, Any] = {
    "zeus_engine": "mesos",
    "zeus_vclusters": {
        "web": {"router": "both"},
        "tv-home": {"router": "nginx"},
        "ports": {"router": "haproxy"},
        "batch": {"router": "none"},
    },
}
HOSTS: dict[str, dict[str, Any]] = {
    **{f"c{n}": {"ansible_host": f"10.1.0.{n}", "zeus_node_role": "control"} for n in (1, 2, 3)},
    **{
        f"{cluster}-router": {"ansible_host": f"10.1.1.{n}", "zeus_node_role": "router", "zeus_vcluster": cluster}
        for n, cluster in enumerate(("web", "tv-home", "ports"), 1)
    },
    **{
        f"{cluster}-1": {"ansible_host": f"10.1.2.{n}", "zeus_node_role": "compute", "zeus_vcluster": cluster}
        for n, cluster in enumerate(("web", "tv-home", "ports", "batch"), 1)
    },
}
STANDALONE = {name: HOSTS[name] for name in ("c1", "web-router", "tv-home-router", "ports-router")}


def build(hosts: dict[str, Any] | None = None, common: dict[str, Any] | None = None, **options: Any) -> Topology:
    return build_topology("bj01", HOSTS if hosts is None else hosts, COMMON if common is None else common,
                          source="site/bj01", common_source="site/common", **options)  # fmt: skip


def changed(hosts: dict[str, Any], **changes: Any) -> dict[str, Any]:
    found = copy.deepcopy(hosts)
    for path, value in changes.items():
        host, _unused, key = path.partition("__")
        if not key and value is None:
            del found[host.replace("_", "-")]
        elif value is None:
            del found[host.replace("_", "-")][key]
        else:
            found.setdefault(host.replace("_", "-"), {})[key] = value
    return found


def test_groups_with_mesos() -> None:
    groups = build().groups
    control = ("c1", "c2", "c3")
    compute = ("batch-1", "ports-1", "tv-home-1", "web-1")
    routers = ("ports-router", "tv-home-router", "web-router")
    assert groups == {
        "control": control, "compute": compute, "routers": routers,
        "routers_l7": ("tv-home-router", "web-router"), "routers_l4": ("ports-router", "web-router"),
        "standalone_engines": (), "zookeepers": control, "mesos_masters": control, "marathons": control, "chronoses": control,
        "mesos_agents": compute, "docker_engines": compute,
        "policy_stores": ("c1",), "artifact_stores": ("c1",),
        "bj01": tuple(sorted(HOSTS)), "bj01_control": control, "bj01_compute": compute, "bj01_router": routers,
        "bj01_web": ("web-1", "web-router"), "bj01_web_compute": ("web-1",), "bj01_web_router": ("web-router",),
        "bj01_tv_home": ("tv-home-1", "tv-home-router"), "bj01_tv_home_compute": ("tv-home-1",), "bj01_tv_home_router": ("tv-home-router",),
        "bj01_ports": ("ports-1", "ports-router"), "bj01_ports_compute": ("ports-1",), "bj01_ports_router": ("ports-router",),
        "bj01_batch": ("batch-1",), "bj01_batch_compute": ("batch-1",),
    }  # fmt: skip


def test_docker_is_on_compute_hosts_unless_a_host_says_otherwise() -> None:
    groups = build(changed(HOSTS, c2__zeus_docker=True, web_1__zeus_docker=False)).groups
    assert groups["docker_engines"] == ("batch-1", "c2", "ports-1", "tv-home-1")
    assert groups["mesos_agents"] == groups["compute"]


def test_groups_with_the_standalone_engine() -> None:
    groups = build(STANDALONE, {**COMMON, "zeus_engine": "standalone"}).groups
    assert (groups["standalone_engines"], groups["routers_l7"]) == (("c1",), ("tv-home-router", "web-router"))
    of_mesos = ("zookeepers", "mesos_masters", "mesos_agents", "marathons", "chronoses", "docker_engines", "compute")
    assert {name: groups[name] for name in of_mesos} == dict.fromkeys(of_mesos, ())


def test_addresses_follow_from_the_hosts() -> None:
    assert build().variables == {
        "zeus_datacenter": "bj01",
        "zeus_marathon_urls": ["http://10.1.0.1:8080", "http://10.1.0.2:8080", "http://10.1.0.3:8080"],
        "zeus_mesos_urls": ["http://10.1.0.1:5050", "http://10.1.0.2:5050", "http://10.1.0.3:5050"],
        "zeus_router_urls": {
            "ports": ["http://10.1.1.3:8700"], "tv-home": ["http://10.1.1.2:8700"], "web": ["http://10.1.1.1:8700"],
        },
        "zeus_policy_store_host": "10.1.0.1",
        "zeus_policy_store_port": 6379,
        "zeus_artifact_url": "http://10.1.0.1:8600",
        "zeus_zookeeper_hosts": ["10.1.0.1:2181", "10.1.0.2:2181", "10.1.0.3:2181"],
        "zeus_chronos_urls": ["http://10.1.0.1:4400", "http://10.1.0.2:4400", "http://10.1.0.3:4400"],
    }  # fmt: skip


def test_the_standalone_engine_has_neither_zookeeper_nor_chronos() -> None:
    variables = build(STANDALONE, {**COMMON, "zeus_engine": "standalone"}).variables
    assert {"zeus_zookeeper_hosts", "zeus_chronos_urls"} & set(variables) == set()


def test_one_machine_is_the_control_host_and_one_router() -> None:
    common = {"zeus_engine": "standalone", "zeus_vclusters": {"web": {"router": "both"}, "batch": {"router": "none"}}}
    same = changed({name: HOSTS[name] for name in ("c1", "web-router")}, web_router__ansible_host="10.1.0.1")
    topology = build(same, common)
    assert topology.variables["zeus_marathon_urls"] == ["http://10.1.0.1:8080"]
    assert topology.variables["zeus_router_urls"] == {"web": ["http://10.1.0.1:8700"]}


def test_an_ipv6_address_stands_in_brackets() -> None:
    hosts = changed(STANDALONE, c1__ansible_host="2001:db8::1")
    assert build(hosts, {**COMMON, "zeus_engine": "standalone"}).variables["zeus_marathon_urls"] == ["http://[2001:db8::1]:8080"]


ONE_OF = "expected one of batch, ports, tv-home, web"
STANDALONE_COMMON = {**COMMON, "zeus_engine": "standalone"}
BAD: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("unknown cluster", changed(HOSTS, web_1__zeus_vcluster="wbe"), COMMON,
     f"site/bj01: web-1.zeus_vcluster: unknown virtual cluster (got 'wbe'); {ONE_OF}"),
    ("a host in two clusters, as a list", changed(HOSTS, web_1__zeus_vcluster=["web", "batch"]), COMMON,
     f"site/bj01: web-1.zeus_vcluster: a host belongs to exactly one virtual cluster (got ['web', 'batch']); {ONE_OF}"),
    ("a host in two clusters, as a text", changed(HOSTS, web_1__zeus_vcluster="web,batch"), COMMON,
     f"site/bj01: web-1.zeus_vcluster: a host belongs to exactly one virtual cluster (got 'web,batch'); {ONE_OF}"),
    ("no cluster", changed(HOSTS, web_1__zeus_vcluster=None), COMMON,
     f"site/bj01: web-1.zeus_vcluster: a compute host belongs to a virtual cluster, and this variable is missing; {ONE_OF}"),
    ("a control host in a cluster", changed(HOSTS, c1__zeus_vcluster="web"), COMMON,
     "site/bj01: c1.zeus_vcluster: a control host belongs to no virtual cluster (got 'web'); expected no zeus_vcluster here"),
    ("unknown role", changed(HOSTS, web_1__zeus_node_role="worker"), COMMON,
     "site/bj01: web-1.zeus_node_role: unknown value (got 'worker'); expected one of control, compute, router"),
    ("no role", changed(HOSTS, web_1__zeus_node_role=None), COMMON,
     "site/bj01: web-1.zeus_node_role: this variable is missing; expected one of control, compute, router"),
    ("two masters", changed(HOSTS, c3=None), COMMON,
     "site/bj01: zeus_node_role: 2 hosts have the role control (c1, c2); expected an odd number (1, 3, 5), so that a majority of masters "
     "exists"),
    ("no masters", changed(HOSTS, c1=None, c2=None, c3=None), COMMON,
     "site/bj01: zeus_node_role: 0 hosts have the role control; expected an odd number (1, 3, 5), so that a majority of masters exists"),
    ("two engines", changed(STANDALONE, c2__zeus_node_role="control", c2__ansible_host="10.1.0.2"), STANDALONE_COMMON,
     "site/bj01: zeus_node_role: 2 hosts have the role control (c1, c2); expected exactly one: the standalone engine runs on one machine; "
     "for more set zeus_engine: mesos"),
    ("compute beside the engine", {**STANDALONE, "web-1": HOSTS["web-1"]}, STANDALONE_COMMON,
     "site/bj01: web-1.zeus_node_role: with the standalone engine all tasks run on the control host (got 'compute'); "
     "expected no compute hosts, or zeus_engine: mesos"),
    ("no router", changed(HOSTS, ports_router=None), COMMON,
     "site/bj01: zeus_vclusters.ports: bj01 has no router host for this virtual cluster, whose router is haproxy; "
     "expected a host with zeus_node_role: router and zeus_vcluster: ports"),
    ("a router that is not wanted", changed(HOSTS, ports_router__zeus_vcluster="batch"), COMMON,
     "site/bj01: ports-router.zeus_vcluster: this virtual cluster has router none, so it has no router hosts (got 'batch'); "
     "expected a cluster with another router"),
    ("no compute", changed(HOSTS, batch_1=None), COMMON,
     "site/bj01: zeus_vclusters.batch: bj01 has no compute host for this virtual cluster; "
     "expected a host with zeus_node_role: compute and zeus_vcluster: batch"),
    ("no virtual agent", STANDALONE,
     {**STANDALONE_COMMON, "zeus_vclusters": {**COMMON["zeus_vclusters"], "batch": {"router": "none", "standalone": {"agents": 0}}}},
     "site/bj01: zeus_vclusters.batch.standalone.agents: the standalone engine has no virtual agent for this cluster (got 0); "
     "expected 1 or more"),
    ("one address twice", changed(HOSTS, web_1__ansible_host="10.1.0.1"), COMMON,
     "site/bj01: web-1.ansible_host: c1 has the same address (got '10.1.0.1'); expected an address of its own per host"),
    ("one address in two spellings", changed(HOSTS, c1__ansible_host="2001:db8::1", web_1__ansible_host="2001:DB8:0::1"), COMMON,
     "site/bj01: web-1.ansible_host: c1 has the same address (got '2001:DB8:0::1'); expected an address of its own per host"),
    ("one name in two spellings", changed(HOSTS, c1__ansible_host="c1.example.com", web_1__ansible_host="C1.Example.com"), COMMON,
     "site/bj01: web-1.ansible_host: c1 has the same address (got 'C1.Example.com'); expected an address of its own per host"),
    ("one machine with Mesos", changed(HOSTS, web_router__ansible_host="10.1.0.1"), COMMON,
     "site/bj01: web-router.ansible_host: c1 has the same address (got '10.1.0.1'); expected an address of its own per host"),
    ("two routers on one machine", changed(STANDALONE, web_router__ansible_host="10.1.0.1", ports_router__ansible_host="10.1.0.1"),
     {**COMMON, "zeus_engine": "standalone"},
     "site/bj01: web-router.ansible_host: ports-router has the same address (got '10.1.0.1'); expected an address of its own per host"),
    ("an address that is a template", changed(HOSTS, web_1__ansible_host="{{ x }}"), COMMON,
     "site/bj01: web-1.ansible_host: groups are made before templates are (got '{{ x }}'); expected an address or a name"),
    ("an address that is none", changed(HOSTS, web_1__ansible_host="10.1.2.300"), COMMON,
     "site/bj01: web-1.ansible_host: this is no address: Octet 300 (> 255) not permitted in '10.1.2.300' (got '10.1.2.300'); "
     "expected four numbers from 0 to 255, such as 10.1.2.60"),
    ("a range that is none", changed(HOSTS, web_1__ansible_host="10.1.2.[1-60]"), COMMON,
     "site/bj01: web-1.ansible_host: this is no range of addresses (got '10.1.2.[1-60]'); "
     "expected an address, or a range such as 10.1.2.[1:60]"),
    ("a rack that Mesos would take for a number", changed(HOSTS, web_1__zeus_rack="007"), COMMON,
     "site/bj01: web-1.zeus_rack: Mesos reads this as a number and spells it otherwise (got '007'); "
     "expected a text that is no number, such as r007, or a number as 7"),
    ("a rack that YAML takes for a number", changed(HOSTS, web_1__zeus_rack=7), COMMON,
     "site/bj01: web-1.zeus_rack: this is not text (got 7); "
     "expected a text of letters, digits and . _ - /, in quotes: YAML reads it as int without them"),
    ("Docker that is neither there nor not", changed(HOSTS, c1__zeus_docker="yes"), COMMON,
     "site/bj01: c1.zeus_docker: this is not a truth value (got 'yes'); expected true or false: whether Docker runs on the host"),
    ("no hosts", {}, COMMON, "site/bj01: there are no hosts; expected a hosts.yml beside it (Ansible reads the files of a folder by name)"),
    ("no catalogue", HOSTS, {"zeus_engine": "mesos"},
     "site/common: zeus_vclusters: this variable is missing; expected it in one of the files of common"),
    ("no engine", HOSTS, {"zeus_vclusters": {}},
     "site/common: zeus_engine: this variable is missing; expected it in one of the files of common"),
    ("unknown engine", HOSTS, {**COMMON, "zeus_engine": "messo"},
     "site/common: zeus_engine: unknown value (got 'messo'); expected one of standalone, mesos; did you mean 'mesos'?"),
    ("unknown key of a cluster", HOSTS, {**COMMON, "zeus_vclusters": {"web": {"rooter": "both"}}},
     "site/common: zeus_vclusters.web.rooter: unknown key; did you mean router?"),
    ("no kind of router", HOSTS, {**COMMON, "zeus_vclusters": {"web": {}}},
     "site/common: zeus_vclusters.web.router: the kind of router is missing; expected one of nginx, haproxy, both, none"),
    ("an attribute that every agent has", HOSTS, {**COMMON, "zeus_vclusters": {"web": {"router": "both", "attributes": {"rack": "r1"}}}},
     "site/common: zeus_vclusters.web.attributes.rack: every agent has this attribute already (got 'r1'); "
     "expected another name than dc, vcluster, rack"),
    ("a cluster called control", HOSTS, {**COMMON, "zeus_vclusters": {"control": {"router": "none"}}},
     "site/common: zeus_vclusters.control: a virtual cluster cannot have this name (got 'control'); "
     "expected another name than control, compute, router, all, ungrouped"),
]  # fmt: skip


@pytest.mark.parametrize(("hosts", "common", "message"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_is_refused(hosts: dict[str, Any], common: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as refused:
        build(hosts, common)
    assert refused.value.message == message


def test_a_host_in_a_static_group_of_another_cluster() -> None:
    build(static_groups={"bj01_web": ["web-1"], "racks": ["c1", "web-1"]})
    with pytest.raises(InputError) as refused:
        build(static_groups={"bj01_web": ["web-1", "batch-1"]})
    assert refused.value.message == (
        "site/bj01: batch-1: the hosts file puts this host into the group bj01_web, where its zeus_vcluster and zeus_node_role do not; "
        "expected the host in no group of this name: groups follow from the two variables"
    )


def test_only_the_datacenters_own_groups_have_variables() -> None:
    check_group_vars("bj01", ["bj01", "bj01_web"], "site/bj01")
    for name in ("all", "sh02", "bj010", "routers"):
        with pytest.raises(InputError) as refused:
            check_group_vars("bj01", ["bj01", name], "site/bj01")
        assert refused.value.message == (
            f"site/bj01: group_vars/{name}: a datacenter's folder must not hold variables of this group; "
            "expected group_vars/bj01 or group_vars/bj01_…, and what is common to all datacenters in the folder common"
        )


def test_a_datacenters_name() -> None:
    with pytest.raises(InputError, match="a name such as bj01"):
        build_topology("bj-01", HOSTS, COMMON, source="s", common_source="c")
