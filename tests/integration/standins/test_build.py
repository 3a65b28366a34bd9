# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What ``standins build`` makes is installed on the test bed's Debian as the roles' sources would: by apt, and from an archive."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from standins.build import build

_SCRIPT = """
set -e
echo 'deb [trusted=yes] file:/out/repository ./' > /etc/apt/sources.list
rm -rf /etc/apt/sources.list.d/*
apt-get update -qq
apt-get install -qq -y mesos=1.11.0-1 marathon >/dev/null
mesos-master --version
apt-get install -qq -y mesos=1.11.1-1 >/dev/null
mesos-agent --version
mkdir -p /opt/mesos && tar -C /opt/mesos --strip-components=1 -xzf /out/mesos-1.11.0.tar.gz
/opt/mesos/sbin/mesos-agent --version
ls -d /opt/mesos/bin /opt/mesos/lib /opt/mesos/libexec/mesos
marathon --no_such || echo "exit $?"
"""


def test_two_versions_are_installed_by_apt_and_one_from_its_archive(tmp_path: Path) -> None:
    built = build("1.11.0", tmp_path)
    again = build("1.11.0", tmp_path)
    assert built == again  # the same bytes: a checksum in an inventory stays true
    build("1.11.1", tmp_path)
    archive = built["archives"]["mesos"]
    assert hashlib.sha256(Path(archive["file"]).read_bytes()).hexdigest() == archive["sha256"]
    command = [
        "docker",
        "run",
        "--rm",
        "--network",
        "none",
        "-v",
        f"{tmp_path}:/out:ro",
        "--entrypoint",
        "sh",
        os.environ["ZEUS_TEST_IMAGE"],
    ]
    done = subprocess.run([*command, "-c", _SCRIPT], capture_output=True, text=True, timeout=120, check=False)
    lines = [line for line in done.stdout.splitlines() if line.startswith(("mesos ", "/opt", "exit"))]
    assert lines == [
        "mesos 1.11.0",
        "mesos 1.11.1",
        "mesos 1.11.0",
        "/opt/mesos/bin",
        "/opt/mesos/lib",
        "/opt/mesos/libexec/mesos",
        "exit 1",
    ], done
    assert "[scallop] Error: Unknown option 'no_such'" in done.stderr
