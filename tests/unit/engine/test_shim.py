# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The shim alone, with real processes of the user who runs the tests, without cgroups."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from zeus_engine import shim

PROGRAM = str(Path(shim.__file__))


def run(folder: Path, *argv: str, cancelled: bool = False, **changes: Any) -> dict[str, Any] | None:
    """Run a task to its end; returns what the shim told the engine, None if it told nothing."""
    spec = {
        "argv": list(argv),
        "env": {"PATH": os.environ["PATH"]},
        "user": "me",
        "uid": os.getuid(),
        "gid": os.getgid(),
        "groups": os.getgroups(),
        "sandbox": str(folder),
        "cgroup_procs": [],
        "oom_control": None,
        "grace": 1,
        "log_max_bytes": 1000,
        "log_max_files": 3,
    }
    (folder / "spec.json").write_text(json.dumps(spec | changes))
    if cancelled:
        (folder / "cancelled").touch()
    reading, writing = os.pipe()
    # Its own exit comes early; its descendants hold the output open until the real shim has ended.
    subprocess.run(
        [sys.executable, "-I", "-S", PROGRAM, str(folder), str(writing)], pass_fds=[writing], capture_output=True, check=True, timeout=20
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        line = pipe.read()
    return dict(json.loads(line)) if line else None


def ended(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "exit.json").read_text()))


@pytest.mark.parametrize(("command", "code", "signal"), [("exit 0", 0, None), ("exit 7", 7, None), ("kill -9 $$", None, 9)])
def test_the_end_is_written_down(tmp_path: Path, command: str, code: int | None, signal: int | None) -> None:
    told = run(tmp_path, "/bin/sh", "-c", command)
    assert told is not None
    assert told["error"] == ""
    assert told["pid"] == json.loads((tmp_path / "task.json").read_text())["pid"]
    assert (ended(tmp_path)["code"], ended(tmp_path)["signal"], ended(tmp_path)["oom"]) == (code, signal, False)


def test_a_task_that_was_given_up_is_not_started(tmp_path: Path) -> None:
    assert run(tmp_path, "/bin/sh", "-c", "touch started", cancelled=True) is None
    assert not {"started", "shim.json", "task.json", "exit.json"} & {one.name for one in tmp_path.iterdir()}


def test_what_cannot_be_run_is_told(tmp_path: Path) -> None:
    told = run(tmp_path, "/no/such/program")
    assert told is not None
    assert told["error"].startswith("Failed to run /no/such/program: ")
    assert ended(tmp_path)["error"] == told["error"]


def test_what_is_left_behind_ends_with_the_task(tmp_path: Path) -> None:
    run(tmp_path, "/bin/sh", "-c", "sleep 600 & echo $! > left; exit 0")
    left = (tmp_path / "left").read_text().strip()
    assert shim.read_text(f"/proc/{left}/cmdline") == "", "gone, or a zombie at most"


def test_logs_keep_whole_lines_and_the_newest_files(tmp_path: Path) -> None:
    run(tmp_path, "/bin/sh", "-c", "i=0; while [ $i -lt 500 ]; do echo line $i; i=$((i+1)); done; head -c 3000 /dev/zero | tr '\\0' x >&2")
    logs = [(tmp_path / name).read_text() for name in ("stdout.2", "stdout.1", "stdout")]
    lines = "".join(logs).splitlines()
    assert lines == [f"line {number}" for number in range(500 - len(lines), 500)]
    assert all(0 < len(log) <= 1000 for log in logs)
    assert not (tmp_path / "stdout.3").exists()
    assert sum(len((tmp_path / name).read_text()) for name in ("stderr.2", "stderr.1", "stderr")) in range(2000, 3001)


def test_a_log_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    (tmp_path / "stdout").symlink_to(target)
    run(tmp_path, "/bin/sh", "-c", "echo theirs")
    assert target.read_text() == "mine"
