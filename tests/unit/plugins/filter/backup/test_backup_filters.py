# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is a backup, which are too many, and what stands between a backup and bringing it back."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.zeus.paas.plugins.filter.backup_files import backup_surplus, restore_verdict
from ansible_collections.zeus.paas.plugins.module_utils._backup import surplus, zookeeper_files

SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
MANIFEST: dict[str, Any] = {
    "schema": 1,
    "datacenter": "bj01",
    "created": "2026-11-27 02:00:00 UTC",
    "files": {"zookeeper.tar.gz": SHA},
    "zookeeper": {"zxid": "0x10000002f"},
    "apps": {"/a": "1", "/b": "1"},
}
THERE = {"zookeeper.tar.gz": SHA}


@pytest.mark.parametrize(("names", "expected"), [
    ([], ()),
    (["log.1", "acceptedEpoch"], ()),
    (["snapshot.0"], ("snapshot.0",)),
    # A member that came new into an ensemble: its first snapshot came whole, and its logs begin after it.
    (["snapshot.200000005", "log.200000006"], ("snapshot.200000005", "log.200000006")),
    # Numbers, not texts: ffff comes before 10000.
    (["snapshot.ffff", "snapshot.10000", "log.fff0", "log.fffa", "log.10001"],
     ("snapshot.ffff", "snapshot.10000", "log.fffa", "log.10001")),
    # Four: the oldest goes, and so does the log that only it needs.
    (["snapshot.a", "snapshot.1a", "snapshot.2a", "snapshot.3a", "log.1", "log.b", "log.1b", "log.2b", "log.3b", "snapshot.3b.tmp"],
     ("snapshot.1a", "snapshot.2a", "snapshot.3a", "log.b", "log.1b", "log.2b", "log.3b")),
])  # fmt: skip
def test_a_snapshot_goes_with_the_log_it_was_written_beside(names: list[str], expected: tuple[str, ...]) -> None:
    assert zookeeper_files(names) == expected


def day(number: int) -> str:
    return f"202611{number:02}T020000Z"


@pytest.mark.parametrize(("found", "keep", "expected"), [
    ({}, 3, ()),
    ({day(1): True, day(2): True, day(3): True}, 2, (day(1),)),
    ({day(1): True, day(2): True, "my notes": True, "20261101": False}, 1, (day(1),)),
    # One that was cut off does not count, and goes when a newer one is whole.
    ({day(1): True, day(2): False, day(3): True}, 2, (day(2),)),
    ({day(1): True, day(2): False}, 2, ()),
    # Nothing whole: nothing goes, whatever is there.
    ({day(1): False, day(2): False}, 1, ()),
])  # fmt: skip
def test_backups_that_are_too_many(found: dict[str, bool], keep: int, expected: tuple[str, ...]) -> None:
    assert surplus(found, keep) == expected


@pytest.mark.parametrize("keep", [0, -1, "all", None])
def test_one_backup_stays_at_least(keep: Any) -> None:
    with pytest.raises(AnsibleFilterError, match="expected how many backups stay, 1 or more"):
        backup_surplus({}, keep)


@pytest.mark.parametrize(("digests", "now", "silent", "never", "forced"), [
    (THERE, [], [], [], []),
    (THERE, ["", "0x100000001", "0x10000002f"], [], [], []),
    (THERE, ["0x100000030"], [], [], ["the ensemble has newer data (0x100000030) than the backup (0x10000002f, 2026-11-27 02:00:00 UTC)"]),
    # A new epoch is newer, however few changes it has seen.
    (THERE, ["0x200000000"], [], [], ["the ensemble has newer data (0x200000000) than the backup (0x10000002f, 2026-11-27 02:00:00 UTC)"]),
    (THERE, [], ["10.1.0.11"], [], ["whether these hold newer data is not known, since they do not serve: 10.1.0.11"]),
    ({}, [], [], ["zookeeper.tar.gz is not there"], []),
    ({"zookeeper.tar.gz": SHA[::-1]}, [], [], ["zookeeper.tar.gz is not what was written: its sha256 differs"], []),
])  # fmt: skip
def test_what_speaks_against_it(digests: dict[str, str], now: list[str], silent: list[str], never: list[str], forced: list[str]) -> None:
    verdict = restore_verdict(MANIFEST, "bj01", digests, now, silent, {})
    assert (verdict["never"], verdict["unless_forced"]) == (never, forced)


def test_another_datacenter_is_not_taken_unasked() -> None:
    assert restore_verdict(MANIFEST, "sh02", THERE)["unless_forced"] == ["it is a backup of bj01, and this is sh02"]


def test_what_would_be_lost() -> None:
    losses = restore_verdict(MANIFEST, "bj01", THERE, apps={"/b": "2", "/c": "1"})["losses"]
    assert losses == [
        "/c goes, and its tasks are killed: it was defined after the backup",
        "/b goes back to its version of 1 from that of 2",
        "/a comes back: it was deleted after the backup",
        "tasks that were started after the backup are not known any more: they are killed, and others are started",
    ]
    assert "Marathon does not say" in restore_verdict(MANIFEST, "bj01", THERE, apps=None)["losses"][0]
    assert "does not say which apps" in restore_verdict({**MANIFEST, "marathon": False}, "bj01", THERE, apps={})["losses"][0]
    assert restore_verdict({**MANIFEST, "zookeeper": {}}, "bj01", THERE, now=["0x200000000"]) == {
        "never": [],
        "unless_forced": [],
        "losses": [],
    }


@pytest.mark.parametrize(("change", "said"), [
    ({"schema": 2}, "written by another version"),
    ({"files": {"zookeeper.tar.gz": "?"}}, "a sha256"),
    ({"zookeeper": {"zxid": "47"}}, "a number such as 0x10000002f"),
    ({"datacenter": ""}, "datacenter"),
])  # fmt: skip
def test_a_manifest_that_cannot_be_read(change: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleFilterError, match=said):
        restore_verdict({**MANIFEST, **change}, "bj01", THERE)
