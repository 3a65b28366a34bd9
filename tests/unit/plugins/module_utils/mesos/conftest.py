# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A stand-in master that is operated on, and modules called as Ansible calls them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from fakes.mesos import master
from fakes.mesos_operated import OperatedMaster
from fakes.server import Server
from integration.marathon.running import call

Run = Callable[..., dict[str, Any]]


@pytest.fixture
def operated() -> OperatedMaster:
    return OperatedMaster(master("loaded"))


@pytest.fixture
def leader(operated: OperatedMaster) -> Iterator[Server]:
    with Server(operated) as server:
        yield server


@pytest.fixture
def run(leader: Server, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("mesos_agent", …)``; ``check=True`` for check mode. Nothing waits for real between two looks."""
    monkeypatch.setattr("ansible_collections.zeus.paas.plugins.module_utils._mesos_agents.POLL", 0.01)

    def module(name: str, *, check: bool = False, **arguments: Any) -> dict[str, Any]:
        return call(name, {"mesos_urls": [leader.url], **arguments}, check=check)

    return module
