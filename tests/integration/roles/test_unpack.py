# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Archives as people make them: packed from a folder of one's own, or without the libraries that the program was linked with."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from integration.roles.rehearsal import entered

FOLDER = "1.11.0-000000000000"


def packed(folder: Path, top: str, content: bytes = b"#!/bin/sh\n") -> Path:
    """As ``tar -C "$(mktemp -d)" -czf … .`` packs it, or with a top folder."""
    made = folder / "made"
    program = made / "sbin" / "mesos-master"
    program.parent.mkdir(parents=True)
    program.write_bytes(content)
    program.chmod(0o700)
    (made / "lib").mkdir(mode=0o700)
    made.chmod(0o700)
    archive = folder / "mesos.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(made, arcname=top)
    return archive


def unpack(tmp_path: Path, archive: Path) -> tuple[int, str]:
    """The exit code, and what was said, as one line."""
    variables = {
        "__service_base_fetched": str(archive),
        "__service_base_staging": str(tmp_path / ".unpacked"),
        "__service_base_source": {"folder": str(tmp_path / FOLDER)},
        "service_base_executables": ["sbin/mesos-master"],
        "service_base_variable": "zeus_mesos_source",
    }
    return entered(tmp_path, "service_base", "source/unpack", variables)


@pytest.mark.parametrize("top", [".", "mesos-1.11.0"])
def test_the_folder_of_an_archive_can_be_looked_into(tmp_path: Path, top: str) -> None:
    code, said = unpack(tmp_path, packed(tmp_path, top))
    assert code == 0, said
    folder = tmp_path / FOLDER
    assert folder.stat().st_mode & 0o777 == 0o755
    assert (folder / "sbin" / "mesos-master").stat().st_mode & 0o777 == 0o755
    assert (folder / "lib").stat().st_mode & 0o777 == 0o755
    assert not (tmp_path / ".unpacked").exists()


def test_a_program_that_lacks_a_library_does_not_get_its_place(tmp_path: Path) -> None:
    """A real program of this machine, told to be linked with what is nowhere."""
    content = Path("/usr/bin/env").read_bytes()
    assert b"libc.so.6" in content
    code, said = unpack(tmp_path, packed(tmp_path, "mesos-1.11.0", content.replace(b"libc.so.6", b"libn.so.9")))
    assert code == 2
    assert "zeus_mesos_source: sbin/mesos-master of the archive cannot start on localhost, where libn.so.9 cannot be found" in said
    assert not (tmp_path / FOLDER).exists()


def test_a_program_that_lacks_nothing_does(tmp_path: Path) -> None:
    code, said = unpack(tmp_path, packed(tmp_path, "mesos-1.11.0", Path("/usr/bin/env").read_bytes()))
    assert code == 0, said
    assert (tmp_path / FOLDER / "sbin" / "mesos-master").exists()
