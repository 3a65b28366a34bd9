# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs playbooks as a user does: ``ansible-playbook``, with its exit code and everything it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

from honesty.processes import Running
from zeus_demo.settings import CHECKOUT, Settings

RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
HERE = Path(__file__).parent / "playbooks"


@dataclass(frozen=True)
class Run:
    """``output`` is standard output and standard error; ``log`` is where it was kept."""

    code: int
    output: str
    seconds: float
    log: Path

    @property
    def changed(self) -> dict[str, int]:
        """Host → changed tasks, by the recap."""
        return {host: int(changed) for host, _unused, changed, _unused, _unused in RECAP.findall(self.output)}

    @property
    def told(self) -> str:
        """The output without Ansible's line breaks and quoting, for searching messages in it."""
        return " ".join(self.output.replace('\\"', '"').split())

    def ended(self, *codes: int) -> Run:
        assert self.code in codes, f"ended with {self.code}, expected {codes}; {self.log}:\n{self.output[-6000:]}"
        return self


@dataclass
class Playbooks:
    """``collections``: another root than the demo's, for a changed copy of the collection."""

    settings: Settings

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._logs = self.settings.logs / "e2e"
        self._logs.mkdir(parents=True, exist_ok=True)
        for old in self._logs.glob("*.log"):
            old.unlink()

    def run(
        self,
        play: str | Path,
        *options: str,
        inventory: Path | None = None,
        variables: Mapping[str, Any] | None = None,
        collections: Path | None = None,
    ) -> Run:
        """``play``: ``deploy`` and the like are the collection's, a Path is a playbook of the tests."""
        command = self._command(play, options, inventory, variables, "variables")
        begin = time.monotonic()
        done = subprocess.run(
            [sys.executable, *command],
            env=self._environment(collections),
            cwd=CHECKOUT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        name = play.stem if isinstance(play, Path) else play
        log = self._logs / f"{next(self._numbers):02d}-{name}.log"
        log.write_text(f"$ {' '.join(command)}\n{done.stdout}", encoding="utf-8")
        return Run(done.returncode, done.stdout, time.monotonic() - begin, log)

    def start(self, play: str, *options: str, inventory: Path, variables: Mapping[str, Any] | None = None) -> Running:
        """The same without waiting for its end; several may run at once, and be killed."""
        name = f"{next(self._numbers):02d}-{play}"
        command = self._command(play, options, inventory, variables, name)
        return Running([sys.executable, *command], self._logs / f"{name}.log", self._environment(None))

    def _command(
        self, play: str | Path, options: tuple[str, ...], inventory: Path | None, variables: Mapping[str, Any] | None, name: str
    ) -> list[str]:
        command = ["-m", "ansible", "playbook", str(play) if isinstance(play, Path) else f"zeus.paas.{play}"]
        command += ["-i", str(inventory)] if inventory else []
        # 2 MB of rules do not fit into a command line.
        given = self._logs / f"{name}.json"
        given.write_text(json.dumps(variables or {}), encoding="utf-8")
        return [*command, *options, "--extra-vars", f"@{given}"]

    def fleet(
        self, play: str | Path, *options: str, variables: Mapping[str, Any] | None = None, collections: Path | None = None
    ) -> tuple[Run, dict[str, Any]]:
        """In all datacenters; the run, and what its report says."""
        folder = self._logs / f"fleet-{play.stem if isinstance(play, Path) else play}"
        extra = {"site": str(self.settings.site), "play": str(play), "fleet_report_dir": str(folder), **(variables or {})}
        (folder / "report.json").unlink(missing_ok=True)
        run = self.run("fleet", *options, variables=extra, collections=collections)
        report: dict[str, Any] = json.loads((folder / "report.json").read_text(encoding="utf-8"))
        return run, report

    def _environment(self, collections: Path | None) -> dict[str, str]:
        root = str(collections or self.settings.state / "collections")
        return {
            **os.environ,
            "ANSIBLE_COLLECTIONS_PATH": root,
            "PYTHONPATH": root,
            "ANSIBLE_CONFIG": str(CHECKOUT / "ansible.cfg"),
            "ANSIBLE_NOCOLOR": "true",
            "ANSIBLE_FORCE_COLOR": "false",
        }
