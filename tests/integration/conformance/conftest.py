# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A secured engine for the checks, which are the same that `make conformance` runs against a cluster of the user's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.engine.running import RunningEngine

USER, PASSWORD = "prober", "geheim-conformance-4417"


@pytest.fixture(scope="session")
def secured() -> Iterator[RunningEngine]:
    with RunningEngine(user=USER, password=PASSWORD) as running:
        yield running
