# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from gates import home, importer
from gates.catalogue import Command, Gate, gates, places
from gates.checkout import ROOT
from gates.run import Outcome, run_all


def gate(name: str, *scripts: str, needs: str = "") -> Gate:
    return Gate(name, "a gate of this test", tuple(Command(("sh", "-c", script)) for script in scripts), needs)


def outcomes(given: list[Gate], logs: Path, at_once: int = 2) -> dict[str, Outcome]:
    told: list[Outcome] = []
    assert run_all(given, logs, told.append, at_once) == told
    return {outcome.gate.name: outcome for outcome in told}


def test_a_gate_passes_when_all_its_commands_do_and_stops_at_the_first_that_fails(tmp_path: Path) -> None:
    found = outcomes([gate("good", "echo one", "echo two"), gate("bad", "echo three; exit 3", "echo four")], tmp_path)
    assert {name: outcome.passed for name, outcome in found.items()} == {"good": True, "bad": False}
    assert found["good"].log.read_text().splitlines()[1::2] == ["one", "two"]
    assert "three" in found["bad"].log.read_text()
    assert "four" not in found["bad"].log.read_text().splitlines()


def test_a_program_that_is_not_there_fails_its_gate_and_no_other(tmp_path: Path) -> None:
    found = outcomes([Gate("lost", "", (Command(("/nowhere/program",)),)), gate("good", "true")], tmp_path)
    assert not found["lost"].passed
    assert "/nowhere/program" in found["lost"].log.read_text()
    assert found["good"].passed


def test_a_gate_waits_for_what_it_needs(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    found = outcomes([gate("later", f"test -e {flag}", needs="first"), gate("first", f"touch {flag}")], tmp_path / "logs", at_once=4)
    assert found["later"].passed


def test_a_gate_whose_need_failed_does_not_run_and_has_not_passed(tmp_path: Path) -> None:
    flag = tmp_path / "flag"
    found = outcomes([gate("first", "false"), gate("later", f"touch {flag}", needs="first")], tmp_path / "logs")
    assert not found["later"].passed
    assert not flag.exists()
    assert "first did not pass" in found["later"].log.read_text()


def test_gates_run_side_by_side(tmp_path: Path) -> None:
    """Each one ends only when it sees the other."""
    script = "touch {0}; for n in $(seq 500); do test -e {1} && exit 0; sleep 0.02; done; exit 1"
    one, two = tmp_path / "one", tmp_path / "two"
    found = outcomes([gate("one", script.format(one, two)), gate("two", script.format(two, one))], tmp_path / "logs")
    assert [outcome.passed for outcome in found.values()] == [True, True]


def test_variables_are_set_and_taken_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZEUS_GONE", "there")
    monkeypatch.setenv("ZEUS_KEPT", "kept")
    command = Command(("sh", "-c", "echo ${ZEUS_GONE-gone} $ZEUS_KEPT $ZEUS_SET"), environment={"ZEUS_GONE": None, "ZEUS_SET": "set"})
    found = outcomes([Gate("variables", "", (command,))], tmp_path)
    assert found["variables"].log.read_text().splitlines()[-1] == "gone kept set"


def test_the_catalogue_is_whole() -> None:
    found = gates(places())
    names = [one.name for one in found]
    assert len(names) == len(set(names))
    assert {one.needs for one in found} <= {"", *names}
    assert all(one.commands and one.about for one in found)


def test_the_home_has_the_machines_pip_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ansible-test passes no variables of pip on, so what they say must stand in the file; and % is no sign of ours."""
    settings = tmp_path / "own.conf"
    settings.write_text("[global]\ntimeout = 33\n[install]\nfind-links = /some/wheels\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(settings))
    monkeypatch.setenv("PIP_INDEX_URL", "https://user:a%20b@index.example/simple")
    home.prepare(tmp_path / "home", Path(sys.executable))
    written = tmp_path / "home" / ".config" / "pip" / "pip.conf"
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(written))
    said = home.said(Path(sys.executable), "-m", "pip", "config", "list")
    assert "global.index-url='https://user:a%20b@index.example/simple'" in said
    assert "global.timeout='33'" in said
    assert "install.find-links='/some/wheels'" in said
    assert "global.cache-dir=" in said


def test_the_home_has_the_stand_in_under_the_name_that_ansible_test_looks_for(tmp_path: Path) -> None:
    home.prepare(tmp_path, Path(sys.executable))
    (stand_in,) = (tmp_path / ".ansible" / "test" / "cache").iterdir()
    version = home.bootstrap_version(Path(sys.executable))
    assert stand_in.name == f"get_pip_{version.replace('.', '_')}.py"
    assert "ensurepip" in stand_in.read_text()


def test_what_the_importer_warns_of_is_a_finding() -> None:
    output = "Loading role standalone\nWARNING: no such playbook\nERROR: broken\nwhat a WARNING is\n"
    assert importer.FINDING.findall(output) == ["WARNING: no such playbook", "ERROR: broken"]


def test_one_package_has_one_pin() -> None:
    """But for attrs: galaxy-importer holds it back, which is why the gates have an environment of their own."""
    pins: dict[str, set[str]] = {}
    for name in ("requirements-test.txt", "requirements-gates.txt", "tests/unit/requirements.txt"):
        for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
            if not line.startswith("#"):
                pins.setdefault(line.partition("==")[0].lower(), set()).add(line)
    assert [lines for package, lines in pins.items() if len(lines) > 1 and package != "attrs"] == []
    assert "pytest-xdist" in pins
