# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which ansible-core versions `make matrix` takes."""

from __future__ import annotations

from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

from matrix.cores import allowed, newest_of_each_minor

OFFERED = ["2.21.0rc1", "2.20.1", "2.20.0", "2.19.10", "2.19.9", "2.19.14", "2.18.3", "2.18.19", "2.17.14", "2.9.27"]


def test_the_newest_of_every_minor_that_is_allowed() -> None:
    assert newest_of_each_minor(OFFERED, SpecifierSet(">=2.18.0")) == ["2.18.19", "2.19.14", "2.20.1"]
    assert newest_of_each_minor(OFFERED, SpecifierSet(">=2.9,<2.19")) == ["2.9.27", "2.17.14", "2.18.19"]
    assert newest_of_each_minor(OFFERED, SpecifierSet(">=3")) == []


def test_the_list_comes_from_the_collections_own_metadata(tmp_path: Path) -> None:
    (tmp_path / "meta").mkdir()
    (tmp_path / "meta" / "runtime.yml").write_text(yaml.safe_dump({"requires_ansible": ">=2.19.0,<2.20"}))
    assert newest_of_each_minor(OFFERED, allowed(tmp_path)) == ["2.19.14"]
