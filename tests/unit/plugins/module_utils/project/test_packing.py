# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Packing: the same files give the same bytes, whoever packs them and when; and nothing is packed that should not be."""

from __future__ import annotations

import gzip
import hashlib
import os
import random
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import InputError
from ansible_collections.zeus.paas.plugins.module_utils._packing import Pack, pack

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="/\0", exclude_categories=("Cs",)), min_size=1, max_size=20).filter(
    lambda name: name not in (".", "..", ".git", ".svn", ".hg", "__pycache__", ".DS_Store") and not name.endswith((".pyc", ".pyo"))
    and len(name.encode()) < 200
)  # fmt: skip
FILES = st.dictionaries(NAMES, st.tuples(st.binary(max_size=300), st.booleans()), min_size=1, max_size=8)


def write(folder: Path, files: dict[str, tuple[bytes, bool]], order: int) -> None:
    names = sorted(files)
    random.Random(order).shuffle(names)
    for name in names:
        content, executable = files[name]
        (folder / name).write_bytes(content)
        os.chmod(folder / name, 0o750 if executable else 0o600 + order % 8)
        os.utime(folder / name, (order, order))


def packed(folder: Path) -> Pack:
    return pack(folder, folder.parent / f"{folder.name}.tar.gz", "p.yml", "apps.web.files")


@given(files=FILES, orders=st.tuples(st.integers(0, 10**6), st.integers(0, 10**6)))
def test_the_same_files_are_the_same_bytes(files: dict[str, tuple[bytes, bool]], orders: tuple[int, int]) -> None:
    with TemporaryDirectory() as scratch:
        found = []
        for index, order in enumerate(orders):
            folder = Path(scratch, str(index))
            folder.mkdir()
            write(folder, files, order)
            found.append(packed(folder))
        assert found[0].digest == found[1].digest == hashlib.sha256(found[0].path.read_bytes()).hexdigest()
        assert found[0].size == found[0].path.stat().st_size
        with tarfile.open(found[0].path) as archive:
            read = {m.name: (archive.extractfile(m).read(), m.mode) for m in archive.getmembers()}  # type: ignore[union-attr]
        assert read == {name: (content, 0o755 if executable else 0o644) for name, (content, executable) in files.items()}


def test_the_digest_is_what_it_was_in_the_last_release(tmp_path: Path) -> None:
    """Another digest for an unchanged app would restart it everywhere: this number may change only with a major version."""
    folder = tmp_path / "app"
    (folder / "static").mkdir(parents=True)
    (folder / "web.py").write_text("print('hello')\n")
    (folder / "static" / "a.css").write_text("body {}\n" * 20_000)
    assert packed(folder).digest == "2c946b1b3db6852d8c75a7a6db69b861c02e3d60d57c09c55dd54f298ee94d02"


@pytest.mark.parametrize("size", [0, 1, 65534, 65535, 65536, 200_000])
def test_gzip_reads_every_size(tmp_path: Path, size: int) -> None:
    content = os.urandom(size)
    (tmp_path / "one").write_bytes(content)
    found = pack(tmp_path / "one", tmp_path / "out.tar.gz", "p.yml", "files")
    assert len(gzip.decompress(found.path.read_bytes())) % 512 == 0
    with tarfile.open(found.path) as archive:
        assert archive.extractfile("one").read() == content  # type: ignore[union-attr]


def test_what_tools_leave_behind_is_left_out(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    for name in (".git/config", "__pycache__/a.pyc", "lib/__pycache__/b.pyc", "lib/b.py", "c.pyc"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    with tarfile.open(packed(folder).path) as archive:
        assert archive.getnames() == ["lib", "lib/b.py"]


def test_links_inside_stay_links(tmp_path: Path) -> None:
    folder = tmp_path / "app"
    (folder / "bin").mkdir(parents=True)
    (folder / "run").write_text("x")
    (folder / "bin" / "run").symlink_to("../run")
    with tarfile.open(packed(folder).path) as archive:
        assert archive.getmember("bin/run").linkname == "../run"


@pytest.mark.parametrize("target", ["/etc/passwd", "../../etc/passwd", "a/../../x"])
def test_links_that_lead_out_are_refused(tmp_path: Path, target: str) -> None:
    folder = tmp_path / "app"
    folder.mkdir()
    (folder / "link").symlink_to(target)
    with pytest.raises(InputError, match=r"p\.yml: apps\.web\.files: the link link leads out of app"):
        packed(folder)


def test_what_cannot_be_packed(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"p\.yml: apps\.web\.files: there is no such file or folder"):
        packed(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match=r"p\.yml: apps\.web\.files: this folder is empty"):
        packed(tmp_path / "empty")
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "p")
    with pytest.raises(InputError, match="a package holds files, folders and links only"):
        packed(tmp_path / "pipes")
