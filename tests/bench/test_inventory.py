# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A datacenter by the plugin topology, beside a static YAML inventory of the same hosts, groups and variables, in one run.

Processor time of ``ansible-inventory --list`` is compared, not the clock, and the time of one without hosts is taken off each: Ansible's
own start would hide everything else.

    python tests/bench/test_inventory.py
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

HOSTS = 400
TURNS = 5
MOST_OF_STATIC = 1.5
CLUSTERS = ("web", "tv", "mobile", "pay", "data", "batch")


def write(path: Path, data: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")
    return path


def site(folder: Path) -> Path:
    """One datacenter with all the hosts, written as ranges."""
    each = (HOSTS - 5 - 2 * len(CLUSTERS)) // len(CLUSTERS)
    rest = HOSTS - 5 - 2 * len(CLUSTERS) - each * (len(CLUSTERS) - 1)
    hosts: dict[str, Any] = {"bj01-control-[1:5]": {"ansible_host": "10.1.0.[11:15]", "zeus_node_role": "control", "zeus_rack": "r[1:5]"}}
    for number, name in enumerate(CLUSTERS, 1):
        count = rest if number == 1 else each
        of = {"zeus_vcluster": name}
        hosts[f"bj01-{name}-router-[1:2]"] = {"ansible_host": f"10.1.1.[{number}1:{number}2]", "zeus_node_role": "router", **of}
        hosts[f"bj01-{name}-[001:{count:03}]"] = {
            "ansible_host": f"10.1.{10 + number}.[1:{count}]", "zeus_node_role": "compute", "zeus_rack": "r[1:1]", **of,
        }  # fmt: skip
    common = {"zeus_engine": "mesos", "zeus_vclusters": {name: {"router": "both"} for name in CLUSTERS}}
    write(folder / "common" / "site.yml", common)
    write(folder / "bj01" / "topology.zeus.yml", {"plugin": "zeus.paas.topology", "common": "../common"})
    write(folder / "bj01" / "hosts.yml", {"all": {"hosts": hosts}})
    return folder / "bj01"


def static(folder: Path, listed: dict[str, Any]) -> Path:
    """The same as one YAML file: each host with its own variables, the groups, and what all share on ``all``."""
    variables = listed["_meta"]["hostvars"]
    own = ("ansible_host", "zeus_node_role", "zeus_vcluster", "zeus_rack")
    shared = {key: value for key, value in next(iter(variables.values())).items() if key not in own}
    groups = {
        name: {"hosts": {host: {} for host in group["hosts"]}}
        for name, group in listed.items()
        if name not in ("_meta", "all", "ungrouped") and group.get("hosts")
    }
    hosts = {name: {key: values[key] for key in own if key in values} for name, values in variables.items()}
    return write(folder / "static" / "hosts.yml", {"all": {"hosts": hosts, "vars": shared, "children": groups}})


def processor_seconds(source: Path) -> tuple[float, dict[str, Any]]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "inventory", "-i", str(source), "--list"],
        capture_output=True, text=True, check=True, stdin=subprocess.DEVNULL, env=dict(os.environ),
    )  # fmt: skip
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, dict(json.loads(done.stdout))


def compared(folder: Path) -> tuple[float, float]:
    """Seconds of the plugin and of the static file, both without Ansible's start. The least of several turns counts."""
    ours = site(folder)
    listed = processor_seconds(ours)[1]
    by_hand = static(folder, listed)
    nothing = write(folder / "none" / "hosts.yml", {"all": {"hosts": {"one": {}}}})
    times = {source: [processor_seconds(source) for _turn in range(TURNS)] for source in (ours, by_hand, nothing)}
    [mine] = [answers[-1][1] for source, answers in times.items() if source == ours]
    [theirs] = [answers[-1][1] for source, answers in times.items() if source == by_hand]
    assert len(mine["_meta"]["hostvars"]) == HOSTS
    assert theirs["_meta"]["hostvars"].keys() == mine["_meta"]["hostvars"].keys()
    least = {source: min(seconds for seconds, _answer in answers) for source, answers in times.items()}
    return least[ours] - least[nothing], least[by_hand] - least[nothing]


def told(plugin: float, by_hand: float) -> str:
    return f"{HOSTS} hosts: topology {plugin:.2f} s, static YAML {by_hand:.2f} s of processor time: {plugin / by_hand:.2f} of it"


def test_the_plugin_costs_little_more_than_a_static_file(tmp_path: Path) -> None:
    plugin, by_hand = compared(tmp_path)
    print(told(plugin, by_hand))
    assert plugin <= MOST_OF_STATIC * by_hand, told(plugin, by_hand)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as place:
        print(told(*compared(Path(place))))
