# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs the collection's own playbooks in all datacenters, as a user would: ``ansible-playbook zeus.paas.fleet``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from zeus_demo.command import logged, tail
from zeus_demo.errors import DemoError
from zeus_demo.settings import Settings


@dataclass(frozen=True)
class Report:
    """What ``fleet`` wrote: ``hosts`` maps each host to its number of changes; ``exit_code`` as in docs/inventories.md."""

    exit_code: int
    data: Mapping[str, Any]

    @property
    def hosts(self) -> dict[str, int]:
        found: dict[str, int] = {}
        for datacenter in self.data["datacenters"].values():
            found.update({name: int(counts.get("changed", 0)) for name, counts in datacenter["hosts"].items() if name != "localhost"})
        return found

    def changes(self) -> str:
        """For a stage's line."""
        changed = {name: number for name, number in self.hosts.items() if number}
        return "changed: " + ", ".join(f"{name} {number}" for name, number in changed.items()) if changed else "changed=0 on every host"


def fleet(
    settings: Settings,
    play: str,
    variables: Mapping[str, Any] | None = None,
    *,
    options: tuple[str, ...] = (),
    accept: tuple[int, ...] = (0,),
) -> Report:
    """Run a playbook everywhere and wait. Raises DemoError with what the datacenters said, unless the exit code is accepted."""
    folder = settings.home / "runs" / play
    extra = {"site": str(settings.site), "play": play, "fleet_report_dir": str(folder), **(variables or {})}
    report = folder / "report.json"
    report.unlink(missing_ok=True)
    log = settings.logs / f"{play}.log"
    command = ["ansible-playbook", "zeus.paas.fleet", *options, "--extra-vars", json.dumps(extra)]
    code = logged(command, log, verbose=settings.verbose, accept=range(256))
    if not report.is_file():
        raise DemoError(f"The playbook {play} did not start anywhere. The end of its log:\n{tail(log)}")
    data = json.loads(report.read_text(encoding="utf-8"))
    if code not in accept:
        raise DemoError(f"The playbook {play} ended with {code}:\n" + "\n".join(_told(settings, data)))
    return Report(code, data)


def _told(settings: Settings, data: Mapping[str, Any]) -> list[str]:
    lines = []
    for name, datacenter in data["datacenters"].items():
        if datacenter["state"] == "done":
            continue
        lines.append(f"  {name}: {datacenter['state']}; its log: {datacenter['log']}")
        told = [*datacenter["failures"], *datacenter["unreachable"]]
        lines += [f"    {entry['host']}: {entry['task']}: {entry['message']}" for entry in told]
        if not told:
            # It ended before any task could fail: a playbook or an inventory that Ansible refused.
            lines.append(tail(Path(datacenter["log"])))
    return lines
