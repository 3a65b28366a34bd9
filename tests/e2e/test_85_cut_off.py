# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Setting up a datacenter is cut off at a random moment, repeated, and disturbed by somebody else's run, while its routers serve.

ZEUS_CUTS is how many moments are tried (1), ZEUS_SEED the first seed; each failure names its own.
"""

from __future__ import annotations

import os

import pytest

from honesty.processes import moments

from .ansible_runs import Playbooks
from .bed import Bed, Center, until
from .test_80_drift import laid_down, look
from .traffic import watched
from .trial import Trial

CUTS = int(os.environ.get("ZEUS_CUTS", "1"))
SEED = int(os.environ.get("ZEUS_SEED", "1"))
HAPROXY_DROP_IN = "/etc/systemd/system/haproxy.service.d/zeus-router.conf"


def lease(center: Center) -> str:
    """Who holds the datacenter, in the words for people; empty if it is free: given back, or not renewed in time."""
    said = center.run(center.control, "sh", "-c", "cat /proc/uptime; cat /run/zeus-paas/lease 2>/dev/null || true").splitlines()
    if len(said) < 4:
        return ""
    since_boot, _owner, until_then, told = said[:4]
    return told if int(until_then) > float(since_boot.split()[0]) else ""


def edit(center: Center, files: dict[str, list[str]]) -> None:
    """So that there is something to do at every moment of the run."""
    for host in center.datacenter.hosts:
        center.run(host, "xargs", "-d", "\n", "sh", "-c", 'for path; do echo >> "$path"; done', "sh", stdin="\n".join(files[host.name]))


@pytest.mark.parametrize("part", range(CUTS))
def test_a_run_that_is_cut_off_and_repeated_beside_another_one(bed: Bed, playbooks: Playbooks, trial: Trial, part: int) -> None:
    center = bed.first
    inventory = center.inventory
    told = playbooks.run("site", "--check", inventory=inventory).ended(0)
    assert lease(center) == "", "a check run takes no lease"
    assert set(told.changed.values()) == {0}, told.output
    # HAProxy is restarted for a new drop-in of its unit, and refuses a few connections meanwhile; everything else is reloaded.
    files = {host: [path for path in paths if path != HAPROXY_DROP_IN] for host, paths in laid_down(center).items()}
    before = look(center, files)
    # A run with so much to do lasts longer than its check run; so the moment is somewhere in it.
    moment = moments(SEED, CUTS, told.seconds)[part]
    said = f"seed {SEED}, cut after {moment} s"
    with watched(center, scale=0.3) as seen:
        edit(center, files)
        cut = playbooks.start("site", inventory=inventory).kill_at(moment)
        print(said, "killed" if cut else "it had ended")
        # Given back within a second; but a run that is killed while it takes its lease has nobody yet who does that.
        until(lambda: lease(center) == "", 40, "the killed run's lease is free")

        again = playbooks.start("site", inventory=inventory)
        holder = until(lambda: lease(center), 60, "the repeated run has the lease")
        other = playbooks.start("site", inventory=inventory, variables={"router_nginx_client_max_body_size": "99m"})
        code, printed = other.ended()
        assert code == 2, f"{said}: {printed[-2000:]}"
        for words in ("the datacenter is being set up by", holder, "Nothing was changed", "Wait until it has ended"):
            assert words in printed, printed
        code, printed = again.ended()
        assert code == 0, f"{said}: {printed[-3000:]}"
    center.agent_follows()
    assert look(center, files) == before, said
    check = playbooks.run("site", "--check", inventory=inventory).ended(0)
    assert set(check.changed.values()) == {0}, f"{said}: {check.output}"
    until(
        lambda: center.run(center.control, "sh", "-c", "cat /run/zeus-paas/lease 2>/dev/null || true") == "", 10, "the lease is given back"
    )
    assert [seen.load.failed(name, "get") for name in ("web", "catalog", "price")] == [0, 0, 0], f"{said}: {seen.load.story()}"
