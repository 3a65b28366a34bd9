# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make conformance`, as users start it: what it refuses, what it leaves alone, and what it leaves behind (nothing)."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from integration.conformance.conftest import PASSWORD, USER
from integration.engine.programs import server
from integration.engine.running import RunningEngine

FOREIGN = "/foreign/app"


@pytest.fixture(scope="module")
def cluster(secured: RunningEngine) -> Iterator[RunningEngine]:
    """An engine with an app that belongs to somebody else."""
    secured.deploy(server(FOREIGN))
    yield secured
    secured.call("DELETE", "/v2/groups/foreign", force="true")
    secured.wait_deployed()


def start(*arguments: str, credentials: str = f"{USER}:{PASSWORD}", **more: Any) -> subprocess.Popen[str]:
    environment = {**os.environ, "CREDENTIALS": credentials}
    command = [sys.executable, "-m", "conformance", "--placing", "60", *arguments]
    # As from a terminal: this test may itself run in the background, where some signals are ignored, and children inherit that.
    return subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment, preexec_fn=_hear_signals, **more
    )


def _hear_signals() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)


def run(*arguments: str, **more: Any) -> tuple[int, str]:
    with start(*arguments, **more) as process:
        output, _errors = process.communicate(timeout=180)
    return process.returncode, output


def own_apps(cluster: RunningEngine) -> list[str]:
    return [one["id"] for one in cluster.call("GET", "/v2/apps")["apps"] if "conformance" in one["id"]]


def foreign(cluster: RunningEngine) -> tuple[Any, list[str]]:
    app = cluster.app(FOREIGN)
    return app["version"], [one["id"] for one in app["tasks"]]


def test_a_whole_run(cluster: RunningEngine, tmp_path: Path) -> None:
    before, report = foreign(cluster), tmp_path / "deep" / "report.md"
    code, output = run("--mesos", cluster.mesos_url, "--marathon", cluster.url, "--report", str(report))
    assert code == 0, output
    assert f"report: {report}" in output
    text = report.read_text()
    assert re.search(r"\*\*\d+ as expected, 0 differs, \d+ not checked\*\*", text)
    assert "| `POST /v2/apps` | the same | 201, the app with its defaults | as expected |" in text
    assert re.search(r"\| `DELETE /v2/leader` .* \| not checked: it would make a foreign leader step down \|", text)
    assert PASSWORD not in text + output
    assert foreign(cluster) == before
    assert own_apps(cluster) == []


def test_only_mesos(cluster: RunningEngine, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    code, output = run("--mesos", cluster.mesos_url, "--report", str(report))
    assert code == 0, output
    text = report.read_text()
    assert "| Marathon | not named |" in text
    assert re.search(r"\| `GET /state` .* \| as expected \|", text)
    assert re.search(r"\| `POST /v2/apps` .* \| not checked: that half of the cluster was not named", text)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_broken_off_it_cleans_up(cluster: RunningEngine, tmp_path: Path, how: signal.Signals) -> None:
    report = tmp_path / "report.md"
    with start("--mesos", cluster.mesos_url, "--marathon", cluster.url, "--report", str(report)) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if "POST /v2/apps:" in line:
                break
        assert own_apps(cluster)
        process.send_signal(how)
        rest = process.stdout.read()
        assert process.wait(60) == 130, rest
    assert "what was made has been removed" in rest
    assert own_apps(cluster) == []
    assert "or the run was broken off" in report.read_text()


def test_what_differs_is_told(cluster: RunningEngine, tmp_path: Path) -> None:
    """A Marathon's address given as that of Mesos: whatever it says is not what a master would say."""
    report = tmp_path / "report.md"
    code, output = run("--mesos", cluster.url, "--report", str(report))
    assert code == 1, output
    assert "## What differs" in report.read_text()
    assert "**differs**" in report.read_text()


def test_wrong_credentials_are_no_difference(cluster: RunningEngine, tmp_path: Path) -> None:
    report = tmp_path / "report.md"
    code, output = run("--mesos", cluster.mesos_url, "--report", str(report), credentials="ops:wrong-pass-1")
    assert code == 0, output
    assert re.search(r"\| `GET_AGENTS` .* \| not checked: the credentials are not enough: 401", report.read_text())


@pytest.mark.parametrize(
    ("arguments", "credentials", "text"),
    [
        (("--mesos", "http://127.0.0.1:1", "--patience", "0"), "", "nobody answers at http://127.0.0.1:1; nothing was done"),
        ((), "", "nothing to check; expected make conformance MESOS="),
        (("--marathon", "http://127.0.0.1:1"), "", "MESOS is missing"),
        (("--mesos", "http://a:b@127.0.0.1:1"), "", "the URL has credentials in it"),
        (("--mesos", "master:5050"), "", "expected a URL such as http://host:port"),
        (("--mesos", "http://127.0.0.1:1"), "ops", "CREDENTIALS: expected user:password"),
        (("--mesos", "http://127.0.0.1:1", "--prefix", "shop"), "", "expected zeus-conformance-<small letters and digits>"),
    ],
)
def test_it_does_not_start(tmp_path: Path, arguments: tuple[str, ...], credentials: str, text: str) -> None:
    report = tmp_path / "report.md"
    code, output = run("--report", str(report), *arguments, credentials=credentials)
    assert code == 2
    assert text in output
    assert not report.exists()


def test_a_name_that_is_taken_is_refused(cluster: RunningEngine, tmp_path: Path) -> None:
    taken = "/zeus-conformance-taken/app"
    cluster.deploy({"id": taken, "cmd": "exec sleep 1000", "cpus": 0.01, "mem": 32, "portDefinitions": []})
    before = cluster.app(taken)["version"]
    where = ("--mesos", cluster.mesos_url, "--marathon", cluster.url, "--report", str(tmp_path / "report.md"))
    code, output = run(*where, "--prefix", "zeus-conformance-taken")
    assert code == 2
    assert "/zeus-conformance-taken exists on" in output
    assert cluster.app(taken)["version"] == before
    cluster.call("DELETE", "/v2/groups/zeus-conformance-taken", force="true")
    cluster.wait_deployed()
