# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Stand-ins for mesos-master, mesos-agent, Marathon and Chronos: no package of these can be had where the tests run (README.md).

They are put together from the standalone engine's code, which lies beside them when they are installed, and in its role before that.
"""

from __future__ import annotations

import sys
from pathlib import Path

HOME = Path(__file__).resolve().parent
ENGINE = HOME.parents[1] / "roles" / "standalone" / "files"
if not (HOME.parent / "zeus_engine").is_dir():
    sys.path.insert(0, str(ENGINE))


def version() -> str:
    """Which version of Mesos this stands in for: what it was built as."""
    built = HOME / "VERSION"
    return built.read_text(encoding="utf-8").strip() if built.exists() else "1.11.0"
