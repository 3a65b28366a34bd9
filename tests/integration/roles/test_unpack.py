# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An archive that somebody packed from a folder of his own: the program's user has to find the program in it all the same."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest


def packed(folder: Path, top: str) -> Path:
    """As ``tar -C "$(mktemp -d)" -czf … .`` packs it, or with a top folder."""
    made = folder / "made"
    program = made / "sbin" / "mesos-master"
    program.parent.mkdir(parents=True)
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    (made / "lib").mkdir()
    made.chmod(0o700)
    archive = folder / "mesos.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(made, arcname=top)
    return archive


@pytest.mark.parametrize("top", [".", "mesos-1.11.0"])
def test_the_folder_of_an_archive_can_be_looked_into(tmp_path: Path, top: str) -> None:
    folder = tmp_path / "1.11.0-000000000000"
    task = {
        "name": "It is unpacked",
        "ansible.builtin.include_role": {"name": "zeus.paas.service_base", "tasks_from": "source/unpack"},
        "vars": {
            "__service_base_fetched": str(packed(tmp_path, top)),
            "__service_base_staging": str(tmp_path / ".unpacked"),
            "__service_base_source": {"folder": str(folder)},
        },
    }
    play = {"name": "It is unpacked", "hosts": "localhost", "gather_facts": False, "tasks": [task]}
    (tmp_path / "playbook.yml").write_text(json.dumps([play]), encoding="utf-8")
    ran = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(tmp_path / "playbook.yml")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "sbin" / "mesos-master").stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / ".unpacked").exists()
