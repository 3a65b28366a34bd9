# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compute hosts in batches: one cluster and one rack at a time, and refusals of hosts and racks that are not there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._agent_batches import batches, chosen, members
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

HOSTS: dict[str, dict[str, Any]] = {
    **{f"web-{number:02}": {"zeus_vcluster": "web", "zeus_rack": f"r{number % 2}"} for number in range(12)},
    "batch-1": {"zeus_vcluster": "batch", "zeus_rack": "r1"},
    "batch-2": {"zeus_vcluster": "batch"},
}
KNOWN = members(list(HOSTS), HOSTS)


def test_all_in_batches_of_one_cluster_and_rack() -> None:
    found = batches(KNOWN, KNOWN)
    assert found == [
        ["batch-2"],
        ["batch-1"],
        ["web-00", "web-02", "web-04"],
        ["web-06", "web-08", "web-10"],
        ["web-01", "web-03", "web-05"],
        ["web-07", "web-09", "web-11"],
    ]


def test_the_first_batch_is_one_host() -> None:
    web = [member for member in KNOWN if member.vcluster == "web"]
    assert [len(one) for one in batches(web, KNOWN)] == [1, 3, 2, 3, 3]


def test_a_batch_is_a_part_of_its_cluster_and_one_host_at_least() -> None:
    assert max(len(one) for one in batches(KNOWN, KNOWN, percent=50)) == 6
    assert max(len(one) for one in batches(KNOWN, KNOWN, percent=0)) == 1
    assert batches([], KNOWN) == []


@pytest.mark.parametrize(("hosts", "rack", "names"), [
    (None, None, list(HOSTS)),
    ("", "", list(HOSTS)),
    ("web-01,batch-2", None, ["web-01", "batch-2"]),
    ("web-01 batch-2", None, ["web-01", "batch-2"]),
    (["web-01"], None, ["web-01"]),
    ([], None, []),
    (None, "r1", ["web-01", "web-03", "web-05", "web-07", "web-09", "web-11", "batch-1"]),
    ("batch-2", "r9", None),
    ("web-1", None, None),
])  # fmt: skip
def test_who_is_meant(hosts: Any, rack: Any, names: list[str] | None) -> None:
    if names is not None:
        assert [member.name for member in chosen(KNOWN, hosts, rack)] == names
        return
    with pytest.raises(InputError) as caught:
        chosen(KNOWN, hosts, rack)
    said = "rack: no host is in this rack (got 'r9'); expected some of r0, r1"
    assert caught.value.message == (said if rack else (
        "host: not among the hosts of this kind (got 'web-1'); expected some of batch-1, batch-2, web-00, web-01, web-02, web-03, web-04, "
        "web-05 and 6 more"
    ))  # fmt: skip
