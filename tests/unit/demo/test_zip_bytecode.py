# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hosts of the test bed keep of archives is never that of another source."""

from __future__ import annotations

import marshal
import subprocess
import sys
import zipfile
from pathlib import Path

from zeus_demo.images import BYTECODE

PROGRAM = """
import sys
sys.path[:0] = [sys.argv[1], sys.argv[3]]
import zip_bytecode
zip_bytecode.FOLDER = sys.argv[2]
import greeting
print(greeting.WORD)
"""


def said(archive: Path, kept: Path) -> str:
    command = [sys.executable, "-c", PROGRAM, str(BYTECODE.parent), str(kept), str(archive)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def packed(path: Path, source: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("greeting.py", source)
    return path


def test_what_is_kept_is_taken_for_the_same_source_only(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first, same = packed(tmp_path / "1.zip", "WORD = 'morning'\n"), packed(tmp_path / "2.zip", "WORD = 'morning'\n")
    assert said(first, kept) == "morning"
    (file,) = kept.iterdir()
    file.write_bytes(marshal.dumps(compile("WORD = 'kept'", "greeting.py", "exec")))
    assert said(same, kept) == "kept"
    assert said(packed(tmp_path / "3.zip", "WORD = 'evening'\n"), kept) == "evening"


def test_what_is_kept_half_or_cannot_be_kept_is_compiled(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    archive = packed(tmp_path / "1.zip", "WORD = 'morning'\n")
    assert said(archive, kept) == "morning"
    (file,) = kept.iterdir()
    file.write_bytes(file.read_bytes()[:10])
    assert said(archive, kept) == "morning"
    (tmp_path / "file").write_text("no folder")
    assert said(archive, tmp_path / "file") == "morning"
