# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a team's repository is made from: defaults, what an earlier run knew, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._repository import DEFAULTS, EXAMPLE_ADDRESS, outline, read_site, settings_of


def alone(name: str) -> list[str]:
    """No host is a range: those are Ansible's business, see tests/unit/plugins/action."""
    return [name]


def settings(**given: Any) -> dict[str, Any]:
    return settings_of(given, {})


def test_the_default_is_one_machine_at_nobodys_address() -> None:
    site = read_site(settings(), alone)
    (datacenter,) = site.datacenters
    assert datacenter.name == "dc1"
    assert {host["ansible_host"] for host in datacenter.hosts.values()} == {EXAMPLE_ADDRESS}
    assert sorted(host["zeus_node_role"] for host in datacenter.hosts.values()) == ["control", "router"]


def test_what_is_not_given_stays_as_it_was() -> None:
    first = settings_of({"site": "shop", "address": "10.0.0.1", "dest": "x", "force": True}, {})
    assert settings_of({"address": "10.0.0.2", "site": None}, first) == {**DEFAULTS, "site": "shop", "address": "10.0.0.2"}


def test_every_datacenter_has_its_files_and_its_own_secrets() -> None:
    site = read_site(settings(site="shop", datacenters={"bj01": {"address": "10.1.0.1"}, "sh02": {"address": "10.2.0.1"}}), alone)
    files = outline(site)
    assert [file.path for file in files if file.secret] == [
        "inventories/shop/bj01/group_vars/bj01/secrets.yml",
        "inventories/shop/sh02/group_vars/sh02/secrets.yml",
    ]
    assert len({file.path for file in files}) == len(files)


def test_the_first_app_runs_where_http_is_routed() -> None:
    clusters = {"ports": {"router": "haproxy"}, "front": {"router": "nginx"}}
    hosts = {
        "c": {"ansible_host": "10.0.0.1", "zeus_node_role": "control"},
        "f": {"ansible_host": "10.0.0.2", "zeus_node_role": "router", "zeus_vcluster": "front"},
        "p": {"ansible_host": "10.0.0.3", "zeus_node_role": "router", "zeus_vcluster": "ports"},
    }
    assert read_site(settings(vclusters=clusters, datacenters={"bj01": {"hosts": hosts}}), alone).vcluster == "front"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"site": "Shop"}, "zeus.paas.init: init_site: this cannot be used here (got 'Shop'); expected a name such as paas"),
        ({"engine": "mesoss"}, "init_engine: unknown value (got 'mesoss'); expected one of standalone, mesos; did"),
        ({"user": "a b"}, "zeus.paas.init: init_user: this cannot be used here (got 'a b')"),
        ({"address": "10.0.0.1 evil"}, "init_datacenters.dc1.address: this cannot be used here"),
        ({"vclusters": {"batch": {"router": "none"}}}, "init_vclusters: no virtual cluster has a router for HTTP"),
        ({"vclusters": {"a": {"router": "both"}, "b": {"router": "nginx"}}}, "init_datacenters.dc1.address: one machine has room for"),
        ({"engine": "mesos"}, "init_datacenters.dc1.address: a datacenter with engine mesos is more than one machine; expected hosts"),
        ({"datacenters": {"BJ": {"address": "10.0.0.1"}}}, "init_datacenters.BJ: this cannot be used here"),
        ({"datacenters": {"bj01": {"adress": "10.0.0.1"}}}, "init_datacenters.bj01.adress: unknown key; did you mean address?"),
        ({"datacenters": {"bj01": {}}}, "init_datacenters.bj01: expected one of two keys"),
        # The inventory's own rules, before anything is written.
        (
            {"datacenters": {"bj01": {"hosts": {"c": {"zeus_node_role": "control"}}}}},
            "zeus.paas.init: init_datacenters.bj01: zeus_vclusters.web: bj01 has no router host for this virtual cluster",
        ),
    ],
)  # fmt: skip
def test_what_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as caught:
        read_site(settings(**given), alone)
    assert message in caught.value.message
