# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The stand-ins' flags: texts as recorded from a real Mesos 1.11.0 (docs/mesos-traps.md); Marathon's and Chronos' are not verified."""

from __future__ import annotations

from pathlib import Path

import pytest

from standins import flags


def test_the_tables_are_the_recorded_ones() -> None:
    assert (len(flags.table("mesos-master")), len(flags.table("mesos-agent"))) == (77, 135)


@pytest.mark.parametrize(
    ("program", "arguments", "text"),
    [
        ("mesos-master", ["--no_such_flag=1"], "Failed to load unknown flag 'no_such_flag'"),
        (
            "mesos-master",
            ["--quorum=abc"],
            "Failed to load flag 'quorum': Failed to load value 'abc': Failed to convert into required type",
        ),
        (
            "mesos-master",
            ["--acls=file:///no/such/file"],
            "Failed to load flag 'acls': Failed to load value 'file:///no/such/file': "
            "Error reading file '/no/such/file': No such file or directory",
        ),
        (
            "mesos-master",
            ['--acls={"register_frameworks": [{"principals":'],
            "Failed to load flag 'acls': Failed to load value '{\"register_frameworks\": [{\"principals\":': syntax error at line 1 near: ",
        ),
        (
            "mesos-agent",
            ["--work_dir=/x", "--attributes=a:1", "--attributes=b:2"],
            "Flag 'attributes' is already loaded via name 'attributes'",
        ),
        ("mesos-agent", ["--master=h:5050"], "Flag 'work_dir' is required, but it was not provided"),
    ],
)
def test_what_mesos_refuses_is_refused_in_its_words(program: str, arguments: list[str], text: str) -> None:
    """Trap 7."""
    with pytest.raises(flags.FlagError) as refused:
        flags.mesos(program, arguments, {})
    assert str(refused.value) == text


def test_a_flag_wins_over_the_environment_and_unknown_variables_are_ignored() -> None:
    """Trap 7."""
    environment = {"MESOS_QUORUM": "2", "MESOS_PORT": "5555", "MESOS_QUORRUM": "9", "MESOS_NATIVE_JAVA_LIBRARY": "/x"}
    values = flags.mesos("mesos-master", ["--port=5050"], environment)
    assert (values["quorum"], values["port"]) == (2, 5050)


def test_values_come_from_files_and_paths_stay_paths(tmp_path: Path) -> None:
    (tmp_path / "attributes").write_text("vcluster:web\n")
    values = flags.mesos("mesos-agent", ["--work_dir=/x", f"--attributes=file://{tmp_path}/attributes", "--credential=file:///c.json"], {})
    assert (values["attributes"], values["credential"]) == ("vcluster:web", "/c.json")


def test_booleans_are_switched_off_by_no() -> None:
    values = flags.mesos("mesos-agent", ["--work_dir=/x", "--no-docker_kill_orphans", "--cgroups_enable_cfs"], {})
    assert (values["docker_kill_orphans"], values["cgroups_enable_cfs"]) == (False, True)
    with pytest.raises(flags.FlagError, match="via 'no-attributes'"):
        flags.mesos("mesos-agent", ["--no-attributes"], {})


def test_marathon_takes_its_environment_for_options() -> None:
    environment = {"MARATHON_ZK": "zk://h:2181/marathon", "MARATHON_HA": "", "MARATHON_DISABLE_CHECKPOINT": "", "MARATHON_HTTP_PORT": "1"}
    values = flags.scallop("marathon", "MARATHON_", ["--master", "zk://h:2181/mesos", "--http_port=8081"], environment)
    assert (values["zk"], values["ha"], values["checkpoint"], values["http_port"]) == ("zk://h:2181/marathon", True, False, 8081)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [(["--no_such", "1"], {}), ([], {"MARATHON_NO_SUCH": "1"}), (["--zk", "x"], {}), (["--master", "m", "--http_port", "x"], {})],
)
def test_marathon_refuses(arguments: list[str], environment: dict[str, str]) -> None:
    with pytest.raises(flags.FlagError, match=r"Unknown option|Required option 'master'|wrong arguments format"):
        flags.scallop("marathon", "MARATHON_", arguments, environment)


def test_chronos_takes_options_as_words_and_secrets_from_the_environment() -> None:
    environment = {"CHRONOS_HTTP_PORT": "1", "MESOSPHERE_HTTP_CREDENTIALS": "user:secret"}
    values = flags.scallop("chronos", "", ["--http_port", "4400", "--mesos_checkpoint"], environment)
    assert (values["http_port"], values["http_credentials"], values["mesos_checkpoint"]) == (4400, "user:secret", True)
