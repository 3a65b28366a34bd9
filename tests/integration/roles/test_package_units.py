# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a package of Mesos would start by itself does not start: what a check run says that it would do."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from integration.roles.rehearsal import ROLES

SOURCE = {"type": "package", "name": "zeus-no-such-package", "version": "1.11.0-1"}


@pytest.mark.parametrize(
    ("role", "masked"),
    [("mesos_agent", ["mesos-slave.service", "mesos-master.service"]), ("mesos_master", ["mesos-slave.service"])],
)
def test_the_units_of_the_package_are_masked_before_it_is_installed(tmp_path: Path, role: str, masked: list[str]) -> None:
    """Trap 8: they run with the package's own settings, a master with a quorum of one."""
    install = yaml.safe_load((ROLES / role / "tasks" / "install.yml").read_text(encoding="utf-8"))
    [given] = [task["vars"] for task in install if task.get("ansible.builtin.import_role", {}).get("tasks_from") == "source"]
    task = {"ansible.builtin.include_role": {"name": "zeus.paas.service_base", "tasks_from": "source/package"}}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
    play["vars"] = {**given, "service_base_source": SOURCE, "service_base_variable": "zeus_mesos_source"}
    (tmp_path / "play.yml").write_text(yaml.safe_dump([play]))
    command = [sys.executable, "-m", "ansible", "playbook", "--check", "-i", "localhost,", str(tmp_path / "play.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stdout + done.stderr
    before, installed, _after = done.stdout.partition("The package is installed in its version")
    assert installed
    [said] = re.findall(r"brings? along are masked\].*\n((?:.+\n)+)", before)
    assert re.findall(r"changed: .*\(item=(\S+)\)", said) == masked
