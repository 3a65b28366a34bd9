# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which policies fit a release, by their versions, regions and dates."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._gray import Policy, parse_policy
from ansible_collections.zeus.paas.plugins.module_utils._gray_check import Bound, check_bound, check_regions, expired
from ansible_collections.zeus.paas.plugins.module_utils._gray_policies import read_policy

BOUND = Bound("/production/shop/web", "2-0", "2.0")
NORTH: dict[str, Any] = {"region": {"in": ["CN-BJ"]}}


def policy(*conditions: dict[str, Any], variant: str = "2.0", **keys: Any) -> Policy:
    return parse_policy({"policy": "p", "rules": [{"variant": variant, "when": when} for when in conditions], **keys}, "p.yml")


@pytest.mark.parametrize("variant", ["2.0", "2-0", "stable"])
def test_versions_that_fit(variant: str) -> None:
    check_bound(policy(NORTH, variant=variant), BOUND, "p.yml")


def test_a_version_that_does_not() -> None:
    with pytest.raises(InputError) as error:
        check_bound(policy(NORTH, variant="2.1"), BOUND, "p.yml")
    assert error.value.message == (
        "p.yml: rules[0].variant: the release of /production/shop/web has no such version (got '2.1'); expected '2.0' or 'stable'"
    )


@pytest.mark.parametrize("when", [NORTH, {"not": NORTH}, {"all": [{"percent": 1}, {"any": [{"percent": 2}, NORTH]}]}])
def test_a_region_is_found_wherever_it_stands(when: dict[str, Any]) -> None:
    check_regions(policy({"percent": 5}, when), {"CN-BJ": ["10.0.0.0/8", "2001:db8::/32"]}, "p.yml")
    with pytest.raises(InputError) as error:
        check_regions(policy({"percent": 5}, when), {}, "p.yml")
    assert error.value.message == (
        "p.yml: rules[1].when.region: there is no such region in zeus_regions (got 'CN-BJ'); expected one of its names: which is empty"
    )


def test_a_table_with_something_else_than_networks() -> None:
    with pytest.raises(InputError, match=r"^zeus_regions: CN-BJ\[1\]: .*got '10.0.0.1/8'"):
        check_regions(policy(NORTH), {"CN-BJ": ["10.0.0.0/8", "10.0.0.1/8"]}, "p.yml")
    check_regions(policy({"percent": 1}), {"CN-BJ": ["nonsense"]}, "p.yml")


def test_expiry() -> None:
    day = datetime.date(2026, 9, 1)
    assert expired(policy(NORTH), day) == ""
    assert expired(policy(NORTH, expires="2026-09-01"), day) == ""
    assert expired(policy(NORTH, expires="2026-08-31"), day).startswith("policy p: it expired on 2026-08-31, and still routes; ")


@pytest.mark.parametrize("name", [None, 3, "x" * 65, "a\nb"])
def test_an_inline_policy_without_a_usable_name_is_called_just_that(name: Any) -> None:
    with pytest.raises(InputError) as error:
        read_policy({"policy": name, "rules": []}, None)
    assert error.value.source == "policy"
