# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs killed at random moments, with everything that they have started: repeated, they come to their end, and nobody notices.

ZEUS_CUTS is how many moments of each kind of run are tried (2), ZEUS_SEED the first seed; each failure names its own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from honesty.processes import Running, moments
from integration.gray.site import EVERYONE, STABLE, Site
from integration.gray.test_gray_cut import users
from integration.honesty.runs import Runs

CUTS = int(os.environ.get("ZEUS_CUTS", "2"))
SEED = int(os.environ.get("ZEUS_SEED", "1"))
Start = Callable[..., Running]


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Runs:
    return Runs(site, tmp_path)


def whole(start: Start) -> float:
    """How long the run lasts that is not cut."""
    run = start()
    code, said = run.ended()
    assert code == 0, said
    return run.lasted


def cut_and_repeated(start: Start, moment: float) -> None:
    told = f"seed {SEED}, cut after {moment} s"
    cut = start().kill_at(moment)
    print(f"{told}: {'killed' if cut else 'it had ended'}")
    code, said = start().ended()
    assert code == 0, f"{told}: {said}"
    code, said = start("--check").ended()
    assert (code, " changed=0 " in said) == (0, True), f"{told}: {said}"


def test_a_deploy(site: Site, runs: Runs) -> None:
    """Each time another version with other files, more instances and fewer."""

    def prepared(number: int) -> Start:
        version = f"1.{number}"
        site.app.update(version=version, instances=2 + number % 2)
        (site.folder / "web" / "version.txt").write_text(version)
        file = runs.copy(version)
        return lambda *options: runs.start("deploy", file, *options)

    duration = whole(prepared(1))
    with users(site) as wrong:
        for number, moment in enumerate(moments(SEED, CUTS, duration), 2):
            cut_and_repeated(prepared(number), moment)
            assert site.apps() == {STABLE: (f"1.{number}", 2 + number % 2)}
            assert site.get()["version"] == f"1.{number}"
    assert wrong == []


def test_a_release_from_its_first_step_to_its_last(site: Site, runs: Runs) -> None:
    policy = runs.folder / "policy.yml"

    def prepared(number: int, *steps: str) -> Start:
        gray = f"{number}.0"
        site.app["gray"]["version"] = gray
        rules = [{**rule, "variant": gray} for rule in EVERYONE["rules"]]
        policy.write_text(yaml.safe_dump({**EVERYONE, "rules": rules}))
        file = runs.copy(f"{gray}-{steps[-1]}")
        return lambda *options: runs.gray(file, *steps, policy_file=str(policy), options=options)

    begun, finished = whole(prepared(2, "deploy", "policy", "bind")), whole(prepared(2, "finish"))
    with users(site) as wrong:
        for number, (first, second) in enumerate(zip(moments(SEED, CUTS, begun), moments(SEED + 1, CUTS, finished), strict=True), 3):
            site.app["version"] = f"{number - 1}.0"
            cut_and_repeated(prepared(number, "deploy", "policy", "bind"), first)
            assert site.variants() == {f"{number}-0"}
            cut_and_repeated(prepared(number, "finish"), second)
            assert site.apps() == {STABLE: (f"{number}.0", 2)}
            assert site.binding() is None
    assert wrong == []
