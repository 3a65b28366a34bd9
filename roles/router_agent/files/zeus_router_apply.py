# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Root's part of installing snippets: test them with nginx in a private view of the file system, swap, reload.

systemd starts one process per connection to its socket, which only the router agent may open (zeus-router-apply.socket). The whole
input is one word, ``test`` or ``install``; the files come from the agent's directory. The answer is ``{"ok": true}`` or
``{"ok": false, "problem": "…"}``.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

STAGED = Path("/var/lib/zeus-router/snippets")
LIVE = Path("/etc/nginx/zeus-snippets")
LOCK = Path("/run/zeus-router-apply.lock")
NAME = re.compile(r"[a-z0-9-]{1,63}_[a-z0-9-]{1,63}_[a-z0-9-]{1,63}_[0-9a-f]{12}\.conf")
MAX_BYTES = 256 * 1024
MAX_FILES = 2000


class Refused(Exception):
    """The text is the answer."""


def read_staged(directory: Path) -> dict[str, bytes]:
    """Plain files with the names that the agent gives, and nothing that leads elsewhere (the directory is not root's)."""
    files: dict[str, bytes] = {}
    with os.scandir(directory) as entries:
        names = sorted(entry.name for entry in entries if not entry.name.startswith("."))
    if len(names) > MAX_FILES:
        raise Refused(f"{len(names)} files; at most {MAX_FILES}")
    for name in names:
        if not NAME.fullmatch(name):
            raise Refused(f"{name!r} is no name of a snippet")
        descriptor = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as file:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise Refused(f"{name} is no file")
            content = file.read(MAX_BYTES + 1)
        if len(content) > MAX_BYTES:
            raise Refused(f"{name} is longer than {MAX_BYTES} bytes")
        files[name] = content
    return files


def write_copy(files: dict[str, bytes], directory: Path) -> None:
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(mode=0o755)
    for name, content in files.items():
        path = directory / name
        path.write_bytes(content)
        path.chmod(0o644)
        path.touch()


def test(copy: Path) -> None:
    """``nginx -t`` with the real configuration, in which the live directory is the copy: for this process only."""
    script = 'mount --bind "$1" "$2" && exec nginx -t'
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, "sh", str(copy), str(LIVE)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    if result.returncode != 0:
        raise Refused(result.stderr.strip()[-4000:] or f"nginx -t ended with {result.returncode}")


def swap(copy: Path) -> None:
    """File by file, new ones first: at no moment is one missing that the running configuration names."""
    wanted = {path.name for path in copy.iterdir()}
    for name in sorted(wanted):
        os.replace(copy / name, LIVE / name)
    for path in LIVE.glob("*.conf"):
        if path.name not in wanted and NAME.fullmatch(path.name):
            path.unlink()
    copy.rmdir()


def run(command: str) -> None:
    if command not in ("test", "install"):
        raise Refused("expected test or install")
    files = read_staged(STAGED)
    # Beside the live directory, not below it: nginx includes what is in there.
    copy = LIVE.with_name(LIVE.name + ".new")
    write_copy(files, copy)
    try:
        test(copy)
        if command == "install":
            swap(copy)
            result = subprocess.run(["systemctl", "reload", "nginx.service"], capture_output=True, text=True, timeout=40, check=False)
            if result.returncode != 0:
                raise Refused(f"the files are installed, but nginx was not reloaded: {result.stderr.strip()}")
    finally:
        shutil.rmtree(copy, ignore_errors=True)


def main() -> int:
    answer: dict[str, object] = {"ok": True}
    try:
        command = sys.stdin.readline(64).strip()
        with LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            run(command)
    except Refused as exc:
        answer = {"ok": False, "problem": str(exc)}
    except (OSError, subprocess.SubprocessError) as exc:
        answer = {"ok": False, "problem": f"{type(exc).__name__}: {exc}"}
    print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
