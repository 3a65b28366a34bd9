# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""No app without its virtual cluster, and no constraint that would let it out."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._constraints import Constraint, bound_to, in_vcluster, matches, parse_constraint
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError

WEB = ["vcluster", "CLUSTER", "web"]


@pytest.mark.parametrize(
    ("definition", "vcluster"),
    [
        ({}, "web"),
        ({"labels": {"ZEUS_VCLUSTER": "web"}}, None),
        ({"constraints": [WEB]}, None),
        ({"constraints": [["vcluster", "IS", "web"]]}, None),
        ({"constraints": [["vcluster", "cluster", "web"]], "labels": {"ZEUS_VCLUSTER": "web"}}, "web"),
    ],
)
def test_constraint_and_label_are_always_there(definition: dict[str, Any], vcluster: str | None) -> None:
    bound = in_vcluster({"id": "/a", **definition}, vcluster, "t")
    assert bound["constraints"] == [WEB]
    assert bound["labels"] == {"ZEUS_VCLUSTER": "web"}
    assert in_vcluster(bound, None, "t") == bound
    assert bound_to(bound) == ("web",)


def test_other_constraints_and_labels_stay() -> None:
    bound = in_vcluster({"constraints": [["rack", "UNIQUE"]], "labels": {"A": "b"}}, "web", "t")
    assert bound["constraints"] == [WEB, ["rack", "UNIQUE"]]
    assert bound["labels"] == {"A": "b", "ZEUS_VCLUSTER": "web"}


@pytest.mark.parametrize(
    ("definition", "vcluster", "key", "text"),
    [
        ({}, None, "vcluster", "names no virtual cluster"),
        ({"labels": {"ZEUS_VCLUSTER": "batch"}}, "web", "labels.ZEUS_VCLUSTER", "another virtual cluster than vcluster, which says web"),
        ({"constraints": [["vcluster", "CLUSTER", "batch"]]}, "web", "constraints[0]", "another virtual cluster"),
        ({"constraints": [WEB, ["vcluster", "CLUSTER", "batch"]]}, None, "constraints[1]", "another virtual cluster"),
        ({"constraints": [["vcluster", "UNLIKE", "batch"]]}, "web", "constraints[0]", "bound by CLUSTER only"),
        ({"constraints": [["vcluster", "LIKE", ".*"]]}, "web", "constraints[0]", "bound by CLUSTER only"),
        ({"constraints": [["vcluster", "CLUSTER"]]}, "web", "constraints[0]", "bound by CLUSTER only"),
        ({"constraints": [["vcluster", "GROUP_BY"]]}, None, "constraints[0]", "bound by CLUSTER only"),
        ({}, "Web;rack:r1", "vcluster", "not a virtual cluster's name"),
        ({}, "", "vcluster", "not a virtual cluster's name"),
    ],
)
def test_ways_out_are_closed(definition: dict[str, Any], vcluster: str | None, key: str, text: str) -> None:
    with pytest.raises(InputError, match=text) as caught:
        in_vcluster(definition, vcluster, "shop.yml")
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("item", "text"),
    [
        ("rack", "not a constraint"),
        (["rack"], "not a constraint"),
        (["rack", "UNIQUE", "x", "y"], "not a constraint"),
        (["rack", ["UNIQUE"]], "not a constraint"),
        (["", "UNIQUE"], "the field is empty"),
        (["rack", "BESIDE"], "unknown operator"),
        (["rack", "UNIQUE", "x"], "UNIQUE does not accept a value"),
        (["rack", "MAX_PER"], "lacks its value"),
        (["rack", "MAX_PER", "0"], "whole number"),
        (["rack", "GROUP_BY", "two"], "whole number"),
        (["rack", "LIKE", "("], "not a regular expression"),
        (["rack", "IS", "a b"], "takes no such value"),
    ],
)
def test_what_is_no_constraint(item: Any, text: str) -> None:
    with pytest.raises(InputError, match=text):
        parse_constraint(item, "t", "constraints[0]")


ATTRIBUTES = {"rack": ["r1"], "n": ["7"], "vcluster": ["web"]}


@pytest.mark.parametrize(
    ("constraint", "peers", "expected"),
    [
        (Constraint("vcluster", "CLUSTER", "web"), [], True),
        (Constraint("vcluster", "CLUSTER", "batch"), [], False),
        (Constraint("rack", "CLUSTER"), [], True),
        (Constraint("rack", "CLUSTER"), ["r2"], False),
        (Constraint("hostname", "UNIQUE"), ["h2"], True),
        (Constraint("@hostname", "UNIQUE"), ["h1"], False),
        (Constraint("rack", "MAX_PER", "2"), ["r1"], True),
        (Constraint("rack", "MAX_PER", "2"), ["r1", "r1"], False),
        (Constraint("rack", "LIKE", "r[0-9]"), [], True),
        (Constraint("rack", "LIKE", "r"), [], False),
        (Constraint("rack", "UNLIKE", "r1"), [], False),
        (Constraint("absent", "UNLIKE", "x"), [], True),
        (Constraint("absent", "LIKE", ".*"), [], False),
        (Constraint("absent", "UNIQUE"), [], False),
        (Constraint("n", "IS", "7.0"), [], True),
        (Constraint("n", "IS", "8"), [], False),
        (Constraint("rack", "IS", "r1"), [], True),
        (Constraint("rack", "GROUP_BY", "2"), ["r1"], False),
        (Constraint("rack", "GROUP_BY", "2"), ["r1", "r2"], True),
        (Constraint("rack", "GROUP_BY"), ["r1"], True),
    ],
)
def test_where_a_task_may_run(constraint: Constraint, peers: list[str], expected: bool) -> None:
    assert matches(constraint, "h1", ATTRIBUTES, peers) is expected
