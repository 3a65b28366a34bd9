# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Nothing that was written anywhere shows a secret. The last test, so that there is as much to look at as possible."""

from __future__ import annotations

import contextlib
import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from zeus_demo import site

from .bed import Bed, Center
from .trial import Trial

#: On the hosts: logs of services and of instances; task folders; what Ansible may have left behind.
LOGS = ("/var/log", "/var/lib/zeus-standalone", "/root/.ansible", "/tmp", "/var/tmp")


@pytest.fixture(scope="module")
def secrets(bed: Bed, trial: Trial) -> list[str]:
    found = site.secret_values(bed.settings)
    assert len(found) >= 5 * len(bed.centers)
    assert all(len(secret) >= 16 for secret in found)
    return found


def shown(text: str, secrets: list[str]) -> bool:
    return any(secret in text for secret in secrets)


def test_no_log_diff_or_report_of_the_controller(bed: Bed, secrets: list[str]) -> None:
    """The demo's and the tests' runs (the drift test's with --diff), the fleet's reports, the projects' working copies."""
    places = [bed.settings.logs, bed.settings.home / "runs", bed.settings.home / "shop"]
    files = [path for place in places for path in place.rglob("*") if path.is_file()]
    assert len(files) >= 10
    assert [str(path) for path in files if shown(path.read_text("utf-8", errors="replace"), secrets)] == []


def hosts(center: Center) -> Iterator[str]:
    for host in center.datacenter.hosts:
        yield center.settings.container(host)


def test_no_log_of_a_host(bed: Bed, secrets: list[str]) -> None:
    """grep gets the secrets on its standard input: on its command line they would be what this looks for."""
    patterns = "\n".join(secrets) + "\n"
    for center in bed.centers:
        for container in hosts(center):
            files = _grep(container, ["grep", "-rlaF", "-f", "-", *LOGS], patterns)
            assert files == "", f"{container}: {files}"
            journal = _grep(
                container,
                ["sh", "-c", "cat > /run/zeus-patterns; journalctl --no-pager -q | grep -aF -f /run/zeus-patterns; rm /run/zeus-patterns"],
                patterns,
            )
            assert journal == "", f"{container}: {journal[:500]}"


def _grep(container: str, command: list[str], patterns: str) -> str:
    done = subprocess.run(["docker", "exec", "-i", container, *command], input=patterns, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1, 2), done.stderr
    return done.stdout


def test_no_command_line_and_no_instance(bed: Bed, secrets: list[str]) -> None:
    script = "for p in /proc/[0-9]*; do tr '\\0' ' ' < $p/cmdline; echo; done 2>/dev/null; true"
    tasks = "for p in $(pgrep -f 'python3 (web|catalog|price|mailer).py'); do tr '\\0' ' ' < /proc/$p/environ; echo; done; true"
    for center in bed.centers:
        for container in hosts(center):
            said = subprocess.run(["docker", "exec", container, "sh", "-c", script], capture_output=True, text=True, check=True).stdout
            assert "systemd" in said or "init" in said
            assert not shown(said, secrets)
        told = center.run(center.control, "sh", "-c", tasks)
        assert "MARATHON_APP_ID" in told
        assert not shown(told, secrets)
    own = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has ended meanwhile
            own.append(path.read_bytes().decode(errors="replace"))
    assert own
    assert not shown("\n".join(own), secrets)


def test_no_definition_in_marathon_and_no_value_in_the_store(bed: Bed, secrets: list[str]) -> None:
    for center in bed.centers:
        apps = center.marathon("GET", "/v2/apps?embed=apps.tasks")
        assert len(apps["apps"]) >= 4
        assert not shown(json.dumps(apps), secrets)
        assert not shown(json.dumps(center.marathon("GET", "/v2/info")), secrets)
        store = center.store()
        assert store
        assert not shown(json.dumps(store), secrets)
        for path in ("/v1/status", "/v1/plan", "/v1/counters"):
            assert not shown(json.dumps(center.agent("GET", path)), secrets)
