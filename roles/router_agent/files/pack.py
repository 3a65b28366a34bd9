# Copyright: (c) 2026, the zeus.paas contributors
# GNU General Public License v3.0-or-later (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pack the agent: its own program, root's helper, and those of the collection's module_utils that it imports.

Run on the controller with the role's folder; prints ``{"path": archive, "digest": …, "sums": ["name sha1", …], "sources": {name: path}}``.
Equal sources give equal bytes, whoever packs them. The archive is compressed and in base64, so that it can be a command's standard input.
"""

from __future__ import annotations

import ast
import base64
import gzip
import hashlib
import io
import json
import sys
import tarfile
import tempfile
from pathlib import Path

UTILS = "ansible_collections/zeus/paas/plugins/module_utils"


def sources(role: Path) -> dict[str, Path]:
    """Name in the archive → file. Compiled leftovers are not among them, nor what only modules use: its changes restart no agent."""
    files, utils = role / "files", role.parents[1] / "plugins" / "module_utils"
    found = {f"zeus_router_agent/{path.name}": path for path in (files / "zeus_router_agent").glob("*.py")}
    found["zeus_router_apply.py"] = files / "zeus_router_apply.py"
    wanted = {name for path in found.values() for name in imported(path)}
    while wanted:
        name = wanted.pop()
        path = utils / f"{name}.py"
        found[f"{UTILS}/{name}.py"] = path
        wanted |= {other for other in imported(path) if f"{UTILS}/{other}.py" not in found}
    return found


def imported(path: Path) -> set[str]:
    """The module_utils that a source file imports."""
    modules = {node.module or "" for node in ast.walk(ast.parse(path.read_bytes())) if isinstance(node, ast.ImportFrom)}
    return {module.rpartition(".")[2] for module in modules if module.startswith(UTILS.replace("/", ".") + ".")}


def pack(found: dict[str, Path]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for folder in sorted({str(parent) for name in found for parent in Path(name).parents} - {"."}):
            directory = tarfile.TarInfo(folder)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(directory)
        for name, path in sorted(found.items()):
            content = path.read_bytes()
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def main() -> int:
    found = sources(Path(sys.argv[1]).resolve())
    content = pack(found)
    path = Path(tempfile.mkdtemp(prefix="zeus-router-agent-")) / "agent.tar.gz.base64"
    path.write_bytes(base64.encodebytes(gzip.compress(content, mtime=0)))
    # sha1 only because Ansible's find compares by it; nothing here is kept from anybody.
    sums = [f"{name} {hashlib.sha1(file.read_bytes(), usedforsecurity=False).hexdigest()}" for name, file in sorted(found.items())]
    told = {"path": str(path), "digest": hashlib.sha256(content).hexdigest(), "sums": sums}
    print(json.dumps({**told, "sources": {name: str(file) for name, file in found.items()}}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
