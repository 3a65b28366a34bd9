# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is gathered on the controller for a program's folder."""

from __future__ import annotations

from pathlib import Path

from ansible_collections.zeus.paas.plugins.action.program_files import PACKAGE, UTILS, gather, libraries


def test_folders_and_files_get_the_names_that_were_given(tmp_path: Path) -> None:
    for name in ("src/a.py", "src/deep/b.lua", "src/__pycache__/a.pyc", "src/c.pyc", "src/.a.py.swp", "one.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(name.encode() + b"\r\n")
    assert gather({"lib": tmp_path / "src", "bin/two.py": tmp_path / "one.py"}) == {
        "lib/a.py": "src/a.py\r\n",
        "lib/deep/b.lua": "src/deep/b.lua\r\n",
        "bin/two.py": "one.py\r\n",
    }


def test_libraries_come_with_what_they_need_and_nothing_else() -> None:
    found = libraries({"main.py": f"from {PACKAGE}._router import Routers\n", "notes.txt": f"from {PACKAGE}._gray import x"})
    names = {Path(path).stem for path in found}
    assert {"_router", "_http", "_errors"} <= names
    assert "_gray" not in names
    assert all((UTILS / Path(path).name).read_text(encoding="utf-8") == text for path, text in found.items())
    assert all(path.startswith("ansible_collections/zeus/paas/plugins/module_utils/_") for path in found)


def test_the_router_agent_gets_the_routers_part_and_not_the_modules() -> None:
    found = libraries(gather({"zeus_router_agent": UTILS.parents[1] / "roles" / "router_agent" / "files" / "zeus_router_agent"}))
    names = {Path(path).stem for path in found}
    assert {"_routing_build", "_gray_decide"} <= names
    assert not {"_rollout", "_resource"} & names


def test_what_needs_nothing_gets_nothing() -> None:
    assert libraries({"main.py": "import os\n"}) == {}
