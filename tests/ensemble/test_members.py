# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""zeus.paas.zookeeper_members on real members: three become five and three again, and a dead one is replaced; what they know stays.

The tests go on from one another, in their order.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator

import pytest

from .bed import Ensemble, name


@pytest.fixture(scope="module")
def ensemble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ensemble]:
    ensemble = Ensemble(tmp_path_factory.mktemp("zookeeper"), (11, 12, 13, 14, 15))
    try:
        ensemble.start()
        ensemble.inventory(11, 12, 13)
        went(ensemble.install())
        ensemble.client(11, "create", "/kept", "by-all")
        yield ensemble
    finally:
        ensemble.stop()


def went(done: subprocess.CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    return done.stdout


def leave(*numbers: int) -> str:
    return "--extra-vars=" + json.dumps({"leave": [name(number) for number in numbers]})


def test_three_become_five(ensemble: Ensemble) -> None:
    assert ensemble.serving(11, 12, 13) == (3, 1)
    ensemble.inventory(11, 12, 13, 14, 15)
    went(ensemble.play("zeus.paas.zookeeper_members"))
    assert ensemble.serving(11, 12, 13, 14, 15) == (5, 1)
    assert "by-all" in ensemble.client(15, "get", "/kept")


def test_there_is_nothing_left_to_do(ensemble: Ensemble) -> None:
    assert "changed=0" in went(ensemble.play("zeus.paas.zookeeper_members", "--check"))


def test_five_become_three(ensemble: Ensemble) -> None:
    went(ensemble.play("zeus.paas.zookeeper_members", leave(14, 15)))
    ensemble.inventory(11, 12, 13)
    assert ensemble.serving(11, 12, 13) == (3, 1)
    assert ensemble.serving(14, 15) == (0, 0)
    assert "by-all" in ensemble.client(11, "get", "/kept")


def test_a_dead_member_is_replaced(ensemble: Ensemble) -> None:
    """By a host that has been a member before, whose data from then must not count."""
    ensemble.client(11, "set", "/kept", "by-three")
    ensemble.kill(12)
    ensemble.inventory(11, 13, 14)
    went(ensemble.play("zeus.paas.zookeeper_members"))
    assert ensemble.serving(11, 13, 14) == (3, 1)
    assert "by-three" in ensemble.client(14, "get", "/kept")


def test_who_serves_has_to_be_in_the_inventory(ensemble: Ensemble) -> None:
    ensemble.inventory(13, 14, 15)
    done = ensemble.play("zeus.paas.zookeeper_members")
    assert done.returncode != 0
    assert "a member that serves, and no host of the inventory" in " ".join((done.stdout + done.stderr).split())
    assert ensemble.serving(11, 13, 14) == (3, 1)
