# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A check run says exactly what the run after it does, and touches nothing; a run that has succeeded leaves nothing to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml

from honesty.fields import differences
from integration.gray.site import Site
from integration.honesty.situations import REAL_ONLY, SITUATIONS, Outcome, connection
from integration.marathon.running import playbook

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"
MODULES, ACTIONS = PLUGINS / "modules", PLUGINS / "action"
#: Modules of another kind, and where the same is asked of them.
ELSEWHERE = {
    "fleet": "tests/integration/fleet/test_fleet_check.py",
    "datacenter_lease": "tests/e2e/test_85_cut_off.py: it never reports a change, and takes no lease in check mode",
}


def state(site: Site) -> dict[str, str]:
    """Every byte that a module could have changed."""
    client = site.redis._client()
    apps = site.engine.call("GET", "/v2/apps")["apps"]
    found = {
        "apps": apps,
        "versions": {app["id"]: site.engine.call("GET", f"/v2/apps{app['id']}/versions") for app in apps},
        "deployments": site.engine.call("GET", "/v2/deployments"),
        "queue": site.engine.call("GET", "/v2/queue"),
        "tasks": sorted(task["id"] for task in site.engine.call("GET", "/v2/tasks")["tasks"]),
        "store": {key: client.get(key) for key in sorted(client.scan_iter("*"))},
        "artifacts": site.artifacts.shell("cd /var/lib/zeus-artifacts && find . -type f | sort | xargs -r stat -c '%n %s %Y'"),
        "plan": site.agent.plan(),
        "files": {str(path): path.stat().st_mtime_ns for path in sorted(site.folder.rglob("*"))},
        "mesos": [site.operated.calls, site.operated.windows, site.operated.down] if site.operated else [],
        "drains": sorted(site.agent.get("/v1/drain").json()["tasks"]),
    }
    return {key: json.dumps(value, sort_keys=True, default=str) for key, value in found.items()}


def touched(site: Site, before: Mapping[str, str]) -> list[str]:
    """What is not as it was before."""
    after = state(site)
    # A mark of an earlier situation ends by itself; a new one would be somebody's doing.
    ended = set(json.loads(before["drains"])) - set(json.loads(after["drains"]))
    after["drains"] = json.dumps(sorted({*json.loads(after["drains"]), *ended}))
    return [key for key, value in after.items() if value != before[key]]


def ran(site: Site, module: str, arguments: Mapping[str, Any], folder: Path, *, check: bool = False) -> dict[str, Any]:
    """The result of a module, or of an action plugin, which only a playbook can run."""
    if not (ACTIONS / f"{module}.py").exists():
        return site.module(module, arguments, check=check)
    tasks = [{"name": "It", f"zeus.paas.{module}": dict(arguments)}]
    # Only then the diff is among what is printed of the result.
    play = playbook(folder, tasks, "--diff", "-vvv", *(["--check"] if check else []))
    result = {key: value for key, value in play.results["It"].items() if key != "invocation"}
    return {**result, "failed": True} if play.code else result


def outcome(result: dict[str, Any]) -> Outcome:
    if result.get("failed"):
        return "refused"
    return "changed" if result["changed"] else "unchanged"


@pytest.mark.parametrize("module", SITUATIONS)
def test_check_mode_says_what_the_run_then_does(site: Site, module: str, tmp_path: Path) -> None:
    wrong: list[str] = []
    for situation in SITUATIONS[module]:
        situation.edit(site)
        arguments = {**connection(site, module), **situation.arguments(site)}
        before = state(site)
        told = ran(site, module, arguments, tmp_path, check=True)
        wrong += [f"{situation.name}: the check run changed {key}" for key in touched(site, before)]
        real = ran(site, module, arguments, tmp_path)
        assert outcome(real) == situation.outcome, (situation.name, real)
        wrong += [f"{situation.name}: {text}" for text in differences(told, real, REAL_ONLY[module])]
        if situation.outcome == "changed":
            again = ran(site, module, arguments, tmp_path, check=True)
            if outcome(again) != "unchanged":
                wrong.append(f"{situation.name}: afterwards a check run would change {again.get('changes', again)}")
        if situation.outcome == "refused":
            wrong += [f"{situation.name}: refused, and yet {key} differs" for key in touched(site, before)]
    assert not wrong, "\n".join(wrong)


def test_every_module_that_changes_something_has_its_situations() -> None:
    documented = {}
    for path in MODULES.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        documented[path.stem] = yaml.safe_load(text.split('DOCUMENTATION = r"""', 1)[1].split('"""', 1)[0])
    changing = {
        name for name, doc in documented.items() if "zeus.paas.attributes.info_module" not in doc.get("extends_documentation_fragment", ())
    }
    assert changing == {*SITUATIONS, *ELSEWHERE}
    for name, situations in SITUATIONS.items():
        assert {situation.outcome for situation in situations} == {"changed", "unchanged", "refused"}, name
