# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""In which order the files go to the workers."""

from __future__ import annotations

from pathlib import Path

import pytest

#: What lasts longest, since it runs whole playbooks. Begun first, so that no worker is left with one of them when the others have ended.
LONG = (
    "examples/test_examples.py",
    "honesty/test_check_mode.py",
    "keeping/test_backup.py",
    "honesty/test_cut_off.py",
    "day_two/test_drain.py",
    "project/test_project.py",
    "keeping/test_verify.py",
    "fleet/test_fleet_check.py",
    "fleet/test_fleet_runs.py",
    "honesty/test_two_at_once.py",
    "conformance/test_runner.py",
    "project/test_snippets.py",
    "gray/test_gray_playbook.py",
    "artefact/test_artefact.py",
)
RANKS = {Path(__file__).parent / name: rank for rank, name in enumerate(LONG)}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: RANKS.get(item.path, len(LONG)))


def pytest_configure() -> None:
    if missing := [str(path) for path in RANKS if not path.exists()]:
        raise pytest.UsageError(f"{__file__}: LONG names what is not there: {', '.join(missing)}")
