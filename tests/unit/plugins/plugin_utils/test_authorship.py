# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Whose texts may be templates: tried by Ansible's own templating."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.zeus.paas.plugins.plugin_utils._authorship import by_operator, by_others


def templated(value: Any) -> Any:
    return Templar(loader=DataLoader(), variables={"x": 7, "value": value}).template(by_operator("{{ value }}"))


def test_the_operators_texts_are_templates() -> None:
    assert templated(by_operator({"a": ["{{ x }}"]})) == {"a": [7]}


@pytest.mark.parametrize("text", ["{{ x }}", "{% if x %}1{% endif %}", "{# x #}"])
def test_the_texts_of_others_are_not(text: str) -> None:
    assert templated(by_others({"a": [text]})) == {"a": [text]}


def test_what_is_no_text_stays() -> None:
    for mark in (by_operator, by_others):
        assert mark({"a": [1, None, True, 1.5], "b": "web"}) == {"a": [1, None, True, 1.5], "b": "web"}
