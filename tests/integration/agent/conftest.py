# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.nginx.running import RunningNginx

from .fake_marathon import FakeMarathon


@pytest.fixture(scope="module")
def marathon() -> Iterator[FakeMarathon]:
    with FakeMarathon() as fake:
        yield fake


@pytest.fixture(scope="module")
def nginx() -> Iterator[RunningNginx]:
    with RunningNginx() as running:
        yield running
