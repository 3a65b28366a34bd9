# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the programs end: exit codes and last words as recorded from a real Mesos 1.11.0 (docs/mesos-traps.md)."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from standins import registrar

TESTS = Path(__file__).resolve().parents[2]


def run(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MESOS_")} | {"PYTHONPATH": str(TESTS)}
    return subprocess.run(
        [sys.executable, "-m", "standins", program, *arguments], capture_output=True, text=True, timeout=60, check=False, env=environment
    )


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["--no_such_flag=1"], "Failed to load unknown flag 'no_such_flag'\n\nSee `mesos-master --help` for a list of supported flags."),
        ([], "EXIT with status 1: --work_dir needed for replicated log based registry"),
        (["--zk=zk://h:2181/x"], "EXIT with status 1: Need to specify --quorum for replicated log based registry when using ZooKeeper"),
        (["--zk=h:2181", "--quorum=1"], "EXIT with status 1: Error parsing ZooKeeper URL: Expecting 'zk://' at the beginning of the URL"),
        (["--zk=zk://h:2181", "--quorum=1"], "Expecting a (chroot) path for ZooKeeper ('/' is not supported)"),
        (["--credentials=/no/such"], "Failed to read credentials file '/no/such': No such file or directory (see --credentials flag)"),
        (
            ["--authenticate_http_readonly"],
            "No credentials provided for the default 'basic' HTTP authenticator for realm 'mesos-master-readonly'",
        ),
    ],
)
def test_a_master_that_cannot_run_exits_with_1(tmp_path: Path, arguments: list[str], text: str) -> None:
    """Traps 7, 9, 10 and 20."""
    work = [] if not arguments else [f"--work_dir={tmp_path}"]
    done = run("mesos-master", "--ip=127.0.0.1", f"--port={free_port()}", *work, *arguments)
    assert done.returncode == 1
    assert text in done.stderr


def test_a_quorum_of_zero_and_a_taken_port_abort(tmp_path: Path) -> None:
    """Traps 9 and 10."""
    where = ["--ip=127.0.0.1", f"--port={free_port()}"]
    assert run("mesos-master", *where, "--zk=zk://h:1/x", "--quorum=0", f"--work_dir={tmp_path}").returncode == -6
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("mesos-master", "--ip=127.0.0.1", f"--port={taken.getsockname()[1]}", f"--work_dir={tmp_path}")
    assert done.returncode == -6
    assert "Address already in use" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["--attributes=vcluster"], -6, "Invalid attribute key:value pair 'vcluster'"),
        (["--reconfiguration_policy=any"], 1, "Unknown option for 'reconfiguration_policy' flag any."),
        (["--containerizers=dokcer"], 1, "Failed to create a containerizer: Unknown or unsupported containerizer: dokcer"),
        (["--isolation=posix/cpu,no/such"], 1, "Unknown or unsupported isolator 'no/such'"),
        (["--credential=/none.json"], 1, "Failed to read credential file '/none.json': No such file or directory (see --credential flag)"),
    ],
)
def test_an_agent_that_cannot_run(tmp_path: Path, arguments: list[str], code: int, text: str) -> None:
    """Traps 2 and 5, and names that there are not."""
    where = ["--ip=127.0.0.1", f"--port={free_port()}", "--master=127.0.0.1:1", f"--work_dir={tmp_path}", "--no-systemd_enable_support"]
    done = run("mesos-agent", *where, *arguments)
    assert done.returncode == code
    assert text in done.stderr


def test_an_agent_without_a_master(tmp_path: Path) -> None:
    done = run("mesos-agent", f"--work_dir={tmp_path}")
    assert done.returncode == 1
    assert "Missing required option `--master` or `--master_detector`" in done.stderr


def test_a_replica_obeys_the_newest_leader_only(tmp_path: Path) -> None:
    replica = registrar.Replica(tmp_path)
    assert replica.promise(2) is not None
    assert replica.promise(2) is None
    assert not replica.write({"epoch": 1, "position": 9, "value": {}})
    assert replica.write({"epoch": 2, "position": 1, "value": {"agents": {"a": 1}}})
    assert registrar.Replica(tmp_path).entry == {"epoch": 2, "position": 1, "value": {"agents": {"a": 1}}}
