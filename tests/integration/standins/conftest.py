# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterator

import pytest

from integration.standins.bed import Bed, until


@pytest.fixture(scope="module")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Three masters, two agents, two Marathons."""
    bed = Bed(tmp_path_factory.mktemp("standins"))
    try:
        bed.start_zookeeper()
        for number in (1, 2, 3):
            bed.master(number)
        for number in (1, 2):
            bed.agent(number)
            bed.marathon(number)
        until(lambda: len(bed.agents()) == 2)
        yield bed
    finally:
        bed.close()
