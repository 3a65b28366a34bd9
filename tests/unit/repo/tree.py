# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the repository, as git sees them (also those not yet added), so that generated things are never looked at."""

from __future__ import annotations

from pathlib import Path

from gates.checkout import ROOT, files, relative

__all__ = ["ROOT", "files", "relative", "roles"]


def roles() -> tuple[Path, ...]:
    return tuple(sorted(path for path in (ROOT / "roles").iterdir() if (path / "tasks").is_dir()))
