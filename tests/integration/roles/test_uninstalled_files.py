# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What an uninstalled role takes with it, and what it leaves to others."""

from __future__ import annotations

from pathlib import Path

from integration.roles.rehearsal import entered


def test_a_folder_goes_with_the_last_that_is_in_it(tmp_path: Path) -> None:
    ours, shared, away = (tmp_path / name for name in ("ours", "shared", "away"))
    for folder in (ours, shared):
        folder.mkdir()
        (folder / "current").symlink_to(tmp_path)
    (shared / ".theirs").write_text("somebody else's")
    variables = {
        "service_base_files": [str(folder / "current") for folder in (ours, shared, away)],
        "service_base_if_empty": [str(ours), str(shared), str(away)],
    }
    for _run in ("first", "again"):
        code, said = entered(tmp_path, "service_base", "uninstall/files", variables)
        assert code == 0, said
        assert not ours.exists()
        assert [path.name for path in shared.iterdir()] == [".theirs"]
        assert tmp_path.exists()
    assert "changed=0" in said
