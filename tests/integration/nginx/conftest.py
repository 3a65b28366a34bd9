# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One nginx per test file, without a plan at its start, and fresh backends per test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from integration.nginx.backend import Backend
from integration.nginx.running import RunningNginx


@pytest.fixture(scope="module")
def nginx() -> Iterator[RunningNginx]:
    with RunningNginx() as running:
        yield running


@pytest.fixture
def backend() -> Iterator[Callable[[str], Backend]]:
    """Starts a backend of this name."""
    with ExitStack() as stack:
        yield lambda name: stack.enter_context(Backend(name))
