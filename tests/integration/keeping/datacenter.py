# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter whose hosts are all this machine, and the playbooks as they stand but for the lease, which this machine has only one of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

PLAYBOOKS = Path(__file__).resolve().parents[3] / "playbooks"


@dataclass(frozen=True)
class Datacenter:
    """``bj01`` of a site in ``folder``, where ansible-playbook is called, too."""

    folder: Path
    secrets: tuple[str, ...]

    @classmethod
    def made(
        cls, folder: Path, clusters: Mapping[str, Any], hosts: Mapping[str, Any], variables: Mapping[str, Any], secrets: tuple[str, ...]
    ) -> Datacenter:
        local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        write(folder / "common" / "site.yml", {"zeus_engine": "standalone", "zeus_vclusters": clusters})
        write(folder / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
        write(folder / "bj01" / "hosts.yml", {"all": {"hosts": hosts}})
        write(folder / "bj01" / "group_vars" / "bj01.yml", {**local, **variables})
        shutil.copytree(PLAYBOOKS, folder / "playbooks", ignore=shutil.ignore_patterns("templates"))
        for path in (folder / "playbooks").glob("*.yml"):
            plays = yaml.safe_load(path.read_text("utf-8"))
            write(path, [play for play in plays if not _takes_the_lease(play)])
        return cls(folder, secrets)

    def play(self, name: str, *options: str) -> tuple[int, str]:
        """Its exit code, and what it printed, on one line."""
        command = [sys.executable, "-m", "ansible", "playbook", "-i", str(self.folder / "bj01"), str(self.folder / "playbooks" / name)]
        done = subprocess.run(
            [*command, *options], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, cwd=self.folder,
            env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
        )  # fmt: skip
        output = " ".join((done.stdout + done.stderr).split())
        for secret in self.secrets:
            assert secret not in output
        return done.returncode, output


def write(path: Path, data: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")


def _takes_the_lease(play: Mapping[str, Any]) -> bool:
    return any("zeus.paas.datacenter_lease" in task for task in play.get("tasks", []))
