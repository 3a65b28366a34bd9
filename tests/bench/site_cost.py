# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a site run costs that has nothing to do: tasks per host, and the controller's processor seconds per host, beside bare pings.

    python -m bench.site_cost [--one-of N] INVENTORY       # tests on PYTHONPATH; the site must be set up already

The pings are as many tasks for each host as the site run had: what is left of the difference is ours, the rest is Ansible's. With
--one-of 4 a quarter of them is run and counted four times, which takes a quarter of the time. Ends with an error if a host changed, or if
the run costs more than MOST_OF_PINGS times the pings. Seconds are only told: they are the machine's.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import yaml

from zeus_demo.screen import Screen

MOST_OF_PINGS = 3.0
_RECAP = re.compile(r"^(\S+)\s*: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Cost:
    """``tasks`` and ``changed``: per host. Seconds: of the whole run; ``processor`` those of the controller, ssh and all."""

    tasks: dict[str, int]
    changed: dict[str, int]
    processor: float
    clock: float


def run(inventory: Path, playbook: str) -> Cost:
    """Raises RuntimeError with what the run said if it fails."""
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), playbook],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(f"{playbook} ended with {done.returncode}:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
    recap = {found[1]: (int(found[2]), int(found[3])) for found in _RECAP.finditer(done.stdout) if found[1] != "localhost"}
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(
        {host: tasks for host, (tasks, _changed) in recap.items()},
        {host: changed for host, (_tasks, changed) in recap.items()},
        processor,
        time.monotonic() - begin,
    )


def pings(tasks: dict[str, int], folder: Path) -> Path:
    """A playbook that pings each host so often. Hosts go along from play to play until they have had theirs; with none there is one play,
    which does nothing."""
    plays: list[dict[str, object]] = []
    done = 0
    for count in sorted(set(tasks.values())):
        plays.append(
            {
                "name": f"Up to {count} pings",
                "hosts": ":".join(sorted(host for host, wanted in tasks.items() if wanted >= count)),
                "gather_facts": False,
                "tasks": [{"name": f"Ping {number}", "ansible.builtin.ping": {}} for number in range(done, count)],
            }
        )
        done = count
    path = folder / "pings.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    return path


def pings_cost(inventory: Path, tasks: dict[str, int], one_of: int) -> tuple[float, float]:
    """Processor and clock seconds of so many pings, of which one of ``one_of`` is run. A run's start is counted once."""
    with tempfile.TemporaryDirectory(prefix="zeus-bench-") as folder:
        run_by = {host: max(1, round(count / one_of)) for host, count in tasks.items()}
        bare = run(inventory, str(pings(run_by, Path(folder))))
        if one_of == 1:
            return bare.processor, bare.clock
        start = run(inventory, str(pings(dict.fromkeys(tasks, 0), Path(folder))))
    more = sum(tasks.values()) / sum(run_by.values())
    return (
        start.processor + (bare.processor - start.processor) * more,
        start.clock + (bare.clock - start.clock) * more,
    )


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.site_cost", description="What a site run costs that changes nothing.")
    parser.add_argument("inventory", type=Path, metavar="INVENTORY", help="of one datacenter that is set up")
    parser.add_argument("--one-of", type=int, default=1, metavar="N", help="run one of N pings (default: every one)")
    given = parser.parse_args()
    if given.one_of < 1:
        parser.error(f"--one-of: {given.one_of}; expected 1 or more")
    screen = Screen()
    site = run(given.inventory, "zeus.paas.site")
    bare, bare_clock = pings_cost(given.inventory, site.tasks, given.one_of)
    hosts, ratio = len(site.tasks), site.processor / bare
    screen.table(
        ("host", "tasks", "changed"),
        [(host, str(count), str(site.changed[host])) for host, count in sorted(site.tasks.items())],
    )
    screen.line(f"  tasks per host:       {sum(site.tasks.values()) / hosts:.1f} on average, {max(site.tasks.values())} at most")
    screen.line(f"  processor per host:   {site.processor / hosts:.2f} s; pings: {bare / hosts:.2f} s; ratio {ratio:.2f}")
    screen.line(f"  the whole run:        {site.clock:.0f} s; pings: {bare_clock:.0f} s")
    wrong = [f"{host} changed" for host, changed in sorted(site.changed.items()) if changed]
    if ratio > MOST_OF_PINGS:
        wrong.append(f"{ratio:.2f} times the pings' processor time; expected {MOST_OF_PINGS:g} at most")
    for problem in wrong:
        screen.line(problem)
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
