# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""docs/variables.md, written from the roles' argument specs and inventory_variables.yml.

python -m documented.variables
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from conformance.markdown import code, table

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "variables.md"
SHARED = Path(__file__).with_name("inventory_variables.yml")
#: Set by the plugin topology for the playbooks' own first check; nobody sets or reads them otherwise.
INTERNAL = {"zeus_topology_refused", "zeus_topology_source"}
#: What the plugin topology makes groups of.
OF_GROUPS = {"zeus_docker", "zeus_engine", "zeus_node_role", "zeus_rack", "zeus_vcluster", "zeus_vclusters"}
_NAME = re.compile(r"(?<![\w.'\"/-])zeus_[a-z_]+")
_MARKUP = re.compile(r"\b[CVOEI]\(((?:\\\)|[^)])*)\)")
_LINK = re.compile(r"\b[MRLP]\(([^,)#]*)[^)]*\)")
_HEAD = """<!-- SPDX-License-Identifier: GPL-3.0-or-later -->
# Variables

All that an inventory may set: first what roles and playbooks share (`zeus_*`), then each role's own, which may be set like any other, for a
group or a host. Many of a role's take their value from a shared one, as their default says. Which value wins is told in
[Inventories](inventories.md#variables). `make variables-doc` writes this page from the roles' argument specs and
`tests/documented/inventory_variables.yml`.
"""


def write() -> str:
    # A role without the entry point main is there for other roles only.
    found = [(role, specs(role)) for role in roles()]
    own = [_role(role, spec) for role, spec in found if "main" in spec]
    internal = [_role(role, spec) for role, spec in found if "main" not in spec]
    parts = [_HEAD, *(_group(group) for group in shared()), *own]
    if internal:
        parts += ["# Internal roles\n\nOther roles of this collection use them; their variables belong into no inventory.\n", *internal]
    return "\n".join(parts)


def roles() -> list[Path]:
    return sorted(path.parents[1] for path in ROOT.glob("roles/*/meta/argument_specs.yml"))


def specs(role: Path) -> dict[str, Any]:
    found: dict[str, Any] = _read(role / "meta" / "argument_specs.yml")["argument_specs"]
    return found


def shared() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _read(SHARED)
    return found


def readers() -> dict[str, list[str]]:
    """Shared variable → the roles whose defaults read it, ``playbooks``, and ``topology``."""
    found: dict[str, set[str]] = {name: {"topology"} for name in OF_GROUPS}
    for folder, pattern in (("roles", "*/defaults/*.yml"), ("playbooks", "**/*.yml")):
        for path in sorted((ROOT / folder).glob(pattern)):
            reader = path.relative_to(ROOT).parts[1] if folder == "roles" else folder
            for name in _NAME.findall(_without_comments(path.read_text("utf-8"))):
                found.setdefault(name, set()).add(reader)
    return {name: sorted(by) for name, by in found.items() if name not in INTERNAL}


def _without_comments(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def _group(group: Mapping[str, Any]) -> str:
    read = readers()
    rows = [
        (code(name), _type(said), _default(said), said["description"], ", ".join(map(code, read.get(name, []))) or "plays of yours")
        for name, said in group["variables"].items()
    ]
    return f"## {group['title']}\n\n{group['text'].strip()}\n\n{table(('Variable', 'Type', 'Default', 'Meaning', 'Read by'), rows)}\n"


def _role(role: Path, spec: Mapping[str, Any]) -> str:
    path = role / "defaults" / "main.yml"
    defaults = (_read(path) or {}) if path.exists() else {}
    title = _plain(spec["main"]["short_description"]) if "main" in spec else "What it is for"
    parts = [f"## Role `{role.name}`\n\n[{title}](../roles/{role.name}/README.md).\n"]
    for entry, said in spec.items():
        rows = list(_rows(said.get("options") or {}, defaults))
        if entry != "main":
            parts.append(f"### Entry point `{entry}`\n\n{_plain(said['short_description'])}.\n")
        parts.append(table(("Variable", "Type", "Default", "Meaning"), rows) + "\n" if rows else "It has no variables.\n")
    return "\n".join(parts)


def _rows(options: Mapping[str, Any], defaults: Mapping[str, Any], within: str = "") -> Iterator[tuple[str, str, str, str]]:
    for name, option in options.items():
        described = option["description"] if isinstance(option["description"], str) else " ".join(option["description"])
        if option.get("choices"):
            described += " One of " + ", ".join(code(str(choice)) for choice in option["choices"]) + "."
        yield code(within + name), _type(option), _role_default(option, defaults.get(name)), _plain(described)
        inner = within + name + ("[]." if option["type"] == "list" else ".")
        yield from _rows(option.get("options") or {}, {}, inner)


def _type(said: Mapping[str, Any]) -> str:
    kind = f"list of {said['elements']}" if said.get("elements") else str(said["type"])
    return f"{kind}, secret" if said.get("secret") or said.get("no_log") else kind


def _default(said: Mapping[str, Any]) -> str:
    return str(said["default"]) if "default" in said else "required"


def _role_default(option: Mapping[str, Any], laid_down: Any) -> str:
    """What the role's defaults say, because it may come from a shared variable; else what the argument spec says."""
    value = laid_down if laid_down is not None else option.get("default")
    if value is None:
        return "required" if option.get("required") else "none"
    return code(
        value if isinstance(value, str) and value else yaml.safe_dump(value, default_flow_style=True, width=1000).partition("\n")[0]
    )


def _plain(text: str) -> str:
    return _LINK.sub(lambda found: code(found[1]), _MARKUP.sub(lambda found: code(found[1]), text))


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


if __name__ == "__main__":
    FILE.write_text(write(), encoding="utf-8")
