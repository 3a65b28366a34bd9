# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the fleet reports of a check run is what it reports of the run after it; and two of them at once get along."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from honesty.fields import differences
from honesty.processes import Running
from integration.fleet.test_fleet_runs import fleet, made, site

__all__ = ["site"]
NAMES = ("bj01", "gz03", "sh02")
#: What a report says of its own run.
OWN = {
    **dict.fromkeys(("check", "started", "ended"), "of this run"),
    **{f"datacenters.{name}.seconds": "how long this run took" for name in NAMES},
}


@pytest.mark.parametrize("situation", [{}, {"broken": "gz03"}], ids=["all is well", "one fails"])
def test_the_report_of_a_check_run_is_that_of_the_run(site: Path, situation: dict[str, str]) -> None:
    options = ("-e", json.dumps(situation))
    told_run, told = fleet(site, "--check", "--diff", *options)
    assert made(site) == set()
    real_run, real = fleet(site, "--diff", *options)
    assert told_run.returncode == real_run.returncode
    assert list(differences(told, real, OWN)) == []
    assert made(site) == set(NAMES) - set(situation.values())


def test_twice_at_once(site: Path) -> None:
    """The fleet itself changes nothing that could be mixed: what its plays change, they lease. Its reports are whole files."""
    command = [sys.executable, "-m", "ansible", "playbook", "zeus.paas.fleet", "-e", f"site={site}", "-e", f"play={site.parent}/play.yml"]
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    folders = [site.parent / name for name in ("one", "two")]
    runs = [Running([*command, "-e", f"fleet_report_dir={folder}"], site.parent / f"{folder.name}.log", environment) for folder in folders]
    assert [run.ended()[0] for run in runs] == [0, 0]
    for folder in folders:
        report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        assert {name: entry["state"] for name, entry in report["datacenters"].items()} == dict.fromkeys(NAMES, "done")
    assert made(site) == set(NAMES)
