# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which datacenters run, how, and what an end means."""

from __future__ import annotations

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError, RefusedError, ZeusError
from ansible_collections.zeus.paas.plugins.module_utils._fleet import Options, Progress, choose, judge, playbook_name, summary, verdict

SITE = ["bj01", "gz03", "sh02"]


@pytest.mark.parametrize(("only", "chosen"), [
    (None, SITE), ([], SITE), ("sh02,bj01", ["bj01", "sh02"]), (["sh02"], ["sh02"]), (" gz03 ", ["gz03"]),
])  # fmt: skip
def test_datacenters_to_run(only: str | list[str] | None, chosen: list[str]) -> None:
    assert choose(SITE, only, "site") == chosen


@pytest.mark.parametrize(("found", "only", "error", "message"), [
    ([], None, InputError,
     "site: there is no datacenter in this folder; expected a folder per datacenter with a topology.zeus.yml in it"),
    (SITE, "xa05", InputError, "fleet: only: there is no datacenter of this name in site (got 'xa05'); expected one of bj01, gz03, sh02"),
    (SITE, "behind", RefusedError,
     "only=behind: this version cannot tell yet which datacenters are behind; name them: only=bj01,gz03,sh02"),
])  # fmt: skip
def test_what_cannot_be_run(found: list[str], only: str | None, error: type[ZeusError], message: str) -> None:
    with pytest.raises(error) as refused:
        choose(found, only, "site")
    assert refused.value.message == message


@pytest.mark.parametrize(("play", "name"), [
    ("deploy", "zeus.paas.deploy"), ("zeus.paas.site", "zeus.paas.site"), ("my.yml", "my.yml"), ("plays/my", "plays/my"),
])  # fmt: skip
def test_playbook_names(play: str, name: str) -> None:
    assert playbook_name(play) == name


@pytest.mark.parametrize("play", ["fleet", "zeus.paas.fleet", "", "--version"])
def test_no_playbook(play: str) -> None:
    with pytest.raises(ZeusError):
        playbook_name(play)


def test_what_goes_on() -> None:
    options = Options(True, True, 2, ("a", "b"), ("c",), ("prod@file",), ("pass",), ("x=1", "@f.yml"), 7)
    assert options.arguments() == [
        "--check", "--diff", "-vv", "--tags", "a", "--tags", "b", "--skip-tags", "c", "--vault-id", "prod@file",
        "--vault-password-file", "pass", "--extra-vars", "x=1", "--extra-vars", "@f.yml", "--forks", "7",
    ]  # fmt: skip
    assert Options().arguments() == []


DOWN = {"h": {"ok": 1, "failures": 0, "unreachable": 1}}
BOTH = {"h": {"failures": 0, "unreachable": 1}, "i": {"failures": 1, "unreachable": 0}}


@pytest.mark.parametrize(("code", "stats", "state"), [
    (0, {"h": {"ok": 1}}, "done"), (2, {"h": {"failures": 1}}, "failed"), (1, None, "failed"), (-9, None, "failed"),
    (4, DOWN, "away"), (4, BOTH, "failed"), (4, None, "failed"), (4, {"h": {"ok": 1}}, "failed"), (2, DOWN, "failed"),
])  # fmt: skip
def test_what_an_end_means(code: int, stats: dict[str, dict[str, int]] | None, state: str) -> None:
    """Exit 4 without hosts that could not be reached is a playbook that could not be read."""
    assert judge(code, stats) == state


def test_the_whole() -> None:
    assert verdict(["done", "done"]) == "done"
    assert verdict(["done", "away"]) == "away"
    assert verdict(["away", "failed", "done"]) == "failed"
    assert summary({"bj01": "done", "gz03": "away", "sh02": "done"}) == (
        "done: bj01, sh02; away (nothing that could not be reached was done): gz03"
    )


def test_progress_tells_what_was_reached() -> None:
    progress = Progress()
    shown = [progress.take(event) for event in (
        {"event": "plays", "names": ["A", "B", "C", "D"]},
        {"event": "play", "name": "A"},
        {"event": "play", "name": "B"},
        {"event": "unreachable", "host": "h", "task": "t", "message": "no route"},
        {"event": "play", "name": "C"},
        {"event": "failed", "host": "i", "task": "u", "message": "bad"},
        {"event": "stats", "hosts": BOTH},
        {"event": "of a later version"},
    )]  # fmt: skip
    assert shown == [None, "A", "B", "unreachable: h: t: no route", "C", "failed: i: u: bad", None, None]
    assert progress.plays == {"A": "done", "B": "unreachable", "C": "failed", "D": "not reached"}
    assert progress.stats == BOTH
    assert (progress.failures, progress.unreachable) == (
        [{"host": "i", "task": "u", "message": "bad"}], [{"host": "h", "task": "t", "message": "no route"}],
    )  # fmt: skip
