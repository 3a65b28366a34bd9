# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the agent: its own program, root's helper, and those of the collection's module_utils that it imports.

Run on the controller with the role's folder; prints ``{"path": …, "digest": …}``. Equal sources give equal bytes, whoever packs them.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path

UTILS = "ansible_collections/zeus/paas/plugins/module_utils"


def sources(role: Path) -> dict[str, bytes]:
    """Name in the archive → content. Compiled leftovers are not among them, nor what only modules use: its changes restart no agent."""
    files, utils = role / "files", role.parents[1] / "plugins" / "module_utils"
    found = {f"zeus_router_agent/{path.name}": path.read_bytes() for path in (files / "zeus_router_agent").glob("*.py")}
    found["zeus_router_apply.py"] = (files / "zeus_router_apply.py").read_bytes()
    wanted = {name for content in found.values() for name in imported(content)}
    while wanted:
        name = wanted.pop()
        content = (utils / f"{name}.py").read_bytes()
        found[f"{UTILS}/{name}.py"] = content
        wanted |= {other for other in imported(content) if f"{UTILS}/{other}.py" not in found}
    return found


def imported(content: bytes) -> set[str]:
    """The module_utils that a source file imports."""
    modules = {node.module or "" for node in ast.walk(ast.parse(content)) if isinstance(node, ast.ImportFrom)}
    return {module.rpartition(".")[2] for module in modules if module.startswith(UTILS.replace("/", ".") + ".")}


def pack(found: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name in sorted({str(parent) for path in found for parent in Path(path).parents} - {"."}):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(directory)
        for name, content in sorted(found.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def main() -> int:
    content = pack(sources(Path(sys.argv[1]).resolve()))
    path = Path(tempfile.mkdtemp(prefix="zeus-router-agent-")) / "agent.tar"
    path.write_bytes(content)
    print(json.dumps({"path": str(path), "digest": hashlib.sha256(content).hexdigest()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
