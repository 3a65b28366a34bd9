# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The examples of every plugin, run as they stand; and what modules return there, beside what RETURN promises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from documented.plugins import Documented, modules, plugins
from documented.returned import problems, untrue
from integration.examples.playbook import AGAIN, CHANGING, OURS, action_of, in_order, plays
from integration.examples.site import Site, running_site
from integration.marathon.running import call

RUNNABLE = in_order(plugins())


@dataclass(frozen=True)
class Record:
    """The results of all tasks by name (several for a loop), the exit code, and what was printed at -vvv."""

    results: dict[str, list[dict[str, Any]]] = field(repr=False)
    code: int
    output: str = field(repr=False)

    def of(self, plugin: Documented) -> dict[str, list[dict[str, Any]]]:
        """The results of a plugin's examples."""
        prefix = f"{plugin.name}: "
        return {name.removeprefix(prefix): found for name, found in self.results.items() if name.startswith(prefix)}

    def results_of(self, plugin: Documented) -> dict[str, list[dict[str, Any]]]:
        """The results of a module, whosever examples its task is among."""
        actions = {task["name"]: action_of(task) for other in RUNNABLE for play in plays(other) for task in play["tasks"]}
        return {name: found for name, found in self.results.items() if actions[name] == OURS + plugin.name}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running_site(tmp_path_factory.mktemp("team")) as running:
        yield running


@pytest.fixture(scope="session")
def record(site: Site) -> Record:
    content = [play for plugin in RUNNABLE for play in plays(plugin)]
    (site.folder / "examples.yml").write_text(yaml.safe_dump(content, sort_keys=False, width=200), encoding="utf-8")
    path = site.folder / "record.json"
    done = ansible(
        site.folder,
        *("playbook", "-i", site.inventory, "examples.yml", "-vvv"),
        *("-e", "project=projects/shop.yml", "-e", "environment_name=production", "-e", f"tools={site.folder}/tools"),
        ANSIBLE_CALLBACK_PLUGINS=str(Path(__file__).parent / "callbacks"), ANSIBLE_CALLBACKS_ENABLED="recorder", EXAMPLES_RECORD=str(path),
    )  # fmt: skip
    results: dict[str, list[dict[str, Any]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        results.setdefault(entry["task"], []).append({"status": entry["status"], **entry["result"]})
    return Record(results, done.returncode, done.stdout + done.stderr)


def ansible(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "ansible", *arguments],
        cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=500,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", **environment},
    )  # fmt: skip


def test_they_all_succeed(record: Record, site: Site) -> None:
    failed = {name: found for name, found in record.results.items() if any(one["status"] != "ok" for one in found)}
    assert (failed, record.code) == ({}, 0), record.output[-4000:]
    for secret in site.secrets:
        assert secret not in record.output


@pytest.mark.parametrize("plugin", RUNNABLE, ids=str)
def test_every_example_is_run(plugin: Documented, record: Record) -> None:
    written = [task for play in plays(plugin) for task in play["tasks"]]
    assert any(plugin.kind != "modules" or action_of(task) == OURS + plugin.name for task in written), "an example of the plugin itself"
    assert set(record.of(plugin)) == {task["name"].removeprefix(f"{plugin.name}: ") for task in written}


@pytest.mark.parametrize("plugin", modules(), ids=str)
def test_a_second_run_changes_nothing(plugin: Documented, record: Record) -> None:
    if plugin.attribute("idempotent")["support"] != "full":
        assert plugin.attribute("idempotent")["details"], "why"
        return
    # What only reads changes nothing at all.
    again = {name: found for name, found in record.results_of(plugin).items() if OURS + plugin.name not in CHANGING or name.endswith(AGAIN)}
    assert again
    assert {name: [one["changed"] for one in found] for name, found in again.items() if any(one["changed"] for one in found)} == {}


@pytest.mark.parametrize("plugin", modules(), ids=str)
def test_what_is_returned_is_what_is_documented(plugin: Documented, record: Record) -> None:
    """Of every run of the module in any plugin's examples."""
    results = [(name, one) for name, found in record.results_of(plugin).items() for one in found]
    assert results
    wrong = {name: found for name, one in results if (found := untrue(plugin.returned, {k: v for k, v in one.items() if k != "status"}))}
    assert wrong == {}


def test_what_filters_and_lookups_return_is_what_is_documented(record: Record) -> None:
    """A filter's value is in the fact that its example sets, a lookup's are the items that its example loops over."""
    for plugin in RUNNABLE:
        if plugin.kind in ("filter", "lookup"):
            results = [one for found in record.of(plugin).values() for one in found]
            values = [value for one in results for value in one.get("ansible_facts", {}).values()]
            items = [one["item"] for one in results if "item" in one]
            assert values or items, plugin
            [(key, said)] = plugin.returned.items()
            assert [problem for value in (values or [items]) for problem in problems(said, value, key)] == []


@pytest.mark.parametrize("plugin", [plugin for plugin in modules() if "error" in plugin.returned], ids=str)
def test_an_error_is_what_is_documented(plugin: Documented, tmp_path: Path) -> None:
    nobody = {
        "marathon_urls": ["http://127.0.0.1:9"], "mesos_urls": ["http://127.0.0.1:9"], "router_urls": {"web": ["http://127.0.0.1:9"]},
        "policy_store_host": "127.0.0.1", "policy_store_port": 9, "vclusters": {}, "state": "bound", "id": "/a/b/c/d", "apps": [],
        "absent": ["/a/b/c/d"], "host": "shop.example.com", "src": str(tmp_path / "none.yml"), "environment_name": "production",
        "datacenter": "bj01", "app": "web", "strict": True,
    }  # fmt: skip
    options = plugin.documentation["options"]
    given = {name: value for name, value in nobody.items() if name in options and value in options[name].get("choices", [value])}
    if options.get("vclusters", {}).get("type") == "list" or plugin.name == "gray_policy":
        given = {name: value for name, value in given.items() if name not in ("vclusters", "environment_name", "datacenter", "app")}
    result = call(plugin.name, given)
    assert result.get("failed") or result.get("unreachable"), result
    if "error" in result:
        assert untrue({"error": plugin.returned["error"]}, {"error": result["error"]}, failed=True) == []
    else:
        assert untrue(plugin.returned, result, failed=True) == [], "a report that is not good enough"


def test_the_inventory_of_the_example(site: Site) -> None:
    done = ansible(site.folder, "inventory", "-i", site.inventory, "--graph")
    assert done.returncode == 0, done.stderr
    assert "@routers_l4" in done.stdout


def test_the_agents_of_the_example(site: Site) -> None:
    [plugin] = [plugin for plugin in plugins() if str(plugin) == "inventory/mesos"]
    written = yaml.safe_load(plugin.examples) | {"mesos_urls": [site.engine.mesos_url], "cache_connection": str(site.folder / "cache")}
    (site.folder / "inventories" / "example" / "bj01.mesos.yml").write_text(yaml.safe_dump(written), encoding="utf-8")
    done = ansible(site.folder, "inventory", "-i", "inventories/example/bj01.mesos.yml", "--graph")
    assert done.returncode == 0, done.stderr
    assert "@vcluster_web" in done.stdout


def test_the_events_of_the_example(site: Site) -> None:
    [callback] = [plugin for plugin in plugins() if plugin.kind == "callback"]
    lines = [line.removeprefix("# ") for line in callback.examples.splitlines()]
    settings = site.folder / "events.cfg"
    settings.write_text("\n".join(lines[next(at for at, line in enumerate(lines) if line.startswith("[")) :]), encoding="utf-8")
    command = "ZEUS_FLEET_EVENTS_FD=3 {python} -m ansible playbook -i {inventory} playbooks/reachable.yml 3> events.json"
    done = subprocess.run(
        ["bash", "-c", command.format(python=sys.executable, inventory=site.inventory)],
        cwd=site.folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        env={**os.environ, "ANSIBLE_CONFIG": str(settings)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    events = [json.loads(line) for line in (site.folder / "events.json").read_text(encoding="utf-8").splitlines()]
    assert [event["event"] for event in events] == ["plays", "play", "stats"]
    assert all(f'"event": "{event["event"]}"' in str(callback.documentation["description"]) for event in events)
