# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Agents' attributes, and what Mesos would take for something else (docs/mesos-traps.md)."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._agent_attributes import (
    agent_attributes,
    attributes_text,
    read_attributes,
    read_value,
)
from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._fields import Where

HERE = Where("common", "attributes")


def test_the_text_that_an_agent_gets() -> None:
    own = read_attributes({"zone": "restricted", "disk": "ssd"}, HERE)
    attributes = agent_attributes("bj01", "pay", "r12", own)
    assert attributes_text(attributes) == "dc:bj01;vcluster:pay;rack:r12;disk:ssd;zone:restricted"
    assert attributes_text(agent_attributes("bj01", "web", None, {})) == "dc:bj01;vcluster:web"


@pytest.mark.parametrize("value", ["r12", "12", "1.5", "-3", "0", "a/b", "10.1.0.1", "1-2", "nano", "infra", "e1"])
def test_a_value_that_stays_as_it_is(value: str) -> None:
    assert read_value(value, HERE) == value


@pytest.mark.parametrize("value", ["007", "1.50", "1e3", "inf", "NaN", "-infinity", "0x10", "0x1p3", ".5", "5.", "1.0", "1.2345"])
def test_a_number_that_mesos_spells_otherwise(value: str) -> None:
    """Trap 5."""
    with pytest.raises(InputError, match="Mesos reads this as a number and spells it otherwise"):
        read_value(value, HERE)


@pytest.mark.parametrize(
    "value", ["web,rack:r1", " web", "web ", "'web'", '"web"', "{a,b}", "[1-5]", "a;b", "a:b", "", "a b", 7, None, ["a"]]
)
def test_a_value_that_mesos_cuts_crashes_at_or_takes_with_its_quotes(value: Any) -> None:
    """Trap 5."""
    with pytest.raises(InputError):
        read_value(value, HERE)


@pytest.mark.parametrize("name", [" zone", "zo ne", "'zone", "7zone", "zone:", "zo;ne", "", "z" * 64])
def test_a_name_that_cannot_be_one(name: str) -> None:
    """Trap 5."""
    with pytest.raises(InputError):
        read_attributes({name: "x"}, HERE)


@pytest.mark.parametrize("name", ["dc", "vcluster", "rack"])
def test_a_name_that_would_stand_twice(name: str) -> None:
    """Traps 5 and 6."""
    with pytest.raises(InputError) as refused:
        read_attributes({name: "x"}, HERE)
    assert refused.value.message == (
        f"common: attributes.{name}: every agent has this attribute already (got 'x'); expected another name than dc, vcluster, rack"
    )
