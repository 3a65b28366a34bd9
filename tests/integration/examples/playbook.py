# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""From examples as they are written to one playbook: tasks get a play around them, and those that change something are run twice.

The second run follows the first one at once, because the next example may take away what this one made. What check mode predicts is looked
at in tests/integration/honesty.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from typing import Any

import yaml

from documented.plugins import Documented, modules

AGAIN = " (again)"
OURS = "zeus.paas."
#: Each leaves what the next ones need; a release comes last, since its project file has to be changed after it.
ORDER = (
    "virtual_agents", "agent_batches", "mesos_agent_situation", "docker_settings_change",
    "zookeeper_members", "zookeeper_conflict", "zookeeper_steps", "zookeeper_configured", "zookeeper_info", "next_node",
    "nodes_from_answers", "option_environment", "option_words", "repository", "program_files", "preflight_info", "preflight",
    "project", "app_endpoints", "marathon_app_info", "router_info", "vcluster_info", "mesos_cluster_info", "mesos_agent", "mesos_drain",
    "mesos_maintenance", "mesos_quota", "gray_explain", "fleet", "marathon_app", "marathon_apps", "gray_policy", "policy_store_info",
    "policy_store", "gray_release",
)  # fmt: skip
#: Modules that make something true.
CHANGING = {OURS + plugin.name for plugin in modules() if plugin.attribute("diff_mode")["support"] == "full"}
PLAY: dict[str, Any] = {
    "hosts": "control[0]",
    "connection": "local",
    "gather_facts": False,
    "vars": {"ansible_python_interpreter": "{{ ansible_playbook_python }}"},
}


def in_order(found: Sequence[Documented]) -> list[Documented]:
    """Those that have tasks as examples; one that ORDER does not name goes before the release."""
    runnable = [plugin for plugin in found if plugin.kind not in ("callback", "inventory")]
    places = {name: place for place, name in enumerate(ORDER)}
    return sorted(runnable, key=lambda plugin: places.get(plugin.name, len(ORDER) - 1.5))


def plays(plugin: Documented) -> list[dict[str, Any]]:
    """A plugin's examples as plays, its tasks' names beginning with its own."""
    written = yaml.safe_load(plugin.examples) or []
    loose = [item for item in written if "hosts" not in item]
    found = [item for item in written if "hosts" in item] + ([{"name": f"Examples of {plugin}", **PLAY, "tasks": loose}] if loose else [])
    return [{**play, "tasks": [one for task in play["tasks"] for one in _tries(task, f"{plugin.name}: ")]} for play in found]


def action_of(task: dict[str, Any]) -> str:
    """The module that a task calls."""
    return next((key for key in task if "." in key), "")


def _tries(task: dict[str, Any], prefix: str) -> Iterator[dict[str, Any]]:
    name = prefix + str(task["name"])
    yield {**task, "name": name}
    if action_of(task) in CHANGING and "check_mode" not in task:
        # What comes later may look at what the first run returned.
        yield {**{key: value for key, value in copy.deepcopy(task).items() if key != "register"}, "name": name + AGAIN}
