# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Imports go downward only, as docs/design.md section 3 draws it."""

from __future__ import annotations

import ast
from pathlib import Path

from . import tree

UTILS = tree.ROOT / "plugins" / "module_utils"
PACKAGE = "ansible_collections.zeus.paas.plugins.module_utils."
#: From the ground up. A file belongs to the layer of the longest name that begins its own; a name not listed is a mistake.
GROUND = (
    *(
        "_canonical",
        "_deadline",
        "_environment",
        "_errors",
        "_fields",
        "_files",
        "_http",
        "_machine",
        "_packing",
        "_progress",
        "_shape",
    ),
    "_yaml",
)
CLIENTS = ("_chronos", "_marathon", "_mesos", "_policystore", "_router", "_artifacts", "_policystore_entry", "_tls", "_zookeeper")
DOMAIN = (
    *(
        "_agent_attributes",
        "_agent_batches",
        "_agent_capacity",
        "_agent_choice",
        "_docker_settings",
        "_drain_plan",
        "_app_state",
        "_attribute_change",
        "_backup",
        "_catalogue",
        "_certificates",
        "_cleanup",
        "_constraints",
        "_fleet",
        "_gray",
        "_host_ranges",
        "_agent_hosts",
        "_isolation",
        "_maintenance_plan",
        "_marathon_fields",
        "_marathon_selector",
        "_marathon_spec",
        "_mesos_health",
    ),
    *("_preflight", "_project", "_repository", "_rolling", "_routing", "_snippet", "_topology", "_upgrade_plan"),
    *(
        "_agent_drift",
        "_mesos_flags",
        "_mesos_versions",
        "_program_options",
        "_program_source",
        "_systemd",
        "_verification",
        "_zookeeper_members",
        "_zookeeper_state",
    ),
)
RESOURCE = (
    *("_connection", "_gray_release", "_isolation_report", "_lease", "_marathon_info", "_project_assets", "_project_release"),
    *("_gray_policies", "_gray_store", "_program_files", "_project_run", "_project_sources", "_repository_files", "_resource", "_rollout"),
    *(
        "_drain_apps",
        "_marathon_apps",
        "_mesos_agents",
        "_mesos_drain",
        "_mesos_machines",
        "_mesos_quotas",
        "_mesos_report",
        "_policystore_copy",
        "_router_reports",
        "_zookeeper_report",
    ),
)
LAYERS = {name: number for number, names in enumerate((GROUND, CLIENTS, DOMAIN, RESOURCE)) for name in names}
#: Pure: no I/O, so nothing of the clients and nothing that opens sockets. (Clients stand beside the domain, not below it.)
FORBIDDEN_IN_DOMAIN = ("requests", "redis", "socket", "subprocess", "urllib.request")


def layer(name: str) -> int:
    for length in range(len(name), 0, -1):
        if name[:length] in LAYERS and (length == len(name) or name[length] == "_"):
            return LAYERS[name[:length]]
    raise AssertionError(f"{name}.py belongs to no layer; add it to LAYERS and to docs/design.md")


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.append(node.module)
            found += [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
    return found


def ours(path: Path) -> set[str]:
    return {name.removeprefix(PACKAGE).split(".")[0] for name in imports(path) if name.startswith(PACKAGE)}


def test_imports_go_downward() -> None:
    wrong = [
        f"{path.name} imports {other}" for path in sorted(UTILS.glob("_*.py")) for other in ours(path) if layer(other) > layer(path.stem)
    ]
    assert wrong == []


def test_the_domain_is_pure() -> None:
    domain = [path for path in sorted(UTILS.glob("_*.py")) if path.stem != "__init__" and layer(path.stem) == 2]
    assert domain
    wrong = [f"{path.name} imports {name}" for path in domain for name in imports(path) if name in FORBIDDEN_IN_DOMAIN]
    assert wrong == []


def test_the_engine_imports_nothing_of_ours() -> None:
    files = sorted((tree.ROOT / "roles" / "standalone" / "files").rglob("*.py"))
    assert files
    wrong = [f"{tree.relative(path)} imports {name}" for path in files for name in imports(path) if name.startswith("ansible")]
    assert wrong == []


def test_module_utils_run_without_ansible() -> None:
    """The router agent runs from them on hosts without ansible-core. What there may be instead is said where it is tried."""
    wrong = [
        f"{path.name} imports {name}"
        for path in sorted(UTILS.glob("_*.py"))
        for name in sorted(set(imports(path)) - tried(path))
        if name.split(".")[0] == "ansible"
    ]
    assert wrong == []


def tried(path: Path) -> set[str]:
    """What is imported in a ``try`` that goes on without it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Try) and any(getattr(handler.type, "id", "") == "ImportError" for handler in node.handlers):
            for part in node.body:
                if isinstance(part, ast.ImportFrom) and part.module:
                    found |= {part.module, *(f"{part.module}.{alias.name}" for alias in part.names)}
    return found
