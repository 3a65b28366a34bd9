# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter of many hosts in a new repository: checked host by host, written as it was given."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._repository import Datacenter, read_site, settings_of
from ansible_collections.zeus.paas.plugins.plugin_utils._host_names import expanded

HOSTS: dict[str, dict[str, Any]] = {
    "bj01-control-[1:3]": {"ansible_host": "10.1.0.[11:13]", "zeus_node_role": "control", "zeus_rack": "r[1:3]"},
    "bj01-web-router-1": {"ansible_host": "10.1.1.11", "zeus_node_role": "router", "zeus_vcluster": "web"},
    "bj01-web-[01:04]": {"ansible_host": "10.1.2.[11:14]", "zeus_node_role": "compute", "zeus_vcluster": "web", "zeus_rack": "r[1:2]"},
    "bj01-web-03": {"zeus_rack": "r9"},
}


def read(hosts: dict[str, dict[str, Any]]) -> Datacenter:
    given = {"engine": "mesos", "vclusters": {"web": {"router": "both"}}, "datacenters": {"bj01": {"hosts": hosts}}}
    (datacenter,) = read_site(settings_of(given, {}), expanded).datacenters
    return datacenter


def test_a_line_is_many_hosts_and_is_written_as_one() -> None:
    datacenter = read(HOSTS)
    assert datacenter.lines == HOSTS
    assert {name: host["ansible_host"] for name, host in datacenter.hosts.items() if "control" in name} == {
        "bj01-control-1": "10.1.0.11",
        "bj01-control-2": "10.1.0.12",
        "bj01-control-3": "10.1.0.13",
    }
    racks = [host.get("zeus_rack") for name, host in datacenter.hosts.items() if name.startswith("bj01-web-0")]
    assert racks == ["r1", "r1", "r9", "r2"]


@pytest.mark.parametrize(
    ("name", "variables", "said"),
    [
        ("bj01-web-[04:01]", {}, r"bj01-web-\[04:01\]: this range cannot be used: no host is in it"),
        ("bj01 web", {}, r"'bj01 web'.*a host's name"),
        ("bj01-web-[05:06]", {"ansible_host": "10.1.2.[15:17]"}, r"2 hosts .* for a range of 3 addresses"),
    ],
)
def test_what_is_wrong_with_a_line_is_named(name: str, variables: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        read({**HOSTS, name: {"zeus_node_role": "compute", "zeus_vcluster": "web", **variables}})
