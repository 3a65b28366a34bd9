# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Text for systemd arrives as it is. The reader here follows systemd's ``parse_env_file``: a backslash in double quotes
escapes ``"``, ``\\``, ````` and ``$``, and stays before everything else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._systemd import command_line, environment_file

ONE_LINE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


def as_systemd_reads(line: str) -> tuple[str, str]:
    name, quoted = line.split("=", 1)
    assert (quoted[0], quoted[-1]) == ('"', '"')
    inner, found, at = quoted[1:-1], "", 0
    while at < len(inner):
        assert inner[at] != '"'
        if inner[at] == "\\":
            at += 1
            found += inner[at] if inner[at] in '"\\`$' else "\\" + inner[at]
        else:
            found += inner[at]
        at += 1
    return name, found


@given(ONE_LINE)
def test_a_value_arrives_as_it_is(value: str) -> None:
    assert as_systemd_reads(environment_file({"NAME": value}, "here").removesuffix("\n")) == ("NAME", value)


def test_truth_values_numbers_and_nothing() -> None:
    assert environment_file({"B": True, "A": 2, "C": None, "D": False}, "here") == 'A="2"\nB="true"\nD="false"\n'


@pytest.mark.parametrize(("name", "value"), [("A B", "x"), ("A", "x\ny"), ("A", ["x"]), ("A", "\x07")])
def test_what_no_file_can_hold_is_refused(name: str, value: object) -> None:
    with pytest.raises(InputError, match=f"mesos_master_settings: {name}"):
        environment_file({name: value}, "mesos_master_settings")


def test_words_of_a_command_stay_words() -> None:
    written = command_line(["/bin/echo", "plain", "two words", '50% of "$HOME" \\ '], "echo")
    assert written == '/bin/echo plain "two words" "50%% of \\"$$HOME\\" \\\\ "'


def test_a_command_begins_with_a_path() -> None:
    with pytest.raises(InputError, match="absolute path"):
        command_line(["echo"], "unit")
