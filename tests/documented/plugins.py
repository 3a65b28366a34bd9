# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the plugins' documentation says: options, examples, return values; read from the sources, as ansible-doc does."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = ROOT / "plugins"
#: Folders of plugins that users meet by name; what is not here is code of other plugins, or documentation itself.
KINDS = ("callback", "filter", "inventory", "lookup", "modules", "test")


@dataclass(frozen=True)
class Documented:
    """``documentation`` with the options and attributes of its fragments; ``examples`` as written; ``returned`` by key."""

    kind: str
    name: str
    documentation: dict[str, Any] = field(repr=False)
    examples: str = field(repr=False)
    returned: dict[str, Any] = field(repr=False)

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def attribute(self, name: str) -> dict[str, Any]:
        return dict(self.documentation.get("attributes", {}).get(name, {}))


@cache
def plugins() -> tuple[Documented, ...]:
    found = [_read(kind, path) for kind in KINDS for path in sorted((PLUGINS / kind).glob("[a-z]*.py"))]
    return tuple(found)


def modules() -> list[Documented]:
    return [plugin for plugin in plugins() if plugin.kind == "modules"]


def _read(kind: str, path: Path) -> Documented:
    sidecar = path.with_suffix(".yml")
    texts = yaml.safe_load(sidecar.read_text("utf-8")) if sidecar.exists() else constants(path)
    documentation, returned = (
        yaml.safe_load(part) if isinstance(part, str) else part or {} for part in (texts.get("DOCUMENTATION"), texts.get("RETURN"))
    )
    for fragment in documentation.get("extends_documentation_fragment", []):
        # What Ansible's own fragments say is Ansible's.
        if fragment.startswith("zeus.paas."):
            _extend(documentation, fragment.removeprefix("zeus.paas."))
    return Documented(kind, path.stem, documentation, texts.get("EXAMPLES") or "", returned or {})


def _extend(documentation: dict[str, Any], fragment: str) -> None:
    """As Ansible does: key by key, and what the plugin itself says counts more."""
    name, dot, part = fragment.partition(".")
    said = yaml.safe_load(constants(PLUGINS / "doc_fragments" / f"{name}.py")[part.upper() if dot else "DOCUMENTATION"])
    for section in ("options", "attributes"):
        own = documentation.setdefault(section, {})
        for key, value in (said.get(section) or {}).items():
            own[key] = {**value, **own.get(key, {})}


def constants(path: Path) -> dict[str, str]:
    """The texts that a file assigns to names, those of its classes, too."""
    found: dict[str, str] = {}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and isinstance(node.value, ast.Constant):
            found[node.targets[0].id] = str(node.value.value)
    return found
