# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One line of a hosts file for many hosts: addresses, racks, and lines that do not add up."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.plugins.inventory import expand_hostname_range

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._host_ranges import resolve_ranges


def line(pattern: str, **variables: Any) -> dict[str, dict[str, Any]]:
    """As Ansible reads ``pattern: {…}``: every host with the same variables."""
    return dict.fromkeys(expand_hostname_range(pattern), variables)


def resolve(hosts: dict[str, dict[str, Any]]) -> dict[str, dict[str, str]]:
    return resolve_ranges(hosts, "site/bj01", expand_hostname_range)


def test_each_host_takes_its_own_address_and_racks_are_filled_one_after_the_other() -> None:
    found = resolve(line("web-[01:06]", ansible_host="10.1.2.[11:16]", zeus_rack="r[1:3]"))
    assert found == {
        "web-01": {"ansible_host": "10.1.2.11", "zeus_rack": "r1"},
        "web-02": {"ansible_host": "10.1.2.12", "zeus_rack": "r1"},
        "web-03": {"ansible_host": "10.1.2.13", "zeus_rack": "r2"},
        "web-04": {"ansible_host": "10.1.2.14", "zeus_rack": "r2"},
        "web-05": {"ansible_host": "10.1.2.15", "zeus_rack": "r3"},
        "web-06": {"ansible_host": "10.1.2.16", "zeus_rack": "r3"},
    }


def test_ranges_are_ansibles_own() -> None:
    """Leading zeros, letters, steps, and two ranges in one text."""
    found = resolve(line("web-[a:b][1:2]", ansible_host="10.1.[2:4:2].[008:009]", zeus_rack="r[a:b]"))
    assert [one["ansible_host"] for one in found.values()] == ["10.1.2.008", "10.1.2.009", "10.1.4.008", "10.1.4.009"]
    assert [one["zeus_rack"] for one in found.values()] == ["ra", "ra", "rb", "rb"]
    assert resolve(line("web-[1:2]", ansible_host="2001:db8::[1:2]"))["web-2"] == {"ansible_host": "2001:db8::2"}


def test_what_is_no_range_stays() -> None:
    hosts = {"a": {"ansible_host": "10.1.0.1", "zeus_rack": "r1"}, "b": {"ansible_host": "[2001:db8::1]"}, "c": {"zeus_rack": 12}, "d": {}}
    assert resolve(hosts) == {}


def test_hosts_that_are_found_by_name_have_racks_too() -> None:
    hosts = line("web-[1:4]", zeus_node_role="compute", zeus_vcluster="web", zeus_rack="r[1:2]")
    hosts |= line("tv-[1:2]", zeus_node_role="compute", zeus_vcluster="tv", zeus_rack="r[1:2]")
    assert [one["zeus_rack"] for one in resolve(hosts).values()] == ["r1", "r1", "r2", "r2", "r1", "r2"]


def test_one_host_stands_elsewhere_and_moves_no_other() -> None:
    hosts = line("web-[1:4]", ansible_host="10.1.2.[1:4]", zeus_rack="r[1:2]")
    hosts["web-2"] = {**hosts["web-2"], "zeus_rack": "r9"}
    found = resolve(hosts)
    assert found["web-2"] == {"ansible_host": "10.1.2.2"}
    assert [found[name].get("zeus_rack") for name in ("web-1", "web-3", "web-4")] == ["r1", "r2", "r2"]


@pytest.mark.parametrize(("hosts", "message"), [
    (line("web-[1:4]", ansible_host="10.1.2.[1:3]"),
     "site/bj01: web-1.ansible_host: 4 hosts (web-1 to web-4) for a range of 3 addresses (got '10.1.2.[1:3]'); "
     "expected as many addresses as hosts"),
    ({"web-1": {"ansible_host": "10.1.2.[1:3]"}},
     "site/bj01: web-1.ansible_host: 1 host (web-1) for a range of 3 addresses (got '10.1.2.[1:3]'); expected as many addresses as hosts"),
    (line("web-[1:4]", ansible_host="10.1.2.[4:1]"),
     "site/bj01: web-1.ansible_host: 4 hosts (web-1 to web-4) for a range of 0 addresses (got '10.1.2.[4:1]'); "
     "expected as many addresses as hosts"),
    (line("web-[1:4]", ansible_host="10.1.2.[1:4]", zeus_rack="r[1:3]"),
     "site/bj01: web-1.zeus_rack: 4 hosts (web-1 to web-4) cannot be shared out evenly among 3 racks (got 'r[1:3]'); "
     "expected the same number of hosts for each rack, or one line per rack"),
    (line("web-[1:4]", ansible_host="10.1.2.[1:4]", zeus_rack="r[4:1]"),
     "site/bj01: web-1.zeus_rack: 4 hosts (web-1 to web-4) cannot be shared out evenly among 0 racks (got 'r[4:1]'); "
     "expected the same number of hosts for each rack, or one line per rack"),
])  # fmt: skip
def test_what_does_not_add_up(hosts: dict[str, dict[str, Any]], message: str) -> None:
    with pytest.raises(InputError) as refused:
        resolve(hosts)
    assert refused.value.message == message


def test_a_range_that_ansible_refuses() -> None:
    def expand(text: str) -> list[str]:
        raise ValueError("host range must specify equal-length begin and end formats")

    with pytest.raises(InputError) as refused:
        resolve_ranges({"web-1": {"ansible_host": "10.1.2.[01:100]"}}, "site/bj01", expand)
    assert refused.value.message == (
        "site/bj01: web-1.ansible_host: this range cannot be used: host range must specify equal-length begin and end formats "
        "(got '10.1.2.[01:100]'); expected a range as Ansible has them for hosts, such as 10.1.2.[1:60]"
    )
