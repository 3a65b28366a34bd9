# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Files that somebody edited by hand are found, and put back."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest

from zeus_demo import docker

from .ansible_runs import Playbooks, Run
from .bed import Bed, Center
from .traffic import watched
from .trial import Trial

#: What changed on a host since its image was made is either laid down by a role, and then must be found, or it stands here with its reason.
NOT_LAID_DOWN = {
    r"/var/(lib|log|cache|tmp|spool|backups|mail)/": "data of programs that run",
    r"/(root|tmp|run|home)/": "Ansible's own working files and ssh's",
    r"/etc/(passwd|group|shadow|gshadow|subuid|subgid)-?$": "accounts: users and groups are managed, not these files",
    r"/etc/(machine-id|hostname|hosts|resolv\.conf|\.pwd\.lock|\.updated|ld\.so\.cache|mtab|adjtime)$": "the host's own, made at its start",
    r"/etc/ssh/": "the host's keys, made by the test bed",
    r"/etc/nginx/zeus-snippets/|/etc/haproxy/zeus\.d/": "written by the router agent, for each app",
    r"/etc/docker/key\.json$": "Docker's own, made at its start",
    r"__pycache__/": "made by Python",
    r"/opt/zeus-router-agent/venv/": "packages in their pinned versions, installed by pip",
}
SUM = re.compile(r"^([0-9a-f]{64}) [ *](.*)$")


@dataclass(frozen=True)
class Drift:
    """``files``: host name → path → what the file was (checksum, mode, owner); the runs after each had one line more."""

    files: dict[str, dict[str, str]]
    edited: dict[str, dict[str, str]]
    found: Run
    untouched: dict[str, dict[str, str]]
    site: Run
    after: dict[str, dict[str, str]]
    again: Run


def laid_down(center: Center) -> dict[str, list[str]]:
    """Every file that is not from the image, less what no role lays down."""
    found = {}
    for host in center.datacenter.hosts:
        changed = [line[2:] for line in docker.docker("diff", center.settings.container(host)).splitlines() if line[0] in "AC"]
        kept = [path for path in changed if not any(re.search(pattern, path) for pattern in NOT_LAID_DOWN)]
        listed = center.run(
            host,
            "xargs",
            "-r",
            "-d",
            "\n",
            "sh",
            "-c",
            'for path; do [ -f "$path" ] && [ ! -L "$path" ] && echo "$path"; done; true',
            "sh",
            stdin="\n".join(kept),
        )
        found[host.name] = listed.splitlines()
    return found


def look(center: Center, files: dict[str, list[str]]) -> dict[str, dict[str, str]]:
    seen: dict[str, dict[str, str]] = {}
    for host in center.datacenter.hosts:
        names = "\n".join(files[host.name])
        sums = center.run(host, "xargs", "-d", "\n", "sha256sum", stdin=names).splitlines()
        modes = center.run(host, "xargs", "-d", "\n", "stat", "-c", "%a %U:%G %n", stdin=names).splitlines()
        seen[host.name] = {
            path: f"{line.split()[0]} {mode.rsplit(' ', 1)[0]}" for path, line, mode in zip(files[host.name], sums, modes, strict=True)
        }
    return seen


@pytest.fixture(scope="module")
def drift(bed: Bed, playbooks: Playbooks, trial: Trial) -> Drift:
    center = bed.first
    files = laid_down(center)
    before = look(center, files)
    for host in center.datacenter.hosts:
        # One empty line more is the smallest edit, and one that every format survives until it is put back.
        center.run(host, "xargs", "-d", "\n", "sh", "-c", 'for path; do echo >> "$path"; done', "sh", stdin="\n".join(files[host.name]))
    edited = look(center, files)
    found = playbooks.run("site", "--check", "--diff", inventory=center.inventory).ended(0)
    untouched = look(center, files)
    with watched(center, scale=0.3) as seen:
        site = playbooks.run("site", "--diff", inventory=center.inventory).ended(0)
    after = look(center, files)
    again = playbooks.run("site", "--check", "--diff", inventory=center.inventory).ended(0)
    center.agent_follows()
    assert seen.load.failed("web", "get") == 0, seen.load.story()
    return Drift(before, edited, found, untouched, site, after, again)


def test_there_is_something_to_edit(drift: Drift) -> None:
    """Each kind of file that roles lay down is among them: else this test would look at nothing."""
    control, router = (set(paths) for _unused, paths in sorted(drift.files.items(), key=lambda item: "router" in item[0]))
    assert {"/etc/zeus-standalone/engine.json", "/etc/redis/redis.conf", "/etc/redis/zeus-users.acl"} <= control
    assert {"/etc/nginx/nginx.conf", "/etc/haproxy/haproxy.cfg"} <= router
    assert len(control) >= 30
    assert any(path.endswith(".lua") for path in router)
    assert any(path.endswith("_gray_decide.py") for path in router)
    for host, paths in drift.files.items():
        assert [path for path, was in paths.items() if drift.edited[host][path] == was] == []


def test_check_mode_finds_every_edited_file_and_touches_none(drift: Drift) -> None:
    assert drift.untouched == drift.edited
    silent = [f"{host}:{path}" for host, paths in drift.files.items() for path in paths if path not in drift.found.output]
    # What may hold a secret is not named with its difference, but is counted all the same (and is put back, below).
    open_to_all = [name for name in silent if int(drift.files[name.split(":")[0]][name.split(":")[1]].split()[1]) % 10 & 4]
    assert open_to_all == []
    assert all(number > 0 for host, number in drift.found.changed.items() if host != "localhost"), drift.found.changed


def test_a_site_run_puts_every_file_back(drift: Drift) -> None:
    assert [f"{host}:{path}" for host, paths in drift.files.items() for path, was in paths.items() if drift.after[host][path] != was] == []


def test_then_check_mode_finds_nothing(drift: Drift) -> None:
    assert set(drift.again.changed.values()) == {0}, drift.again.output
    assert "--- before" not in drift.again.output
