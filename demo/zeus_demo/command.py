# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Running other programs: output goes to a log, the end of it into the error."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from zeus_demo.errors import DemoError


def capture(command: Sequence[str], *, stdin: str | None = None, timeout: float | None = None, check: bool = True) -> str:
    """The standard output of a quiet command; ``check`` makes a failure a DemoError with what it said."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=timeout, check=False)
    except FileNotFoundError as error:
        raise DemoError(f"{command[0]} is not installed on this machine") from error
    except subprocess.TimeoutExpired as error:
        raise DemoError(f"{' '.join(command[:3])} … did not end within {timeout:.0f} s") from error
    if check and done.returncode != 0:
        raise DemoError(
            f"{' '.join(command[:4])} … ended with {done.returncode}: {done.stderr.strip()[-800:] or done.stdout.strip()[-800:]}"
        )
    return done.stdout


def succeeds(command: Sequence[str], *, timeout: float | None = None) -> bool:
    """Whether a command ends with 0 (in time)."""
    try:
        return subprocess.run(command, capture_output=True, timeout=timeout, check=False).returncode == 0
    except (FileNotFoundError, subprocess.TimeoutExpired):
        return False


def logged(
    command: Sequence[str],
    log: Path,
    *,
    verbose: bool = False,
    environment: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    accept: Sequence[int] = (0,),
) -> int:
    """Run a long command with its output in ``log`` (and on the screen if ``verbose``); returns the exit code, one of ``accept``."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as sink:
        sink.write(f"$ {' '.join(command)}\n".encode())
        sink.flush()
        start = sink.tell()
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if verbose else sink,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=cwd,
        )
        if process.stdout is not None:
            for line in process.stdout:
                sink.write(line)
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
        code = process.wait()
    if code not in accept:
        raise DemoError(f"{' '.join(command[:4])} … ended with {code}. The end of {os.path.relpath(log)}:\n{tail(log, start)}")
    return code


def tail(log: Path, start: int = 0, lines: int = 15) -> str:
    """The last lines of a log, from byte ``start`` on."""
    with log.open("rb") as source:
        source.seek(start)
        text = source.read().decode(errors="replace")
    return "\n".join("    " + line for line in text.splitlines()[-lines:])
