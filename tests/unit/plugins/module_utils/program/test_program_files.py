# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A program's folder holds exactly its files, whatever lay there before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.zeus.paas.plugins.module_utils._errors import RefusedError
from ansible_collections.zeus.paas.plugins.module_utils._program_files import ProgramFiles, definitions, diff, digest, packed, unpacked
from ansible_collections.zeus.paas.plugins.module_utils._resource import Outcome, reconcile

FILES = {"engine/__init__.py": "", "engine/web/api.py": "api = 1\n", "apply.py": "print()\r\n"}


def install(dest: Path, files: dict[str, str] | None = None, *, check: bool = False) -> Outcome:
    return reconcile(ProgramFiles(dest), definitions(FILES if files is None else files), check_mode=check, prune=True)


def found(dest: Path) -> dict[str, str]:
    return {str(path.relative_to(dest)): path.read_bytes().decode() for path in dest.rglob("*") if path.is_file()}


@given(st.dictionaries(st.text(min_size=1), st.text()))
def test_packing_loses_nothing(files: dict[str, str]) -> None:
    assert unpacked(packed(files)) == files


def test_the_digest_is_that_of_names_and_texts() -> None:
    assert digest({"a": "1", "b": "2"}) == digest({"b": "2", "a": "1"})
    assert len({digest(files) for files in ({"a": "1"}, {"a": "2"}, {"b": "1"}, {"a": "1", "b": ""}, {})}) == 5


@pytest.mark.parametrize("content", ["", "x", "bm8=", packed({})[:-6]])
def test_what_was_not_packed_is_refused(content: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        unpacked(content)


def test_from_nothing_to_exactly_this(tmp_path: Path) -> None:
    dest = tmp_path / "lib" / "program"
    umask = os.umask(0o077)
    try:
        told = install(dest, check=True)
        assert not dest.parent.exists()
        assert install(dest) == told
    finally:
        os.umask(umask)
    assert found(dest) == FILES
    modes = {stat.S_IMODE(path.stat().st_mode) for path in (dest.parent, dest, *dest.rglob("*")) if path.is_dir()}
    assert modes == {0o755}
    assert {stat.S_IMODE(path.stat().st_mode) for path in dest.rglob("*") if path.is_file()} == {0o644}
    assert not install(dest).changed


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        (lambda dest: (dest / "apply.py").write_text("other\n"), {"apply.py": ("update", ("text",))}),
        (lambda dest: (dest / "apply.py").write_bytes(b"\xff\xfe"), {"apply.py": ("update", ("text",))}),
        (lambda dest: (dest / "apply.py").chmod(0o755), {"apply.py": ("update", ("mode",))}),
        (lambda dest: (dest / "engine").chmod(0o700), {"engine/": ("update", ("mode",))}),
        (lambda dest: (dest / "apply.py").unlink(), {"apply.py": ("create", ("mode", "owner", "text"))}),
        (lambda dest: (dest / "old").mkdir(), {"old/": ("delete", ("mode", "owner"))}),
        (lambda dest: (dest / "link").symlink_to("/etc"), {"link": ("delete", ("kind", "mode", "owner"))}),
        (lambda dest: (dest / "dangling").symlink_to("nowhere"), {"dangling": ("delete", ("kind", "mode", "owner"))}),
    ],
    ids=["edited", "not text", "mode", "mode of a folder", "gone", "foreign folder", "link to a folder", "link to nothing"],
)
def test_whatever_differs_is_told_and_put_right(tmp_path: Path, edit: object, changes: dict[str, object]) -> None:
    install(tmp_path)
    edit(tmp_path)  # type: ignore[operator]
    told = install(tmp_path, check=True)
    assert {change.id: (change.action, change.fields) for change in told.changes} == changes
    assert all(entry["before"] != entry["after"] for entry in diff(told, tmp_path))
    assert install(tmp_path) == told
    assert found(tmp_path) == FILES
    assert not install(tmp_path).changed
    assert Path("/etc/passwd").exists()


def test_a_link_in_a_files_place_is_replaced_and_not_followed(tmp_path: Path) -> None:
    dest, other = tmp_path / "program", tmp_path / "other"
    install(dest)
    other.write_text("mine\n")
    (dest / "apply.py").unlink()
    (dest / "apply.py").symlink_to(other)
    install(dest)
    assert other.read_text() == "mine\n"
    assert not (dest / "apply.py").is_symlink()


def test_what_python_leaves_behind_is_nobodys_business(tmp_path: Path) -> None:
    install(tmp_path)
    (tmp_path / "engine" / "__pycache__").mkdir()
    (tmp_path / "engine" / "__pycache__" / "api.pyc").write_bytes(b"")
    assert not install(tmp_path).changed
    install(tmp_path, {"apply.py": ""})
    assert not (tmp_path / "engine").exists(), "it goes with a folder that goes"


@pytest.mark.parametrize("in_the_way", ["file", "folder", "link"])
def test_what_is_in_the_way_is_named_and_nothing_is_done(tmp_path: Path, in_the_way: str) -> None:
    dest = tmp_path / "program"
    dest.mkdir()
    name = {"file": "engine", "folder": "apply.py", "link": "engine"}[in_the_way]
    (dest / "engine" if in_the_way == "folder" else dest).mkdir(exist_ok=True)
    (dest / ("engine/__init__.py" if in_the_way == "folder" else "apply.py")).write_text("")
    if in_the_way == "file":
        (dest / name).write_text("mine\n")
    elif in_the_way == "folder":
        (dest / name).mkdir()
    else:
        (dest / name).symlink_to(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RefusedError, match=f"{dest / name}.*move it away"):
        install(dest)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("theirs", [["fstab"], ["a/", "a/b", "passwd", "shadow"], ["empty/"]])
@pytest.mark.parametrize("check", [True, False])
def test_a_folder_that_was_never_the_programs_is_not_emptied(tmp_path: Path, theirs: list[str], check: bool) -> None:
    for name in theirs:
        (tmp_path / name).mkdir() if name.endswith("/") else (tmp_path / name).write_text("mine\n")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(RefusedError, match=f"dest: {tmp_path} holds none of the program's files.*{theirs[0]}"):
        install(tmp_path, check=check)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_first_run_that_was_cut_off_goes_on(tmp_path: Path) -> None:
    (tmp_path / "engine").mkdir()
    install(tmp_path)
    assert found(tmp_path) == FILES
