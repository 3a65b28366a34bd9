# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Two controllers change the same thing at the same moment: one is refused and told by whom, and what is true afterwards is the other's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from honesty.processes import Running
from integration.gray.site import EVERYONE, GRAY, STABLE, TESTERS, Site, done
from integration.gray.test_gray_cut import users
from integration.honesty.runs import Runs
from integration.nginx.running import until

REFUSED = "is being changed by "


@pytest.fixture
def runs(site: Site, tmp_path: Path) -> Runs:
    return Runs(site, tmp_path)


def refused(run: Running, subject: str) -> None:
    """It has done nothing, and says who is at work."""
    code, said = run.ended()
    assert code == 2, said
    for part in (f"{subject} {REFUSED}", "(process ", "since 20", "Nothing was changed", "Wait until it has ended"):
        assert part in said, said


def winners(both: Sequence[Running], subject: str) -> set[int]:
    """Whose work may be what is there now: that of the one that was not refused, or of either if one has waited for the other's end."""
    codes = [run.ended()[0] for run in both]
    assert 0 in codes, [run.ended()[1][-1500:] for run in both]
    for run, code in zip(both, codes, strict=True):
        if code:
            refused(run, subject)
    return {number for number, code in enumerate(codes) if code == 0}


def leases(site: Site) -> list[str]:
    """Who holds what; read as the user that takes them."""
    client = site.redis._client()
    return [str(client.get(key)) for key in client.scan_iter("zeus-lease:*")]


def test_two_deploys_with_different_versions(site: Site, runs: Runs) -> None:
    files = {}
    for version in ("1.1", "1.2"):
        site.app["version"] = version
        (site.folder / "web" / "version.txt").write_text(version)
        files[version] = runs.copy(version)
    with users(site) as wrong:
        possible = winners([runs.start("deploy", file) for file in files.values()], "project shop in production")
    assert wrong == []
    version = site.get()["version"]
    assert version in {("1.1", "1.2")[number] for number in possible}
    assert site.apps() == {STABLE: (version, 2)}
    assert leases(site) == []
    # Nothing is left of the other: one file is what runs, whole.
    code, said = runs.start("deploy", files[version], "--check").ended()
    assert (code, " changed=0 " in said) == (0, True), said


def test_a_deploy_beside_a_step_of_a_release(site: Site, runs: Runs) -> None:
    done(site.release("deployed"))
    done(site.policy(EVERYONE))
    done(site.release("bound"))
    finish = runs.copy("finish")
    site.app["instances"] = 3
    scale = runs.copy("scale")
    with users(site) as wrong:
        both = [runs.gray(finish, "finish"), runs.start("deploy", scale)]
        codes = [run.ended()[0] for run in both]
    assert wrong == []
    # If the finish was first, the other's file would take the release back, which is refused, too.
    said = both[1].ended()[1]
    assert codes[1] in (0, 2), said
    assert codes[1] == 0 or REFUSED in said or "already runs as stable" in said, said
    finished, scaled = codes[0] == 0, codes[1] == 0
    assert finished or REFUSED in both[0].ended()[1]
    size = 3 if scaled else 2
    assert site.apps() == ({STABLE: ("2.0", size)} if finished else {STABLE: ("1.0", size), GRAY: ("2.0", 1)})
    assert finished or scaled


def test_two_policies_of_one_name(site: Site, runs: Runs) -> None:
    """Before there were leases, the first took the second one's for a router that did not obey, and put its own old value back."""
    done(site.release("deployed"))
    file = runs.copy("policy")
    both = []
    for name, policy in (("testers", TESTERS), ("everyone", EVERYONE)):
        (runs.folder / f"{name}.yml").write_text(yaml.safe_dump(policy))
        both.append(runs.gray(file, "policy", policy_file=str(runs.folder / f"{name}.yml")))
    possible = winners(both, "policy shop-web")
    assert site.values()["zeus:policy:shop-web"]["rules"][0]["name"] in {("tester", "everyone")[number] for number in possible}
    assert leases(site) == []


def test_while_a_deployment_lasts_others_are_refused_and_check_runs_are_not(site: Site, runs: Runs) -> None:
    site.app["version"] = "1.1"
    site.app["env"] = {"BROKEN": "1"}
    broken = runs.start("deploy", runs.copy("broken"), deploy_timeout=300)
    until(lambda: site.engine.call("GET", "/v2/deployments"), seconds=60, what="the deployment")
    assert [json.loads(text)["doing"].endswith("broken/shop.yml in production") for text in leases(site)] == [True]
    del site.app["env"]
    site.app["version"] = "1.2"
    other = runs.copy("other")
    before = site.apps(), site.values(), site.artifacts.have()
    refused(runs.start("deploy", other), "project shop in production")
    refused(runs.gray(other, "deploy"), "project shop in production")
    code, said = runs.start("deploy", other, "--check").ended()
    assert REFUSED not in said
    # What it saw is Marathon's lock of the app itself, as ever.
    assert (code, "locked by a running deployment" in said) == (2, True), said
    assert (site.apps(), site.values(), site.artifacts.have()) == before
    # Nobody is blocked by a run that was killed, only by what it has left in Marathon.
    broken.kill()
    code, said = runs.start("deploy", other, deploy_force=True).ended()
    assert code == 0, said
    assert site.apps() == {STABLE: ("1.2", 2)}
