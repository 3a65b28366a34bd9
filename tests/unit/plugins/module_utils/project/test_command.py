# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The compiled command, run by a real shell against a server that misbehaves."""

from __future__ import annotations

import hashlib
import http.server
import os
import subprocess
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.zeus.paas.plugins.module_utils._packing import pack
from ansible_collections.zeus.paas.plugins.module_utils._project_command import FETCH_AND_RUN, RUN


class Server(http.server.ThreadingHTTPServer):
    """Serves ``content``; ``answers`` are taken one per request before it behaves."""

    def __init__(self, content: bytes) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.content = content
        self.answers: list[Callable[[Handler], None]] = []
        self.ranges: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/x.tar.gz"


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        asked = self.headers.get("Range")
        self.server.ranges.append(asked)
        if self.server.answers:
            self.server.answers.pop(0)(self)
            return
        start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        if start >= len(self.server.content):
            self.send_error(416)
            return
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {start}-{len(self.server.content) - 1}/{len(self.server.content)}")
        self.send_header("Content-Length", str(len(self.server.content) - start))
        self.end_headers()
        self.wfile.write(self.server.content[start:])

    def log_message(self, format: str, *args: Any) -> None:
        pass


def cut_off(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(handler.server.content)))
    handler.end_headers()
    handler.wfile.write(handler.server.content[:1000])
    handler.wfile.flush()
    handler.connection.close()


def corrupt(handler: Handler) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(handler.server.content)))
    handler.end_headers()
    handler.wfile.write(b"x" * len(handler.server.content))


def error(handler: Handler) -> None:
    handler.send_error(503)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "hello.sh").write_text('#!/bin/sh\necho "hello $1 from $(pwd)"\n')
    (folder / "hello.sh").chmod(0o755)
    (folder / "big").write_bytes(os.urandom(100_000))
    packed = pack(folder, tmp_path / "x.tar.gz", "p.yml", "files")
    found = Server(packed.path.read_bytes())
    thread = threading.Thread(target=found.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    found.shutdown()
    thread.join()
    found.server_close()


def run(folder: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    sandbox = folder / "sandbox"
    sandbox.mkdir(exist_ok=True)
    # As Mesos' executor does it: sh -c in the task's folder.
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=sandbox, env={"PATH": os.environ["PATH"], **environment},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def fetch(server: Server, folder: Path, command: str = "./hello.sh world", **environment: str) -> subprocess.CompletedProcess[str]:
    digest = hashlib.sha256(server.content).hexdigest()
    return run(folder, FETCH_AND_RUN, **{"ZEUS_CMD": command, "ZEUS_FILES_URL": server.url, "ZEUS_FILES_SHA256": digest, **environment})


def test_files_are_fetched_and_the_command_runs_among_them(server: Server, tmp_path: Path) -> None:
    done = fetch(server, tmp_path)
    assert (done.returncode, done.stdout) == (0, f"hello world from {tmp_path}/sandbox/app\n")
    assert sorted(os.listdir(tmp_path / "sandbox")) == ["app"]


def test_a_download_that_was_cut_off_goes_on_where_it_ended(server: Server, tmp_path: Path) -> None:
    server.answers = [cut_off]
    assert fetch(server, tmp_path).returncode == 0
    assert server.ranges == [None, "bytes=1000-"]


@pytest.mark.parametrize("answer", [corrupt, error], ids=["wrong content", "503"])
def test_what_is_of_no_use_is_fetched_anew(server: Server, tmp_path: Path, answer: Callable[[Handler], None]) -> None:
    server.answers = [answer]
    assert fetch(server, tmp_path).returncode == 0
    assert server.ranges == [None, None]


def test_a_leftover_that_is_longer_than_the_file_is_thrown_away(server: Server, tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "zeus-files.tar.gz").write_bytes(b"y" * (len(server.content) + 10))
    assert fetch(server, tmp_path).returncode == 0


def test_nothing_runs_without_the_right_files(server: Server, tmp_path: Path) -> None:
    done = fetch(server, tmp_path, ZEUS_FILES_SHA256="0" * 64, PATH=_without_sleep(tmp_path))
    assert done.returncode == 69
    assert done.stdout == ""
    assert done.stderr.splitlines()[-1] == f"zeus: cannot fetch {server.url} with sha256 {'0' * 64}: giving up after 10 tries"
    assert len(server.ranges) == 10


def _without_sleep(folder: Path) -> str:
    """A PATH in which waiting takes no time."""
    (folder / "bin").mkdir()
    (folder / "bin" / "sleep").symlink_to("/bin/true")
    return f"{folder}/bin:{os.environ['PATH']}"


@pytest.mark.parametrize(
    "text", ["printf '%s' 'a b'", 'printf %s "$1;`id`"', "printf %s \\$HOME", "printf %s a\nprintf %s b", "exec true # '"]
)
def test_the_users_command_means_what_it_means_in_a_shell(tmp_path: Path, text: str) -> None:
    wanted = subprocess.run(["/bin/sh", "-c", text], capture_output=True, text=True, check=False)
    assert run(tmp_path, RUN, ZEUS_CMD=text).stdout == wanted.stdout


def test_the_process_is_the_users_own(tmp_path: Path) -> None:
    """No shell of ours stays in between: signals and the exit status are the program's."""
    done = run(tmp_path, RUN, ZEUS_CMD="exec sh -c 'kill -TERM $$'")
    assert done.returncode == -15


def test_the_archive_is_plain_tar(server: Server, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "x.tar.gz") as archive:
        assert archive.getnames() == ["big", "hello.sh"]
