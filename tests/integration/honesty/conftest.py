# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One small datacenter for all tests of this folder; each test starts with stable 1.0 and nothing else."""

from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from fakes.mesos_operated import OperatedMaster, forward
from fakes.server import Server
from integration.engine.running import agent
from integration.gray.site import STABLE, WEB, WEB_APP, Site, running_site

AGENTS = (
    agent("web-1.bj01", "web", 31000, cpus=1, mem=512),
    agent("web-2.bj01", "web", 31100, cpus=1, mem=512),
    agent("batch-1.bj01", "batch", 31200, cpus=8, mem=8192),
)


@pytest.fixture(scope="session")
def datacenter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("shop"), AGENTS) as site:
        site.operated = OperatedMaster(forward(site.engine.mesos_url), reads=1)
        with Server(site.operated) as server:
            site.operated_url = server.url
            yield site


@pytest.fixture
def site(datacenter: Site) -> Iterator[Site]:
    """Stable 1.0 runs and is routed; the file has a gray version."""
    datacenter.app = copy.deepcopy(WEB_APP)
    (datacenter.folder / "web" / "web.py").write_text(WEB)
    deployed = datacenter.project()
    assert deployed.get("changed") is True, deployed
    assert datacenter.apps() == {STABLE: ("1.0", 2)}
    yield datacenter
    datacenter.app = copy.deepcopy(WEB_APP)
    datacenter.others.clear()
    datacenter.clean()
