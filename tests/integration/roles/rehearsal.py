# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A role's preflight, and the files that it would write, for several hosts at once. Nothing is installed: all of them are this machine, and
what the role would write into it goes into a folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROLES = Path(__file__).resolve().parents[3] / "roles"
#: Debian's facts, so that it is no matter where the tests run.
FACTS = {"distribution": "Debian", "distribution_major_version": "12", "distribution_version": "12.7"}


def entered(folder: Path, role: str, tasks: str, variables: Mapping[str, Any]) -> tuple[int, str]:
    """The exit code of these tasks of a role on this machine, and what they said, as one line."""
    task = {"name": "They run", "ansible.builtin.include_role": {"name": f"zeus.paas.{role}", "tasks_from": tasks}, "vars": dict(variables)}
    play = folder / "playbook.yml"
    play.write_text(json.dumps([{"name": "They run", "hosts": "localhost", "gather_facts": False, "tasks": [task]}]), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-c", "local", str(play)],
        env={**os.environ, "ANSIBLE_NOCOLOR": "1"}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, " ".join((done.stdout + done.stderr).split())


@dataclass(frozen=True)
class Rehearsed:
    """``refusal``: the words with which the preflight ended; empty if it did not, and then ``files`` holds what would be written. ``then``:
    what the entry point for a refused host says."""

    refusal: str
    files: Mapping[str, str]
    then: Mapping[str, Any]

    def json(self, name: str) -> Any:
        return json.loads(self.files[name])

    def environment(self, name: str) -> dict[str, str]:
        lines = [line.partition("=") for line in self.files[name].splitlines() if line and not line.startswith("#")]
        return {key: value.strip('"') for key, _equals, value in lines}

    def unit(self) -> dict[str, list[str]]:
        """Setting → its values, in their order, whatever the section."""
        found: dict[str, list[str]] = {}
        for line in self.files["service"].splitlines():
            key, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                found.setdefault(key, []).append(value)
        return found


def rehearse(folder: Path, role: str, hosts: Mapping[str, Mapping[str, Any]], then: str = "", **variables: Any) -> dict[str, Rehearsed]:
    """By host. ``hosts``: variables of each one; ``variables``: of all, stronger than the role's own. ``then``: an entry point for those
    that are refused, which says something in the fact of its and the role's name."""
    inventory, play, told = folder / "hosts.yml", folder / "play.yml", folder / "told.json"
    local = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
    inventory.write_text(yaml.safe_dump({"all": {"hosts": {host: dict(given) for host, given in hosts.items()}, "vars": local}}))
    base = [str(ROLES / "service_base" / part / "main.yml") for part in ("defaults", "vars")]
    play.write_text(yaml.safe_dump([{"hosts": "all", "gather_facts": False, "vars_files": base, "tasks": _tasks(role, told, then)}]))
    done = subprocess.run(
        [sys.executable, "-m", "ansible", "playbook", "-i", str(inventory), str(play), "-e", json.dumps(variables)],
        capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, env={**os.environ, "ANSIBLE_NOCOLOR": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return {host: Rehearsed(**found) for host, found in json.loads(told.read_text(encoding="utf-8")).items()}


def _tasks(role: str, told: Path, then: str) -> list[dict[str, Any]]:
    configure = yaml.safe_load((ROLES / role / "tasks" / "configure.yml").read_text(encoding="utf-8"))
    [unit] = [task["vars"] for task in configure if task.get("ansible.builtin.import_role", {}).get("tasks_from") == "unit"]
    templates = [*sorted((ROLES / role / "templates").glob("*.j2")), ROLES / "service_base" / "templates" / "service.j2"]
    files = {path.stem: f"{{{{ lookup('ansible.builtin.template', '{path}') }}}}" for path in templates}
    said = f"{{{{ {role}_{then} | default({{}}) }}}}"
    of_all = "{{ dict(ansible_play_hosts | zip(ansible_play_hosts | map('extract', hostvars, 'rehearsed'))) | to_json }}"
    return [
        {"ansible.builtin.set_fact": {**FACTS, "cacheable": True}},
        {
            "block": [
                {"ansible.builtin.include_role": {"name": f"zeus.paas.{role}", "tasks_from": "preflight", "public": True}},
                {"ansible.builtin.set_fact": {"rehearsed": {"refusal": "", "files": files, "then": {}}}, "vars": unit},
            ],
            "rescue": [
                {"ansible.builtin.set_fact": {"refusal": "{{ ansible_failed_result.msg }}"}},
                *([{"ansible.builtin.include_role": {"name": f"zeus.paas.{role}", "tasks_from": then}}] if then else []),
                {"ansible.builtin.set_fact": {"rehearsed": {"refusal": "{{ refusal }}", "files": {}, "then": said}}},
            ],
        },
        {"ansible.builtin.copy": {"content": of_all, "dest": str(told), "mode": "0600"}, "run_once": True},
    ]
